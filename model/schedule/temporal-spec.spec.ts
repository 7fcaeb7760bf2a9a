import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { addPeriods, parsePeriod, type Period } from './period.js';
import { parseCron } from './cron-expression.js';
import { parseDateTime, recurring, type RecurringSchedule } from './schedule.js';
import { scheduleTicks, type ScheduleTicks, type TickRange } from './temporal-spec.js';
import type { ScheduleRule } from './timeline.js';

const SINCE = new Date(0);
const EVERY_MONTH = [
  'JANUARY',
  'FEBRUARY',
  'MARCH',
  'APRIL',
  'MAY',
  'JUNE',
  'JULY',
  'AUGUST',
  'SEPTEMBER',
  'OCTOBER',
  'NOVEMBER',
  'DECEMBER',
];
const EVERY_DAY = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'];

function every(start: string, period: string): RecurringSchedule {
  return recurring(parseDateTime(start), { kind: 'period', period: parsePeriod(period) });
}

function within(ranges: readonly TickRange[], value: number): boolean {
  return ranges.some(({ start, end }) => start <= value && value <= end);
}

/** As Temporal reads a spec. */
function ticksAt({ intervals = [], calendars = [] }: ScheduleTicks, instant: Date): boolean {
  const name = (part: 'month' | 'weekday') =>
    instant.toLocaleString('en-US', { [part]: 'long', timeZone: 'UTC' }).toUpperCase();
  return (
    intervals.some(
      ({ everyMs, offsetMs }) => (((instant.getTime() - offsetMs) % everyMs) + everyMs) % everyMs === 0,
    ) ||
    calendars.some(
      ({ month, dayOfMonth, dayOfWeek, hour, minute, second }) =>
        month.some((each) => each === name('month')) &&
        dayOfWeek.some((each) => each === name('weekday')) &&
        within(dayOfMonth, instant.getUTCDate()) &&
        within(hour, instant.getUTCHours()) &&
        within(minute, instant.getUTCMinutes()) &&
        instant.getUTCSeconds() === second,
    )
  );
}

