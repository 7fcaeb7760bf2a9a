import { printDateTime, type DateTime } from './date-time-value.js';

/**
 * A value of the language. Source: semantics.md 3.4. Periods are strings that parsePeriod accepts; lists are what a
 * field, reference or parameter with several values gives (semantics.md 3.5), never nested, so a list is an array of these.
 */
export type Value = DateTime | IntegerValue | DoubleValue | StringValue | ReferenceValue;

export interface IntegerValue {
  readonly type: 'integer';
  readonly value: number;
}

export interface DoubleValue {
  readonly type: 'double';
  readonly value: number;
}

export interface StringValue {
  readonly type: 'string';
  readonly value: string;
  /** It came from a `*` field or parameter: no message may quote it. */
  readonly secret?: true;
}

/** Refers to the object `id` of the definition. */
export interface ReferenceValue {
  readonly type: 'reference';
  readonly id: string;
}

export function stringValue(value: string, secret = false): StringValue {
  return secret ? { type: 'string', value, secret: true } : { type: 'string', value };
}

/** The value as it stands in text; a reference gives the id of the object. */
export function printValue(value: Value): string {
  switch (value.type) {
    case 'string':
      return value.value;
    case 'integer':
      return String(value.value);
    case 'double':
      return printDouble(value.value);
    case 'datetime':
      return printDateTime(value);
    case 'reference':
      return value.id;
  }
}

/** For messages: what kind of thing it is, and the thing itself unless it is secret. */
export function describeValue(value: Value): string {
  switch (value.type) {
    case 'string':
      return value.secret === true ? 'a secret text' : `the text "${shorten(value.value)}"`;
    case 'integer':
    case 'double':
      return `the number ${printValue(value)}`;
    case 'datetime':
      return `the DateTime ${printValue(value)}`;
    case 'reference':
      return `a reference to "${value.id}"`;
  }
}

/** True when no message may quote the value. */
export function isSecret(value: Value): boolean {
  return value.type === 'string' && value.secret === true;
}

/** Our choice: a double always shows a point (`4.0`, semantics.md 3.4), and an exponent only where digits would mislead. */
function printDouble(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e21 ? `${BigInt(value)}.0` : String(value);
}

function shorten(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`;
}
