import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advanceCursor, cursorsBetween, parseCursor, printCursor, type EventCursor } from './event-cursor.js';

interface Transaction {
  readonly ids: number[];
  readonly begin: number;
  readonly end: number;
  readonly rolledBack: boolean;
}

/** Transactions that take ids from one sequence as they go on, and end at some time. */
const transactions = fc
  .array(
    fc.record({
      writes: fc.integer({ min: 1, max: 4 }),
      lasts: fc.integer({ min: 1, max: 30 }),
      rolledBack: fc.boolean(),
    }),
    { minLength: 1, maxLength: 25 },
  )
  .map((plans) => {
    let id = 0;
    return plans.map(({ writes, lasts, rolledBack }, begin): Transaction => {
      const ids = Array.from({ length: writes }, () => ++id);
      return { ids, begin, end: begin + lasts, rolledBack };
    });
  });

describe('a cursor', () => {
  it('reads every event that is committed once, whatever the order of commits, over any number of processes', () => {
    fc.assert(
      fc.property(transactions, fc.integer({ min: 1, max: 9 }), (all, limit) => {
        let cursor: EventCursor = { high: 0, missing: [] };
        const read: number[] = [];
        for (let now = 0; now <= 80; now++) {
          const running = all.filter(({ begin, end }) => begin <= now && end > now);
          const begun = all.filter(({ begin }) => begin <= now).length;
          const seen = { xmin: Math.min(begun, ...running.map(({ begin }) => begin)), next: begun };
          const visible = all
            .filter(({ end, rolledBack }) => end <= now && !rolledBack)
            .flatMap(({ ids }) => ids)
            .toSorted((a, b) => a - b);
          const ids = visible
            .filter((id) => id > cursor.high || cursor.missing.some(({ from, to }) => id >= from && id <= to))
            .slice(0, limit);
          read.push(...ids);
          cursor = parseCursor(printCursor(advanceCursor(cursor, ids, seen, limit))) ?? cursor;
        }
        const committed = all.filter(({ rolledBack }) => !rolledBack).flatMap(({ ids }) => ids);
        expect(read.toSorted((a, b) => a - b)).toEqual(committed);
        // Nothing is remembered of what was rolled back.
        expect(cursor.missing).toEqual([]);
      }),
    );
  });

  it('stands between any two events of a read', () => {
    const cursor = { high: 10, missing: [{ from: 4, to: 6, before: 7 }] };
    expect(cursorsBetween(cursor, [5, 12, 13], 9).map(printCursor)).toEqual([
      '10.4-4x7.6-6x7',
      '12.4-4x7.6-6x7.11-11x9',
      '13.4-4x7.6-6x7.11-11x9',
    ]);
  });

  it('has a text that is read again', () => {
    const cursor = { high: 1042, missing: [{ from: 1003, to: 1005, before: 88_217 }] };
    expect(printCursor(cursor)).toBe('1042.1003-1005x88217');
    expect(parseCursor('1042.1003-1005x88217')).toEqual(cursor);
    expect(parseCursor('7')).toEqual({ high: 7, missing: [] });
  });

  it.each([
    '',
    'x',
    '-1',
    '1e3',
    '9'.repeat(16),
    '10.5-4x1',
    '10.5-11x1',
    '10.5-6x1.6-7x1',
    `9${'.1-1x1'.repeat(51)}`,
  ])('is not made of %j', (text) => {
    expect(parseCursor(text)).toBeUndefined();
  });
});
