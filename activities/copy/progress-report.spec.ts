import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { reportProgress } from './progress-report.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('puts counts into heartbeats once a second, and per cent where the whole is known', () => {
  const heartbeats: unknown[] = [];
  const log = { line: () => undefined } as never;
  const progress = reportProgress({ log, heartbeatWith: (details) => void heartbeats.push(details) });
  progress.bytes = 10;
  progress.report();
  expect(heartbeats).toEqual([]);
  vi.advanceTimersByTime(1_000);
  progress.report();
  progress.expectedBytes = 200;
  progress.records = 3;
  progress.bytes = 101;
  progress.report();
  vi.advanceTimersByTime(1_000);
  progress.report();
  vi.advanceTimersByTime(1_000);
  progress.bytes = 200;
  progress.report();
  expect(heartbeats).toEqual([
    { progress: { bytes: 10 } },
    { progress: { records: 3, bytes: 101, percentComplete: 50 } },
    { progress: { records: 3, bytes: 200, percentComplete: 99 } },
  ]);
});
