import type { ZoneId } from '../expression/time-zone.js';
import { countBelow, firstWhere } from './bisect.js';
import { offsetSpanAt } from './zone-offsets.js';

const DAY_MS = 86_400_000;

/** Rising instants, numbered from 0. */
export interface Moments {
  /** Instant number `index` (0 or more), or undefined when there is none before the end of time. */
  at(index: number): Date | undefined;
  /** How many there are up to `instant`, itself included. */
  countUntil(instant: Date): number;
}

/** Rising local times (milliseconds as if UTC), numbered through from the far past: numbers may be negative. */
export interface LocalTimes {
  at(number: number): number;
  /** The number of the first that is not before `localMs`. */
  countBefore(localMs: number): number;
}

export interface ZonedMomentsInput {
  readonly zone: ZoneId;
  readonly times: LocalTimes;
  /** Local times are looked at from here on. */
  readonly fromMs: number;
  /** Number 0 is the first that is not before it. */
  readonly startMs: number;
  /** There are none after it. */
  readonly untilMs: number;
  /** A local time that occurs twice counts twice. */
  readonly repeats: boolean;
}

/** The moments within one stretch of time with one offset: first those of `mixed`, then local times as they are. */
interface Part {
  readonly fromMs: number;
  readonly toMs: number;
  readonly offsetMs: number;
  /** Number of the first moment, counted from `fromMs` of the input. */
  readonly first: number;
  /** Instants after a gap: local times that the gap left out, moved by its length, among those of the time itself. */
  readonly mixed: readonly number[];
  /** Numbers of the local times after those, [from, to). */
  readonly from: number;
  readonly to: number;
}

/**
 * The instants at which clocks in a zone show given local times, each instant once. A time that the clocks leave out
 * is moved forward by what they leave out; one that they show twice is meant the first time, unless `repeats`.
 * Looked up part by part, a few parts for each year, made when first needed and kept.
 */
export function zonedMoments(input: ZonedMomentsInput): Moments {
  const { zone, times, untilMs } = input;
  const parts: Part[] = [];
  let total = 0;
  /** Instants of left-out times that lie beyond the parts made so far. */
  let moved: number[] = [];
  /** Local times before it have been. */
  let shownMs = Number.NEGATIVE_INFINITY;

  const grow = (): boolean => {
    const last = parts.at(-1);
    const fromMs = last?.toMs ?? input.fromMs;
    if (fromMs > untilMs) return false;
    const span = offsetSpanAt(zone, fromMs);
    const { offsetMs } = span;
    const toMs = Math.min(span.toMs, untilMs + 1);
    const offsetBefore = last?.offsetMs ?? offsetMs;
    const leftOut = range(times.countBefore(fromMs + offsetBefore), times.countBefore(fromMs + offsetMs));
    moved.push(...leftOut.map((number) => times.at(number) - offsetBefore));
    const mine = moved.filter((instantMs) => instantMs < toMs);
    moved = moved.filter((instantMs) => instantMs >= toMs);

    const localFromMs = input.repeats ? fromMs + offsetMs : Math.max(fromMs + offsetMs, shownMs);
    shownMs = Math.max(shownMs, toMs + offsetMs);
    const begin = times.countBefore(localFromMs);
    const from = Math.max(begin, ...mine.slice(-1).map((ms) => times.countBefore(ms + offsetMs + 1)));
    const among = range(begin, from).map((number) => times.at(number) - offsetMs);
    const mixed = [...new Set([...mine, ...among])].sort((a, b) => a - b);
    const to = Math.max(from, times.countBefore(toMs + offsetMs));
    parts.push({ fromMs, toMs, offsetMs, first: total, mixed, from, to });
    total += mixed.length + to - from;
    return true;
  };

  /** Moments up to an instant, counted from `fromMs` of the input. */
  const countFromBeginning = (instantMs: number): number => {
    while ((parts.at(-1)?.toMs ?? input.fromMs) <= instantMs && grow());
    const part = parts[firstWhere(parts.length, (index) => (parts[index]?.toMs ?? 0) > instantMs)];
    if (part === undefined) return total;
    const regular = times.countBefore(instantMs + part.offsetMs + 1) - part.from;
    return (
      part.first + countBelow(part.mixed, instantMs + 1) + Math.max(0, Math.min(regular, part.to - part.from))
    );
  };

  // Twice, for times that repeat: whatever is beyond it need not be looked for year by year.
  const most = 2 * (times.countBefore(untilMs + DAY_MS) - times.countBefore(input.fromMs - DAY_MS));
  const skipped = countFromBeginning(input.startMs - 1);
  return {
    at(index) {
      const number = index + skipped;
      if (number >= most) return undefined;
      while (total <= number && grow());
      if (number >= total) return undefined;
      const part = parts[firstWhere(parts.length, (each) => (parts[each]?.first ?? 0) > number) - 1];
      if (part === undefined) return undefined;
      const place = number - part.first;
      const restMs = () => times.at(part.from + place - part.mixed.length) - part.offsetMs;
      return new Date(part.mixed[place] ?? restMs());
    },
    countUntil: (instant) => Math.max(0, countFromBeginning(instant.getTime()) - skipped),
  };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);
}
