import type { AttemptFailure } from './events.js';
import type { PlannedInstance } from './plan.js';
import type { Status } from './status.js';

/** What the ledger keeps of an instance while it changes; the run's memory of it. Absent = not known (yet). */
export interface InstanceRecord {
  seq: number;
  status: Status;
  attemptCount: number;
  triesLeft: number;
  actualStart?: string;
  actualEnd?: string;
  cascadeFailedOn: readonly string[];
  cancellationReason?: string;
  errorId?: string;
  errorMessage?: string;
  errorStackTrace?: string;
  hostname?: string;
  logLocation?: string;
  resourceId?: string;
}

/** One attempt, as the ledger keeps it. */
export interface AttemptRecord {
  readonly instanceId: string;
  readonly number: number;
  seq: number;
  status: Status;
  actualStart?: string;
  actualEnd?: string;
  errorId?: string;
  errorMessage?: string;
  errorStackTrace?: string;
  hostname?: string;
  logLocation?: string;
}

/** An action that fired for an object. */
export interface FiredAction {
  readonly id: string;
  readonly componentId: string;
  readonly kind: 'action';
  readonly type: string;
  readonly node: { readonly componentId: string; readonly instanceId: string };
}

/** What an instance does at the moment, besides its status. */
export type Phase =
  /** Nothing is under way for it. */
  | 'idle'
  /** Its resource is not up yet. */
  | 'queued'
  /** An attempt is with a worker, or waits for one. */
  | 'working'
  /** Between two attempts. */
  | 'pausing';

/** An instance inside its run. */
export interface LiveInstance {
  readonly id: string;
  readonly plan: PlannedInstance | FiredAction;
  readonly record: InstanceRecord;
  phase: Phase;
  due: boolean;
  /** No attempt has begun since it was made or rerun. */
  fresh: boolean;
  leased: boolean;
  /** Needs that are not FINISHED; those that a condition asks about: that are not over. */
  readonly unmet: Set<string>;
  /** Its condition was found to hold, or it has none. */
  admitted: boolean;
  attempt?: AttemptRecord;
  /** When that was begun, in milliseconds since 1970. */
  begunAtMs?: number;
  /** Attempt of a resource of another run that its own attempt works on. */
  resourceAttempt?: number;
  /** It was found outside its hours, and is told when they come. In milliseconds since 1970. */
  opensAtMs?: number;
  /** When its next attempt is due, in milliseconds since 1970. */
  retryAtMs?: number;
  /** Its attempt was told to stop, and has failed so. */
  failsAs?: AttemptFailure;
  /** What it becomes when the worker has let go of it; with `rerun` it begins anew then. */
  endAs?: { readonly status: Status; readonly reason?: string; readonly rerun?: true };
}

export function isPlanned(plan: PlannedInstance | FiredAction): plan is PlannedInstance {
  return plan.kind !== 'action';
}
