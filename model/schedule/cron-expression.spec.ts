import { describe, expect, it, test } from 'vitest';
import { CronError, parseCron } from './cron-expression.js';
import { cronTimes } from './cron-times.js';

function numbers(from: number, to: number, step = 1): number[] {
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);
}

const EVERY = {
  minutes: numbers(0, 59),
  hours: numbers(0, 23),
  daysOfMonth: numbers(1, 31),
  lastDayOfMonth: false,
  months: numbers(1, 12),
  daysOfWeek: numbers(0, 6),
  eitherDay: false,
};

describe('parseCron', () => {
  test.each([
    ['* * * * *', {}],
    ['0 9 * * MON-FRI', { minutes: [0], hours: [9], daysOfWeek: numbers(1, 5) }],
    ['*/15 8-18/2 * * *', { minutes: [0, 15, 30, 45], hours: numbers(8, 18, 2) }],
    ['5/20 0 * * *', { minutes: [5, 25, 45], hours: [0] }],
    ['0 0 1,15 jan,Jul ?', { minutes: [0], hours: [0], daysOfMonth: [1, 15], months: [1, 7] }],
    ['0 0 ? * 7', { minutes: [0], hours: [0], daysOfWeek: [0] }],
    ['0 0 * * FRI-SUN', { minutes: [0], hours: [0], daysOfWeek: [0, 5, 6] }],
    ['0 0 * * 5-7', { minutes: [0], hours: [0], daysOfWeek: [0, 5, 6] }],
    ['0 0 L * *', { minutes: [0], hours: [0], daysOfMonth: [], lastDayOfMonth: true }],
    ['0 0 15,L * *', { minutes: [0], hours: [0], daysOfMonth: [15], lastDayOfMonth: true }],
    ['0 0 13 * FRI', { minutes: [0], hours: [0], daysOfMonth: [13], daysOfWeek: [5], eitherDay: true }],
    ['  30   6 * * *  ', { minutes: [30], hours: [6] }],
    ['@hourly', { minutes: [0] }],
    ['@Daily', { minutes: [0], hours: [0] }],
    ['@weekly', { minutes: [0], hours: [0], daysOfWeek: [0] }],
    ['@monthly', { minutes: [0], hours: [0], daysOfMonth: [1] }],
    ['@yearly', { minutes: [0], hours: [0], daysOfMonth: [1], months: [1] }],
    ['3,3,1 0 * * *', { minutes: [1, 3], hours: [0] }],
  ])('reads %j', (text, expected) => {
    expect(parseCron(text)).toEqual({ ...EVERY, ...expected, text: text.trim() });
  });

  test.each([
    ['', 'has no fields: expected five, minute hour day-of-month month day-of-week'],
    ['0 9 * *', 'has 4 fields: expected five'],
    ['0 0 9 * * MON', 'has 6 fields: expected five (no seconds, no year)'],
    ['60 * * * *', 'has minute "60", where 60 is out of range: expected 0-59'],
    ['* 24 * * *', 'has hour "24", where 24 is out of range: expected 0-23'],
    ['* * 0 * *', 'has day-of-month "0", where 0 is out of range: expected 1-31, L or ?'],
    ['* * * 13 *', 'has month "13", where 13 is out of range: expected 1-12 or JAN-DEC'],
    ['* * * JANUARY *', 'has month "JANUARY", where "JANUARY" is no month'],
    ['* * * * 8', 'has day-of-week "8", where 8 is out of range: expected 0-7 (0 and 7 are Sunday)'],
    ['* * * * MO', 'where "MO" is no day-of-week'],
    ['*/0 * * * *', 'has minute "*/0", whose step is not from 1 to 59'],
    ['* */24 * * *', 'has hour "*/24", whose step is not from 1 to 23'],
    ['1,,2 * * * *', 'has minute "", which is neither'],
    ['22-6 * * * *', 'has minute "22-6", which runs backwards'],
    ['-1 * * * *', 'has minute "-1", which is neither'],
    ['1.5 * * * *', 'has minute "1.5", which is neither'],
    ['* ? * * *', 'has hour "?", which is neither'],
    ['* * LW * *', 'where "LW" is no day-of-month'],
    ['* * * * 5#2', 'has day-of-week "5#2", which is neither'],
    ['0 0 31 2 *', 'never fires: expected a day-of-month that one of its months has'],
    ['0 0 30,31 FEB ?', 'never fires'],
    ['0 0 31 4,6,9,11 *', 'never fires'],
    ['@reboot', 'is no macro that is known: expected @hourly, @daily'],
    ['constructor', 'has 1 field: expected five'],
    ['٣ * * * *', 'has minute "٣", which is neither'],
    [`${'1,'.repeat(600)}1 * * * *`, 'is longer than 1000 characters'],
  ])('refuses %j: it %s', (text, problem) => {
    expect(() => parseCron(text)).toThrow(CronError);
    expect(() => parseCron(text)).toThrow(problem);
    expect(() => parseCron(text)).toThrow(`"${text.slice(0, 40)}`);
  });
});

describe('cronTimes', () => {
  it('of 29 February exist', () => {
    const times = cronTimes(parseCron('0 0 29 2 *'));
    expect(new Date(times.at(times.countBefore(Date.UTC(2097, 0, 1)))).toISOString()).toBe(
      '2104-02-29T00:00:00.000Z',
    );
  });

  it('need one of two restricted day fields only', () => {
    const times = cronTimes(parseCron('0 0 13 * FRI'));
    const first = times.countBefore(Date.UTC(2026, 1, 1));
    expect([0, 1, 2, 3].map((each) => new Date(times.at(first + each)).getUTCDate())).toEqual([
      6, 13, 20, 27,
    ]);
    const march = times.countBefore(Date.UTC(2026, 3, 1));
    expect([0, 1, 2, 3].map((each) => new Date(times.at(march + each)).getUTCDate())).toEqual([
      3, 10, 13, 17,
    ]);
  });
});
