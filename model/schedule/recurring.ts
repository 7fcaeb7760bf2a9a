import type { OpenHours } from './open-hours.js';
import { printPeriod } from './period.js';
import { timelineOf, type ScheduleRule, type Timeline } from './timeline.js';

/** A Schedule object with a period or a cron expression. Interval k is [timeline.at(k), timeline.at(k + 1)). */
export interface RecurringSchedule {
  readonly kind: 'recurring';
  /** As it is given; with a cron expression the first interval may begin later. */
  readonly from: Date;
  /** Of the first interval. */
  readonly start: Date;
  readonly rule: ScheduleRule;
  readonly timeline: Timeline;
  /** Only intervals that end at or before it exist. At most one of `end` and `occurrences`; neither = endless. */
  readonly end?: Date;
  /** Number of intervals. */
  readonly occurrences?: number;
  /** When instances may begin; always, when absent. What is due outside begins at the next opening. */
  readonly hours?: OpenHours;
}

/** What bounds a recurring schedule, and when its work may begin. */
export type ScheduleLimits = Pick<RecurringSchedule, 'end' | 'occurrences' | 'hours'>;

/** The schedule of `rule` from `start` on. With a cron expression the first interval may begin later. */
export function recurring(start: Date, rule: ScheduleRule, limits: ScheduleLimits = {}): RecurringSchedule {
  const timeline = timelineOf(rule, start);
  return {
    kind: 'recurring',
    from: start,
    get start() {
      return timeline.at(0) ?? start;
    },
    rule,
    timeline,
    ...limits,
  };
}

/** `1 day`, or the cron expression: how often, for people. */
export function printRule(rule: ScheduleRule): string {
  return rule.kind === 'period' ? printPeriod(rule.period) : rule.expression.text;
}
