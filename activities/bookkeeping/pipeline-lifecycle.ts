import type { ParameterValue, PipelineDefinition } from '../../model/definition/pipeline-definition.js';
import type { PipelineState } from '../../model/instance/status.js';
import type { RunKey } from './ledger.js';

/** What the life-cycle activities need of the store of pipelines. Implemented by src/store. */
export interface PipelineLifecycle {
  /** @throws PipelineNotFound, PipelineDeleted */
  get(pipelineId: string): Promise<{
    readonly name: string;
    readonly state: PipelineState;
    readonly latestVersion: number | undefined;
    readonly activeVersion: number | undefined;
    readonly activation: number | undefined;
    readonly firstActivatedAt: string | undefined;
  }>;
  readDefinition(
    pipelineId: string,
    version: 'latest',
  ): Promise<{ readonly definitionVersion: number; readonly definition: PipelineDefinition } | undefined>;
  /** Puts the definition in force and the pipeline into SCHEDULED; cursors that exist go on where they were. */
  activate(
    pipelineId: string,
    activation: {
      readonly definitionVersion: number;
      readonly parameterValues?: readonly ParameterValue[];
      readonly at: Date;
      readonly schedules: readonly { readonly scheduleId: string; readonly exhausted?: boolean }[];
    },
  ): Promise<{
    readonly activation: number;
    readonly definitionVersion: number;
    readonly firstActivationTime: string;
  }>;
  deactivating(pipelineId: string): Promise<void>;
  deactivated(pipelineId: string, at: Date): Promise<void>;
  markDeleting(pipelineId: string, at: Date): Promise<void>;
  delete(pipelineId: string): Promise<void>;
}

/** What they need to know of runs. Implemented by src/store. */
export interface RunIndex {
  /** Runs with an instance that is not terminal, oldest first. */
  openRuns(pipelineId: string): Promise<RunKey[]>;
  /**
   * Runs of a Schedule that have work in hand or before them: an instance with a runner, or for one, a machine, a lease to wait
   * for, or a run that has not begun. What waits for data, or for ever for what failed, is not busy.
   */
  busyRuns(pipelineId: string, scheduleId: string): Promise<number>;
  /** Instances whose cancellationReason is `reason`, by run, oldest first. */
  canceledFor(
    pipelineId: string,
    reason: string,
  ): Promise<{ readonly run: RunKey; readonly instanceIds: readonly string[] }[]>;
  /** Ids of the Schedules that the pipeline has a cursor for. */
  scheduleIds(pipelineId: string): Promise<string[]>;
}
