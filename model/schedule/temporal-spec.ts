import { exactPeriodMs, periodMonths } from './period.js';
import type { Schedule } from './schedule.js';

/**
 * Moments at which a Temporal Schedule wakes the starter of interval runs, as plain data. Each start (and so each end)
 * of an interval is among them; others may be, which is harmless: the starter starts only what is due.
 */
export interface ScheduleTicks {
  readonly intervals?: readonly IntervalTicks[];
  readonly calendars?: readonly CalendarTicks[];
}

/** Every `everyMs`, counted from the epoch, shifted by `offsetMs` (0 <= offsetMs < everyMs). */
export interface IntervalTicks {
  readonly everyMs: number;
  readonly offsetMs: number;
}

/** The shape of Temporal's CalendarSpec: UTC, every year. */
export interface CalendarTicks {
  readonly month: MonthName[];
  readonly dayOfMonth: { readonly start: number; readonly end: number };
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

/** Months as Temporal's CalendarSpec spells them, January first. */
const MONTHS = [
  'JANUARY',
  'FEBRUARY',
  'MARCH',
  'APRIL',
  'MAY',
  'JUNE',
  'JULY',
  'AUGUST',
  'SEPTEMBER',
  'OCTOBER',
  'NOVEMBER',
  'DECEMBER',
] as const;
export type MonthName = (typeof MONTHS)[number];

/** Shortest month: from this day on, a start may be clipped to an earlier day. */
const SHORTEST_MONTH_DAYS = 28;

/** The ticks for `schedule`; none for ondemand. */
export function scheduleTicks(schedule: Schedule): ScheduleTicks {
  if (schedule.kind === 'ondemand') return {};
  const { start, period } = schedule;
  const everyMs = exactPeriodMs(period);
  if (everyMs !== undefined) {
    const offsetMs = ((start.getTime() % everyMs) + everyMs) % everyMs; // also for starts before 1970
    return { intervals: [{ everyMs, offsetMs }] };
  }
  const everyMonths = periodMonths(period) ?? 1;
  // Steps of a divisor of 12 meet the same months each year; of a multiple of 12, always the first one.
  const step = everyMonths % 12 === 0 ? 12 : 12 % everyMonths === 0 ? everyMonths : 1;
  const startMonth = start.getUTCMonth();
  const day = start.getUTCDate();
  return {
    calendars: [
      {
        month: MONTHS.filter((_, month) => (month - startMonth + 12) % step === 0),
        dayOfMonth: { start: Math.min(day, SHORTEST_MONTH_DAYS), end: day },
        hour: start.getUTCHours(),
        minute: start.getUTCMinutes(),
        second: start.getUTCSeconds(),
      },
    ],
  };
}
