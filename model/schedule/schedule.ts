import type { RecurringSchedule } from './recurring.js';

export { formatDateTime, parseDateTime } from './date-time.js';
export { MAXIMUM_WINDOWS, readSchedule, SCHEDULE_FIELDS, ScheduleError } from './read-schedule.js';
export { printRule, recurring, type RecurringSchedule, type ScheduleLimits } from './recurring.js';

/** When instances are made. Source: semantics.md 4.1. */
export type Schedule = RecurringSchedule | OndemandSchedule;

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

/**
 * Interval `index`, or undefined when the schedule has none such.
 * A partial last interval before `end` does not exist. Our choice; semantics.md 4.1.
 */
export function intervalAt(schedule: Schedule, index: number): Interval | undefined {
  if (schedule.kind === 'ondemand' || !Number.isSafeInteger(index) || index < 0) return undefined;
  if (schedule.occurrences !== undefined && index >= schedule.occurrences) return undefined;
  const start = schedule.timeline.at(index);
  const end = schedule.timeline.at(index + 1);
  if (start === undefined || end === undefined) return undefined;
  return schedule.end !== undefined && end > schedule.end ? undefined : { index, start, end };
}

/** How many intervals the schedule has; Infinity when endless, 0 for ondemand. */
export function countIntervals(schedule: Schedule): number {
  if (schedule.kind === 'ondemand') return 0;
  const occurrences = schedule.occurrences ?? Number.POSITIVE_INFINITY;
  if (schedule.end === undefined) return occurrences;
  return Math.min(occurrences, Math.max(0, schedule.timeline.countUntil(schedule.end) - 1));
}

/** Index of the interval that contains `instant`, or undefined when none does. */
export function indexAt(schedule: Schedule, instant: Date): number | undefined {
  if (schedule.kind === 'ondemand') return undefined;
  const index = schedule.timeline.countUntil(instant) - 1;
  return intervalAt(schedule, index)?.index;
}

/**
 * The intervals that have a moment in common with [start, end), in order: what an instance with that interval depends
 * on in an object on this schedule. Source: semantics.md 4.6.
 */
export function intervalsOverlapping(schedule: Schedule, start: Date, end: Date): Interval[] {
  if (schedule.kind === 'ondemand' || !(start.getTime() < end.getTime())) return [];
  const intervals: Interval[] = [];
  const first = Math.max(0, schedule.timeline.countUntil(start) - 1);
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
  for (let index = Math.max(0, schedule.timeline.countUntil(from) - 1); ; index++) {
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
