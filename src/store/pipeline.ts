import type { ParameterValue, PipelineDefinition } from '../../model/definition/pipeline-definition.js';
import type { PipelineState } from '../../model/instance/status.js';

/** A tag of a pipeline. */
export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** What CreatePipeline needs. The same (creator, name, uniqueId) names the same pipeline. */
export interface NewPipeline {
  readonly name: string;
  readonly uniqueId: string;
  readonly description?: string;
  readonly tags: readonly Tag[];
  /** User that creates it (`pipelineCreator`, `@userId`). */
  readonly creator: string;
  readonly accountId: string;
}

/** A pipeline that was not deleted. Instants are ISO-8601 UTC. */
export interface Pipeline {
  readonly id: string;
  readonly name: string;
  readonly uniqueId: string;
  readonly description: string | undefined;
  readonly tags: readonly Tag[];
  readonly creator: string;
  readonly accountId: string;
  readonly state: PipelineState;
  readonly createdAt: string;
  /** AWS's `@version`: activations so far; undefined before the first. */
  readonly activation: number | undefined;
  /** Definition version in force; undefined before the first activation. */
  readonly activeVersion: number | undefined;
  /** Newest definition version; undefined when none was put. */
  readonly latestVersion: number | undefined;
  readonly firstActivatedAt: string | undefined;
  readonly lastActivatedAt: string | undefined;
  readonly lastDeactivatedAt: string | undefined;
  readonly finishedAt: string | undefined;
  readonly deletionRequestedAt: string | undefined;
}

/** What may be changed of a pipeline besides its definition; what is absent stays. */
export interface PipelineChange {
  readonly name?: string;
  /** Empty = none. */
  readonly description?: string;
  readonly tags?: readonly Tag[];
}

/** The new name cannot be given: its creator has a pipeline of this name with the same uniqueId. */
export class PipelineNameTaken extends Error {
  override readonly name = 'PipelineNameTaken';

  constructor(pipelineId: string, pipelineName: string) {
    super(
      `Pipeline ${pipelineId} cannot be called ${JSON.stringify(pipelineName)}: its creator has another one of this name and the same uniqueId`,
    );
  }
}

/** The latest definition is not the one that was to be replaced. */
export class DefinitionChanged extends Error {
  override readonly name = 'DefinitionChanged';

  constructor(pipelineId: string, latest: number | undefined) {
    super(
      `The latest definition of pipeline ${pipelineId} is ${latest === undefined ? 'none' : `version ${latest}`} now`,
    );
  }
}

/** One page of pipelines, in order of creation; `marker` is absent on the last. */
export interface PipelinePage {
  readonly pipelines: readonly Pipeline[];
  readonly marker?: string;
}

/** A definition version as it was put: order of objects and fields, and every value, are kept. */
export interface StoredDefinition {
  readonly pipelineId: string;
  readonly definitionVersion: number;
  readonly definition: PipelineDefinition;
  /** Saved with errors: it cannot be activated. Source: api.md 2.1, PutPipelineDefinition. */
  readonly errored: boolean;
  readonly createdAt: string;
}

/** A definition version without the definition. */
export type DefinitionVersion = Pick<StoredDefinition, 'definitionVersion' | 'errored' | 'createdAt'>;

/** One page of versions, newest first; `marker` is absent on the last. */
export interface DefinitionVersionPage {
  readonly versions: readonly DefinitionVersion[];
  readonly marker?: number;
}

/** Where a schedule starts when the pipeline is activated. */
export interface ScheduleStart {
  readonly scheduleId: string;
  /** First interval (0-based) to start; when absent an existing cursor goes on where it was, a new one starts at 0. */
  readonly nextIndex?: number;
  /** True when no interval will ever be started by time (ondemand). @default false */
  readonly exhausted?: boolean;
}

/** What ActivatePipeline puts in force. */
export interface Activation {
  readonly definitionVersion: number;
  /** Replace the stored values of the same ids; stored as a new definition version. */
  readonly parameterValues?: readonly ParameterValue[];
  readonly at: Date;
  /** All schedules in use; cursors of others are removed. */
  readonly schedules: readonly ScheduleStart[];
}

/** What an activation has put in force. */
export interface Activated {
  readonly activation: number;
  readonly definitionVersion: number;
  readonly firstActivationTime: string;
}
