import type { RunPlace, UserPlace } from './plan.js';
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
  /** A key of FAILURE, or one of the engine's own: AttemptTimeout, ReportProgressTimeout, PreconditionTimeout, InitTimeout, InvalidExpression. */
  readonly errorId: string;
  readonly errorMessage: string;
  readonly errorStackTrace?: string;
  readonly hostname?: string;
  readonly logLocation?: string;
  readonly startedAt?: string;
  /** No further attempt can change it. */
  readonly final?: boolean;
}

/** `cancellationReason` of what a deactivation stopped: an activation takes it up again. */
export const DEACTIVATED = 'Pipeline deactivated';

/** `seq` of an instance that was not made before its schedule ended. Its status is SKIPPED. */
export const NEVER_MADE = -1;

/** How an instance of another run stands: that of a resource which this run uses, or of a user of a resource that this run has. */
export interface Elsewhere {
  readonly instanceId: string;
  readonly status: Status;
  /** Rises with each of its changes; NEVER_MADE where there is no such instance, nor will be. */
  readonly seq: number;
  /** Its attempts so far. */
  readonly attempt: number;
  readonly cancellationReason?: string;
}

/** What an interval run is told. */
export type RunEvent =
  | { readonly kind: 'due' }
  | { readonly kind: 'leaseGranted'; readonly instanceId: string }
  | { readonly kind: 'endedElsewhere'; readonly instanceId: string; readonly status: Status }
  /** `answer`: to `wantResource`. */
  | ({ readonly kind: 'changedElsewhere'; readonly answer?: true } & Elsewhere)
  /** Instances of another run need a resource of this one that had ended; `rerun`: even if it had failed. */
  | {
      readonly kind: 'resourceWanted';
      readonly resourceId: string;
      readonly userIds: readonly string[];
      readonly rerun: boolean;
    }
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
  /** A resource should be up by now. */
  | { readonly kind: 'initOver'; readonly instanceId: string; readonly attempt: number }
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
  /** Watch these instances of other interval runs: when they end; of the `watched` ones everything (`changedElsewhere`). */
  | {
      readonly kind: 'awaitElsewhere';
      readonly instanceIds: readonly string[];
      readonly watched: readonly WatchedInstance[];
    }
  /** Ask the run of a resource to make it again; to be answered by `changedElsewhere`, in any case. */
  | {
      readonly kind: 'wantResource';
      readonly resourceId: string;
      readonly run: RunPlace;
      readonly userIds: readonly string[];
      readonly rerun: boolean;
    }
  /** Rerun those of the instances that failed. */
  | { readonly kind: 'rerunElsewhere'; readonly users: readonly UserPlace[] };

export interface WatchedInstance {
  readonly instanceId: string;
  /** Its schedule: when that has ended, an instance that was not made never will be. */
  readonly scheduleId: string;
}
