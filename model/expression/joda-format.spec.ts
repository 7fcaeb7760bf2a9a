import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { dateTime, makeDateTime, type DateTime } from './date-time-value.js';
import { formatJoda, PatternError } from './joda-format.js';

function at(text: string, zone = 'UTC'): DateTime {
  return dateTime(new Date(text).getTime(), zone);
}

const afternoon = at('2011-05-24T17:10:05.067Z');
const night = at('2024-09-01T00:03:09Z');

describe('formatJoda', () => {
  test.each([
    ['G', 'AD'],
    ['GGGG', 'AD'],
    ['C', '20'],
    ['CCC', '020'],
    ['Y', '2011'],
    ['YY', '11'],
    ['YYY', '2011'],
    ['YYYY', '2011'],
    ['YYYYYY', '002011'],
    ['x', '2011'],
    ['xx', '11'],
    ['xxxx', '2011'],
    ['w', '21'],
    ['www', '021'],
    ['e', '2'],
    ['ee', '02'],
    ['E', 'Tue'],
    ['EEE', 'Tue'],
    ['EEEE', 'Tuesday'],
    ['y', '2011'],
    ['yy', '11'],
    ['yyyy', '2011'],
    ['D', '144'],
    ['DDDD', '0144'],
    ['M', '5'],
    ['MM', '05'],
    ['MMM', 'May'],
    ['MMMM', 'May'],
    ['MMMMM', 'May'],
    ['d', '24'],
    ['ddd', '024'],
    ['a', 'PM'],
    ['K', '5'],
    ['KK', '05'],
    ['h', '5'],
    ['hh', '05'],
    ['H', '17'],
    ['HH', '17'],
    ['k', '17'],
    ['kk', '17'],
    ['m', '10'],
    ['mmm', '010'],
    ['s', '5'],
    ['ss', '05'],
    ['S', '0'],
    ['SS', '06'],
    ['SSS', '067'],
    ['SSSSS', '06700'],
    ['z', 'UTC'],
    ['zzzz', 'Coordinated Universal Time'],
    ['Z', '+0000'],
    ['ZZ', '+00:00'],
    ['ZZZ', 'UTC'],
    ["YYYY-MM-dd'T'HH:mm:ss", '2011-05-24T17:10:05'],
    ['YYYY-MM-dd-HH-mm-ss', '2011-05-24-17-10-05'],
    ['YYYY-MM-dd hh:mm a', '2011-05-24 05:10 PM'],
    ["''YY", "'11"],
    ["'o''clock' h", "o'clock 5"],
    ["'''d' d", "'d 24"],
    ['d.M.YYYY, #?{}/é', '24.5.2011, #?{}/é'],
    [' ', ' '],
  ])('%s gives %s', (pattern, expected) => {
    expect(formatJoda(afternoon, pattern)).toBe(expected);
  });

  test.each([
    ['a', 'AM'],
    ['K', '0'],
    ['h', '12'],
    ['H', '0'],
    ['k', '24'],
    ['m', '3'],
    ['mm', '03'],
    ['MMM', 'Sep'],
    ['MMMM', 'September'],
    ['E e', 'Sun 7'],
    ['D', '245'],
    ['d', '1'],
    ['S', '0'],
  ])('%s just after midnight gives %s', (pattern, expected) => {
    expect(formatJoda(night, pattern)).toBe(expected);
  });

  // The trap: to ICU and Java, YYYY is the week-year.
  test.each([
    ['2012-01-01T00:00:00Z', '2012', '2011', '52'],
    ['2014-12-29T00:00:00Z', '2014', '2015', '1'],
    ['2018-12-31T00:00:00Z', '2018', '2019', '1'],
    ['2021-01-03T00:00:00Z', '2021', '2020', '53'],
    ['2024-12-30T00:00:00Z', '2024', '2025', '1'],
    ['2000-02-29T00:00:00Z', '2000', '2000', '9'],
  ])('%s is in year %s, week-year %s, week %s', (text, year, weekYear, week) => {
    expect(formatJoda(at(text), 'YYYY yyyy xxxx w')).toBe(`${year} ${year} ${weekYear} ${week}`);
  });

  test.each([
    ['America/Los_Angeles', '2011-05-24T10:10 PDT Pacific Daylight Time -0700 -07:00 America/Los_Angeles'],
    ['Europe/Berlin', '2011-05-24T19:10 CEST Central European Summer Time +0200 +02:00 Europe/Berlin'],
    ['Asia/Kolkata', '2011-05-24T22:40 IST India Standard Time +0530 +05:30 Asia/Kolkata'],
    ['Asia/Tokyo', '2011-05-25T02:10 GMT+9 Japan Standard Time +0900 +09:00 Asia/Tokyo'],
    ['-03:30', '2011-05-24T13:40 -03:30 -03:30 -0330 -03:30 -03:30'],
  ])('in %s', (zone, expected) => {
    expect(formatJoda({ ...afternoon, zone }, "YYYY-MM-dd'T'HH:mm z zzzz Z ZZ ZZZ")).toBe(expected);
  });

  test.each([
    ['', 'it is empty'],
    ['YYYY-bb', '"b" is not a pattern letter'],
    ['YYYY-MM-ddTHH', '"T" is not a pattern letter'],
    ['u', '"u" is not a pattern letter'],
    ["YYYY 'open", 'the quote at position 6 is never closed'],
    ['Y'.repeat(1001), 'is longer than 1000 characters'],
  ])('refuses %j: %s', (pattern, problem) => {
    expect(() => formatJoda(afternoon, pattern)).toThrow(PatternError);
    expect(() => formatJoda(afternoon, pattern)).toThrow(problem);
  });

  it('prints any moment of UTC as ISO does', () => {
    fc.assert(
      fc.property(fc.integer({ min: -6e13, max: 2.5e14 }), (epochMs) => {
        const iso = new Date(epochMs).toISOString();
        expect(formatJoda(dateTime(epochMs), "YYYY-MM-dd'T'HH:mm:ss.SSS'Z'")).toBe(iso);
      }),
    );
  });

  it('counts weeks as the ISO calendar does: each has seven days, from Monday on', () => {
    fc.assert(
      fc.property(fc.integer({ min: -20_000, max: 40_000 }), (day) => {
        const monday = day - ((((day + 3) % 7) + 7) % 7); // 1970-01-01 was a Thursday
        const week = (at: number): string => formatJoda(dateTime(at * 86_400_000), 'xxxx-w');
        expect(week(day)).toBe(week(monday));
        expect(week(monday + 7)).not.toBe(week(monday));
        expect(formatJoda(dateTime((monday + 3) * 86_400_000), 'xxxx')).toBe(
          formatJoda(dateTime((monday + 3) * 86_400_000), 'yyyy'),
        );
      }),
    );
  });
});

describe('makeDateTime', () => {
  it('takes small years for what they are', () => {
    expect(formatJoda(makeDateTime(11, 5, 24, 1, 2), 'YYYY-MM-dd HH:mm')).toBe('0011-05-24 01:02');
  });
});
