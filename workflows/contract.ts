/** Names, ids, inputs, signals and updates of the workflows: all that a caller needs to know of them. */

import type { ActivityOptions } from '@temporalio/common';
import type { BackfillRerun } from '../model/instance/backfill.js';
import type { Elsewhere, OperatorCommand, RunEvent } from '../model/instance/events.js';
import type { HandOver } from '../model/instance/hand-over.js';
import type { Status } from '../model/instance/status.js';
import type { Task } from '../model/instance/task.js';

export { CONTROL_TASK_QUEUE, resourceTaskQueue, workerGroupTaskQueue } from '../model/instance/task-queue.js';

/** One interval of one Schedule. Workflow `runInterval`, id `intervalRunId(…)`. */
export interface RunIntervalInput {
  readonly pipelineId: string;
  /** Id of the Schedule object, or `ondemand`. */
  readonly scheduleId: string;
  /** Start of the interval, `YYYY-MM-DDTHH:MM:SSZ`. */
  readonly intervalStart: string;
  /** The definition that the run keeps to. */
  readonly definitionVersion: number;
  /** The interval may have been run before: the run goes on from what the ledger knows of that. */
  readonly again?: true;
  /** What the run has from itself, when it has continued as new. */
  readonly handOver?: HandOver;
  /** The lanes that it has from itself then. */
  readonly lanes?: LanesHandOver;
}

export function intervalRunId(
  run: Pick<RunIntervalInput, 'pipelineId' | 'scheduleId' | 'intervalStart'>,
): string {
  return `${run.pipelineId}/${run.scheduleId}/${run.intervalStart}`;
}

/** How much one history holds. Defaults in run-bounds.ts. */
export interface RunBounds {
  /** A run that plans more attempts than this gives them all to lanes. */
  readonly lanesFrom: number;
  readonly attemptsPerLane: number;
  /** Events of the history of a run with lanes before it continues as new. */
  readonly eventsPerHistory: number;
}

/**
 * A lane: carries attempts of an interval run in a history of its own, so that the run's stays short and can be changed for a new one
 * while they work. Workflow `runAttempts`, id `laneId(…)`.
 */
export interface RunAttemptsInput {
  /** Workflow id of the run. */
  readonly runId: string;
  /** Run id of the first history of the run: a later run of the same interval is not the one that the lane belongs to. */
  readonly chain: string;
  readonly lane: number;
  readonly first: LaneMessage;
}

export function laneId(runId: string, lane: number): string {
  return `${runId}/${lane}`;
}

/** Key of the memo of a run: the numbers of its lanes that may be open, for whoever looks for its attempts. */
export const LANES_MEMO = 'lanes';

/** Signal of the run to a lane. */
export const LANE_SIGNAL = 'lane';
export interface LaneMessage {
  readonly attempts: readonly LaneAttempt[];
  /** Attempts to be stopped, as `attemptKey`. */
  readonly cancel: readonly string[];
  /** The newest report that has arrived. */
  readonly acked: number;
  /** No more attempts will come: the lane ends when these have. */
  readonly last: boolean;
  /** The lane is to end at once. */
  readonly close: boolean;
}

export interface LaneAttempt {
  readonly instanceId: string;
  readonly attempt: number;
  /** Type of the activity. */
  readonly type: string;
  readonly task: Task;
  readonly options: ActivityOptions;
}

/** Names an attempt within its run. */
export function attemptKey({ instanceId, attempt }: Pick<LaneAttempt, 'instanceId' | 'attempt'>): string {
  return `${instanceId}#${attempt}`;
}

/** Signal of a lane to the run. Numbered from 1; it may come again, with more news, and what comes twice changes nothing. */
export const LANE_REPORT_SIGNAL = 'laneReport';
export interface LaneReport {
  readonly lane: number;
  readonly number: number;
  readonly news: readonly LaneNews[];
}
export type LaneNews = Extract<
  RunEvent,
  { readonly kind: 'attemptStarted' | 'resourceReady' | 'attemptEnded' }
>;

/** What a run that continues as new tells itself of its lanes. */
export interface LanesHandOver {
  /** Number of the next lane. */
  readonly next: number;
  readonly open: readonly {
    readonly lane: number;
    /** Attempts it was given, in all. */
    readonly given: number;
    /** Takes no more. */
    readonly full: boolean;
    /** Its newest report. */
    readonly reported: number;
    /** Attempts that have not ended, as `attemptKey`. */
    readonly inFlight: readonly string[];
  }[];
}

/** Starts every interval that is due and was not started. Workflow `startIntervals`, fired by the Temporal Schedule. */
export interface StartIntervalsInput {
  readonly pipelineId: string;
  readonly scheduleId: string;
}

/** Id of the Temporal Schedule of a Schedule object. */
export function temporalScheduleId(input: StartIntervalsInput): string {
  return `${input.pipelineId}/${input.scheduleId}`;
}

/** Activation, deactivation and deletion of a pipeline are workflows too, so that a crash leaves none half done. One at a time. */
export function lifecycleWorkflowId(pipelineId: string): string {
  return `${pipelineId}/lifecycle`;
}

