import type { Selectable } from 'kysely';
import type { PipelineDefinition } from '../../model/definition/pipeline-definition.js';
import type { Pipeline, StoredDefinition, Tag } from './pipeline.js';
import type { DefinitionTable, PipelineTable } from './schema.js';

/** The pipeline that a row holds. */
export function pipelineOfRow(row: Selectable<PipelineTable>): Pipeline {
  return {
    id: row.id,
    name: row.name,
    uniqueId: row.unique_id,
    description: row.description ?? undefined,
    tags: JSON.parse(row.tags) as Tag[],
    creator: row.creator,
    accountId: row.account_id,
    state: row.state,
    createdAt: row.created_at,
    activation: row.activation === 0 ? undefined : row.activation,
    activeVersion: row.active_version ?? undefined,
    latestVersion: row.latest_version ?? undefined,
    firstActivatedAt: row.first_activated_at ?? undefined,
    lastActivatedAt: row.last_activated_at ?? undefined,
    lastDeactivatedAt: row.last_deactivated_at ?? undefined,
    finishedAt: row.finished_at ?? undefined,
    deletionRequestedAt: row.deletion_requested_at ?? undefined,
  };
}

/** The definition that a row holds. */
export function definitionOfRow(
  row: Pick<Selectable<DefinitionTable>, 'pipeline_objects' | 'parameter_objects' | 'parameter_values'>,
): PipelineDefinition {
  return {
    pipelineObjects: JSON.parse(row.pipeline_objects) as PipelineDefinition['pipelineObjects'],
    parameterObjects: JSON.parse(row.parameter_objects) as PipelineDefinition['parameterObjects'],
    parameterValues: JSON.parse(row.parameter_values) as PipelineDefinition['parameterValues'],
  };
}

/** The definition version that a row holds. */
export function storedDefinitionOfRow(row: Selectable<DefinitionTable>): StoredDefinition {
  return {
    pipelineId: row.pipeline_id,
    definitionVersion: row.version,
    definition: definitionOfRow(row),
    errored: row.errored,
    createdAt: row.created_at,
  };
}
