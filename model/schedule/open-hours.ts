import { instantOfLocal, type ZoneId } from '../expression/time-zone.js';
import { offsetSpanAt } from './zone-offsets.js';

/**
 * When work of a Schedule may begin: in the `week`, by the clocks of `zone`, and not while `closed`.
 * Make one with `openHours`.
 */
export interface OpenHours {
  readonly zone: ZoneId;
  /** In minutes from Monday 00:00; rising, apart from each other, at least one. */
  readonly week: readonly Range[];
  /** In milliseconds since 1970; rising, apart from each other. */
  readonly closed: readonly Range[];
}

/** [from, to). */
export interface Range {
  readonly from: number;
  readonly to: number;
}

const MINUTE_MS = 60_000;
const WEEK_MINUTES = 7 * 24 * 60;
const WEEK_MS = WEEK_MINUTES * MINUTE_MS;
/** 1970-01-05 was a Monday. */
const FIRST_MONDAY_MS = 4 * 86_400_000;

/** Hours in `zone` that are open within `open` (always, when there are none) and outside `shut` and `closedLocal`. */
export function openHours(
  zone: ZoneId,
  open: readonly Range[],
  shut: readonly Range[],
  closedLocal: readonly Range[],
): OpenHours {
  const closed = closedLocal.map(({ from, to }) => ({
    from: instantOfLocal(zone, from),
    to: instantOfLocal(zone, to),
  }));
  return {
    zone,
    week: without(joined(open.length === 0 ? [{ from: 0, to: WEEK_MINUTES }] : open), joined(shut)),
    closed: joined(closed),
  };
}

/** `instant` itself when it is within the hours, else the first moment after it that is. */
export function nextOpen(hours: OpenHours, instant: Date): Date {
  let nowMs = instant.getTime();
  for (;;) {
    const closed = hours.closed.find(({ from, to }) => from <= nowMs && nowMs < to);
    if (closed !== undefined) {
      nowMs = closed.to;
      continue;
    }
    const span = offsetSpanAt(hours.zone, nowMs);
    const openMs = nowMs + untilOpenMs(hours.week, nowMs + span.offsetMs);
    if (openMs === nowMs) return new Date(nowMs);
    // Where the clocks change before it opens, the week is looked up again from there.
    nowMs = Math.min(openMs, span.toMs);
  }
}

/** The longest time in a week that is not open; absolute blackouts left out. */
export function longestClosureMs({ week }: OpenHours): number {
  const closures = week.map(({ from }, index) => {
    const before = week[index - 1]?.to ?? (week.at(-1)?.to ?? 0) - WEEK_MINUTES;
    return from - before;
  });
  return Math.max(0, ...closures) * MINUTE_MS;
}

/** How long clocks that show `localMs` have to go on until the week is open; 0 when it is. */
function untilOpenMs(week: readonly Range[], localMs: number): number {
  const intoWeekMs = (((localMs - FIRST_MONDAY_MS) % WEEK_MS) + WEEK_MS) % WEEK_MS;
  const range = week.find(({ to }) => intoWeekMs < to * MINUTE_MS);
  if (range !== undefined) return Math.max(0, range.from * MINUTE_MS - intoWeekMs);
  const [first] = week;
  if (first === undefined) throw new Error('Hours that are never open');
  return WEEK_MS - intoWeekMs + first.from * MINUTE_MS;
}

/** The same time as rising ranges that are apart from each other. */
function joined(ranges: readonly Range[]): Range[] {
  const result: Range[] = [];
  for (const range of [...ranges].sort((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (range.to <= range.from) continue;
    if (last === undefined || last.to < range.from) result.push(range);
    else result[result.length - 1] = { from: last.from, to: Math.max(last.to, range.to) };
  }
  return result;
}

/** What of `ranges` is not in `holes`; both as `joined` makes them. */
function without(ranges: readonly Range[], holes: readonly Range[]): Range[] {
  return ranges.flatMap(({ from, to }) => {
    const parts: Range[] = [];
    let start = from;
    for (const hole of holes) {
      if (hole.to <= start || hole.from >= to) continue;
      if (hole.from > start) parts.push({ from: start, to: hole.from });
      start = Math.min(hole.to, to);
    }
    return start < to ? [...parts, { from: start, to }] : parts;
  });
}
