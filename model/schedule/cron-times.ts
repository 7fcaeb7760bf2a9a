import { countBelow, firstWhere } from './bisect.js';
import { CronError, type CronExpression } from './cron-expression.js';
import type { LocalTimes } from './zoned-moments.js';

/** The local times of a cron expression, and how far they are from each other on average. */
export interface CronTimes extends LocalTimes {
  readonly averageMs: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** The calendar, weekdays too, repeats every 400 years; numbers count from 2000. */
const CYCLE_YEARS = 400;
const CYCLE_DAYS = 146_097;
const CYCLE_START = 2000;

/**
 * The local times at which `expression` fires. Each lookup takes the same short time, however far the time is from now:
 * days that match are counted by whole cycles of the calendar, and by years within one.
 * @throws CronError when it never fires
 */
export function cronTimes(expression: CronExpression): CronTimes {
  const timesOfDay = expression.hours.flatMap((hour) =>
    expression.minutes.map((minute) => (hour * 60 + minute) * MINUTE_MS),
  );
  const daysOf = matchingDays(expression);
  /** Matching days of the cycle before each of its years. */
  const daysBefore = [0];
  for (let year = 0; year < CYCLE_YEARS; year++) {
    daysBefore.push((daysBefore[year] ?? 0) + daysOf(CYCLE_START + year).length);
  }
  const daysInCycle = daysBefore[CYCLE_YEARS] ?? 0;
  if (daysInCycle === 0) {
    throw new CronError(
      expression.text,
      'never fires: expected a day-of-month that one of its months has, at least in a leap year',
    );
  }
  return {
    averageMs: (CYCLE_DAYS * DAY_MS) / (daysInCycle * timesOfDay.length),
    at(number) {
      const day = Math.floor(number / timesOfDay.length);
      const cycle = Math.floor(day / daysInCycle);
      const dayInCycle = day - cycle * daysInCycle;
      const year = firstWhere(daysBefore.length, (index) => (daysBefore[index] ?? 0) > dayInCycle) - 1;
      const dayOfYear = daysOf(CYCLE_START + year)[dayInCycle - (daysBefore[year] ?? 0)] ?? 0;
      const timeOfDay = timesOfDay[number - day * timesOfDay.length] ?? 0;
      return startOfYear(CYCLE_START + cycle * CYCLE_YEARS + year) + dayOfYear * DAY_MS + timeOfDay;
    },
    countBefore(localMs) {
      const year = new Date(localMs).getUTCFullYear();
      const cycle = Math.floor((year - CYCLE_START) / CYCLE_YEARS);
      const intoYearMs = localMs - startOfYear(year);
      const dayOfYear = Math.floor(intoYearMs / DAY_MS);
      const days = daysOf(year);
      const earlier = countBelow(days, dayOfYear);
      const day = cycle * daysInCycle + (daysBefore[year - CYCLE_START - cycle * CYCLE_YEARS] ?? 0) + earlier;
      const today = days[earlier] === dayOfYear ? countBelow(timesOfDay, intoYearMs - dayOfYear * DAY_MS) : 0;
      return day * timesOfDay.length + today;
    },
  };
}

/** The days of a year, from 0, on which `expression` fires: one list for each of the 14 kinds of years. */
function matchingDays(expression: CronExpression): (year: number) => readonly number[] {
  const lists = new Map<number, readonly number[]>();
  return (year) => {
    const firstWeekday = new Date(startOfYear(year)).getUTCDay();
    const isLeap = startOfYear(year + 1) - startOfYear(year) > 365 * DAY_MS;
    const kind = firstWeekday * 2 + (isLeap ? 1 : 0);
    let list = lists.get(kind);
    if (list === undefined) {
      list = daysOfYear(expression, firstWeekday, isLeap);
      lists.set(kind, list);
    }
    return list;
  };
}

function daysOfYear(expression: CronExpression, firstWeekday: number, isLeap: boolean): number[] {
  const days: number[] = [];
  let dayOfYear = 0;
  [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].forEach((length, month) => {
    const inMonth = expression.months.includes(month + 1);
    for (let day = 1; day <= length; day++, dayOfYear++) {
      if (!inMonth) continue;
      const byDate = expression.daysOfMonth.includes(day) || (expression.lastDayOfMonth && day === length);
      const byWeekday = expression.daysOfWeek.includes((firstWeekday + dayOfYear) % 7);
      if (expression.eitherDay ? byDate || byWeekday : byDate && byWeekday) days.push(dayOfYear);
    }
  });
  return days;
}

/** Date.UTC takes the years 0 to 99 for 1900 to 1999. */
function startOfYear(year: number): number {
  return new Date(0).setUTCFullYear(year, 0, 1);
}
