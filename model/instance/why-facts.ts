import type { ScheduleType } from './compile.js';
import type { PlannedInstance } from './plan.js';
import type { PipelineState, Status } from './status.js';

/** All that is known about why an instance is where it is: gathered elsewhere, at one moment. Instants are ISO-8601 UTC. */
export interface WhyFacts {
  readonly now: Date;
  /** The instance that is asked about. */
  readonly instanceId: string;
  readonly pipeline: PipelineFacts;
  /** What was looked at: the instance asked about and what it leads to, a bounded part of it. */
  readonly instances: ReadonlyMap<string, InstanceFacts>;
  /** Interval runs by workflow id. */
  readonly runs: ReadonlyMap<string, RunFacts>;
  /** Who polls, by name of task queue. */
  readonly queues: ReadonlyMap<string, QueueFacts>;
  /** Worker groups that somebody polls, of those whose names were known. */
  readonly polledGroups: readonly string[];
  /** What Temporal's client said, when Temporal did not answer: then nothing is known of runs and queues. */
  readonly temporalProblem?: string;
}

export interface PipelineFacts {
  readonly id: string;
  readonly name: string;
  readonly state: PipelineState;
  readonly lastDeactivatedAt?: string;
  /** Absent: never activated. */
  readonly activeVersion?: number;
  readonly latestVersion?: number;
  /** The newest definition has errors, so it cannot be activated. */
  readonly latestErrored: boolean;
}

/** An instance; `row` is absent when it was not made, `plan` when no definition says what it would be. */
export interface InstanceFacts {
  readonly id: string;
  readonly componentId: string;
  readonly row?: InstanceState;
  readonly plan?: PlannedInstance;
  readonly scheduleType?: ScheduleType;
  /** Workflow id of its interval run. */
  readonly runId?: string;
  /** What it needs and has not got, by the component needed; what keeps it for ever comes first. */
  readonly needs: readonly NeedFacts[];
  /** Where the first of its needs, and the first of that one's, and so on, end; told when what lies between was not looked at. */
  readonly origin?: { readonly instanceId: string; readonly between: number };
  /** Resources: instances that run on it and have not ended, some of them. */
  readonly users?: readonly string[];
  /** The newest attempt. */
  readonly attempt?: AttemptFacts;
  /** The activity in Temporal that stands for the attempt, while it is pending. */
  readonly activity?: ActivityFacts;
  /** It asked for a place of maxActiveInstances and has none. */
  readonly lease?: LeaseFacts;
  /** An operator has paused its component. */
  readonly pause?: { readonly pausedBy: string; readonly pausedAt: string };
  /** Not made: what is known of its interval. */
  readonly interval?: IntervalFacts;
}

/** What the ledger says of an instance. */
export interface InstanceState {
  readonly status: Status;
  readonly kind: string;
  readonly scheduledStart: string;
  readonly scheduledEnd: string;
  readonly attemptCount: number;
  readonly triesLeft: number;
  readonly changedAt: string;
  readonly actualStart?: string;
  readonly actualEnd?: string;
  /** From the origin to what it needs itself. */
  readonly cascadeFailedOn: readonly string[];
  readonly cancellationReason?: string;
  readonly errorId?: string;
  readonly errorMessage?: string;
  readonly hostname?: string;
  readonly logLocation?: string;
  readonly resourceId?: string;
  readonly waitingOn: readonly string[];
}

export interface NeedFacts {
  readonly componentId: string;
  readonly precondition: boolean;
  /** Instances of the component that it needs. */
  readonly total: number;
  readonly unmet: number;
  /** Some of those that are unmet, at least one. */
  readonly shown: readonly string[];
}

export interface AttemptFacts {
  readonly number: number;
  readonly status: Status;
  readonly actualStart?: string;
  readonly actualEnd?: string;
  readonly errorId?: string;
  readonly errorMessage?: string;
  readonly hostname?: string;
}

/** A pending activity, as Temporal describes it. */
export interface ActivityFacts {
  readonly taskQueue: string;
  /** A worker has it; else it lies in the queue, or waits for its next try. */
  readonly started: boolean;
  /** The worker is told to stop at its next heartbeat. */
  readonly canceling?: true;
  /** Tries that Temporal's server has made by itself, this one included: checks of a precondition. */
  readonly tries: number;
  readonly scheduledAt?: string;
  readonly startedAt?: string;
  readonly lastTryEndedAt?: string;
  readonly nextTryAt?: string;
  readonly lastHeartbeatAt?: string;
  readonly worker?: string;
  readonly lastFailure?: { readonly type?: string; readonly message: string };
}

export interface LeaseFacts {
  readonly limit: number;
  readonly holders: readonly { readonly instanceId: string; readonly grantedAt: string }[];
  readonly holdersTotal: number;
  /** Instances that will get a place before it. */
  readonly ahead: number;
}

export interface IntervalFacts {
  /** Absent: no definition is in force yet that would say. */
  readonly scheduleId?: string;
  /** Absent: the Schedule has no interval that starts then. */
  readonly start?: string;
  /** Starts of the intervals around, when it has none. */
  readonly before?: string;
  readonly after?: string;
  /** Start of the interval that is to be started next; absent when there is none. */
  readonly nextStart?: string;
  /** The interval lies behind what was started already. */
  readonly passed: boolean;
  /** Retention has removed runs of the Schedule that began up to then. */
  readonly forgottenThrough?: string;
  /** The Temporal Schedule that is its clock. */
  readonly clock?: { readonly found: boolean; readonly paused: boolean; readonly nextTickAt?: string };
}

export interface RunFacts {
  /** `RUNNING`, `COMPLETED`, `TERMINATED`…, or `NOT_FOUND`. */
  readonly status: string;
  /** How often Temporal has tried the run's next workflow task: more than once when it fails. */
  readonly taskTries: number;
}

export interface QueueFacts {
  /** Those that Temporal remembers, some minutes back. */
  readonly pollers: readonly { readonly identity: string; readonly lastPollAt: string }[];
  /** Tasks that wait in it, about. */
  readonly backlog?: number;
}

/** What keeps an instance, for programs. */
export type WhyReason =
  | 'notActivated'
  | 'deactivated'
  | 'noSuchInterval'
  | 'notMade'
  | 'removed'
  | 'notYetDue'
  | 'closed'
  | 'dependency'
  | 'precondition'
  | 'notYet'
  | 'lease'
  | 'paused'
  | 'unused'
  | 'nobody'
  | 'noRunner'
  | 'queued'
  | 'resource'
  | 'creating'
  | 'retryDelay'
  | 'running'
  | 'shuttingDown'
  | 'controlWorker'
  | 'temporal'
  | 'run'
  | 'goingOn'
  | 'finished'
  | 'failed'
  | 'timedOut'
  | 'canceled'
  | 'cascadeFailed'
  | 'skipped'
  | 'circle';

export type FactValue = string | number | readonly string[];

/** Why an instance is where it is. */
export interface Why {
  readonly instanceId: string;
  /** Absent when it was not made. */
  readonly status?: Status;
  readonly reason: WhyReason;
  /** One sentence, as a colleague would answer; times are UTC. */
  readonly sentence: string;
  /** What the sentence rests on; instants are ISO-8601 UTC. */
  readonly facts: Readonly<Record<string, FactValue>>;
  /** What it waits for or follows from, each with its own reason. */
  readonly because: readonly Why[];
  /** How many more there are that `because` leaves out. */
  readonly leftOut: number;
}
