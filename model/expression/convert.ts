import { DateTimeError, parseDateTime } from '../schedule/date-time.js';
import { dateTime, type DateTime } from './date-time-value.js';
import type { DoubleValue, IntegerValue, Value } from './values.js';

/*
 * Fields and parameters are text on the wire, whatever they mean. Our choice, where the documents are silent: a text
 * counts as a DateTime, an integer or a double where one is needed and it reads as one exactly.
 */

/** The value as a DateTime, or undefined when it is none. */
export function toDateTime(value: Value): DateTime | undefined {
  if (value.type === 'datetime') return value;
  if (value.type !== 'string') return undefined;
  try {
    return dateTime(parseDateTime(value.value).getTime());
  } catch (error) {
    if (error instanceof DateTimeError) return undefined;
    throw error;
  }
}

/** The value as a number, or undefined when it is none. */
export function toNumber(value: Value): IntegerValue | DoubleValue | undefined {
  if (value.type === 'integer' || value.type === 'double') return value;
  if (value.type !== 'string' || value.value.length > 40) return undefined;
  return /^\s*-?\d+(\.\d+)?\s*$/.test(value.value) ? numberOf(value.value) : undefined;
}

/** The value as a whole number, or undefined when it is none. */
export function toInteger(value: Value): number | undefined {
  const number = toNumber(value);
  return number?.type === 'integer' ? number.value : undefined;
}

/** The value as text, or undefined: only texts are texts where a pattern, zone or period is needed. */
export function toText(value: Value): string | undefined {
  return value.type === 'string' ? value.value : undefined;
}

/** The number that digits write: an integer without a point. Undefined beyond what a double counts exactly. */
export function numberOf(text: string): IntegerValue | DoubleValue | undefined {
  const value = Number(text);
  if (text.includes('.')) return Number.isFinite(value) ? { type: 'double', value } : undefined;
  return Number.isSafeInteger(value) ? { type: 'integer', value: value + 0 } : undefined;
}
