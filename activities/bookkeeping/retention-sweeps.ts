import { sweepAll, type RetentionDeps } from './retention.js';

/** How often the runs of all pipelines are looked at, over all control workers. Ages are days, so no more is needed. */
const EVERY_MS = 3_600_000;
/** How often a control worker looks whether it is time: another may have died in its midst. */
const LOOK_MS = 60_000;

export interface RetentionSweeps {
  /** No further sweep; waits for the transaction under way. */
  stop(): Promise<void>;
}

/** Sweeps from time to time until stopped. */
export function startRetentionSweeps(
  deps: RetentionDeps & {
    readonly days: number;
    readonly onSwept: (removed: { readonly runs: number; readonly instances: number }) => void;
    readonly onFailed: (error: unknown) => void;
  },
): RetentionSweeps {
  const stopped = new AbortController();
  let sweeping: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    try {
      const removed = await deps.book.alone({ days: deps.days, everyMs: EVERY_MS }, async (endedBefore) => {
        const swept = await sweepAll(deps, endedBefore, stopped.signal);
        // Not done: whoever is there next goes on with it at once.
        stopped.signal.throwIfAborted();
        return swept;
      });
      if (removed !== undefined) deps.onSwept(removed);
    } catch (error) {
      if (!stopped.signal.aborted) deps.onFailed(error);
    } finally {
      sweeping = undefined;
    }
  };
  const begin = (): void => void (sweeping ??= look());
  const timer = setInterval(begin, LOOK_MS);
  begin();
  return {
    stop: async () => {
      clearInterval(timer);
      stopped.abort();
      await sweeping;
    },
  };
}
