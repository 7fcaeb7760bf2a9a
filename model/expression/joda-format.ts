import { fieldsOf, type DateTime, type DateTimeFields } from './date-time-value.js';
import { offsetMsAt, printOffset, zoneNameAt } from './time-zone.js';

/** A date pattern that cannot be used; `offset` is the 0-based place in the pattern. */
export class PatternError extends Error {
  override readonly name = 'PatternError';

  constructor(
    readonly pattern: string,
    readonly offset: number,
    problem: string,
  ) {
    super(`date pattern "${pattern}": ${problem}`);
  }
}

/** A run of one pattern letter, or literal text. */
export type PatternToken =
  | { readonly kind: 'letters'; readonly letter: Letter; readonly count: number }
  | { readonly kind: 'literal'; readonly text: string };

type Letter = keyof typeof LETTERS;
type Printer = (fields: DateTimeFields, count: number, value: DateTime) => string;

/** Our choice: longer patterns are mistakes. */
const MAXIMUM_PATTERN = 1000;

const MONTH_NAMES = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const DAY_NAMES = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

const number =
  (field: (fields: DateTimeFields) => number): Printer =>
  (fields, count) =>
    String(field(fields)).padStart(count, '0');

/** Years: two letters give the year of the century, any other number of letters the least number of digits. */
const year =
  (field: (fields: DateTimeFields) => number): Printer =>
  (fields, count) =>
    count === 2 ? String(field(fields) % 100).padStart(2, '0') : String(field(fields)).padStart(count, '0');

/** Text: four letters or more give the full form, fewer the short one of three characters. */
const text =
  (name: (fields: DateTimeFields) => string): Printer =>
  (fields, count) =>
    count >= 4 ? name(fields) : name(fields).slice(0, 3);

/**
 * Joda-Time's pattern letters, in its English. `Y` is the year of era, never a week-year; years 1 to 9999 are all AD.
 * Source: semantics.md 3.6; Joda-Time's documentation of DateTimeFormat.
 */
const LETTERS = {
  G: () => 'AD',
  C: number((fields) => Math.floor(fields.year / 100)),
  Y: year((fields) => fields.year),
  x: year((fields) => fields.weekYear),
  w: number((fields) => fields.week),
  e: number((fields) => fields.dayOfWeek),
  E: text((fields) => DAY_NAMES[fields.dayOfWeek - 1] ?? ''),
  y: year((fields) => fields.year),
  D: number((fields) => fields.dayOfYear),
  M: (fields, count) => {
    if (count <= 2) return String(fields.month).padStart(count, '0');
    const name = MONTH_NAMES[fields.month - 1] ?? '';
    return count === 3 ? name.slice(0, 3) : name;
  },
  d: number((fields) => fields.day),
  a: (fields) => (fields.hour < 12 ? 'AM' : 'PM'),
  K: number((fields) => fields.hour % 12),
  h: number((fields) => fields.hour % 12 || 12),
  H: number((fields) => fields.hour),
  k: number((fields) => fields.hour || 24),
  m: number((fields) => fields.minute),
  s: number((fields) => fields.second),
  // The exact number of digits: cut off, or filled up with zeros on the right.
  S: (fields, count) => String(fields.millisecond).padStart(3, '0').slice(0, count).padEnd(count, '0'),
  z: (_, count, value) => zoneNameAt(value.zone, value.epochMs, count >= 4 ? 'long' : 'short'),
  Z: (_, count, value) =>
    count >= 3 ? value.zone : printOffset(offsetMsAt(value.zone, value.epochMs), count === 2),
} as const satisfies Record<string, Printer>;

/** `value` in a Joda-Time pattern, e.g. `YYYY-MM-dd'T'HH:mm`. @throws PatternError */
export function formatJoda(value: DateTime, pattern: string): string {
  const fields = fieldsOf(value);
  return parsePattern(pattern)
    .map((token) =>
      token.kind === 'literal' ? token.text : LETTERS[token.letter](fields, token.count, value),
    )
    .join('');
}

/**
 * Splits a pattern. Text between `'…'` and every character that is no letter A-Z, a-z stands for itself; `''` is a
 * quote, inside and outside quoted text.
 * @throws PatternError for an unknown letter, an open quote or an empty pattern
 */
export function parsePattern(pattern: string): PatternToken[] {
  if (pattern === '') throw new PatternError(pattern, 0, 'it is empty: expected for example YYYY-MM-dd');
  if (pattern.length > MAXIMUM_PATTERN) {
    throw new PatternError(`${pattern.slice(0, 20)}…`, 0, `it is longer than ${MAXIMUM_PATTERN} characters`);
  }
  const tokens: PatternToken[] = [];
  for (let at = 0; at < pattern.length;) {
    const character = pattern[at] ?? '';
    if (character === "'") {
      const { text: literal, end } = readQuoted(pattern, at);
      tokens.push({ kind: 'literal', text: literal });
      at = end;
    } else if (/[A-Za-z]/.test(character)) {
      if (!isLetter(character)) throw new PatternError(pattern, at, unknownLetter(character));
      let end = at + 1;
      while (pattern[end] === character) end++;
      tokens.push({ kind: 'letters', letter: character, count: end - at });
      at = end;
    } else {
      tokens.push({ kind: 'literal', text: character });
      at++;
    }
  }
  return tokens;
}

function readQuoted(pattern: string, at: number): { readonly text: string; readonly end: number } {
  if (pattern[at + 1] === "'") return { text: "'", end: at + 2 };
  let literal = '';
  for (let i = at + 1; i < pattern.length; i++) {
    if (pattern[i] !== "'") literal += pattern[i];
    else if (pattern[i + 1] === "'") {
      literal += "'";
      i++;
    } else return { text: literal, end: i + 1 };
  }
  // Joda-Time takes the rest as literal text; a lost quote is a mistake worth telling. Our choice.
  throw new PatternError(pattern, at, `the quote at position ${at + 1} is never closed`);
}

function isLetter(character: string): character is Letter {
  return Object.hasOwn(LETTERS, character);
}

function unknownLetter(letter: string): string {
  const letters = Object.keys(LETTERS).join(' ');
  return `"${letter}" is not a pattern letter: expected ${letters}, or literal text in '…'`;
}
