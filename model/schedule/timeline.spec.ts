import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { offsetMsAt } from '../expression/time-zone.js';
import { parseCron, type CronExpression } from './cron-expression.js';
import { parseDateTime } from './date-time.js';
import { addPeriods, parsePeriod, type Period } from './period.js';
import { timelineOf, type ScheduleRule, type Timeline } from './timeline.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

function cron(expression: string, zone: string, start: string): Timeline {
  return timelineOf({ kind: 'cron', expression: parseCron(expression), zone }, parseDateTime(start));
}

function every(period: string, zone: string, start: string): Timeline {
  return timelineOf({ kind: 'period', period: parsePeriod(period), zone }, parseDateTime(start));
}

/** What clocks in `zone` show: `2026-03-08T03:30 -04:00`. */
function clock(zone: string, instant: Date | undefined): string {
  if (instant === undefined) return 'none';
  const offsetMs = offsetMsAt(zone, instant.getTime());
  const local = new Date(instant.getTime() + offsetMs).toISOString().slice(0, 16);
  const minutes = Math.abs(offsetMs) / MINUTE_MS;
  const two = (value: number) => String(value).padStart(2, '0');
  return `${local} ${offsetMs < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

function clocks(timeline: Timeline, zone: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => clock(zone, timeline.at(index)));
}

describe('cron expressions over a change of the clocks', () => {
  test.each([
    [
      'a time that New York leaves out comes after the gap',
      '30 2 * * *',
      'America/New_York',
      '2026-03-07T00:00:00',
      ['2026-03-07T02:30 -05:00', '2026-03-08T03:30 -04:00', '2026-03-09T02:30 -04:00'],
    ],
    [
      'times before and after a gap are together, in order, each once',
      '0,30 1-3 * * *',
      'Europe/Berlin',
      '2026-03-29T00:00:00',
      [
        '2026-03-29T01:00 +01:00',
        '2026-03-29T01:30 +01:00',
        '2026-03-29T03:00 +02:00',
        '2026-03-29T03:30 +02:00',
        '2026-03-30T01:00 +02:00',
      ],
    ],
    [
      'a time that occurs twice is meant the first time',
      '30 1 * * *',
      'America/New_York',
      '2026-11-01T00:00:00',
      ['2026-11-01T01:30 -04:00', '2026-11-02T01:30 -05:00'],
    ],
    [
      'a start between the two turns of a time is too late for it',
      '30 1 * * *',
      'America/New_York',
      '2026-11-01T06:15:00',
      ['2026-11-02T01:30 -05:00'],
    ],
    [
      'every hour goes on by elapsed time where an hour is left out',
      '0 * * * *',
      'America/New_York',
      '2026-03-08T05:30:00',
      ['2026-03-08T01:00 -05:00', '2026-03-08T03:00 -04:00', '2026-03-08T04:00 -04:00'],
    ],
    [
      'every hour goes on by elapsed time where an hour is repeated',
      '0 * * * *',
      'Europe/Berlin',
      '2026-10-24T23:30:00',
      ['2026-10-25T02:00 +02:00', '2026-10-25T02:00 +01:00', '2026-10-25T03:00 +01:00'],
    ],
    [
      'hours by name run once, even where the hour is repeated',
      '0 */2 * * *',
      'Europe/Berlin',
      '2026-10-24T22:00:00',
      ['2026-10-25T00:00 +02:00', '2026-10-25T02:00 +02:00', '2026-10-25T04:00 +01:00'],
    ],
    [
      'Lord Howe leaves out half an hour',
      '15 2 * * *',
      'Australia/Lord_Howe',
      '2026-10-03T00:00:00',
      ['2026-10-04T02:45 +11:00', '2026-10-05T02:15 +11:00'],
    ],
    [
      'no hour is skipped on Lord Howe',
      '0 * * * *',
      'Australia/Lord_Howe',
      '2026-10-03T14:00:00',
      ['2026-10-04T01:00 +10:30', '2026-10-04T02:30 +11:00', '2026-10-04T03:00 +11:00'],
    ],
    [
      'quarters of an hour are a quarter apart on Lord Howe when half an hour is repeated',
      '*/15 * * * *',
      'Australia/Lord_Howe',
      '2026-04-04T14:30:00',
      [
        '2026-04-05T01:30 +11:00',
        '2026-04-05T01:45 +11:00',
        '2026-04-05T01:30 +10:30',
        '2026-04-05T01:45 +10:30',
        '2026-04-05T02:00 +10:30',
      ],
    ],
    [
      'the day that Apia skipped is not made up for twice',
      '0 9 * * *',
      'Pacific/Apia',
      '2011-12-29T00:00:00',
      ['2011-12-29T09:00 -10:00', '2011-12-31T09:00 +14:00', '2012-01-01T09:00 +14:00'],
    ],
    [
      'what is due only on the day that Apia skipped comes a day later',
      '0 9 30 12 *',
      'Pacific/Apia',
      '2011-01-01T00:00:00',
      ['2011-12-31T09:00 +14:00', '2012-12-30T09:00 +14:00'],
    ],
    [
      'a gap over the end of a UTC year',
      '0 9 * * *',
      'Pacific/Kiritimati',
      '1994-12-30T12:00:00',
      ['1994-12-30T09:00 -10:00', '1995-01-01T09:00 +14:00', '1995-01-02T09:00 +14:00'],
    ],
    [
      'a zone whose clocks never change',
      '0 9 * * MON-FRI',
      'Asia/Tokyo',
      '2026-03-06T00:00:00',
      ['2026-03-06T09:00 +09:00', '2026-03-09T09:00 +09:00'],
    ],
  ])('%s: %s in %s', (_, expression, zone, start, expected) => {
    expect(clocks(cron(expression, zone, start), zone, expected.length)).toEqual(expected);
  });
});

describe('periods over a change of the clocks', () => {
  test.each([
    [
      '1 day',
      'America/New_York',
      '2026-03-07T05:00:00',
      ['2026-03-07T00:00 -05:00', '2026-03-08T00:00 -05:00', '2026-03-09T00:00 -04:00'],
    ],
    [
      '1 day',
      'Europe/Berlin',
      '2026-03-28T01:30:00',
      ['2026-03-28T02:30 +01:00', '2026-03-29T03:30 +02:00', '2026-03-30T02:30 +02:00'],
    ],
    [
      '1 day',
      'America/New_York',
      '2026-11-01T06:30:00',
      ['2026-11-01T01:30 -05:00', '2026-11-02T01:30 -05:00'],
    ],
    [
      '1 week',
      'America/New_York',
      '2026-10-25T05:30:00',
      ['2026-10-25T01:30 -04:00', '2026-11-01T01:30 -04:00', '2026-11-08T01:30 -05:00'],
    ],
    [
      '1 month',
      'Europe/Berlin',
      '2026-01-30T23:00:00',
      [
        '2026-01-31T00:00 +01:00',
        '2026-02-28T00:00 +01:00',
        '2026-03-31T00:00 +02:00',
        '2026-04-30T00:00 +02:00',
      ],
    ],
    [
      '1 year',
      'Australia/Lord_Howe',
      '2026-07-01T00:00:00',
      ['2026-07-01T10:30 +10:30', '2027-07-01T10:30 +10:30'],
    ],
    [
      '1 day',
      'Pacific/Apia',
      '2011-12-28T22:00:00',
      [
        '2011-12-28T12:00 -10:00',
        '2011-12-29T12:00 -10:00',
        '2011-12-31T12:00 +14:00',
        '2012-01-01T12:00 +14:00',
      ],
    ],
    [
      '2 days',
      'Pacific/Apia',
      '2011-12-28T22:00:00',
      ['2011-12-28T12:00 -10:00', '2011-12-31T12:00 +14:00', '2012-01-01T12:00 +14:00'],
    ],
    [
      '12 hours',
      'America/New_York',
      '2026-03-07T05:00:00',
      [
        '2026-03-07T00:00 -05:00',
        '2026-03-07T12:00 -05:00',
        '2026-03-08T00:00 -05:00',
        '2026-03-08T13:00 -04:00',
      ],
    ],
  ])('%s in %s from %s UTC', (period, zone, start, expected) => {
    expect(clocks(every(period, zone, start), zone, expected.length)).toEqual(expected);
  });
});

const ZONES = [
  'UTC',
  'America/New_York',
  'Europe/Berlin',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'America/Phoenix',
  'Africa/Casablanca',
  'Antarctica/Troll',
] as const;

/** Near a change of the clocks as often as not, and on the days that Apia and Recife had. */
const anyZoneAndStart: fc.Arbitrary<readonly [string, Date]> = fc.oneof(
  fc.tuple(
    fc.constantFrom(...ZONES),
    fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2027, 0, 1) }).map(wholeSecond),
  ),
  fc.tuple(
    fc.constantFrom(...ZONES),
    fc
      .tuple(
        fc.constantFrom('2026-03-08', '2026-11-01', '2026-03-29', '2026-10-25', '2026-04-04', '2026-10-03'),
        fc.integer({ min: -30 * 60, max: 30 * 60 }),
      )
      .map(([day, minutes]) => new Date(Date.parse(`${day}T02:00:00Z`) + minutes * MINUTE_MS)),
  ),
  fc.tuple(
    fc.constant('Pacific/Apia'),
    fc.integer({ min: Date.UTC(2011, 11, 27), max: Date.UTC(2012, 0, 2) }).map(wholeSecond),
  ),
);

function wholeSecond(epochMs: number): Date {
  return new Date(Math.floor(epochMs / 1000) * 1000);
}

function anyField(min: number, max: number): fc.Arbitrary<string> {
  const value = fc.integer({ min, max });
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant('*') },
    { weight: 2, arbitrary: value.map(String) },
    fc.tuple(value, value).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
    fc.integer({ min: 1, max: Math.min(max, 20) }).map((step) => `*/${step}`),
    fc.uniqueArray(value, { minLength: 2, maxLength: 4 }).map((values) => values.join(',')),
  );
}

const anyCron: fc.Arbitrary<string> = fc
  .tuple(
    anyField(0, 59),
    anyField(0, 23),
    fc.oneof({ weight: 3, arbitrary: fc.constant('*') }, anyField(1, 28), fc.constant('L')),
    fc.oneof({ weight: 4, arbitrary: fc.constant('*') }, anyField(1, 12)),
    fc.oneof({ weight: 3, arbitrary: fc.constantFrom('*', '?') }, anyField(0, 7)),
  )
  .map((fields) => fields.join(' '));

function matches(expression: CronExpression, local: Date): boolean {
  const day = local.getUTCDate();
  const isLast = new Date(local.getTime() + DAY_MS).getUTCDate() === 1;
  const byDate = expression.daysOfMonth.includes(day) || (expression.lastDayOfMonth && isLast);
  const byWeekday = expression.daysOfWeek.includes(local.getUTCDay());
  return (
    expression.months.includes(local.getUTCMonth() + 1) &&
    expression.hours.includes(local.getUTCHours()) &&
    expression.minutes.includes(local.getUTCMinutes()) &&
    (expression.eitherDay ? byDate || byWeekday : byDate && byWeekday)
  );
}

/** Minute by minute over [start - 2 days, start + days): the rules as they are written down, and nothing clever. */
function naiveFires(expression: CronExpression, zone: string, start: Date, days: number): number[] {
  const fires = new Set<number>();
  const shown = new Set<number>();
  const fromMs = Math.floor(start.getTime() / MINUTE_MS) * MINUTE_MS - 2 * DAY_MS;
  let offsetBefore = offsetMsAt(zone, fromMs - MINUTE_MS);
  for (let atMs = fromMs; atMs < start.getTime() + days * DAY_MS; atMs += MINUTE_MS) {
    const offsetMs = offsetMsAt(zone, atMs);
    for (let leftOutMs = offsetBefore; leftOutMs < offsetMs; leftOutMs += MINUTE_MS) {
      if (matches(expression, new Date(atMs + leftOutMs))) fires.add(atMs + leftOutMs - offsetBefore);
    }
    const localMs = atMs + offsetMs;
    const again = shown.has(localMs) && expression.hours.length < 24;
    if (!again && matches(expression, new Date(localMs))) fires.add(atMs);
    shown.add(localMs);
    offsetBefore = offsetMs;
  }
  const untilMs = start.getTime() + (days - 1) * DAY_MS; // before it, none is missing
  return [...fires].filter((ms) => ms >= start.getTime() && ms < untilMs).sort((a, b) => a - b);
}

describe('a cron expression', () => {
  it('fires when a reference says so that walks through each minute', () => {
    fc.assert(
      fc.property(anyCron, anyZoneAndStart, (text, [zone, start]) => {
        const expression = parseCron(text);
        const expected = naiveFires(expression, zone, start, 4);
        const timeline = timelineOf({ kind: 'cron', expression, zone }, start);
        const until = new Date(start.getTime() + 3 * DAY_MS - 1);
        expect(timeline.countUntil(until)).toBe(expected.length);
        expected.forEach((ms, index) => expect(timeline.at(index)?.getTime()).toBe(ms));
      }),
      { numRuns: 50 },
    );
  });
});

describe('a timeline', () => {
  const anyPeriod: fc.Arbitrary<Period> = fc.record({
    count: fc.integer({ min: 1, max: 9 }),
    unit: fc.constantFrom('minute', 'hour', 'day', 'week', 'month', 'year'),
  });
  const anyRule: fc.Arbitrary<(zone: string) => ScheduleRule> = fc.oneof(
    anyCron.map((text) => (zone: string) => ({ kind: 'cron' as const, expression: parseCron(text), zone })),
    anyPeriod.map((period) => (zone: string) => ({ kind: 'period' as const, period, zone })),
  );

  it('rises, and counts its moments as it numbers them', () => {
    fc.assert(
      fc.property(anyRule, anyZoneAndStart, fc.nat(3000), (ruleIn, [zone, start], index) => {
        const timeline = timelineOf(ruleIn(zone), start);
        const instant = timeline.at(index);
        if (instant === undefined) return;
        expect(timeline.countUntil(instant)).toBe(index + 1);
        expect(timeline.countUntil(new Date(instant.getTime() - 1))).toBe(index);
        const next = timeline.at(index + 1);
        if (next !== undefined) {
          expect(next.getTime()).toBeGreaterThan(instant.getTime());
          expect(timeline.countUntil(new Date(next.getTime() - 1))).toBe(index + 1);
        }
        expect(timeline.countUntil(new Date(start.getTime() - 1))).toBe(0);
      }),
    );
  });

  it('of a period begins at the start, whenever that is', () => {
    fc.assert(
      fc.property(anyPeriod, anyZoneAndStart, (period, [zone, start]) => {
        expect(timelineOf({ kind: 'period', period, zone }, start).at(0)).toEqual(start);
      }),
    );
  });

  it('of a period in a zone shows the same time each day, but where the clocks have no such time', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('America/New_York', 'Europe/Berlin', 'Australia/Lord_Howe'),
        anyPeriod.filter(({ unit }) => unit !== 'minute' && unit !== 'hour'),
        fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2027, 0, 1) }).map(wholeSecond),
        fc.integer({ min: 0, max: 400 }),
        (zone, period, start, index) => {
          const instant = timelineOf({ kind: 'period', period, zone }, start).at(index) ?? start;
          const localStart = new Date(start.getTime() + offsetMsAt(zone, start.getTime()));
          const localMs = instant.getTime() + offsetMsAt(zone, instant.getTime());
          const laterMs = localMs - addPeriods(localStart, period, index).getTime();
          const offsetsAround = [-1, 1].map((days) => offsetMsAt(zone, instant.getTime() + days * DAY_MS));
          expect([0, Math.max(...offsetsAround) - Math.min(...offsetsAround)]).toContain(laterMs);
        },
      ),
    );
  });

  it('ends with the year 9999', () => {
    const daily = cron('0 0 * * *', 'America/New_York', '9999-12-30T00:00:00');
    expect(clocks(daily, 'UTC', 3)).toEqual(['9999-12-30T05:00 +00:00', '9999-12-31T05:00 +00:00', 'none']);
    expect(daily.countUntil(new Date(8.64e15))).toBe(2);
    expect(cron('* * * * *', 'Europe/Berlin', '2026-01-01T00:00:00').at(9_999_999_998)).toBeUndefined();
    expect(cron('@hourly', 'Europe/Berlin', '2026-01-01T00:00:00').at(9_999_999_998)).toBeUndefined();
  });

  it('finds a moment of long ago without walking there', () => {
    const quarters = cron('*/15 * * * *', 'America/New_York', '1970-01-01T00:00:00');
    const index = (40 * 365 + 10) * 96;
    expect(quarters.at(index)).toEqual(new Date(Date.UTC(2010, 0, 1)));
    expect(quarters.countUntil(new Date(Date.UTC(2010, 0, 1)))).toBe(index + 1);
    expect(cron('0 12 29 2 *', 'UTC', '2026-01-01T00:00:00').at(100)).toEqual(
      new Date('2440-02-29T12:00:00Z'),
    );
  });

  test.each([
    ['0 * * * *', HOUR_MS],
    ['*/15 9,10 * * *', DAY_MS / 8],
    ['0 0 * * MON', 7 * DAY_MS],
    ['0 0 29 2 *', (146_097 / 97) * DAY_MS],
  ])('of %s has a moment each %i ms on average', (expression, averageMs) => {
    expect(cron(expression, 'UTC', '2026-01-01T00:00:00').averageMs).toBeCloseTo(averageMs, 3);
  });
});
