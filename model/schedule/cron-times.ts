import { countBelow, firstWhere } from './bisect.js';
import type { CronExpression } from './cron-expression.js';
import type { LocalTimes } from './zoned-moments.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** The calendar, weekdays too, repeats every 400 years; numbers count from 2000. */
const CYCLE_YEARS = 400;
const CYCLE_DAYS = 146_097;
const CYCLE_MS = CYCLE_DAYS * DAY_MS;
const CYCLE_START = 2000;

interface Year {
  /** Days since the cycle began. */
  readonly firstDay: number;
  /** There are 14 kinds of years: by the weekday of 1 January, 0 is Sunday, and by their length. */
  readonly kind: number;
}

/** The years of a cycle, and the first one of the next. */
const YEARS: readonly Year[] = Array.from({ length: CYCLE_YEARS + 1 }, (_, index) => {
  const firstDay = (year: number) => (Date.UTC(year, 0, 1) - Date.UTC(CYCLE_START, 0, 1)) / DAY_MS;
  const isLeap = firstDay(CYCLE_START + index + 1) - firstDay(CYCLE_START + index) === 366;
  const weekday = new Date(Date.UTC(CYCLE_START + index, 0, 1)).getUTCDay();
  return { firstDay: firstDay(CYCLE_START + index), kind: weekday * 2 + (isLeap ? 1 : 0) };
});

/**
 * The local times at which `expression` fires. Each lookup takes the same short time, however far the time is from now:
 * days that match are counted by whole cycles of the calendar, and by years within one.
 */
export function cronTimes(expression: CronExpression): LocalTimes {
  const timesOfDay = expression.hours.flatMap((hour) =>
    expression.minutes.map((minute) => (hour * 60 + minute) * MINUTE_MS),
  );
  const lists = new Map<number, readonly number[]>();
  const daysOf = (index: number): readonly number[] => {
    const kind = YEARS[index]?.kind ?? 0;
    let list = lists.get(kind);
    if (list === undefined) {
      list = matchingDays(expression, kind >> 1, kind % 2 === 1);
      lists.set(kind, list);
    }
    return list;
  };
  /** Matching days of the cycle before each of its years. */
  const daysBefore = [0];
  for (let index = 0; index < CYCLE_YEARS; index++) {
    daysBefore.push((daysBefore[index] ?? 0) + daysOf(index).length);
  }
  const daysInCycle = daysBefore[CYCLE_YEARS] ?? 0;
  return {
    at(number) {
      const day = Math.floor(number / timesOfDay.length);
      const cycle = Math.floor(day / daysInCycle);
      const dayInCycle = day - cycle * daysInCycle;
      const year = firstWhere(daysBefore.length, (index) => (daysBefore[index] ?? 0) > dayInCycle) - 1;
      const dayOfYear = daysOf(year)[dayInCycle - (daysBefore[year] ?? 0)] ?? 0;
      const timeOfDay = timesOfDay[number - day * timesOfDay.length] ?? 0;
      const days = cycle * CYCLE_DAYS + (YEARS[year]?.firstDay ?? 0) + dayOfYear;
      return Date.UTC(CYCLE_START, 0, 1) + days * DAY_MS + timeOfDay;
    },
    countBefore(localMs) {
      const allDays = Math.floor((localMs - Date.UTC(CYCLE_START, 0, 1)) / DAY_MS);
      const cycle = Math.floor(allDays / CYCLE_DAYS);
      const dayInCycle = allDays - cycle * CYCLE_DAYS;
      const year = firstWhere(YEARS.length, (index) => (YEARS[index]?.firstDay ?? 0) > dayInCycle) - 1;
      const dayOfYear = dayInCycle - (YEARS[year]?.firstDay ?? 0);
      const days = daysOf(year);
      const earlier = countBelow(days, dayOfYear);
      const timeOfDay = localMs - Date.UTC(CYCLE_START, 0, 1) - allDays * DAY_MS;
      const today = days[earlier] === dayOfYear ? countBelow(timesOfDay, timeOfDay) : 0;
      return (cycle * daysInCycle + (daysBefore[year] ?? 0) + earlier) * timesOfDay.length + today;
    },
  };
}

/** Days of a cycle that are the same to a cron expression, and how many they are. */
interface DaysAlike {
  readonly month: number;
  readonly date: number;
  readonly isLast: boolean;
  readonly weekday: number;
  count: number;
}

let daysOfCycle: readonly DaysAlike[] | undefined;

function countDays(): readonly DaysAlike[] {
  const alike = new Map<number, DaysAlike>();
  for (let at = Date.UTC(CYCLE_START, 0, 1), day = 0; day < CYCLE_DAYS; day++, at += DAY_MS) {
    const today = new Date(at);
    const [month, date, weekday] = [today.getUTCMonth() + 1, today.getUTCDate(), today.getUTCDay()];
    const isLast = new Date(at + DAY_MS).getUTCDate() === 1;
    const key = ((month * 32 + date) * 7 + weekday) * 2 + (isLast ? 1 : 0);
    const known = alike.get(key);
    if (known === undefined) alike.set(key, { month, date, isLast, weekday, count: 1 });
    else known.count++;
  }
  return [...alike.values()];
}

/** How far the times of `expression` are from each other on average, in milliseconds of the local clock. */
export function averageMsOf(expression: CronExpression): number {
  const fires = firesOn(expression);
  let days = 0;
  for (const { month, date, isLast, weekday, count } of (daysOfCycle ??= countDays())) {
    if (fires(month, date, isLast, weekday)) days += count;
  }
  return CYCLE_MS / (days * expression.hours.length * expression.minutes.length);
}

/** The days of a kind of year, from 0, on which `expression` fires. */
function matchingDays(expression: CronExpression, firstWeekday: number, isLeap: boolean): number[] {
  const fires = firesOn(expression);
  const days: number[] = [];
  let dayOfYear = 0;
  [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].forEach((length, month) => {
    for (let day = 1; day <= length; day++, dayOfYear++) {
      if (fires(month + 1, day, day === length, (firstWeekday + dayOfYear) % 7)) days.push(dayOfYear);
    }
  });
  return days;
}

/** Whether `expression` fires on a day: month from 1, date, last of its month, weekday from 0, Sunday. */
function firesOn(
  expression: CronExpression,
): (month: number, date: number, isLast: boolean, weekday: number) => boolean {
  const { eitherDay, lastDayOfMonth } = expression;
  const [months, dates, weekdays] = [
    flags(expression.months),
    flags(expression.daysOfMonth),
    flags(expression.daysOfWeek),
  ];
  return (month, date, isLast, weekday) => {
    if (months[month] !== true) return false;
    const byDate = dates[date] === true || (isLast && lastDayOfMonth);
    const byWeekday = weekdays[weekday] === true;
    return eitherDay ? byDate || byWeekday : byDate && byWeekday;
  };
}

function flags(numbers: readonly number[]): readonly boolean[] {
  const flags = Array.from({ length: 32 }, () => false);
  for (const number of numbers) flags[number] = true;
  return flags;
}
