import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { offsetMsAt } from '../expression/time-zone.js';
import { nextOpen, openHours, type OpenHours } from './open-hours.js';
import { parseBlackout, parseRunWindow, WindowError } from './window-text.js';

const MINUTE_MS = 60_000;
const DAY = 24 * 60;

function hours(zone: string, runWindow: readonly string[], blackout: readonly string[] = []): OpenHours {
  const blackouts = blackout.map(parseBlackout);
  return openHours(
    zone,
    runWindow.flatMap(parseRunWindow),
    blackouts.flatMap(({ week = [] }) => week),
    blackouts.flatMap(({ local }) => (local === undefined ? [] : [local])),
  );
}

describe('parseRunWindow', () => {
  test.each([
    ['Mon 09:00-17:00', [{ from: 540, to: 1020 }]],
    [
      'Mon-Tue 22:00-06:00',
      [
        { from: 1320, to: 1800 },
        { from: DAY + 1320, to: DAY + 1800 },
      ],
    ],
    [
      'sun 22:00 - 6:00',
      [
        { from: 6 * DAY + 1320, to: 7 * DAY },
        { from: 0, to: 360 },
      ],
    ],
    [
      'Sat,Sunday',
      [
        { from: 5 * DAY, to: 6 * DAY },
        { from: 6 * DAY, to: 7 * DAY },
      ],
    ],
    [
      'Sun-Mon 12:00-24:00',
      [
        { from: 6 * DAY + 720, to: 7 * DAY },
        { from: 720, to: DAY },
      ],
    ],
    ['00:00-24:00', [0, 1, 2, 3, 4, 5, 6].map((day) => ({ from: day * DAY, to: (day + 1) * DAY }))],
  ])('reads %j', (text, expected) => {
    expect(parseRunWindow(text)).toEqual(expected);
  });

  test.each([
    ['', 'is no window: expected HH:MM-HH:MM'],
    ['22:00', 'is no window'],
    ['Mon-Fri 22:00', 'is no window'],
    ['22-06', 'is no window'],
    ['Mo-Fr 22:00-06:00', 'has "Mo", which is no day: expected Mon, Tue'],
    ['Mon-Wed-Fri', 'has "Mon-Wed-Fri": expected days as in Mon-Fri'],
    ['25:00-26:00', 'has "25:00", which is no time of day'],
    ['09:60-10:00', 'has "09:60", which is no time of day'],
    ['24:01-06:00', 'has "24:01", which is no time of day'],
    ['10:00-10:00', 'has no length: for whole days, expected 00:00-24:00 or days alone'],
    ['2026-12-24/2026-12-26', 'is no window'],
    ['x'.repeat(500), 'is longer than 200 characters'],
  ])('refuses %j: it %s', (text, problem) => {
    expect(() => parseRunWindow(text)).toThrow(WindowError);
    expect(() => parseRunWindow(text)).toThrow(problem);
  });
});

describe('parseBlackout', () => {
  test.each([
    ['2026-12-24/2026-12-26', '2026-12-24T00:00:00', '2026-12-27T00:00:00'],
    ['2026-12-24', '2026-12-24T00:00:00', '2026-12-25T00:00:00'],
    ['2026-12-24T18:00:00 / 2026-12-27T06:00:00', '2026-12-24T18:00:00', '2026-12-27T06:00:00'],
  ])('reads %j', (text, from, to) => {
    expect(parseBlackout(text)).toEqual({
      local: { from: Date.parse(`${from}Z`), to: Date.parse(`${to}Z`) },
    });
  });

  it('reads weekly windows', () => {
    expect(parseBlackout('Sun 02:00-03:00')).toEqual({ week: parseRunWindow('Sun 02:00-03:00') });
  });

  test.each([
    ['2026-12-26/2026-12-24', 'ends no later than it begins'],
    ['2026-12-24T00:00:00', 'ends no later than it begins'],
    ['2026-02-30', 'has "2026-02-30", which is no date of the calendar'],
    ['2026-12-24/2026-12-26T00:00:00', 'is a day on one side and a time on the other'],
    ['2026-12-24/2026-12-25/2026-12-26', 'has more than two dates'],
    ['2026-12-24T18:00:00Z/2026-12-27T06:00:00', 'has "2026-12-24T18:00:00Z", which is no date'],
    ['Christmas', 'has "Christmas", which is no day'],
  ])('refuses %j: it %s', (text, problem) => {
    expect(() => parseBlackout(text)).toThrow(WindowError);
    expect(() => parseBlackout(text)).toThrow(problem);
  });
});

