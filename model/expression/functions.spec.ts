import { describe, expect, it, test } from 'vitest';
import type { EvaluationContext } from './context.js';
import { ExpressionError } from './errors.js';
import { evaluateText } from './evaluate.js';
import { FUNCTIONS } from './functions.js';

/** d is the DateTime of the guide's examples: 2011-05-24 17:10 UTC. */
function evaluate(expression: string, d = '2011-05-24T17:10:00'): string[] {
  const context: EvaluationContext = {
    pipelineId: 'df-1',
    components: new Map([['o', { id: 'o', name: 'o', fields: { d: ['#{@scheduledStartTime}'] } }]]),
    parameters: new Map(),
    self: 'o',
    runtime: () => ({ '@scheduledStartTime': d }),
  };
  return evaluateText(`#{${expression}}`, context);
}

describe('functions', () => {
  const documented: [string, string][] = [
    ['day(d)', '24'],
    ['dayOfYear(d)', '144'],
    ['hour(d)', '17'],
    ['minute(d)', '10'],
    ['month(d)', '5'],
    ['year(d)', '2011'],
    ['firstOfMonth(d)', '2011-05-01T17:10:00'],
    ['midnight(d)', '2011-05-24T00:00:00'],
    ['sunday(d)', '2011-05-22T17:10:00'],
    ['yesterday(d)', '2011-05-23T17:10:00'],
    ['makeDate(2011,5,24)', '2011-05-24T00:00:00'],
    ['makeDateTime(2011,5,24,14,21)', '2011-05-24T14:21:00'],
    ['minusDays(d,1)', '2011-05-23T17:10:00'],
    ['minusHours(d,1)', '2011-05-24T16:10:00'],
    ['minusMinutes(d,1)', '2011-05-24T17:09:00'],
    ['minusMonths(d,1)', '2011-04-24T17:10:00'],
    ['minusWeeks(d,1)', '2011-05-17T17:10:00'],
    ['minusYears(d,1)', '2010-05-24T17:10:00'],
    ['plusDays(d,1)', '2011-05-25T17:10:00'],
    ['plusHours(d,1)', '2011-05-24T18:10:00'],
    ['plusMinutes(d,1)', '2011-05-24T17:11:00'],
    ['plusMonths(d,1)', '2011-06-24T17:10:00'],
    ['plusWeeks(d,1)', '2011-05-31T17:10:00'],
    ['plusYears(d,1)', '2012-05-24T17:10:00'],
    ["format(d,'YYYY-MM-dd')", '2011-05-24'],
    ["format(inTimeZone(d,'America/Los_Angeles'),'HH:mm z')", '10:10 PDT'],
    ['plusPeriod(d, "1 day")', '2011-05-25T17:10:00'],
  ];
  test.each(documented)('%s = %s', (expression, expected) => {
    expect(evaluate(expression)).toEqual([expected]);
  });

  it('are all in the table above', () => {
    const tested = new Set(documented.flatMap(([expression]) => expression.match(/\w+(?=\()/g) ?? []));
    expect([...FUNCTIONS.keys()].filter((name) => !tested.has(name))).toEqual([]);
  });

  test.each([
    ["d.format('YYYY')", '2011'],
    ["@scheduledStartTime.format('YYYY-MM-dd-hh:mm')", '2011-05-24-05:10'],
    ["d.minusDays(1).plusHours(2).format('dd HH')", '23 19'],
    ["format(minusDays(firstOfMonth(d),1),'YYYY-MM-dd')", '2011-04-30'],
    ['sunday(makeDate(2011,5,22))', '2011-05-22T00:00:00'],
    ['sunday(makeDate(2011,5,21))', '2011-05-15T00:00:00'],
    ['plusMonths(makeDate(2011,1,31),1)', '2011-02-28T00:00:00'],
    ['minusMonths(makeDate(2012,3,31),1)', '2012-02-29T00:00:00'],
    ['plusYears(makeDate(2012,2,29),1)', '2013-02-28T00:00:00'],
    ['minusDays(d, -1)', '2011-05-25T17:10:00'],
    ["plusDays(d, '2')", '2011-05-26T17:10:00'],
    ["plusPeriod(d, '3 Months')", '2011-08-24T17:10:00'],
    ["plusPeriod(d, '15 minutes')", '2011-05-24T17:25:00'],
    ["year('2012-01-15T23:59:00')", '2012'],
    ["inTimeZone(d, 'Asia/Tokyo')", '2011-05-25T02:10:00'],
    ["day(inTimeZone(d, 'Asia/Tokyo'))", '25'],
    ["hour(midnight(inTimeZone(d, 'Asia/Tokyo')))", '0'],
    ["format(inTimeZone(d, '+05:30'), 'HH:mm ZZ')", '22:40 +05:30'],
  ])('%s = %s', (expression, expected) => {
    expect(evaluate(expression)).toEqual([expected]);
  });

  // America/New_York: 2024-03-10 02:00 does not exist, 2024-11-03 01:00 occurs twice.
  test.each([
    ['2024-03-09T17:00:00', "inTimeZone(d,'America/New_York').plusDays(1)", '2024-03-10T12:00:00'],
    ['2024-03-09T07:30:00', "inTimeZone(d,'America/New_York').plusDays(1)", '2024-03-10T03:30:00'],
    ['2024-03-10T06:30:00', "inTimeZone(d,'America/New_York').plusHours(1)", '2024-03-10T03:30:00'],
    [
      '2024-11-02T05:30:00',
      "inTimeZone(d,'America/New_York').plusDays(1).format('HH:mm ZZ')",
      '01:30 -04:00',
    ],
    [
      '2024-11-03T05:30:00',
      "inTimeZone(d,'America/New_York').plusHours(1).format('HH:mm ZZ')",
      '01:30 -05:00',
    ],
    ['2024-11-03T15:00:00', "inTimeZone(d,'America/New_York').midnight().format('HH:mm ZZ')", '00:00 -04:00'],
  ])('at %s, %s = %s over a change of daylight saving', (d, expression, expected) => {
    expect(evaluate(expression, d)).toEqual([expected]);
  });

  test.each([
    ['day(1)', 'day(DateTime): argument 1 is the number 1, expected a DateTime'],
    ["day('tomorrow')", 'argument 1 is the text "tomorrow", expected a DateTime'],
    ['plusDays(d, 1.5)', 'argument 2 is the number 1.5, expected a whole number'],
    ["plusDays(d, 'one')", 'argument 2 is the text "one", expected a whole number'],
    ['plusDays(d)', 'plusDays(DateTime, int) takes 2 arguments, not 1'],
    ['format(d, 1)', 'argument 2 is the number 1, expected a text'],
    ["format(d, 'Q')", '"Q" is not a pattern letter'],
    ["inTimeZone(d, 'Mars/Olympus')", 'the text "Mars/Olympus" is not a time zone'],
    ["inTimeZone(d, '')", 'is not a time zone'],
    ["plusPeriod(d, '15 Period')", 'Period "15 Period" is not a period'],
    ['makeDate(2011, 2, 29)', 'there is no date with year 2011, month 2, day 29'],
    ['makeDate(2011, 13, 1)', 'there is no date with year 2011, month 13'],
    ['makeDateTime(2011, 1, 1, 24, 0)', 'there is no date with year 2011, month 1, day 1, 24:0'],
    ['plusYears(d, 9000)', 'the date lies outside the years 1 to 9999'],
    ['plusDays(d, 9007199254740991)', 'the date lies outside the years 1 to 9999'],
    ['plusMonths(d, 9007199254740991)', 'the date lies outside the years 1 to 9999'],
    ['Day(d)', 'there is no function "Day"; did you mean "day"?'],
    ['seconds(d)', 'there is no function "seconds"'],
    ['constructor(d)', 'there is no function "constructor"'],
    ['__proto__(d)', 'there is no function "__proto__"'],
  ])('%s is an error: %s', (expression, problem) => {
    expect(() => evaluate(expression)).toThrow(ExpressionError);
    expect(() => evaluate(expression)).toThrow(problem);
  });
});

describe('operators', () => {
  test.each([
    ['1/2', '0'],
    ['-7/2', '-3'],
    ['1.0/2', '0.5'],
    ['2^2', '4.0'],
    ['2^-1', '0.5'],
    ['2^3^2', '512.0'],
    ['-2^2', '-4.0'],
    ['1 + 2 * 3', '7'],
    ['(1 + 2) * 3', '9'],
    ['10 - 2 - 3', '5'],
    ['8 / 2 / 2', '2'],
    ['1 + 2.5', '3.5'],
    ['1.5 + 1.5', '3.0'],
    ['0 - 0', '0'],
    ['-0', '0'],
    ["'a' + 1", 'a1'],
    ["1 + 'a'", '1a'],
    ["1 + 2 + 'a'", '3a'],
    ["'a' + 1 + 2", 'a12'],
    ["'x-' + d", 'x-2011-05-24T17:10:00'],
    ["'a' + 1.0", 'a1.0'],
    ["'6' * '7'", '42'],
    ["'6' - 1", '5'],
    ["'1.5' * 2", '3.0'],
    ['day(d) + 1', '25'],
    ['9007199254740991 + 0', '9007199254740991'],
    ['10.0^21', '1e+21'],
  ])('%s = %s', (expression, expected) => {
    expect(evaluate(expression)).toEqual([expected]);
  });

  test.each([
    ['1/0', 'division by zero'],
    ['1.0/0', 'division by zero'],
    ['d + 1', 'cannot add the DateTime 2011-05-24T17:10:00 and the number 1'],
    ['d - 1', '"-" needs numbers, not the DateTime 2011-05-24T17:10:00'],
    ["'a' * 2", '"*" needs numbers, not the text "a"'],
    ['9007199254740991 + 1', 'too large for an integer'],
    ['99999999999999999999', 'the number 99999999999999999999 is too large'],
    ['10.0^999', 'is not a number'],
    ['(-8)^0.5', 'is not a number'],
  ])('%s is an error: %s', (expression, problem) => {
    expect(() => evaluate(expression)).toThrow(ExpressionError);
    expect(() => evaluate(expression)).toThrow(problem);
  });
});
