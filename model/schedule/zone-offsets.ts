import { offsetMsAt, UTC, type ZoneId } from '../expression/time-zone.js';

/**
 * A stretch of time, [fromMs, toMs), in which the clocks of a zone keep one offset from UTC. Stretches of a zone follow
 * each other without a gap; neighbours may have the same offset, since none is longer than a year.
 */
export interface OffsetSpan {
  readonly fromMs: number;
  readonly toMs: number;
  readonly offsetMs: number;
}

/** What a Date can hold at most, on both sides of 1970. */
const LAST_DATE_MS = 8.64e15;
const ALWAYS_UTC: OffsetSpan = { fromMs: -LAST_DATE_MS, toMs: LAST_DATE_MS, offsetMs: 0 };

/** The nearest changes of any zone are a week apart (Recife in 2000). Measured: every zone, 1900 to 2090, day by day. */
const SAMPLE_MS = 4 * 86_400_000;

/**
 * Years from here on are those of the 400 years before: the calendar repeats, weekdays too, and so do the rules of the
 * zones, of which no table goes beyond 2100. It keeps far years cheap.
 */
const REPEATING_FROM_YEAR = 2800;
const CYCLE_YEARS = 400;
const CYCLE_MS = 146_097 * 86_400_000;

/** The stretch of time around an instant. */
export function offsetSpanAt(zone: ZoneId, epochMs: number): OffsetSpan {
  if (zone === UTC) return ALWAYS_UTC;
  const year = new Date(epochMs).getUTCFullYear();
  const span = spansOfYear(zone, year).find(({ toMs }) => epochMs < toMs);
  if (span === undefined) throw new Error(`${epochMs} is not an instant of the year ${year}`);
  return span;
}

// What it answers never changes; the bound is for a service that sees every zone in every year.
const cache = new Map<string, readonly OffsetSpan[]>();
const MAXIMUM_CACHED = 20_000;

function spansOfYear(zone: ZoneId, year: number): readonly OffsetSpan[] {
  const key = `${zone}/${year}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  const spans = year < REPEATING_FROM_YEAR ? readSpans(zone, year) : repeatedSpans(zone, year);
  if (cache.size >= MAXIMUM_CACHED) cache.clear();
  cache.set(key, spans);
  return spans;
}

function repeatedSpans(zone: ZoneId, year: number): readonly OffsetSpan[] {
  const cycles = Math.floor((year - REPEATING_FROM_YEAR) / CYCLE_YEARS) + 1;
  return spansOfYear(zone, year - cycles * CYCLE_YEARS).map(({ fromMs, toMs, offsetMs }) => ({
    fromMs: fromMs + cycles * CYCLE_MS,
    toMs: toMs + cycles * CYCLE_MS,
    offsetMs,
  }));
}

function readSpans(zone: ZoneId, year: number): readonly OffsetSpan[] {
  const endMs = startOfYear(year + 1);
  const spans: OffsetSpan[] = [];
  let fromMs = startOfYear(year);
  let offsetMs = offsetMsAt(zone, fromMs);
  for (let sampleMs = fromMs; sampleMs < endMs;) {
    const nextMs = Math.min(sampleMs + SAMPLE_MS, endMs);
    // At the end of the year the last moment inside it counts: what changes then belongs to the next year.
    const seenMs = nextMs === endMs ? endMs - 1 : nextMs;
    while (offsetMsAt(zone, seenMs) !== offsetMs) {
      const changeMs = firstChange(zone, offsetMs, Math.max(sampleMs, fromMs), seenMs);
      spans.push({ fromMs, toMs: changeMs, offsetMs });
      fromMs = changeMs;
      offsetMs = offsetMsAt(zone, changeMs);
    }
    sampleMs = nextMs;
  }
  return [...spans, { fromMs, toMs: endMs, offsetMs }];
}

/** The first millisecond in (lowMs, highMs] at which the offset is no longer `offsetMs`, as it still is at lowMs. */
function firstChange(zone: ZoneId, offsetMs: number, lowMs: number, highMs: number): number {
  let [low, high] = [lowMs, highMs];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetMsAt(zone, middle) === offsetMs) low = middle;
    else high = middle;
  }
  return high;
}

/** Date.UTC takes the years 0 to 99 for 1900 to 1999. */
function startOfYear(year: number): number {
  return new Date(0).setUTCFullYear(year, 0, 1);
}
