/** A cron expression read into the values that each field allows. Lists are rising and without doubles. */
export interface CronExpression {
  /** As the definition writes it. */
  readonly text: string;
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /** 1 to 31. */
  readonly daysOfMonth: readonly number[];
  /** `L`: the last day of each month, too. */
  readonly lastDayOfMonth: boolean;
  /** 1 to 12. */
  readonly months: readonly number[];
  /** 0, Sunday, to 6. */
  readonly daysOfWeek: readonly number[];
  /** Both day fields are restricted: a day needs to fit one of them, else both. */
  readonly eitherDay: boolean;
}

/** A text that is not a cron expression. The message quotes it, the part that is wrong, and says what was expected. */
export class CronError extends Error {
  override readonly name = 'CronError';

  constructor(
    readonly text: string,
    problem: string,
  ) {
    super(`"${text}" ${problem}`);
  }
}

interface CronField {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Other spellings of min, min + 1, … */
  readonly names?: readonly string[];
  readonly expected: string;
  /** What `*` means, where one list can serve for all. */
  readonly every?: readonly number[];
}

function numbers(min: number, max: number): readonly number[] {
  return Array.from({ length: max - min + 1 }, (_, index) => min + index);
}

const MONTH_NAMES = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const DAY_NAMES = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

const MINUTE: CronField = { name: 'minute', min: 0, max: 59, expected: '0-59', every: numbers(0, 59) };
const HOUR: CronField = { name: 'hour', min: 0, max: 23, expected: '0-23', every: numbers(0, 23) };
const DAY_OF_MONTH: CronField = {
  name: 'day-of-month',
  min: 1,
  max: 31,
  expected: '1-31, L or ?',
  every: numbers(1, 31),
};
const MONTH: CronField = {
  name: 'month',
  min: 1,
  max: 12,
  names: MONTH_NAMES,
  expected: '1-12 or JAN-DEC',
  every: numbers(1, 12),
};
/** 7 is Sunday, too. */
const DAY_OF_WEEK: CronField = {
  name: 'day-of-week',
  min: 0,
  max: 7,
  names: DAY_NAMES,
  expected: '0-7 (0 and 7 are Sunday), SUN-SAT or ?',
};

/** The macros of cron, and what they stand for. */
const MACROS: ReadonlyMap<string, string> = new Map([
  ['@hourly', '0 * * * *'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@weekly', '0 0 * * 0'],
  ['@monthly', '0 0 1 * *'],
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
]);

/** Days of each month in a leap year. */
const LONGEST_MONTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Our choice: longer ones are mistakes. A list of all minutes has 170 characters. */
const MAXIMUM_LENGTH = 1000;
const EXPECTED = 'minute hour day-of-month month day-of-week, for example "30 6 * * MON-FRI"';

/**
 * Reads a cron expression: five fields with lists, ranges, steps and names, or a macro. The dialect is that of Vixie's
 * cron, with `?` for `*` in the day fields and `L` for the last day of the month. Source: crontab(5); decision 005.
 * @throws CronError
 */
export function parseCron(text: string): CronExpression {
  if (text.length > MAXIMUM_LENGTH) {
    throw new CronError(`${text.slice(0, 40)}…`, `is longer than ${MAXIMUM_LENGTH} characters`);
  }
  const trimmed = text.trim();
  const macro = MACROS.get(trimmed.toLowerCase());
  if (trimmed.startsWith('@') && macro === undefined) {
    throw new CronError(text, `is no macro that is known: expected ${[...MACROS.keys()].join(', ')}`);
  }
  const fields = (macro ?? trimmed).toUpperCase().split(/\s+/);
  const [minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = ''] = fields;
  if (fields.length !== 5 || minute === '') {
    const count = minute === '' ? 'no fields' : `${fields.length} field${fields.length === 1 ? '' : 's'}`;
    const surplus = fields.length > 5 ? ' (no seconds, no year)' : '';
    throw new CronError(text, `has ${count}: expected five${surplus}, ${EXPECTED}`);
  }
  const read = (field: CronField, value: string) => readField(text, field, value);
  const monthDays = dayOfMonth.split(',');
  const otherMonthDays = monthDays.filter((part) => part !== 'L').join(',');
  const expression: CronExpression = {
    text: trimmed,
    minutes: read(MINUTE, minute),
    hours: read(HOUR, hour),
    daysOfMonth: monthDays.every((part) => part === 'L') ? [] : read(DAY_OF_MONTH, anyDay(otherMonthDays)),
    lastDayOfMonth: monthDays.includes('L'),
    months: read(MONTH, month),
    daysOfWeek: unique(read(DAY_OF_WEEK, anyDay(dayOfWeek)).map((day) => day % 7)),
    eitherDay: anyDay(dayOfMonth) !== '*' && anyDay(dayOfWeek) !== '*',
  };
  if (!fires(expression)) {
    throw new CronError(
      text,
      'never fires: expected a day-of-month that one of its months has, at least in a leap year',
    );
  }
  return expression;
}

/** Any weekday falls on any date in some year, so only a date that no month has never comes. */
function fires({ eitherDay, lastDayOfMonth, months, daysOfMonth }: CronExpression): boolean {
  if (eitherDay || lastDayOfMonth) return true;
  return months.some((month) => daysOfMonth.some((day) => day <= (LONGEST_MONTHS[month - 1] ?? 0)));
}

function anyDay(text: string): string {
  return text === '?' ? '*' : text;
}

function readField(text: string, field: CronField, value: string): readonly number[] {
  if (value === '*' && field.every !== undefined) return field.every;
  return unique(value.split(',').flatMap((part) => readPart(text, field, part)));
}

/** `*`, `a`, `a-b`, each with `/step`; `a/step` goes on to the end, as `a-max/step`. */
function readPart(text: string, field: CronField, part: string): number[] {
  const wrong = (problem: string): never => {
    throw new CronError(text, `has ${field.name} "${part}", ${problem}: expected ${field.expected}`);
  };
  const match = /^(\*|[A-Z0-9]+)(?:-([A-Z0-9]+))?(?:\/(\d+))?$/.exec(part);
  if (match === null) return wrong('which is neither a value, a range (a-b), a step (*/n) nor *');
  const [, first = '', last, stepText] = match;
  const step = stepText === undefined ? 1 : Number(stepText);
  if (step < 1 || step > field.max) wrong(`whose step is not from 1 to ${field.max}`);
  if (first === '*' && last !== undefined) wrong('a range that begins with *');
  const number = (name: string): number => {
    const named = field.names?.indexOf(name) ?? -1;
    if (named >= 0) return field.min + named;
    if (!/^\d+$/.test(name)) return wrong(`where "${name}" is no ${field.name}`);
    const result = Number(name);
    return result >= field.min && result <= field.max ? result : wrong(`where ${name} is out of range`);
  };
  const from = first === '*' ? field.min : number(first);
  let to = last === undefined ? (first === '*' || stepText !== undefined ? field.max : from) : number(last);
  // FRI-SUN ends on the Sunday after.
  if (field === DAY_OF_WEEK && to === 0 && from > 0) to = 7;
  if (from > to)
    wrong(`which runs backwards; write it as two ranges, up to ${field.max} and from ${field.min}`);
  const values: number[] = [];
  for (let each = from; each <= to; each += step) values.push(each);
  return values;
}

function unique(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}