describe('nextOpen', () => {
  test.each([
    ['within a window', ['22:00-06:00'], [], 'UTC', '2026-03-02T23:30:00', '2026-03-02T23:30:00'],
    ['after midnight, within it', ['22:00-06:00'], [], 'UTC', '2026-03-02T05:59:59', '2026-03-02T05:59:59'],
    ['at its end', ['22:00-06:00'], [], 'UTC', '2026-03-02T06:00:00', '2026-03-02T22:00:00'],
    [
      'a window belongs to the day it begins',
      ['Fri 22:00-06:00'],
      [],
      'UTC',
      '2026-03-07T05:00:00',
      '2026-03-07T05:00:00',
    ],
    ['and not to the next', ['Fri 22:00-06:00'], [], 'UTC', '2026-03-07T22:30:00', '2026-03-13T22:00:00'],
    [
      'over the end of the week',
      ['Sun 22:00-06:00'],
      [],
      'UTC',
      '2026-03-09T03:00:00',
      '2026-03-09T03:00:00',
    ],
    ['in the next week', ['Mon 08:00-09:00'], [], 'UTC', '2026-03-04T00:00:00', '2026-03-09T08:00:00'],
    ['without runWindow', [], ['Sat,Sun'], 'UTC', '2026-03-07T12:00:00', '2026-03-09T00:00:00'],
    [
      'a blackout within a window',
      ['08:00-18:00'],
      ['12:00-13:00'],
      'UTC',
      '2026-03-02T12:30:00',
      '2026-03-02T13:00:00',
    ],
    [
      'whole days of the calendar',
      [],
      ['2026-12-24/2026-12-26'],
      'America/New_York',
      '2026-12-24T05:00:00',
      '2026-12-27T05:00:00',
    ],
    [
      'before those days, by the clocks of the zone',
      [],
      ['2026-12-24/2026-12-26'],
      'America/New_York',
      '2026-12-24T04:59:59',
      '2026-12-24T04:59:59',
    ],
    [
      'the window after those days',
      ['Mon 01:00-02:00'],
      ['2026-12-24/2026-12-28'],
      'UTC',
      '2026-12-25T00:00:00',
      '2027-01-04T01:00:00',
    ],
    [
      'two blackouts that follow each other',
      [],
      ['2026-12-24T18:00:00/2026-12-25T06:00:00', '2026-12-25/2026-12-26'],
      'UTC',
      '2026-12-24T20:00:00',
      '2026-12-27T00:00:00',
    ],
    [
      'the time of the zone in summer',
      ['09:00-17:00'],
      [],
      'Europe/Berlin',
      '2026-07-01T00:00:00',
      '2026-07-01T07:00:00',
    ],
    [
      'an opening that the clocks leave out',
      ['02:30-06:00'],
      [],
      'America/New_York',
      '2026-03-08T06:00:00',
      '2026-03-08T07:00:00',
    ],
    [
      'a window that the clocks leave out',
      ['02:10-02:50'],
      [],
      'America/New_York',
      '2026-03-08T06:00:00',
      '2026-03-09T06:10:00',
    ],
    [
      'a window that the clocks show again',
      ['01:10-01:50'],
      [],
      'America/New_York',
      '2026-11-01T05:55:00',
      '2026-11-01T06:10:00',
    ],
    [
      'a closing that the clocks put off',
      ['22:00-01:30'],
      [],
      'America/New_York',
      '2026-11-01T05:40:00',
      '2026-11-01T06:00:00',
    ],
  ])('%s: %j without %j in %s, from %s: %s', (_, runWindow, blackout, zone, from, expected) => {
    const opening = nextOpen(hours(zone, runWindow, blackout), new Date(`${from}Z`));
    expect(opening.toISOString().slice(0, 19)).toBe(expected);
  });

  it('is the first minute that a reference finds open', () => {
    const zones = ['UTC', 'America/New_York', 'Europe/Berlin', 'Australia/Lord_Howe'];
    const anyWindow = fc
      .tuple(
        fc.constantFrom('', 'Mon ', 'Fri-Mon ', 'Sat,Wed '),
        fc.integer({ min: 0, max: 23 }),
        fc.integer({ min: 0, max: 23 }),
      )
      .map(([days, from, to]) => `${days}${from}:15-${to}:45`);
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.array(anyWindow, { minLength: 1, maxLength: 3 }),
        fc.constantFrom('2026-03-07', '2026-10-31', '2026-03-28', '2026-10-24', '2026-04-04', '2026-10-03'),
        fc.nat(2 * DAY),
        (zone, windows, day, minutes) => {
          const fromMs = Date.parse(`${day}T00:00:00Z`) + minutes * MINUTE_MS;
          const ranges = windows.flatMap(parseRunWindow);
          const isOpen = (ms: number) => {
            const local = new Date(ms + offsetMsAt(zone, ms));
            const intoWeek =
              ((local.getUTCDay() + 6) % 7) * DAY + local.getUTCHours() * 60 + local.getUTCMinutes();
            return ranges.some(({ from, to }) => from <= intoWeek && intoWeek < to);
          };
          let expectedMs = fromMs;
          while (!isOpen(expectedMs)) expectedMs += MINUTE_MS;
          expect(nextOpen(hours(zone, windows), new Date(fromMs)).getTime()).toBe(expectedMs);
        },
      ),
      { numRuns: 60 },
    );
  });
});
