import {
  ActivityCancellationType,
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  continueAsNew,
  defineSignal,
  isCancellation,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { BackfillActivities } from '../activities/bookkeeping/backfill.activities.js';
import { BACKFILL_SIGNAL, type BackfillInput, type BackfillSignal } from './contract.js';

// A step that has nothing to do yet is asked again by the server: however long the work takes, no history grows. What a step
// has begun it also says, so a command waits for it (it lasts a second or so) and only ends the waiting for the next one.
const steps = proxyActivities<BackfillActivities>({
  startToCloseTimeout: '2m',
  heartbeatTimeout: '30s',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '200ms', backoffCoefficient: 1.3, maximumInterval: '3s' },
});

/** Some 3,000 events. */
const STEPS_PER_HISTORY = 500;

/**
 * Runs intervals of the past, oldest first, in a sliding window of open runs: each step takes note of the runs that have ended and
 * begins others in their place. The state of it all is `place`, small and handed on from history to history.
 */
export async function backfill(input: BackfillInput): Promise<void> {
  let { place, paused = false } = input;
  let canceled: BackfillSignal | undefined;
  let waiting: CancellationScope | undefined;
  setHandler(defineSignal<[BackfillSignal]>(BACKFILL_SIGNAL), (signal) => {
    if (signal.command === 'cancel') canceled ??= signal;
    else paused = signal.command === 'pause';
    waiting?.cancel();
  });
  const { stepsPerHistory = STEPS_PER_HISTORY } = input;
  for (let step = 0; ; step++) {
    const now: BackfillInput = { ...input, place, paused };
    if (canceled !== undefined) {
      await steps.endBackfill({ ...now, cancelRunning: canceled.cancelRunning ?? false });
      return;
    }
    if (step >= stepsPerHistory || workflowInfo().continueAsNewSuggested)
      await continueAsNew<typeof backfill>(now);
    waiting = new CancellationScope();
    try {
      const done = await waiting.run(() => steps.stepBackfill(now));
      if (done.ended) return;
      ({ place } = done);
    } catch (error) {
      if (!isInterrupted(error)) throw error;
    }
  }
}

/** Cancelled while the server kept it, or while it found that there was nothing to do: the place is the same. */
function isInterrupted(error: unknown): boolean {
  if (isCancellation(error)) return true;
  return (
    error instanceof ActivityFailure &&
    error.cause instanceof ApplicationFailure &&
    error.cause.type === 'NotYet'
  );
}
