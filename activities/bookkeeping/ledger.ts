import type { PipelineDefinition } from '../../model/definition/pipeline-definition.js';
import type { Elsewhere, WatchedInstance } from '../../model/instance/events.js';
import type { Status } from '../../model/instance/status.js';

/**
 * The ledger: what ran, runs and waits, as rows. A projection of what the interval runs decide; every write is
 * idempotent, so an activity that is repeated after a crash changes nothing. Instants are `YYYY-MM-DDTHH:MM:SS(.sss)Z`.
 */
export interface Ledger {
  /** The definition that `definitionVersion` names, with the values it was activated with. Immutable. @throws when unknown. */
  readDefinition(pipelineId: string, definitionVersion: number): Promise<ActivatedDefinition>;

  /**
   * Makes the instances of one interval, all WAITING_ON_DEPENDENCIES (or the status given), and requests their leases;
   * a lease is granted at once, in the same transaction, when fewer than `limit` are held. What exists stays as it is.
   */
  createInstances(run: RunKey, instances: readonly NewInstance[]): Promise<void>;

  /**
   * All instances of the run; empty when none were made. `opening`: who reads them begins a run again that has closed; where
   * retention is removing it this waits, and finds nothing.
   */
  readRun(run: RunKey, options?: { readonly opening?: boolean }): Promise<InstanceSnapshot[]>;

  /**
   * Stores what changed, in one transaction: rows whose `seq` is not greater than the stored one are left as they are.
   * An instance that is terminal after it releases its lease (the waiting one with the earliest `scheduledStart` of the same
   * component gets it) and notifies whoever waits for it. A pipeline with no open instance whose schedules are all
   * exhausted becomes FINISHED. Notifications are rows of the same transaction; they are returned so that the caller
   * can deliver them at once.
   */
  record(run: RunKey, changes: RunChanges): Promise<Notification[]>;

  /**
   * Registers that `workflowId` waits for the instances (which may not exist yet), and reads their statuses in the same
   * transaction: from then on each terminal status makes a notification, until `forgetWaits`. No wake-up can be lost.
   * Of the `watched` ones every status that their run tells of does (`RunChanges.told`); what will never be made, as its
   * schedule has ended without it, is SKIPPED.
   */
  awaitInstances(
    pipelineId: string,
    workflowId: string,
    instanceIds: readonly string[],
    watched?: readonly WatchedInstance[],
  ): Promise<Elsewhere[]>;

  /** Removes the waits of `workflowId`. */
  forgetWaits(pipelineId: string, workflowId: string): Promise<void>;

  /** Ids of the components that are paused. */
  readPauses(pipelineId: string): Promise<string[]>;

  /** Removes delivered notifications. */
  acknowledge(notificationIds: readonly string[]): Promise<void>;

  /** Undelivered notifications older than `ageMs`, oldest first, at most 1,000: what a crash left behind. */
  undelivered(ageMs: number): Promise<Notification[]>;

  /** What the starter of a schedule's intervals needs; undefined when the pipeline is not SCHEDULED or was deleted. */
  readSchedule(pipelineId: string, scheduleId: string): Promise<ScheduleCursor | undefined>;

  /** Moves the cursor from interval `fromIndex` to `toIndex`; false when it was not at `fromIndex` any more. */
  advanceSchedule(
    pipelineId: string,
    scheduleId: string,
    fromIndex: number,
    toIndex: number,
    exhausted: boolean,
  ): Promise<boolean>;
}

/** Names one interval run. */
export interface RunKey {
  readonly pipelineId: string;
  readonly scheduleId: string;
  /** Start of the interval, `YYYY-MM-DDTHH:MM:SSZ`. */
  readonly intervalStart: string;
}

/** A stored definition and the context in which it was activated. */
export interface ActivatedDefinition {
  readonly pipelineId: string;
  readonly pipelineName: string;
  readonly definitionVersion: number;
  /** AWS's `@version`: activations so far. */
  readonly activation: number;
  readonly definition: PipelineDefinition;
  readonly firstActivationTime: string;
}

export type InstanceKind = 'activity' | 'dataNode' | 'resource' | 'precondition' | 'action';

export interface NewInstance {
  readonly id: string;
  readonly componentId: string;
  readonly kind: InstanceKind;
  /** AWS type name. */
  readonly type: string;
  /** Preconditions and actions: the component they are for. */
  readonly nodeId?: string;
  readonly scheduledStart: string;
  readonly scheduledEnd: string;
  readonly definitionVersion: number;
  readonly activation: number;
  readonly status: Status;
  /** Instance ids by field name (`input`, `output`, `dependsOn`, `runsOn`, `precondition`…), as DescribeObjects shows them. */
  readonly references: Readonly<Record<string, readonly string[]>>;
  /** maxActiveInstances of the component, where it has one: the instance needs a lease before it goes on. */
  readonly leaseLimit?: number;
  readonly triesLeft: number;
}

/** What is stored of an instance and changes. Absent = not known (yet). */
export interface InstanceState {
  readonly id: string;
  /** Rises with every change of the instance, over all runs of the interval. */
  readonly seq: number;
  readonly status: Status;
  readonly attemptCount: number;
  readonly triesLeft: number;
  readonly actualStart?: string;
  readonly actualEnd?: string;
  readonly waitingOn: readonly string[];
  readonly cascadeFailedOn: readonly string[];
  readonly cancellationReason?: string;
  readonly errorId?: string;
  readonly errorMessage?: string;
  readonly errorStackTrace?: string;
  readonly hostname?: string;
  readonly logLocation?: string;
  /** Resources: the machine's id as its provider names it. */
  readonly resourceId?: string;
}

export interface AttemptState {
  readonly instanceId: string;
  /** 1-based. */
  readonly number: number;
  readonly seq: number;
  readonly status: Status;
  readonly actualStart?: string;
  readonly actualEnd?: string;
  readonly errorId?: string;
  readonly errorMessage?: string;
  readonly errorStackTrace?: string;
  readonly hostname?: string;
  readonly logLocation?: string;
}

export interface InstanceSnapshot extends NewInstance, InstanceState {
  /** True when the instance needs no lease, or holds one. */
  readonly leaseGranted: boolean;
}

export interface RunChanges {
  readonly instances: readonly InstanceState[];
  readonly attempts: readonly AttemptState[];
  /** Instances made while the run goes on (actions). */
  readonly created?: readonly NewInstance[];
  /** Of `instances`, those of which whoever watches them hears, also before they end. */
  readonly told?: readonly string[];
}

/** What an interval run must be told. Delivered at least once, by signal. */
export type Notification =
  | {
      readonly id: string;
      readonly workflowId: string;
      readonly kind: 'instanceEnded';
      readonly instanceId: string;
      readonly status: Status;
    }
  | {
      readonly id: string;
      readonly workflowId: string;
      readonly kind: 'leaseGranted';
      readonly instanceId: string;
    }
  /** Other components than before are paused. */
  | { readonly id: string; readonly workflowId: string; readonly kind: 'pausesChanged' }
  | ({ readonly id: string; readonly workflowId: string; readonly kind: 'instanceChanged' } & Elsewhere);

export interface ScheduleCursor {
  readonly definitionVersion: number;
  /** Index (0-based) of the first interval that was not started yet. */
  readonly nextIndex: number;
  readonly exhausted: boolean;
  /** Intervals that begin up to then have run, and retention has removed what is not there of them. */
  readonly forgottenThrough?: string;
}
