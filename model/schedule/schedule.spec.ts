import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { DateTimeError } from './date-time.js';
import { addPeriods, parsePeriod, type Period } from './period.js';
import {
  countIntervals,
  dueIntervals,
  dueTime,
  formatDateTime,
  indexAt,
  intervalAt,
  intervalsOverlapping,
  parseDateTime,
  recurring,
  type Interval,
  type RecurringSchedule,
  type Schedule,
  type ScheduleLimits,
} from './schedule.js';

const at = parseDateTime;
const ondemand: Schedule = { kind: 'ondemand' };

function every(start: Date, period: Period, limits: ScheduleLimits = {}): RecurringSchedule {
  return recurring(start, { kind: 'period', period }, limits);
}

const anyPeriod: fc.Arbitrary<Period> = fc.record({
  count: fc.integer({ min: 1, max: 30 }),
  unit: fc.constantFrom('minute', 'hour', 'day', 'week', 'month', 'year'),
});
const anyInstant = fc
  .integer({ min: Date.UTC(1999, 0, 1) / 1000, max: Date.UTC(2031, 0, 1) / 1000 })
  .map((seconds) => new Date(seconds * 1000));
/** Endless, by occurrences, or by end (which may cut an interval off). */
const anySchedule: fc.Arbitrary<RecurringSchedule> = fc
  .tuple(
    anyPeriod,
    anyInstant,
    fc.option(fc.integer({ min: 1, max: 40 })),
    fc.option(fc.double({ min: 0.01, max: 40, noNaN: true })),
  )
  .map(([period, start, occurrences, length]) => {
    if (occurrences !== null) return every(start, period, { occurrences });
    if (length === null) return every(start, period);
    const whole = addPeriods(start, period, Math.floor(length)).getTime();
    const next = addPeriods(start, period, Math.floor(length) + 1).getTime();
    const end = new Date(whole + Math.ceil(((next - whole) * (length % 1)) / 1000) * 1000);
    return every(start, period, end > start ? { end } : { occurrences: 1 });
  });

function firstIntervals(schedule: Schedule, most = 60): Interval[] {
  return dueIntervals(schedule, 0, new Date(8.64e15), most).intervals;
}

