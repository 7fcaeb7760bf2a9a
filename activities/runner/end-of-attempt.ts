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
/** Temporal's server must be the first to time out, else the attempt would count as failed by the command. */
const SERVER_FIRST_MS = 1_000;

export interface EndOfAttempt {
  readonly signal: AbortSignal;
  /** `work`, or its rejection when it does not end in time after the signal. */
  race(work: Promise<void>): Promise<void>;
  /** What to report for `error`, which the work threw. */
  failure(error: unknown): unknown;
  release(): void;
}

/** Watches for cancel, timeout and stop, and joins them in one signal. Temporal tells of a cancel by heartbeats. */
export function endOfAttempt(context: ActivityContext, shutdownSignal?: AbortSignal): EndOfAttempt {
  const controller = new AbortController();
  const end = (kind: EndKind) => (): void => controller.abort(new AttemptEnded(kind));
  const onCancel = (): void =>
    end(context.cancellationDetails?.workerShutdown === true ? 'runner stops' : 'cancelled')();
  const onShutdown = end('runner stops');
  const release: (() => void)[] = [
    listen(context.cancellationSignal, onCancel),
    ...(shutdownSignal ? [listen(shutdownSignal, onShutdown)] : []),
  ];
  const timeoutMs = context.info.startToCloseTimeoutMs;
  // Above 2^31-1 ms setTimeout fires at once; such timeouts (25 days) are left to the server alone.
  if (timeoutMs > 0 && timeoutMs + SERVER_FIRST_MS < 2 ** 31) {
    const timer = setTimeout(end('timed out'), timeoutMs + SERVER_FIRST_MS);
    release.push(() => clearTimeout(timer));
  }
  return {
    signal: controller.signal,
    race: (work) => Promise.race([work, tooLong(controller.signal, release)]),
    failure: (error) => (controller.signal.aborted ? reported(context, controller.signal.reason) : error),
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

function reported(context: ActivityContext, reason: unknown): unknown {
  const kind = reason instanceof AttemptEnded ? reason.kind : 'cancelled';
  if (kind === 'runner stops')
    return workFailure('RunnerLost', 'the task runner was stopped while it worked on the attempt');
  if (kind === 'timed out')
    return workFailure(
      'CommandKilled',
      `the attempt ran longer than its timeout of ${context.info.startToCloseTimeoutMs / 1_000} seconds`,
    );
  const cancelled: unknown = context.cancellationSignal.reason;
  return cancelled instanceof CancelledFailure
    ? cancelled
    : new CancelledFailure('the attempt was cancelled');
}
