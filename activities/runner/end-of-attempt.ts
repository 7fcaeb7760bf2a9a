import { CancelledFailure } from '@temporalio/common';
import { workFailure } from '../storage/work-failure.js';
import type { ActivityContext } from './attempt.js';

/** Why an attempt must end before its work is done. */
export type EndKind = 'cancelled' | 'timed out' | 'runner stops';

/** Reason of an attempt's abort signal. */
export class AttemptEnded extends Error {
  override readonly name = 'AttemptEnded';
  constructor(readonly kind: EndKind) {
    super(`the attempt must end: ${kind}`);
  }
}

/** How long work may take to end once it was told to; it is then left behind. Our choice: longer than two kill graces. */
const ENDING_MS = 30_000;
/** Longest that setTimeout knows; longer timeouts (25 days) are left to Temporal's server. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface EndOfAttempt {
  readonly signal: AbortSignal;
  /** Ends it as cancelled. */
  cancel(): void;
  /** `work`, or its rejection when it does not end in time after the signal. */
  race(work: Promise<void>): Promise<void>;
  /** What to report for `error`, which the work threw. */
  failure(error: unknown): unknown;
  release(): void;
}

/** Watches for cancel, timeout and stop, and joins them in one signal. Temporal tells of a cancel by heartbeats. */
export function endOfAttempt(
  context: ActivityContext,
  attemptTimeoutMs: number | undefined,
  shutdownSignal?: AbortSignal,
): EndOfAttempt {
  const controller = new AbortController();
  const end = (kind: EndKind) => (): void => controller.abort(new AttemptEnded(kind));
  const onCancel = (): void =>
    end(context.cancellationDetails?.workerShutdown === true ? 'runner stops' : 'cancelled')();
  const onShutdown = end('runner stops');
  const release: (() => void)[] = [
    listen(context.cancellationSignal, onCancel),
    ...(shutdownSignal ? [listen(shutdownSignal, onShutdown)] : []),
  ];
  if (attemptTimeoutMs !== undefined && attemptTimeoutMs <= LONGEST_TIMER_MS) {
    const timer = setTimeout(end('timed out'), attemptTimeoutMs);
    release.push(() => clearTimeout(timer));
  }
  return {
    signal: controller.signal,
    cancel: end('cancelled'),
    race: (work) => Promise.race([work, tooLong(controller.signal, release)]),
    failure: (error) =>
      controller.signal.aborted ? reported(context, controller.signal.reason, attemptTimeoutMs) : error,
    release() {
      for (const undo of release) undo();
    },
  };
}

function listen(signal: AbortSignal, handler: () => void): () => void {
  if (signal.aborted) handler();
  else signal.addEventListener('abort', handler, { once: true });
  return () => signal.removeEventListener('abort', handler);
}

async function tooLong(signal: AbortSignal, release: (() => void)[]): Promise<never> {
  return new Promise((_resolve, reject) => {
    const undo = listen(signal, () => {
      const timer = setTimeout(() => reject(signal.reason as Error), ENDING_MS);
      release.push(() => clearTimeout(timer));
    });
    release.push(undo);
  });
}

function reported(context: ActivityContext, reason: unknown, attemptTimeoutMs: number | undefined): unknown {
  const kind = reason instanceof AttemptEnded ? reason.kind : 'cancelled';
  if (kind === 'runner stops')
    return workFailure('RunnerLost', 'the task runner was stopped while it worked on the attempt');
  if (kind === 'timed out')
    return workFailure(
      'AttemptTimeout',
      `the attempt took longer than its attemptTimeout of ${(attemptTimeoutMs ?? 0) / 1_000} seconds`,
    );
  const cancelled: unknown = context.cancellationSignal.reason;
  return cancelled instanceof CancelledFailure
    ? cancelled
    : new CancelledFailure('the attempt was cancelled');
}
