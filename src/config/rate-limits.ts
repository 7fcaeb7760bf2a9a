/** Kinds of calls that are limited apart: what only reads, what changes, and the protocol of task runners. */
export const RATE_GROUPS = ['read', 'write', 'tasks'] as const;

/** One of `RATE_GROUPS`. */
export type RateGroup = (typeof RATE_GROUPS)[number];

/** A token bucket: so many calls at once, refilled at so many a second. */
export interface RateLimit {
  readonly perSecond: number;
  readonly burst: number;
}

/** Limits by kind of call; a kind without one is not limited. */
export type RateLimits = Readonly<Partial<Record<RateGroup, RateLimit>>>;

const EXPECTED =
  'expected limits such as "read=50/s,write=60/m:20,tasks=200/s" (calls a second or minute, and how many at once)';

/** Reads `PENSTOCK_RATE_LIMIT`; a text says what is wrong with it. Without a burst, it is what the limit gives in a second, at least 1. */
export function parseRateLimits(text: string): RateLimits | string {
  const limits: Partial<Record<RateGroup, RateLimit>> = {};
  for (const part of text.split(',')) {
    const [, name, count, unit, burst] =
      /^\s*(\w+)\s*=\s*(\d{1,6}(?:\.\d{1,3})?)\/([sm])(?::(\d{1,6}))?\s*$/.exec(part) ?? [];
    const group = RATE_GROUPS.find((each) => each === name);
    const perSecond = Number(count) / (unit === 'm' ? 60 : 1);
    if (group === undefined || !(perSecond > 0) || burst === '0') {
      const kinds = group === undefined && name !== undefined ? `; kinds are ${RATE_GROUPS.join(', ')}` : '';
      return `PENSTOCK_RATE_LIMIT has "${part.trim()}": ${EXPECTED}${kinds}`;
    }
    if (limits[group] !== undefined) return `PENSTOCK_RATE_LIMIT has "${group}" twice: expected it once`;
    limits[group] = {
      perSecond,
      burst: burst === undefined ? Math.max(1, Math.ceil(perSecond)) : Number(burst),
    };
  }
  return limits;
}