describe('scheduleTicks', () => {
  test.each([
    ['2024-01-01T00:07:30', '15 minutes', { everyMs: 900_000, offsetMs: 450_000 }],
    ['2024-01-01T05:00:00', '1 day', { everyMs: 86_400_000, offsetMs: 18_000_000 }],
    ['1970-01-05T00:00:00', '1 week', { everyMs: 604_800_000, offsetMs: 4 * 86_400_000 }],
    ['1969-12-31T23:00:00', '1 day', { everyMs: 86_400_000, offsetMs: 82_800_000 }],
  ])('%s, %s is an exact interval', (start, period, interval) => {
    expect(scheduleTicks(every(start, period), SINCE)).toEqual({ intervals: [interval] });
  });

  it('of months and years are calendars', () => {
    expect(scheduleTicks(every('2024-01-31T03:04:05', '3 months'), SINCE)).toEqual({
      calendars: [
        {
          month: ['JANUARY', 'APRIL', 'JULY', 'OCTOBER'],
          dayOfMonth: [{ start: 28, end: 31 }],
          dayOfWeek: EVERY_DAY,
          hour: [{ start: 3, end: 3 }],
          minute: [{ start: 4, end: 4 }],
          second: 5,
        },
      ],
    });
    expect(scheduleTicks(every('2024-02-29T00:00:00', '2 years'), SINCE)).toEqual({
      calendars: [
        {
          month: ['FEBRUARY'],
          dayOfMonth: [{ start: 28, end: 29 }],
          dayOfWeek: EVERY_DAY,
          hour: [{ start: 0, end: 0 }],
          minute: [{ start: 0, end: 0 }],
          second: 0,
        },
      ],
    });
    expect(scheduleTicks(every('2024-02-15T00:00:00', '5 months'), SINCE).calendars?.[0]?.month).toHaveLength(
      12,
    );
  });

  it('are none for ondemand', () => {
    expect(scheduleTicks({ kind: 'ondemand' }, SINCE)).toEqual({});
  });

  it('never miss the start of an interval', () => {
    const anyPeriod: fc.Arbitrary<Period> = fc.record({
      count: fc.integer({ min: 1, max: 40 }),
      unit: fc.constantFrom('second', 'minute', 'hour', 'day', 'week', 'month', 'year'),
    });
    const anyStart = fc
      .integer({ min: Date.UTC(1960, 0, 1) / 1000, max: Date.UTC(2031, 0, 1) / 1000 })
      .map((seconds) => new Date(seconds * 1000));
    fc.assert(
      fc.property(
        anyPeriod,
        anyStart,
        fc.integer({ min: 0, max: 500 }),
        fc.constantFrom(0, 60_000),
        (period, start, k, aheadMs) => {
          const ticks = scheduleTicks(recurring(start, { kind: 'period', period }), SINCE, aheadMs);
          expect(ticksAt(ticks, new Date(addPeriods(start, period, k).getTime() - aheadMs))).toBe(true);
        },
      ),
    );
  });

  it('of a cron expression are in UTC, for each offset of its zone', () => {
    const schedule = recurring(parseDateTime('2026-01-01T00:00:00'), {
      kind: 'cron',
      expression: parseCron('30 21 * * MON-FRI'),
      zone: 'America/New_York',
    });
    const calendar = {
      month: EVERY_MONTH,
      dayOfMonth: [{ start: 1, end: 31 }],
      dayOfWeek: ['TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'],
      minute: [{ start: 30, end: 30 }],
      second: 0,
    };
    expect(scheduleTicks(schedule, SINCE)).toEqual({
      calendars: [
        { ...calendar, hour: [{ start: 2, end: 2 }] },
        { ...calendar, hour: [{ start: 1, end: 1 }] },
      ],
    });
  });

  it('of a cron expression that fires each hour are the same for each offset in whole hours', () => {
    const schedule = recurring(parseDateTime('2026-01-01T00:00:00'), {
      kind: 'cron',
      expression: parseCron('*/20 * * * *'),
      zone: 'America/New_York',
    });
    const minute = [0, 20, 40].map((value) => ({ start: value, end: value }));
    expect(scheduleTicks(schedule, SINCE).calendars).toEqual([
      {
        month: EVERY_MONTH,
        dayOfMonth: [{ start: 1, end: 31 }],
        dayOfWeek: EVERY_DAY,
        hour: [{ start: 0, end: 23 }],
        minute,
        second: 0,
      },
    ]);
  });

  it('never miss the start of an interval in a zone', () => {
    const zones = [
      'America/New_York',
      'Europe/Berlin',
      'Australia/Lord_Howe',
      'Asia/Kathmandu',
      'Pacific/Apia',
    ];
    const anyRule: fc.Arbitrary<(zone: string) => ScheduleRule> = fc.oneof(
      fc
        .tuple(
          fc.constantFrom('*', '0', '45', '*/7', '10-20'),
          fc.constantFrom('*', '0', '2', '23', '*/5', '22,1'),
          fc.constantFrom('*', '1', '15', '28', '31', 'L', '1-3'),
          fc.constantFrom('*', '1', '3,12', '*/5'),
          fc.constantFrom('?', 'SUN', 'MON-FRI'),
        )
        .map((fields) => (zone: string) => ({
          kind: 'cron' as const,
          expression: parseCron(fields.join(' ')),
          zone,
        })),
      fc
        .record({
          count: fc.integer({ min: 1, max: 14 }),
          unit: fc.constantFrom(
            'minute' as const,
            'day' as const,
            'week' as const,
            'month' as const,
            'year' as const,
          ),
        })
        .map((period) => (zone: string) => ({ kind: 'period' as const, period, zone })),
    );
    const anyStart = fc
      .integer({ min: Date.UTC(2005, 0, 1) / 1000, max: Date.UTC(2031, 0, 1) / 1000 })
      .map((seconds) => new Date(seconds * 1000));
    fc.assert(
      fc.property(
        anyRule,
        fc.constantFrom(...zones),
        anyStart,
        fc.nat(500),
        fc.constantFrom(0, 60_000),
        (ruleIn, zone, start, k, aheadMs) => {
          const schedule = recurring(start, ruleIn(zone));
          const ticks = scheduleTicks(schedule, start, aheadMs);
          const begin = schedule.timeline.at(k);
          if (begin !== undefined && begin.getTime() < start.getTime() + 40 * 366 * 86_400_000) {
            expect(ticksAt(ticks, new Date(begin.getTime() - aheadMs))).toBe(true);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
