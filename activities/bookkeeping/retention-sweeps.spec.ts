import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Removed, RetentionBook } from './retention-book.js';
import { startRetentionSweeps } from './retention-sweeps.js';

const MINUTE_MS = 60_000;

/** A book of one pipeline whose look-up waits for `gate`. */
function aWorld(gate: Promise<void> = Promise.resolve()) {
  const recorded: (Removed | undefined)[] = [];
  const swept: Removed[] = [];
  const failed: unknown[] = [];
  const asked: { days: number; everyMs: number }[] = [];
  const book: RetentionBook = {
    async alone(setting, work) {
      asked.push(setting);
      const removed = await work('2030-01-01T00:00:00Z');
      recorded.push(removed);
      return removed;
    },
    async pipelineIds(after) {
      return after === '' ? ['df-A'] : [];
    },
    async outlook() {
      await gate;
      return { scheduleIds: [], cursors: [], backfills: [] };
    },
    async oldRuns() {
      return [];
    },
    async forget() {
      return { runs: 0, instances: 0 };
    },
  };
  const sweeps = startRetentionSweeps({
    book,
    days: 7,
    ledger: {
      async readDefinition() {
        throw new Error('not asked for');
      },
    },
    isOpen: async () => false,
    onError: (_id, error) => void failed.push(error),
    onFailed: (error) => void failed.push(error),
    onSwept: (removed) => void swept.push(removed),
  });
  return { sweeps, book, recorded, swept, failed, asked };
}

describe('startRetentionSweeps', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('looks at once, and from time to time whether it is time again', async () => {
    const { sweeps, asked, swept } = aWorld();
    await vi.advanceTimersByTimeAsync(0);
    expect(asked).toEqual([{ days: 7, everyMs: 60 * MINUTE_MS }]);
    await vi.advanceTimersByTimeAsync(2 * MINUTE_MS);
    expect(asked).toHaveLength(3);
    expect(swept).toEqual(Array.from({ length: 3 }, () => ({ runs: 0, instances: 0 })));
    await sweeps.stop();
    await vi.advanceTimersByTimeAsync(5 * MINUTE_MS);
    expect(asked).toHaveLength(3);
  });

  it('begins none while one goes on, and waits for it at the end; what is not done is not taken for done', async () => {
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const { sweeps, asked, recorded, swept, failed } = aWorld(gate);
    await vi.advanceTimersByTimeAsync(5 * MINUTE_MS);
    expect(asked).toHaveLength(1);
    let stopped = false;
    const stopping = sweeps.stop().then(() => (stopped = true));
    await vi.advanceTimersByTimeAsync(0);
    expect(stopped).toBe(false);
    open();
    await stopping;
    expect({ recorded, swept, failed }).toEqual({ recorded: [], swept: [], failed: [] });
  });

  it('goes on after a sweep that failed', async () => {
    const { sweeps, book, failed, swept } = aWorld();
    await vi.advanceTimersByTimeAsync(0);
    const alone = vi.spyOn(book, 'alone').mockRejectedValueOnce(new Error('the store is away'));
    await vi.advanceTimersByTimeAsync(MINUTE_MS);
    expect(failed).toEqual([new Error('the store is away')]);
    await vi.advanceTimersByTimeAsync(MINUTE_MS);
    expect(alone).toHaveBeenCalledTimes(2);
    expect(swept).toHaveLength(2);
    await sweeps.stop();
  });
});
