import type { OpenHours } from './open-hours.js';
import { addPeriods, periodsUntil, type Period } from './period.js';

export { formatDateTime, parseDateTime } from './date-time.js';
export { readSchedule, SCHEDULE_FIELDS, ScheduleError } from './read-schedule.js';

/** When instances are made. Source: semantics.md 4.1. */
export type Schedule = RecurringSchedule | OndemandSchedule;

/** A Schedule object with a period. Interval k is [start + k periods, start + (k+1) periods). */
export interface RecurringSchedule {
  readonly kind: 'recurring';
  readonly start: Date;
  readonly period: Period;
  /** Only intervals that end at or before it exist. At most one of `end` and `occurrences`; neither = endless. */
  readonly end?: Date;
  /** Number of intervals. */
  readonly occurrences?: number;
  /** When instances may begin; always, when absent. What is due outside begins at the next opening. */
  readonly hours?: OpenHours;
}

/** Runs when the pipeline is activated; no intervals of its own. */
export interface OndemandSchedule {
  readonly kind: 'ondemand';
}

/** One period of a schedule: [start, end). */
export interface Interval {
  /** 0 for the first. */
  readonly index: number;
  readonly start: Date;
  readonly end: Date;
}

/** `YYYY-MM-DDTHH:MM:SS` can write no later instant, so an endless schedule ends here. */
const LAST_INSTANT_MS = Date.UTC(9999, 11, 31, 23, 59, 59);

/**
 * Interval `index`, or undefined when the schedule has none such.
 * A partial last interval before `end` does not exist. Our choice; semantics.md 4.1.
 */
export function intervalAt(schedule: Schedule, index: number): Interval | undefined {
  if (schedule.kind === 'ondemand' || !Number.isSafeInteger(index) || index < 0) return undefined;
  if (schedule.occurrences !== undefined && index >= schedule.occurrences) return undefined;
  const end = addPeriods(schedule.start, schedule.period, index + 1);
  // Written so that an invalid Date (beyond Date's range) counts as too late.
  if (!(end.getTime() <= Math.min(schedule.end?.getTime() ?? LAST_INSTANT_MS, LAST_INSTANT_MS)))
    return undefined;
  return { index, start: addPeriods(schedule.start, schedule.period, index), end };
}

/** How many intervals the schedule has; Infinity when endless, 0 for ondemand. Constant time. */
export function countIntervals(schedule: Schedule): number {
  if (schedule.kind === 'ondemand') return 0;
  const occurrences = schedule.occurrences ?? Number.POSITIVE_INFINITY;
  if (schedule.end === undefined) return occurrences;
  return Math.min(occurrences, Math.max(0, periodsUntil(schedule.start, schedule.period, schedule.end)));
}

/** Index of the interval that contains `instant`, or undefined when none does. Constant time. */
export function indexAt(schedule: Schedule, instant: Date): number | undefined {
  if (schedule.kind === 'ondemand') return undefined;
  const index = periodsUntil(schedule.start, schedule.period, instant);
  return intervalAt(schedule, index)?.index;
}

/**
 * The intervals that have a moment in common with [start, end), in order: what an instance with that interval depends
 * on in an object on this schedule. Source: semantics.md 4.6.
 */
export function intervalsOverlapping(schedule: Schedule, start: Date, end: Date): Interval[] {
  if (schedule.kind === 'ondemand' || !(start.getTime() < end.getTime())) return [];
  const intervals: Interval[] = [];
  const first = Math.max(0, periodsUntil(schedule.start, schedule.period, start));
  for (let index = first; ; index++) {
    const interval = intervalAt(schedule, index);
    if (interval === undefined || interval.start.getTime() >= end.getTime()) return intervals;
    intervals.push(interval);
  }
}

/** The intervals that start in [from, to), in order, one at a time: their number is not bounded. */
export function* intervalsStarting(schedule: Schedule, from: Date, to: Date): Generator<Interval> {
  if (schedule.kind === 'ondemand') return;
  // The interval that contains `from`, or the first; it may have begun before.
  for (let index = Math.max(0, periodsUntil(schedule.start, schedule.period, from)); ; index++) {
    const interval = intervalAt(schedule, index);
    if (interval === undefined || interval.start.getTime() >= to.getTime()) return;
    if (interval.start.getTime() >= from.getTime()) yield interval;
  }
}

/**
 * The intervals from `fromIndex` on that have begun at `now`, oldest first, at most `limit`.
 * `exhausted`: no interval follows those returned, now or ever. Source: semantics.md 4.5.
 */
export function dueIntervals(
  schedule: Schedule,
  fromIndex: number,
  now: Date,
  limit: number,
): { readonly intervals: Interval[]; readonly exhausted: boolean } {
  const intervals: Interval[] = [];
  for (let index = fromIndex; ; index++) {
    const interval = intervalAt(schedule, index);
    if (interval === undefined) return { intervals, exhausted: true };
    if (intervals.length >= limit || interval.start.getTime() > now.getTime())
      return { intervals, exhausted: false };
    intervals.push(interval);
  }
}

/** When the instance of `interval` is due: timeseries at its end, cron and ondemand at its start. semantics.md 4.3. */
export function dueTime(interval: Interval, scheduleType: 'cron' | 'timeseries' | 'ondemand'): Date {
  return scheduleType === 'timeseries' ? interval.end : interval.start;
}
