import { UTC, offsetMsAt, type ZoneId } from '../expression/time-zone.js';
import type { CronExpression } from './cron-expression.js';
import { averageMsOf, cronTimes } from './cron-times.js';
import { addPeriods, periodMonths, periodsUntil, periodToMs, type Period } from './period.js';
import { zonedMoments, type LocalTimes, type Moments } from './zoned-moments.js';

/** By what rule intervals follow each other. */
export type ScheduleRule =
  /** With a zone, periods of days and longer keep the local time of the start; shorter ones are absolute. */
  | { readonly kind: 'period'; readonly period: Period; readonly zone?: ZoneId }
  | { readonly kind: 'cron'; readonly expression: CronExpression; readonly zone: ZoneId };

/** The moments that divide time into intervals: interval k is [at(k), at(k + 1)). */
export interface Timeline extends Moments {
  /** Mean distance of one moment from the next. */
  readonly averageMs: number;
}

/** `YYYY-MM-DDTHH:MM:SS` can write no later instant, so an endless schedule ends here. */
export const LAST_INSTANT_MS = Date.UTC(9999, 11, 31, 23, 59, 59);

/** More than the longest repetition or omission of local times: Apia left out a whole day in 2011. */
const LONGEST_CHANGE_MS = 2 * 86_400_000;

/** The moments of `rule` that are not before `start`; a period has one at `start` itself. Made when first looked at. */
export function timelineOf(rule: ScheduleRule, start: Date): Timeline {
  if (rule.kind === 'period') {
    const { period, zone = UTC } = rule;
    const averageMs = periodToMs(period);
    if (zone === UTC || !isLocal(period)) return { ...plainMoments(start, period), averageMs };
    const moments = once(() => zonedPeriod(zone, period, start.getTime()));
    return { ...lazily(moments), averageMs };
  }
  const { expression, zone } = rule;
  const averageMs = once(() => averageMsOf(expression));
  const startMs = start.getTime();
  const moments = once(() =>
    zonedMoments({
      zone,
      times: cronTimes(expression),
      // A local time may have had its first turn before the start, or come to lie after it.
      fromMs: startMs - LONGEST_CHANGE_MS,
      startMs,
      untilMs: LAST_INSTANT_MS,
      repeats: expression.hours.length === 24,
    }),
  );
  return {
    ...lazily(moments),
    get averageMs() {
      return averageMs();
    },
  };
}

function zonedPeriod(zone: ZoneId, period: Period, startMs: number): Moments {
  const localStart = new Date(startMs + offsetMsAt(zone, startMs));
  const times: LocalTimes = {
    at: (number) => addPeriods(localStart, period, number).getTime(),
    countBefore: (localMs) => periodsUntil(localStart, period, new Date(localMs - 1)) + 1,
  };
  return zonedMoments({ zone, times, fromMs: startMs, startMs, untilMs: LAST_INSTANT_MS, repeats: false });
}

function lazily(moments: () => Moments): Moments {
  return {
    at: (index) => moments().at(index),
    countUntil: (instant) => moments().countUntil(instant),
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** Periods of whole days follow the clocks of a zone; those of hours and less do not. */
export function isLocal(period: Period): boolean {
  return periodMonths(period) !== undefined || period.unit === 'day' || period.unit === 'week';
}

function plainMoments(start: Date, period: Period): Moments {
  return {
    at(index) {
      const instant = addPeriods(start, period, index);
      // Written so that an invalid Date (beyond Date's range) counts as too late.
      return instant.getTime() <= LAST_INSTANT_MS ? instant : undefined;
    },
    countUntil: (instant) => Math.max(0, periodsUntil(start, period, instant) + 1),
  };
}
