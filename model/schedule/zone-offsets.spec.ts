import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { offsetMsAt } from '../expression/time-zone.js';
import { offsetSpanAt } from './zone-offsets.js';

const HOUR_MS = 3_600_000;

describe('offsetSpanAt', () => {
  test.each([
    ['America/New_York', '2026-03-08T07:00:00.000Z', -5, -4],
    ['America/New_York', '2026-11-01T06:00:00.000Z', -4, -5],
    ['Europe/Berlin', '2026-10-25T01:00:00.000Z', 2, 1],
    ['Australia/Lord_Howe', '2026-04-04T15:00:00.000Z', 11, 10.5],
    ['Pacific/Apia', '2011-12-30T10:00:00.000Z', -10, 14],
    ['America/Recife', '2000-10-08T03:00:00.000Z', -3, -2],
    ['America/Recife', '2000-10-15T02:00:00.000Z', -2, -3],
    ['America/New_York', '1883-11-18T17:00:00.000Z', -(4 + 56 / 60 + 2 / 3600), -5],
    ['Europe/Berlin', '7626-10-25T01:00:00.000Z', 2, 1],
  ])('%s changes its clocks at %s', (zone, change, beforeHours, afterHours) => {
    const changeMs = Date.parse(change);
    const before = offsetSpanAt(zone, changeMs - 1);
    const after = offsetSpanAt(zone, changeMs);
    expect(before.toMs).toBe(changeMs);
    expect(after.fromMs).toBe(changeMs);
    expect(before.offsetMs / HOUR_MS).toBeCloseTo(beforeHours, 9);
    expect(after.offsetMs / HOUR_MS).toBeCloseTo(afterHours, 9);
  });

  it('agrees with Intl at any instant, in any zone', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('UTC', ...Intl.supportedValuesOf('timeZone')),
        fc.integer({ min: Date.UTC(1890, 0, 1), max: Date.UTC(2120, 0, 1) }),
        (zone, epochMs) => {
          const span = offsetSpanAt(zone, epochMs);
          expect(span.offsetMs).toBe(offsetMsAt(zone, epochMs));
          expect(span.fromMs).toBeLessThanOrEqual(epochMs);
          expect(span.toMs).toBeGreaterThan(epochMs);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('leaves no gap between one stretch and the next', () => {
    for (const zone of ['Europe/Berlin', 'Pacific/Kiritimati', 'Asia/Tokyo']) {
      let span = offsetSpanAt(zone, Date.UTC(1990, 0, 1));
      while (span.toMs < Date.UTC(2030, 0, 1)) {
        const next = offsetSpanAt(zone, span.toMs);
        expect(next.fromMs).toBe(span.toMs);
        span = next;
      }
    }
  });
});
