/** Length of time as a definition writes it: `{ count: 3, unit: 'hour' }` is "3 hours". */
export interface Period {
  /** Whole number, at least 1. */
  readonly count: number;
  readonly unit: PeriodUnit;
}

/** Seconds are our extension (the old edition of the guide allows a retryDelay of one second); the rest is AWS's. */
export type PeriodUnit = 'second' | 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year';

/** A text that is not a period. The message quotes it and says what was expected. */
export class PeriodError extends Error {
  override readonly name = 'PeriodError';

  constructor(
    readonly text: string,
    problem: string,
  ) {
    super(`Period "${text}" ${problem}`);
  }
}

const DAY_MS = 86_400_000;

/** Milliseconds of the units that always have the same length. */
const EXACT_UNIT_MS = {
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: DAY_MS,
  week: 7 * DAY_MS,
} as const;

/** Months of the units that follow the calendar. */
const CALENDAR_UNIT_MONTHS = { month: 1, year: 12 } as const;

/** Our choice: a month counts as 30 days and a year as 365 where a period is a duration, not a schedule. */
const UNIT_MS = { ...EXACT_UNIT_MS, month: 30 * DAY_MS, year: 365 * DAY_MS } as const satisfies Record<
  PeriodUnit,
  number
>;

/** Our choice: no period is longer than a thousand years, so that arithmetic with it stays inside Date's range. */
const LONGEST_MS = 1000 * UNIT_MS.year;

const PERIOD = /^\s*(\d+)\s+(second|minute|hour|day|week|month|year)s?\s*$/i;

/**
 * Reads `N unit`: singular or plural, any case. Source: semantics.md 1, "Period".
 * @throws PeriodError
 */
export function parsePeriod(text: string): Period {
  const match = PERIOD.exec(text);
  if (match === null) {
    throw new PeriodError(
      text,
      'is not a period: expected a whole number and minutes, hours, days, weeks, months or years, for example "15 minutes"',
    );
  }
  const period: Period = { count: Number(match[1]), unit: (match[2] ?? '').toLowerCase() as PeriodUnit };
  if (period.count < 1) throw new PeriodError(text, 'has no length: expected a number of at least 1');
  if (periodToMs(period) > LONGEST_MS) throw new PeriodError(text, 'is longer than 1000 years');
  return period;
}

/** `1 day`, `2 days`: what parsePeriod reads back. */
export function printPeriod(period: Period): string {
  return `${period.count} ${period.unit}${period.count === 1 ? '' : 's'}`;
}

/** Milliseconds of `period` as a duration (retryDelay, timeouts). Our choice: month = 30 days, year = 365 days. */
export function periodToMs(period: Period): number {
  return period.count * UNIT_MS[period.unit];
}

/** Milliseconds of a period that always has the same length, or undefined for months and years. */
export function exactPeriodMs(period: Period): number | undefined {
  return isCalendarUnit(period.unit) ? undefined : period.count * EXACT_UNIT_MS[period.unit];
}

/** Months of a period of months or years, or undefined for the others. */
export function periodMonths(period: Period): number | undefined {
  return isCalendarUnit(period.unit) ? period.count * CALENDAR_UNIT_MONTHS[period.unit] : undefined;
}

/**
 * `start` + k periods. Months and years are calendar arithmetic in UTC from `start`, clipped to the last day of the
 * month, never cumulative: 31 January + 1 month = 28 February, + 2 months = 31 March. Source: semantics.md 4.1.
 * The result is an invalid Date beyond Date's range.
 */
export function addPeriods(start: Date, period: Period, k: number): Date {
  const exactMs = exactPeriodMs(period);
  if (exactMs !== undefined) return new Date(start.getTime() + k * exactMs);
  return addMonths(start, k * (periodMonths(period) ?? 0));
}

/** `start` + `months` in UTC, clipped to the last day of the month, as Joda-Time does. */
export function addMonths(start: Date, months: number): Date {
  const result = new Date(start.getTime());
  const day = start.getUTCDate();
  result.setUTCDate(1);
  result.setUTCMonth(result.getUTCMonth() + months);
  result.setUTCDate(Math.min(day, daysInMonth(result)));
  return result;
}

/** The largest k with `start` + k periods <= `instant`; negative before `start`. Constant time. */
export function periodsUntil(start: Date, period: Period, instant: Date): number {
  const exactMs = exactPeriodMs(period);
  if (exactMs !== undefined) return Math.floor((instant.getTime() - start.getTime()) / exactMs);
  const months =
    (instant.getUTCFullYear() - start.getUTCFullYear()) * 12 + instant.getUTCMonth() - start.getUTCMonth();
  const k = Math.floor(months / (periodMonths(period) ?? 1));
  // k periods on lies in the month of `instant` or before it; one period more always lies in a later month.
  return addPeriods(start, period, k).getTime() <= instant.getTime() ? k : k - 1;
}

function isCalendarUnit(unit: PeriodUnit): unit is keyof typeof CALENDAR_UNIT_MONTHS {
  return Object.hasOwn(CALENDAR_UNIT_MONTHS, unit);
}

function daysInMonth(date: Date): number {
  const last = new Date(date.getTime());
  last.setUTCMonth(date.getUTCMonth() + 1, 0);
  return last.getUTCDate();
}