/** Workflow `activatePipeline`. */
export interface ActivatePipelineInput {
  readonly pipelineId: string;
  readonly parameterValues?: readonly { readonly id: string; readonly stringValue: string }[];
  /** Where to resume, ISO-8601; intervals before it are SKIPPED. */
  readonly startTimestamp?: string;
}

/** Workflow `deactivatePipeline`; its update `begun` returns when nothing new starts any more. */
export interface DeactivatePipelineInput {
  readonly pipelineId: string;
  readonly cancelActive: boolean;
}
export const DEACTIVATION_BEGUN_UPDATE = 'begun';

/** Workflow `deletePipeline`. */
export interface DeletePipelineInput {
  readonly pipelineId: string;
}

/** Update of an interval run: an operator's command. Refused for instances that the run does not have. */
export const SET_STATUS_UPDATE = 'setStatus';
export interface SetStatusUpdate {
  readonly command: OperatorCommand;
  readonly instanceIds: readonly string[];
}

/** Signal of a runner to the workflow that carries the attempt: it has worked for longer than a second. */
export const ATTEMPT_STARTED_SIGNAL = 'attemptStarted';
export interface AttemptStartedSignal {
  readonly instanceId: string;
  readonly attempt: number;
  /** ISO-8601 UTC. */
  readonly startedAt: string;
  readonly hostname: string;
}

/** Signal of the resource activity to the workflow that carries it: the machine is up and its task runner polls. */
export const RESOURCE_READY_SIGNAL = 'resourceReady';
export interface ResourceReadySignal {
  readonly instanceId: string;
  readonly attempt: number;
  /** ISO-8601 UTC. */
  readonly readyAt: string;
  /** Id of the machine as its provider names it. */
  readonly resourceId: string;
}

/** Signal of the ledger: an instance of another run that this one waits for has ended. */
export const INSTANCE_ENDED_SIGNAL = 'instanceEnded';
export interface InstanceEndedSignal {
  readonly instanceId: string;
  readonly status: Status;
}

/** Signal of the ledger: an instance of another run that this one watches has changed. */
export const INSTANCE_CHANGED_SIGNAL = 'instanceChanged';
export type InstanceChangedSignal = Elsewhere;

/** Update of the run of a resource: instances of another run need it, and it has ended. */
export const WANT_RESOURCE_UPDATE = 'wantResource';
export interface WantResourceUpdate {
  readonly resourceId: string;
  /** Who needs it. */
  readonly userIds: readonly string[];
  /** True: even if it has failed. */
  readonly rerun: boolean;
}

/** Signal of the ledger: the instance holds its lease of maxActiveInstances. */
export const LEASE_GRANTED_SIGNAL = 'leaseGranted';
export interface LeaseGrantedSignal {
  readonly instanceId: string;
}

/** The pipeline whose interval run has the id `workflowId`. Ids of pipelines have no slash. */
export function pipelineIdOfRun(workflowId: string): string {
  return workflowId.slice(0, workflowId.indexOf('/'));
}

/** Signal to each open run of a pipeline: other components than before are paused. */
export const PAUSES_CHANGED_SIGNAL = 'pausesChanged';
export interface PausesChangedSignal {
  /** Rises with each change: signals may overtake one another. */
  readonly order: number;
  /** All components that are paused. */
  readonly componentIds: readonly string[];
}

/** Signal to each open run of a pipeline that is deactivated or deleted. */
export const DEACTIVATED_SIGNAL = 'deactivated';
export interface DeactivatedSignal {
  readonly cancelActive: boolean;
}

/** Id of the workflow `backfill`. */
export function backfillWorkflowId(pipelineId: string, backfillId: string): string {
  return `${pipelineId}/backfill/${backfillId}`;
}

/** Intervals of one Schedule by index, `nextIndex` up to but not including `endIndex`. */
export interface BackfillRange {
  readonly scheduleId: string;
  readonly nextIndex: number;
  readonly endIndex: number;
}

/** Intervals that a backfill is done with. */
export interface BackfillCounts {
  readonly finished: number;
  /** With a failure, or stuck behind one. */
  readonly failed: number;
  /** Where there was nothing to do. */
  readonly unchanged: number;
}

/** How far a backfill is. */
export interface BackfillPlace {
  /** What is left to begin. */
  readonly ranges: readonly BackfillRange[];
  /** Runs under way. */
  readonly open: readonly Omit<RunIntervalInput, 'pipelineId' | 'definitionVersion'>[];
  readonly counts: BackfillCounts;
}

/** Workflow `backfill`: runs intervals of the past oldest first, no more than `maxActive` at a time. */
export interface BackfillInput {
  readonly pipelineId: string;
  readonly backfillId: string;
  readonly rerun: BackfillRerun;
  /** Only these objects; absent = all. */
  readonly objects?: readonly string[];
  readonly maxActive: number;
  readonly place: BackfillPlace;
  readonly paused?: boolean;
  /** Steps of one history before it continues as new. @default 500 */
  readonly stepsPerHistory?: number;
}

/** Signal to a `backfill`. Pausing begins nothing more; cancelling ends it, and leaves what runs unless `cancelRunning`. */
export const BACKFILL_SIGNAL = 'command';
export interface BackfillSignal {
  readonly command: 'pause' | 'resume' | 'cancel';
  readonly cancelRunning?: boolean;
}
