import type { Status } from './status.js';
import type { TaskResult } from './task.js';

/** What an operator may ask of instances. Source: semantics.md 7.5, 7.6. */
export type OperatorCommand = 'CANCEL' | 'RERUN' | 'MARK_FINISHED';

/** What became of one attempt. */
export type AttemptOutcome =
  | { readonly kind: 'finished'; readonly result: TaskResult }
  | { readonly kind: 'failed'; readonly failure: AttemptFailure }
  | { readonly kind: 'canceled' };

export interface AttemptFailure {
  /** A key of FAILURE, or one of the engine's own: AttemptTimeout, ReportProgressTimeout, PreconditionTimeout, InvalidExpression. */
  readonly errorId: string;
  readonly errorMessage: string;
  readonly errorStackTrace?: string;
  readonly hostname?: string;
  readonly logLocation?: string;
  readonly startedAt?: string;
  /** No further attempt can change it. */
  readonly final?: boolean;
}

/** What an interval run is told. */
export type RunEvent =
  | { readonly kind: 'due' }
  | { readonly kind: 'leaseGranted'; readonly instanceId: string }
  | { readonly kind: 'endedElsewhere'; readonly instanceId: string; readonly status: Status }
  | {
      readonly kind: 'attemptStarted';
      readonly instanceId: string;
      readonly attempt: number;
      readonly startedAt: string;
      readonly hostname: string;
    }
  | {
      readonly kind: 'attemptEnded';
      readonly instanceId: string;
      readonly attempt: number;
      readonly outcome: AttemptOutcome;
    }
  | {
      readonly kind: 'resourceReady';
      readonly instanceId: string;
      readonly attempt: number;
      readonly readyAt: string;
      readonly resourceId: string;
    }
  | { readonly kind: 'retryDue'; readonly instanceId: string; readonly attempt: number }
  /** The hours in which its next attempt may begin have come. */
  | { readonly kind: 'opens'; readonly instanceId: string; readonly attempt: number }
  | { readonly kind: 'lifetimeOver'; readonly instanceId: string; readonly attempt: number }
  | { readonly kind: 'late'; readonly instanceId: string }
  | { readonly kind: 'operator'; readonly command: OperatorCommand; readonly instanceIds: readonly string[] }
  /** All components that are paused from now on. */
  | { readonly kind: 'paused'; readonly componentIds: readonly string[] }
  | { readonly kind: 'deactivated'; readonly cancelActive: boolean };

/** What an interval run wants done. The workflow does it and answers with events. */
export type RunAction =
  | { readonly kind: 'startAttempt'; readonly instanceId: string; readonly attempt: number }
  /** Ask the worker to stop; its answer ends the attempt. */
  | { readonly kind: 'cancelAttempt'; readonly instanceId: string; readonly attempt: number }
  /** The worker is gone for certain: its answer no longer matters. */
  | { readonly kind: 'forgetAttempt'; readonly instanceId: string; readonly attempt: number }
  /** Tell `event` at `at` (or at once when that has passed). An event that has become pointless by then is ignored. */
  | { readonly kind: 'tellAt'; readonly at: Date; readonly event: RunEvent }
  /** Watch these instances of other interval runs. */
  | { readonly kind: 'awaitElsewhere'; readonly instanceIds: readonly string[] };
