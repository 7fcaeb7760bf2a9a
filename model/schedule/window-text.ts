import { DateTimeError, parseDateTime } from './date-time.js';
import type { Range } from './open-hours.js';

/** A text that is no window of time. The message quotes it and says what was expected. */
export class WindowError extends Error {
  override readonly name = 'WindowError';

  constructor(
    readonly text: string,
    problem: string,
  ) {
    super(`"${text}" ${problem}`);
  }
}

/** When work may not begin: each week, in minutes from Monday 00:00, or once, in milliseconds of local time as if UTC. */
export type Blackout =
  | { readonly week: readonly Range[]; readonly local?: undefined }
  | { readonly week?: undefined; readonly local: Range };

const DAY_NAMES = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'];
const DAY_MINUTES = 24 * 60;
const WEEK_MINUTES = 7 * DAY_MINUTES;
const DAY_MS = 86_400_000;
/** Our choice: longer ones are mistakes. */
const MAXIMUM_LENGTH = 200;

const WEEKLY = 'HH:MM-HH:MM, with or without days before it, or days alone: "Mon-Fri 22:00-06:00", "Sat,Sun"';
const ONCE = '"2026-12-24/2026-12-26" (whole days) or "2026-12-24T18:00:00/2026-12-27T06:00:00"';

/**
 * Reads `HH:MM-HH:MM`, `Mon-Fri 22:00-06:00` or `Sat,Sun`. A window that ends at an earlier time than it begins goes
 * over midnight, and belongs to the day on which it begins. Our choice.
 * @throws WindowError
 */
export function parseRunWindow(text: string): Range[] {
  return parseWeekly(text, `expected ${WEEKLY}`);
}

/** Reads what parseRunWindow reads, or days or times of the calendar: `first/last`. Our choice. @throws WindowError */
export function parseBlackout(text: string): Blackout {
  const expected = `expected ${WEEKLY}, or ${ONCE}`;
  if (!/^\s*\d{4}-/.test(text)) return { week: parseWeekly(text, expected) };
  const [first = '', last = first, ...more] = text.split('/').map((part) => part.trim());
  if (more.length > 0) throw new WindowError(text, `has more than two dates: ${expected}`);
  const from = startOf(text, first, expected);
  const to = isDay(last) ? startOf(text, last, expected) + DAY_MS : startOf(text, last, expected);
  if (isDay(first) !== isDay(last)) {
    throw new WindowError(text, `is a day on one side and a time on the other: expected ${ONCE}`);
  }
  if (to <= from) throw new WindowError(text, `ends no later than it begins: expected ${ONCE}`);
  return { local: { from, to } };
}

function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text);
}

function startOf(text: string, date: string, expected: string): number {
  try {
    return parseDateTime(isDay(date) ? `${date}T00:00:00` : date).getTime();
  } catch (error) {
    if (!(error instanceof DateTimeError)) throw error;
    throw new WindowError(text, `has "${date}", which is no date of the calendar: ${expected}`);
  }
}

function parseWeekly(text: string, expected: string): Range[] {
  if (text.length > MAXIMUM_LENGTH) {
    throw new WindowError(
      `${text.slice(0, 40)}…`,
      `is longer than ${MAXIMUM_LENGTH} characters: ${expected}`,
    );
  }
  const firstDigit = text.search(/\d|$/);
  const dayText = text.slice(0, firstDigit).trim();
  const timeText = text.slice(firstDigit).trim();
  const times = /^(\d{1,2}):(\d{2})\s?-\s?(\d{1,2}):(\d{2})$/.exec(timeText);
  if (times === null && (timeText !== '' || dayText === '')) {
    throw new WindowError(text, `is no window: ${expected}`);
  }
  const days = dayText === '' ? [0, 1, 2, 3, 4, 5, 6] : readDays(text, dayText);
  let [from, to] = [0, DAY_MINUTES];
  if (times !== null) {
    const [, fromHour, fromMinute, toHour, toMinute] = times;
    from = timeOfDay(text, fromHour, fromMinute, expected);
    to = timeOfDay(text, toHour, toMinute, expected);
    if (from === to || from === DAY_MINUTES) {
      throw new WindowError(text, `has no length: for whole days, expected 00:00-24:00 or days alone`);
    }
    if (to < from) to += DAY_MINUTES;
  }
  return days.flatMap((day) => {
    const start = day * DAY_MINUTES;
    const whole = { from: start + from, to: start + to };
    if (whole.to <= WEEK_MINUTES) return [whole];
    return [
      { from: whole.from, to: WEEK_MINUTES },
      { from: 0, to: whole.to - WEEK_MINUTES },
    ];
  });
}

function timeOfDay(text: string, hour = '', minute = '', expected: string): number {
  const minutes = Number(hour) * 60 + Number(minute);
  if (Number(minute) < 60 && minutes <= DAY_MINUTES) return minutes;
  throw new WindowError(text, `has "${hour}:${minute}", which is no time of day: ${expected}`);
}

/** `Mon`, `Mon-Fri`, `Sat,Sun`, `Fri-Mon`: days from 0, Monday. */
function readDays(text: string, dayText: string): number[] {
  return dayText.split(',').flatMap((part) => {
    const [first = '', last = first, ...more] = part.split('-').map((name) => name.trim());
    if (more.length > 0) throw new WindowError(text, `has "${part.trim()}": expected days as in Mon-Fri`);
    const from = readDay(text, first);
    const count = ((readDay(text, last) - from + 7) % 7) + 1;
    return Array.from({ length: count }, (_, index) => (from + index) % 7);
  });
}

/** The English name, or its first three letters, in any case. */
function readDay(text: string, name: string): number {
  const upper = name.toUpperCase();
  const day = DAY_NAMES.findIndex((each) => each === upper || each.slice(0, 3) === upper);
  if (day >= 0) return day;
  throw new WindowError(text, `has "${name}", which is no day: expected Mon, Tue, Wed, Thu, Fri, Sat or Sun`);
}
