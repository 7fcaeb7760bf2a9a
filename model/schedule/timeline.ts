import { UTC, offsetMsAt, type ZoneId } from '../expression/time-zone.js';
import type { CronExpression } from './cron-expression.js';
import { cronTimes } from './cron-times.js';
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

/** The moments of `rule` that are not before `start`; a period has one at `start` itself. */
export function timelineOf(rule: ScheduleRule, start: Date): Timeline {
  const startMs = start.getTime();
  if (rule.kind === 'cron') {
    const { expression, zone } = rule;
    const times = cronTimes(expression);
    const everyHour = expression.hours.length === 24;
    // A local time may have had its first turn before the start, or come to lie after it.
    const fromMs = startMs - LONGEST_CHANGE_MS;
    const moments = zonedMoments({
      zone,
      times,
      fromMs,
      startMs,
      untilMs: LAST_INSTANT_MS,
      repeats: everyHour,
    });
    return { ...moments, averageMs: times.averageMs };
  }
  const { period, zone = UTC } = rule;
  const averageMs = periodToMs(period);
  if (zone === UTC || !isLocal(period)) return { ...plainMoments(start, period), averageMs };
  const localStart = new Date(startMs + offsetMsAt(zone, startMs));
  const times: LocalTimes = {
    at: (number) => addPeriods(localStart, period, number).getTime(),
    countBefore: (localMs) => periodsUntil(localStart, period, new Date(localMs - 1)) + 1,
  };
  const bounds = { fromMs: startMs, startMs, untilMs: LAST_INSTANT_MS };
  return { ...zonedMoments({ zone, times, ...bounds, repeats: false }), averageMs };
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
