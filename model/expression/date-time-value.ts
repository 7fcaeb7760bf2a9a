import { addMonths, addPeriods, type Period } from '../schedule/period.js';
import { instantOfLocal, offsetMsAt, UTC, type ZoneId } from './time-zone.js';

/** A moment, and the zone whose calendar and clock show it. */
export interface DateTime {
  readonly type: 'datetime';
  readonly epochMs: number;
  readonly zone: ZoneId;
}

/** What calendar and clock of its zone show. `dayOfWeek`: 1 = Monday to 7 = Sunday. */
export interface DateTimeFields {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
  readonly dayOfWeek: number;
  readonly dayOfYear: number;
  /** ISO week, 1 to 53, and the year it belongs to. */
  readonly week: number;
  readonly weekYear: number;
}

/** Date arithmetic that leaves the years 1 to 9999, or a date that the calendar does not have. */
export class DateTimeRangeError extends Error {
  override readonly name = 'DateTimeRangeError';
}

const DAY_MS = 86_400_000;
const FIRST_MS = -62_135_596_800_000; // 0001-01-01T00:00:00
const LAST_MS = 253_402_300_799_999; // 9999-12-31T23:59:59.999

/** @throws DateTimeRangeError outside the years 1 to 9999, which is all that YYYY-MM-DDTHH:MM:SS can write */
export function dateTime(epochMs: number, zone: ZoneId = UTC): DateTime {
  // A day of slack for the zone: what the clock shows must be inside too.
  if (!(epochMs >= FIRST_MS + DAY_MS && epochMs <= LAST_MS - DAY_MS)) {
    throw new DateTimeRangeError('the date lies outside the years 1 to 9999');
  }
  return { type: 'datetime', epochMs, zone };
}

/** The moment when UTC shows this. @throws DateTimeRangeError when there is no such date or time */
export function makeDateTime(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
): DateTime {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day); // Date.UTC would take the year 11 for 1911
  date.setUTCHours(hour, minute);
  const real =
    date.getUTCFullYear() === year &&
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute;
  if (!real) {
    throw new DateTimeRangeError(
      `there is no date with year ${year}, month ${month}, day ${day}, ${hour}:${minute}`,
    );
  }
  return dateTime(date.getTime());
}

/** `YYYY-MM-DDTHH:MM:SS` as its zone shows it. Source: semantics.md 3.4. */
export function printDateTime(value: DateTime): string {
  return new Date(localMsOf(value)).toISOString().slice(0, 19);
}

export function fieldsOf(value: DateTime): DateTimeFields {
  const localMs = localMsOf(value);
  const local = new Date(localMs);
  const year = local.getUTCFullYear();
  const dayOfWeek = local.getUTCDay() === 0 ? 7 : local.getUTCDay();
  // The ISO week belongs to the year of its Thursday.
  const thursday = new Date(localMs + (4 - dayOfWeek) * DAY_MS);
  const weekYear = thursday.getUTCFullYear();
  return {
    year,
    month: local.getUTCMonth() + 1,
    day: local.getUTCDate(),
    hour: local.getUTCHours(),
    minute: local.getUTCMinutes(),
    second: local.getUTCSeconds(),
    millisecond: local.getUTCMilliseconds(),
    dayOfWeek,
    dayOfYear: dayOfYearOf(local),
    week: Math.floor((dayOfYearOf(thursday) - 1) / 7) + 1,
    weekYear,
  };
}

/** Adds calendar months, clipping to the last day of the month. The clock of the zone keeps its time. */
export function plusMonths(value: DateTime, months: number): DateTime {
  return withLocal(value, (local) => addMonths(local, months).getTime());
}

/** Adds calendar days: the clock of the zone keeps its time, also over a change of daylight saving. */
export function plusDays(value: DateTime, days: number): DateTime {
  return withLocal(value, (local) => local.getTime() + days * DAY_MS);
}

/** Adds a length of real time. */
export function plusMs(value: DateTime, ms: number): DateTime {
  return dateTime(value.epochMs + ms, value.zone);
}

/** Adds a period: days and longer by the calendar of the zone, hours and shorter as real time. */
export function plusPeriod(value: DateTime, period: Period): DateTime {
  const byClock = period.unit === 'hour' || period.unit === 'minute' || period.unit === 'second';
  if (byClock) return dateTime(addPeriods(new Date(value.epochMs), period, 1).getTime(), value.zone);
  return withLocal(value, (local) => addPeriods(local, period, 1).getTime());
}

/** The same day at 00:00. */
export function midnight(value: DateTime): DateTime {
  return withLocal(value, (local) => local.setUTCHours(0, 0, 0, 0));
}

/** The first day of the month at the same time. */
export function firstOfMonth(value: DateTime): DateTime {
  return withLocal(value, (local) => local.setUTCDate(1));
}

/** The latest Sunday, the same day if that is one, at the same time. */
export function sunday(value: DateTime): DateTime {
  return plusDays(value, -(fieldsOf(value).dayOfWeek % 7));
}

function localMsOf(value: DateTime): number {
  return value.epochMs + offsetMsAt(value.zone, value.epochMs);
}

function withLocal(value: DateTime, change: (local: Date) => number): DateTime {
  const localMs = change(new Date(localMsOf(value)));
  dateTime(localMs); // refuses what lies too far before the zone is asked
  return dateTime(instantOfLocal(value.zone, localMs), value.zone);
}

function dayOfYearOf(date: Date): number {
  const firstDay = new Date(date.getTime());
  firstDay.setUTCMonth(0, 1);
  return Math.round((date.getTime() - firstDay.getTime()) / DAY_MS) + 1;
}
