import { parsePeriod, PeriodError } from '../schedule/period.js';
import {
  DateTimeRangeError,
  fieldsOf,
  firstOfMonth,
  makeDateTime,
  midnight,
  plusDays,
  plusMonths,
  plusMs,
  plusPeriod,
  sunday,
  type DateTime,
  type DateTimeFields,
} from './date-time-value.js';
import { formatJoda, PatternError } from './joda-format.js';
import { isZone } from './time-zone.js';
import { toDateTime, toInteger, toText } from './convert.js';
import { describeValue, isSecret, stringValue, type Value } from './values.js';

/** What is wrong with a call, without its place; the evaluator adds that. */
export class CallError extends Error {
  override readonly name = 'CallError';
}

export type ParameterType = 'DateTime' | 'int' | 'String';

/** A function of the language. */
export interface ExpressionFunction {
  /** For messages, e.g. `minusDays(DateTime, int)`. */
  readonly signature: string;
  readonly parameterTypes: readonly ParameterType[];
  /** Called with as many values as there are parameter types. @throws CallError */
  readonly call: (values: readonly Value[]) => Value;
}

/** Every function, by name. Source: semantics.md 3.6. */
export const FUNCTIONS: ReadonlyMap<string, ExpressionFunction> = new Map(
  [
    fieldFunction('day', (fields) => fields.day),
    fieldFunction('dayOfYear', (fields) => fields.dayOfYear),
    fieldFunction('hour', (fields) => fields.hour),
    fieldFunction('minute', (fields) => fields.minute),
    fieldFunction('month', (fields) => fields.month),
    fieldFunction('year', (fields) => fields.year),
    define('firstOfMonth', ['DateTime'], (at) => firstOfMonth(at.dateTime(0))),
    define('midnight', ['DateTime'], (at) => midnight(at.dateTime(0))),
    define('sunday', ['DateTime'], (at) => sunday(at.dateTime(0))),
    define('yesterday', ['DateTime'], (at) => plusDays(at.dateTime(0), -1)),
    define('makeDate', ['int', 'int', 'int'], (at) => makeDateTime(at.int(0), at.int(1), at.int(2), 0, 0)),
    define('makeDateTime', ['int', 'int', 'int', 'int', 'int'], (at) =>
      makeDateTime(at.int(0), at.int(1), at.int(2), at.int(3), at.int(4)),
    ),
    ...shiftFunctions('Minutes', (value, count) => plusMs(value, count * 60_000)),
    ...shiftFunctions('Hours', (value, count) => plusMs(value, count * 3_600_000)),
    ...shiftFunctions('Days', plusDays),
    ...shiftFunctions('Weeks', (value, count) => plusDays(value, count * 7)),
    ...shiftFunctions('Months', plusMonths),
    ...shiftFunctions('Years', (value, count) => plusMonths(value, count * 12)),
    define('format', ['DateTime', 'String'], (at) =>
      stringValue(formatJoda(at.dateTime(0), at.text(1)), at.secret),
    ),
    define('inTimeZone', ['DateTime', 'String'], (at) => {
      const zone = at.text(1);
      if (!isZone(zone)) {
        throw new CallError(
          `${describeValue(at.value(1))} is not a time zone: expected for example "America/Los_Angeles", "UTC" or "+05:30"`,
        );
      }
      return { ...at.dateTime(0), zone };
    }),
    define('plusPeriod', ['DateTime', 'String'], (at) => plusPeriod(at.dateTime(0), parsePeriod(at.text(1)))),
  ].map(([name, definition]) => [name, definition] as const),
);

/** Reads the values of a call by position, converted to the type that the signature names. */
interface Arguments {
  readonly value: (index: number) => Value;
  readonly dateTime: (index: number) => DateTime;
  readonly int: (index: number) => number;
  readonly text: (index: number) => string;
  readonly secret: boolean;
}

type Definition = readonly [name: string, definition: ExpressionFunction];

function define(
  name: string,
  parameterTypes: readonly ParameterType[],
  body: (at: Arguments) => Value,
): Definition {
  const signature = `${name}(${parameterTypes.join(', ')})`;
  const call = (values: readonly Value[]): Value => {
    try {
      return body(argumentsOf(signature, values));
    } catch (error) {
      const secret = values.some(isSecret);
      if (error instanceof DateTimeRangeError)
        throw new CallError(`${signature}: ${secret ? 'no such date' : error.message}`);
      if (error instanceof PatternError || error instanceof PeriodError) {
        throw new CallError(`${signature}: ${secret ? 'a secret text does not fit here' : error.message}`);
      }
      throw error;
    }
  };
  return [name, { signature, parameterTypes, call }];
}

function fieldFunction(name: string, field: (fields: DateTimeFields) => number): Definition {
  return define(name, ['DateTime'], (at) => ({ type: 'integer', value: field(fieldsOf(at.dateTime(0))) }));
}

function shiftFunctions(unit: string, shift: (value: DateTime, count: number) => DateTime): Definition[] {
  return [
    define(`plus${unit}`, ['DateTime', 'int'], (at) => shift(at.dateTime(0), at.int(1))),
    define(`minus${unit}`, ['DateTime', 'int'], (at) => shift(at.dateTime(0), -at.int(1))),
  ];
}

function argumentsOf(signature: string, values: readonly Value[]): Arguments {
  const value = (index: number): Value => {
    const found = values[index];
    if (found === undefined) throw new Error(`${signature} was called with ${values.length} values`);
    return found;
  };
  const converted =
    <T>(convert: (value: Value) => T | undefined, expected: string) =>
    (index: number): T => {
      const result = convert(value(index));
      if (result !== undefined) return result;
      throw new CallError(
        `${signature}: argument ${index + 1} is ${describeValue(value(index))}, expected ${expected}`,
      );
    };
  return {
    value,
    dateTime: converted(toDateTime, 'a DateTime'),
    int: converted(toInteger, 'a whole number'),
    text: converted(toText, 'a text'),
    secret: values.some(isSecret),
  };
}
