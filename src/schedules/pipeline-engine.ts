import type { PauseChange } from '../store/pause-store.js';
import type { ParameterValue } from '../../model/definition/pipeline-definition.js';

/** Brings a pipeline to life and to rest: what the API asks of the engine. */
export abstract class PipelineEngine {
  /** Puts the latest definition in force and starts its schedules. The definition was validated. */
  abstract activate(pipelineId: string, options: ActivateOptions): Promise<void>;
  abstract deactivate(pipelineId: string, options: { readonly cancelActive: boolean }): Promise<void>;
  abstract setStatus(
    pipelineId: string,
    instanceIds: readonly string[],
    command: InstanceCommand,
  ): Promise<void>;
  /** Tells open runs which components are paused; what cannot be told now the control worker tells later. */
  abstract announce(change: PauseChange): Promise<void>;
  /** Ends everything that runs for the pipeline and deletes it. */
  abstract remove(pipelineId: string): Promise<void>;
}

export interface ActivateOptions {
  readonly parameterValues?: readonly ParameterValue[];
  /** Where to resume; absent = after the last completed interval. */
  readonly startTimestamp?: Date;
}

export type InstanceCommand = 'CANCEL' | 'RERUN' | 'MARK_FINISHED';