describe('intervals', () => {
  it('follow each other without gap or overlap, from the start', () => {
    fc.assert(
      fc.property(anySchedule, (schedule) => {
        const intervals = firstIntervals(schedule);
        intervals.forEach((interval, index) => {
          expect(interval.index).toBe(index);
          expect(interval.start).toEqual(index === 0 ? schedule.start : intervals[index - 1]?.end);
          expect(interval.end.getTime()).toBeGreaterThan(interval.start.getTime());
        });
      }),
    );
  });

  it('are as many as countIntervals says', () => {
    fc.assert(
      fc.property(anySchedule, (schedule) => {
        const count = countIntervals(schedule);
        expect(firstIntervals(schedule, 50)).toHaveLength(Math.min(count, 50));
        if (count !== Number.POSITIVE_INFINITY) expect(intervalAt(schedule, count)).toBeUndefined();
      }),
    );
  });

  it('are found again by any instant in them', () => {
    fc.assert(
      fc.property(
        anySchedule,
        fc.integer({ min: 0, max: 60 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (schedule, index, part) => {
          const interval = intervalAt(schedule, index);
          if (interval === undefined) return;
          const lengthMs = interval.end.getTime() - interval.start.getTime();
          expect(indexAt(schedule, new Date(interval.start.getTime() + Math.floor(lengthMs * part)))).toBe(
            index,
          );
          expect(indexAt(schedule, interval.end)).toBe(intervalAt(schedule, index + 1)?.index);
        },
      ),
    );
  });

  it('overlapping a window are those that brute force finds', () => {
    fc.assert(
      fc.property(
        anySchedule,
        fc.double({ min: -3, max: 45, noNaN: true }),
        fc.double({ min: 0, max: 5, noNaN: true }),
        (schedule, from, length) => {
          const unitMs = (schedule.timeline.at(1) ?? schedule.start).getTime() - schedule.start.getTime();
          const start = new Date(schedule.start.getTime() + Math.round(from * unitMs));
          const end = new Date(start.getTime() + Math.round(length * unitMs));
          const expected = firstIntervals(schedule, 70).filter(
            (interval) => start < end && interval.start < end && interval.end > start,
          );
          expect(intervalsOverlapping(schedule, start, end)).toEqual(expected);
        },
      ),
    );
  });

  it('overlapping their own bounds are themselves', () => {
    fc.assert(
      fc.property(anySchedule, fc.integer({ min: 0, max: 30 }), (schedule, index) => {
        const interval = intervalAt(schedule, index);
        if (interval !== undefined) {
          expect(intervalsOverlapping(schedule, interval.start, interval.end)).toEqual([interval]);
        }
      }),
    );
  });

  it('of a day between two midnights are exactly one ("once")', () => {
    const once = every(at('2013-08-18T00:00:00'), parsePeriod('1 day'), { end: at('2013-08-19T00:00:00') });
    expect(countIntervals(once)).toBe(1);
    expect(intervalAt(once, 0)).toEqual({ index: 0, start: once.start, end: once.end });
  });

  it('leave out a partial last one', () => {
    const schedule = every(at('2024-01-01T00:00:00'), parsePeriod('1 day'), {
      end: at('2024-01-03T23:59:59'),
    });
    expect(countIntervals(schedule)).toBe(2);
    expect(indexAt(schedule, at('2024-01-03T12:00:00'))).toBeUndefined();
  });

  it('end where YYYY-MM-DDTHH:MM:SS ends, however long the schedule', () => {
    const schedule = every(at('2024-01-01T00:00:00'), parsePeriod('1 month'));
    expect(countIntervals(schedule)).toBe(Number.POSITIVE_INFINITY);
    expect(intervalAt(schedule, 95_000)?.start.getUTCFullYear()).toBe(9940);
    expect(intervalAt(schedule, 1e15)).toBeUndefined();
    expect(intervalAt(schedule, -1)).toBeUndefined();
    expect(intervalAt(schedule, 0.5)).toBeUndefined();
    expect(intervalsOverlapping(schedule, at('9999-11-01T00:00:00'), new Date(8.64e15))).toHaveLength(1);
  });

  it('counts a century of minutes without walking through it', () => {
    const schedule = every(at('1924-01-01T00:00:00'), parsePeriod('1 minute'), {
      end: at('2024-01-01T00:00:00'),
    });
    expect(countIntervals(schedule)).toBe(36_525 * 1440);
    expect(indexAt(schedule, at('2023-12-31T23:59:30'))).toBe(36_525 * 1440 - 1);
  });

  it('a week overlaps seven days', () => {
    const daily = every(at('2024-01-01T00:00:00'), parsePeriod('1 day'));
    const week = intervalsOverlapping(daily, at('2024-01-08T00:00:00'), at('2024-01-15T00:00:00'));
    expect(week.map(({ start }) => formatDateTime(start).slice(8, 10))).toEqual([
      '08',
      '09',
      '10',
      '11',
      '12',
      '13',
      '14',
    ]);
  });

  it('do not exist for ondemand', () => {
    expect(intervalAt(ondemand, 0)).toBeUndefined();
    expect(countIntervals(ondemand)).toBe(0);
    expect(indexAt(ondemand, at('2024-01-01T00:00:00'))).toBeUndefined();
    expect(intervalsOverlapping(ondemand, at('2024-01-01T00:00:00'), at('2025-01-01T00:00:00'))).toEqual([]);
    expect(dueIntervals(ondemand, 0, at('2024-01-01T00:00:00'), 9)).toEqual({
      intervals: [],
      exhausted: true,
    });
  });
});

describe('dueIntervals', () => {
  const daily = every(at('2024-01-01T00:00:00'), parsePeriod('1 day'), { occurrences: 5 });
  test.each([
    [0, '2023-12-31T23:59:59', 10, [], false],
    [0, '2024-01-01T00:00:00', 10, [0], false],
    [0, '2024-01-03T12:00:00', 10, [0, 1, 2], false],
    [0, '2024-01-03T12:00:00', 2, [0, 1], false],
    [2, '2024-01-03T12:00:00', 10, [2], false],
    [3, '2024-02-01T00:00:00', 10, [3, 4], true],
    [3, '2024-02-01T00:00:00', 2, [3, 4], true],
    [3, '2024-02-01T00:00:00', 1, [3], false],
    [5, '2024-02-01T00:00:00', 10, [], true],
  ])('from %i at %s, at most %i: %j, exhausted %s', (from, now, limit, indices, exhausted) => {
    const due = dueIntervals(daily, from, at(now), limit);
    expect(due.intervals.map(({ index }) => index)).toEqual(indices);
    expect(due.exhausted).toBe(exhausted);
  });

  test.each([
    ['cron', '2024-01-01T22:00:00'],
    ['timeseries', '2024-01-01T22:30:00'],
    ['ondemand', '2024-01-01T22:00:00'],
  ] as const)('%s: due at %s', (scheduleType, expected) => {
    const interval = { index: 0, start: at('2024-01-01T22:00:00'), end: at('2024-01-01T22:30:00') };
    expect(formatDateTime(dueTime(interval, scheduleType))).toBe(expected);
  });
});

describe('parseDateTime', () => {
  test.each(['2012-01-15T23:59:00', '2024-02-29T00:00:00', '0001-01-01T00:00:00', '9999-12-31T23:59:59'])(
    'reads %s',
    (text) => {
      expect(formatDateTime(parseDateTime(text))).toBe(text);
    },
  );

  test.each([
    ['2012-01-15T23:59:00Z', 'has a suffix'],
    ['2012-01-15T23:59:00.000Z', 'has a suffix'],
    ['2012-01-15T23:59:00+01:00', 'has a suffix'],
    ['2023-02-29T00:00:00', 'is not a date of the calendar'],
    ['2023-04-31T00:00:00', 'is not a date of the calendar'],
    ['2023-13-01T00:00:00', 'is not a date of the calendar'],
    ['2023-01-01T24:00:00', 'is not a date of the calendar'],
    ['2023-01-01T23:60:00', 'is not a date of the calendar'],
    ['0000-01-01T00:00:00', 'is not a date of the calendar'],
    ['2012-01-15', 'is not a DateTime'],
    ['2012-1-15T23:59:00', 'is not a DateTime'],
    ['makeDate(2011,5,24)', 'is not a DateTime'],
    ['yyyy-mm-ddT00:00:00', 'is not a DateTime'],
    [' 2012-01-15T23:59:00', 'is not a DateTime'],
    ['', 'is not a DateTime'],
  ])('refuses %j: %s', (text, problem) => {
    expect(() => parseDateTime(text)).toThrow(DateTimeError);
    expect(() => parseDateTime(text)).toThrow(`"${text}" ${problem}`);
  });
});
