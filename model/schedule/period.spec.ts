import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  addPeriods,
  parsePeriod,
  PeriodError,
  periodsUntil,
  periodToMs,
  printPeriod,
  type Period,
} from './period.js';

const UNITS = ['second', 'minute', 'hour', 'day', 'week', 'month', 'year'] as const;
const anyPeriod: fc.Arbitrary<Period> = fc.record({
  count: fc.integer({ min: 1, max: 40 }),
  unit: fc.constantFrom(...UNITS),
});
const anyStart = fc
  .integer({ min: Date.UTC(1960, 0, 1) / 1000, max: Date.UTC(2100, 0, 1) / 1000 })
  .map((seconds) => new Date(seconds * 1000));

describe('parsePeriod', () => {
  test.each([
    ['15 Minutes', 15, 'minute'],
    ['1 hour', 1, 'hour'],
    ['1 DAY', 1, 'day'],
    ['10 Days', 10, 'day'],
    ['2 weeks', 2, 'week'],
    ['1 Month', 1, 'month'],
    ['1 YEAR', 1, 'year'],
    ['3 years', 3, 'year'],
    ['1 second', 1, 'second'],
    ['  7\tdays ', 7, 'day'],
  ])('reads %j', (text, count, unit) => {
    expect(parsePeriod(text)).toEqual({ count, unit });
  });

  test.each([
    '15 Period',
    '',
    'day',
    '1',
    '1day',
    '-1 days',
    '1.5 days',
    '0 days',
    '1 fortnight',
    '1 day 2 hours',
    '99999 years',
    '١ day',
  ])('refuses %j and quotes it', (text) => {
    expect(() => parsePeriod(text)).toThrow(PeriodError);
    expect(() => parsePeriod(text)).toThrow(`Period "${text}"`);
  });

  it('reads back what printPeriod writes', () => {
    fc.assert(
      fc.property(anyPeriod, (period) => {
        expect(parsePeriod(printPeriod(period))).toEqual(period);
      }),
    );
  });
});

describe('addPeriods', () => {
  test.each([
    ['2024-01-31T10:00:00', '1 month', 1, '2024-02-29T10:00:00'],
    ['2023-01-31T10:00:00', '1 month', 1, '2023-02-28T10:00:00'],
    ['2023-01-31T10:00:00', '1 month', 2, '2023-03-31T10:00:00'],
    ['2023-01-31T10:00:00', '1 month', 3, '2023-04-30T10:00:00'],
    ['2023-01-31T10:00:00', '1 month', -2, '2022-11-30T10:00:00'],
    ['2024-02-29T00:00:00', '1 year', 1, '2025-02-28T00:00:00'],
    ['2024-02-29T00:00:00', '1 year', 4, '2028-02-29T00:00:00'],
    ['2024-02-28T23:30:00', '15 minutes', 4, '2024-02-29T00:30:00'],
    ['2023-11-30T00:00:00', '3 months', 1, '2024-02-29T00:00:00'],
    ['2024-12-29T00:00:00', '1 week', 1, '2025-01-05T00:00:00'],
  ])('%s + %s × %i = %s', (start, period, k, expected) => {
    const result = addPeriods(new Date(`${start}Z`), parsePeriod(period), k);
    expect(result.toISOString().slice(0, 19)).toBe(expected);
  });

  it('keeps the day of the start or, in a shorter month, takes the last one', () => {
    const calendar = anyPeriod.filter(({ unit }) => unit === 'month' || unit === 'year');
    fc.assert(
      fc.property(anyStart, calendar, fc.integer({ min: -50, max: 50 }), (start, period, k) => {
        const result = addPeriods(start, period, k);
        // Not Date.UTC, which takes the years 0 to 99 for 1900 to 1999.
        const lastDay = new Date(result);
        lastDay.setUTCMonth(result.getUTCMonth() + 1, 0);
        expect(result.getUTCDate()).toBe(Math.min(start.getUTCDate(), lastDay.getUTCDate()));
        // Years outside 0 to 9999 have more characters before the day.
        expect(result.toISOString().slice(-14)).toBe(start.toISOString().slice(-14));
      }),
    );
  });

  it('is inverted by periodsUntil', () => {
    fc.assert(
      fc.property(anyStart, anyPeriod, fc.integer({ min: -200, max: 200 }), (start, period, k) => {
        const at = addPeriods(start, period, k);
        expect(periodsUntil(start, period, at)).toBe(k);
        expect(periodsUntil(start, period, new Date(at.getTime() - 1))).toBe(k - 1);
      }),
    );
  });
});

test.each([
  ['1 second', 1000],
  ['15 minutes', 900_000],
  ['2 hours', 7_200_000],
  ['1 day', 86_400_000],
  ['1 week', 604_800_000],
  ['1 month', 30 * 86_400_000],
  ['1 year', 365 * 86_400_000],
])('periodToMs of %s is %i', (text, ms) => {
  expect(periodToMs(parsePeriod(text))).toBe(ms);
});
