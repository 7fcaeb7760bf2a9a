import { offsetMsAt, UTC, type ZoneId } from '../expression/time-zone.js';
import type { CronExpression } from './cron-expression.js';
import { exactPeriodMs, periodMonths } from './period.js';
import type { Schedule } from './schedule.js';
import { isLocal, type ScheduleRule } from './timeline.js';
import { offsetSpanAt } from './zone-offsets.js';

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

/** The shape of Temporal's CalendarSpec: UTC, every year; a moment has to fit all members. */
export interface CalendarTicks {
  readonly month: MonthName[];
  readonly dayOfMonth: TickRange[];
  readonly dayOfWeek: DayName[];
  readonly hour: TickRange[];
  readonly minute: TickRange[];
  readonly second: number;
}

/** Both ends included. */
export interface TickRange {
  readonly start: number;
  readonly end: number;
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

/** Weekdays as Temporal's CalendarSpec spells them, from 0. */
const DAYS = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'] as const;
export type DayName = (typeof DAYS)[number];

/** Shortest month: from this day on, a start may be clipped to an earlier day. */
const SHORTEST_MONTH_DAYS = 28;
const DAY_MS = 86_400_000;

/** Long enough to see every offset that a zone's rules of today know. */
const OFFSETS_SEEN_MS = 40 * 366 * DAY_MS;

/** Days and times on the clocks of a zone. */
interface LocalCalendar {
  /** 0, January, to 11. */
  readonly months: readonly number[];
  readonly daysOfMonth: readonly number[];
  readonly daysOfWeek: readonly number[];
  /** Milliseconds from midnight. */
  readonly timesOfDay: readonly number[];
}

/**
 * How long before its start an interval is made, so that many that start together are ready when they do: a minute, or
 * nothing where that were much of a period. Source: semantics.md 4.3, "made a little ahead of time to spread load".
 */
export function preparationMs(schedule: Schedule): number {
  return schedule.kind === 'recurring' && schedule.timeline.averageMs >= 10 * PREPARATION_MS
    ? PREPARATION_MS
    : 0;
}

const PREPARATION_MS = 60_000;

/**
 * The ticks for `schedule` from `since` on, each `aheadMs` before its moment; none for ondemand. All are in UTC: local times as they are in UTC with each
 * offset that the zone has. So they hold whenever the clocks change, and what a change moves is among them too, since
 * it is moved as if the clocks had not changed yet. Decision 005.
 */
export function scheduleTicks(schedule: Schedule, since: Date, aheadMs = 0): ScheduleTicks {
  if (schedule.kind === 'ondemand') return {};
  const { rule, start } = schedule;
  const zone = zoneOf(rule);
  // What ticks earlier is as what is done on clocks that are ahead.
  const offsets = offsetsOf(zone, Math.max(start.getTime(), since.getTime())).map((ms) => ms + aheadMs);
  if (rule.kind === 'period') {
    const everyMs = exactPeriodMs(rule.period);
    const localStartMs = start.getTime() + offsetMsAt(zone, start.getTime());
    if (everyMs !== undefined) {
      // Also for starts before 1970.
      const phases = offsets.map((offsetMs) => (((localStartMs - offsetMs) % everyMs) + everyMs) % everyMs);
      return { intervals: [...new Set(phases)].map((offsetMs) => ({ everyMs, offsetMs })) };
    }
    const calendar = monthly(new Date(localStartMs), periodMonths(rule.period) ?? 1);
    return { calendars: distinct(offsets.flatMap((offsetMs) => inUtc(calendar, offsetMs))) };
  }
  const calendars = ofCron(rule.expression);
  return {
    calendars: distinct(
      calendars.flatMap((calendar) => offsets.flatMap((offsetMs) => inUtc(calendar, offsetMs))),
    ),
  };
}

function zoneOf(rule: ScheduleRule): ZoneId {
  return rule.kind === 'cron' || isLocal(rule.period) ? (rule.zone ?? UTC) : UTC;
}

function offsetsOf(zone: ZoneId, fromMs: number): number[] {
  const offsets = new Set<number>();
  for (let atMs = fromMs; atMs < fromMs + OFFSETS_SEEN_MS; atMs = offsetSpanAt(zone, atMs).toMs) {
    offsets.add(offsetSpanAt(zone, atMs).offsetMs);
  }
  return [...offsets];
}

function monthly(localStart: Date, everyMonths: number): LocalCalendar {
  // Steps of a divisor of 12 meet the same months each year; of a multiple of 12, always the first one.
  const step = everyMonths % 12 === 0 ? 12 : 12 % everyMonths === 0 ? everyMonths : 1;
  const day = localStart.getUTCDate();
  const startMonth = localStart.getUTCMonth();
  return {
    months: numbers(0, 11).filter((month) => (month - startMonth + 12) % step === 0),
    daysOfMonth: numbers(Math.min(day, SHORTEST_MONTH_DAYS), day),
    daysOfWeek: numbers(0, 6),
    timesOfDay: [((localStart.getTime() % DAY_MS) + DAY_MS) % DAY_MS],
  };
}

function ofCron(expression: CronExpression): LocalCalendar[] {
  const months = expression.months.map((month) => month - 1);
  const { daysOfWeek } = expression;
  const timesOfDay = expression.hours.flatMap((hour) =>
    expression.minutes.map((minute) => (hour * 60 + minute) * 60_000),
  );
  const daysOfMonth = [
    ...new Set([
      ...expression.daysOfMonth,
      ...(expression.lastDayOfMonth ? numbers(SHORTEST_MONTH_DAYS, 31) : []),
    ]),
  ];
  if (!expression.eitherDay) return [{ months, daysOfMonth, daysOfWeek, timesOfDay }];
  return [
    { months, daysOfMonth, daysOfWeek: numbers(0, 6), timesOfDay },
    { months, daysOfMonth: numbers(1, 31), daysOfWeek, timesOfDay },
  ];
}

/** The times of one hour, in UTC. */
interface TimesOfHour {
  /** The day in UTC after the local one: -1, 0 or 1. */
  readonly dayShift: number;
  readonly hour: number;
  readonly minutes: number[];
  readonly second: number;
}

/** The calendar in UTC while the offset is `offsetMs`. Where days of the month move, it has some days too many. */
function inUtc(local: LocalCalendar, offsetMs: number): CalendarTicks[] {
  const isEveryDay =
    local.months.length === 12 && local.daysOfMonth.length === 31 && local.daysOfWeek.length === 7;
  const hours = new Map<string, TimesOfHour>();
  for (const timeMs of local.timesOfDay) {
    const utc = new Date(timeMs - offsetMs);
    const dayShift = isEveryDay ? 0 : Math.floor(utc.getTime() / DAY_MS);
    const key = `${dayShift}/${utc.getUTCHours()}`;
    const known = hours.get(key);
    if (known !== undefined) known.minutes.push(utc.getUTCMinutes());
    else {
      const [hour, minutes, second] = [utc.getUTCHours(), [utc.getUTCMinutes()], utc.getUTCSeconds()];
      hours.set(key, { dayShift, hour, minutes, second });
    }
  }
  const alike = new Map<string, TimesOfHour[]>();
  for (const times of hours.values()) {
    const key = `${times.dayShift}/${times.minutes.join()}`;
    alike.set(key, [...(alike.get(key) ?? []), times]);
  }
  return [...alike.values()].flatMap((group) => {
    const [times] = group;
    if (times === undefined) return [];
    return {
      ...daysInUtc(local, times.dayShift),
      hour: ranges(group.map(({ hour }) => hour)),
      minute: ranges(times.minutes),
      second: times.second,
    };
  });
}

function daysInUtc(
  local: LocalCalendar,
  shift: number,
): Pick<CalendarTicks, 'month' | 'dayOfMonth' | 'dayOfWeek'> {
  const months = new Set(local.months);
  const days = new Set<number>();
  for (const day of local.daysOfMonth) {
    const other = day + shift;
    if (other >= 1 && other <= 31) days.add(other);
    // Beyond an end of the month lies its neighbour: the 1st, or the last day, whichever it is.
    if (other < 1) for (const last of numbers(SHORTEST_MONTH_DAYS, 31)) days.add(last);
    if (other > SHORTEST_MONTH_DAYS && shift > 0) days.add(1);
    if (other < 1 || (other > SHORTEST_MONTH_DAYS && shift > 0)) {
      for (const month of local.months) months.add((month + shift + 12) % 12);
    }
  }
  const weekdays = new Set(local.daysOfWeek.map((day) => (day + shift + 7) % 7));
  return {
    month: MONTHS.filter((_, month) => months.has(month)),
    dayOfMonth: ranges([...days]),
    dayOfWeek: DAYS.filter((_, day) => weekdays.has(day)),
  };
}

function distinct(calendars: readonly CalendarTicks[]): CalendarTicks[] {
  return [...new Map(calendars.map((calendar) => [JSON.stringify(calendar), calendar])).values()];
}

/** The same numbers as runs of neighbours. */
function ranges(values: readonly number[]): TickRange[] {
  const result: TickRange[] = [];
  for (const value of [...values].sort((a, b) => a - b)) {
    const last = result.at(-1);
    if (last !== undefined && last.end >= value - 1)
      result[result.length - 1] = { start: last.start, end: value };
    else result.push({ start: value, end: value });
  }
  return result;
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
