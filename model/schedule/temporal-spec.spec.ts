import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { addPeriods, parsePeriod, type Period } from './period.js';
import { parseDateTime, type RecurringSchedule } from './schedule.js';
import { scheduleTicks, type ScheduleTicks } from './temporal-spec.js';

function recurring(start: string, period: string): RecurringSchedule {
  return { kind: 'recurring', start: parseDateTime(start), period: parsePeriod(period) };
}

/** As Temporal reads a spec. */
function ticksAt({ intervals = [], calendars = [] }: ScheduleTicks, instant: Date): boolean {
  const name = instant.toLocaleString('en-US', { month: 'long', timeZone: 'UTC' }).toUpperCase();
  return (
    intervals.some(
      ({ everyMs, offsetMs }) => (((instant.getTime() - offsetMs) % everyMs) + everyMs) % everyMs === 0,
    ) ||
    calendars.some(
      ({ month, dayOfMonth, hour, minute, second }) =>
        month.some((each) => each === name) &&
        instant.getUTCDate() >= dayOfMonth.start &&
        instant.getUTCDate() <= dayOfMonth.end &&
        instant.getUTCHours() === hour &&
        instant.getUTCMinutes() === minute &&
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
    expect(scheduleTicks(recurring(start, period))).toEqual({ intervals: [interval] });
  });

  it('of months and years are calendars', () => {
    expect(scheduleTicks(recurring('2024-01-31T03:04:05', '3 months'))).toEqual({
      calendars: [
        {
          month: ['JANUARY', 'APRIL', 'JULY', 'OCTOBER'],
          dayOfMonth: { start: 28, end: 31 },
          hour: 3,
          minute: 4,
          second: 5,
        },
      ],
    });
    expect(scheduleTicks(recurring('2024-02-29T00:00:00', '2 years'))).toEqual({
      calendars: [{ month: ['FEBRUARY'], dayOfMonth: { start: 28, end: 29 }, hour: 0, minute: 0, second: 0 }],
    });
    expect(scheduleTicks(recurring('2024-02-15T00:00:00', '5 months')).calendars?.[0]?.month).toHaveLength(
      12,
    );
  });

  it('are none for ondemand', () => {
    expect(scheduleTicks({ kind: 'ondemand' })).toEqual({});
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
      fc.property(anyPeriod, anyStart, fc.integer({ min: 0, max: 500 }), (period, start, k) => {
        const ticks = scheduleTicks({ kind: 'recurring', start, period });
        expect(ticksAt(ticks, addPeriods(start, period, k))).toBe(true);
      }),
    );
  });
});
