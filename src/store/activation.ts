import type { Transaction } from 'kysely';
import { InvalidRequest } from '../../model/errors.js';
import { readVersion, versionWithValues } from './definition-versions.js';
import { ACTIVATABLE, requireState, type PipelineRow } from './pipeline-lock.js';
import type { Activated, Activation } from './pipeline.js';
import { placeCursors } from './schedule-cursors.js';
import type { Schema } from './schema.js';

/** Puts a definition version of the locked pipeline in force; nothing changes when it was, at the same instant. */
export async function putInForce(
  trx: Transaction<Schema>,
  pipeline: PipelineRow,
  activation: Activation,
): Promise<Activated> {
  const at = activation.at.toISOString();
  if (pipeline.last_activated_at !== null && Date.parse(pipeline.last_activated_at) === Date.parse(at)) {
    return activatedOf(pipeline);
  }
  requireState(pipeline, ACTIVATABLE);
  const put = await readVersion(trx, pipeline.id, activation.definitionVersion);
  if (put === undefined) {
    throw new InvalidRequest(
      `Pipeline ${pipeline.id} has no definition version ${activation.definitionVersion}`,
    );
  }
  if (put.errored) {
    throw new InvalidRequest(`Pipeline ${pipeline.id}: its definition has errors, so it cannot be activated`);
  }
  const definitionVersion = await versionWithValues(trx, put, activation.parameterValues ?? []);

  const count = pipeline.activation + 1;
  const activated = await trx
    .updateTable('pipelines')
    .set({
      state: 'SCHEDULED',
      activation: count,
      active_version: definitionVersion,
      latest_version:
        pipeline.latest_version === activation.definitionVersion
          ? definitionVersion
          : pipeline.latest_version,
      first_activated_at: pipeline.first_activated_at ?? at,
      last_activated_at: at,
      finished_at: null,
    })
    .where('id', '=', pipeline.id)
    .returning('first_activated_at')
    .executeTakeFirstOrThrow();
  await placeCursors(trx, pipeline.id, activation.schedules);
  return {
    activation: count,
    definitionVersion,
    firstActivationTime: activated.first_activated_at ?? at,
  };
}

function activatedOf(pipeline: PipelineRow): Activated {
  const { activation, active_version: definitionVersion, first_activated_at: firstActivationTime } = pipeline;
  if (definitionVersion === null || firstActivationTime === null) {
    throw new Error(
      `Store: pipeline ${pipeline.id} was activated, but has no active version or no time of it`,
    );
  }
  return { activation, definitionVersion, firstActivationTime };
}
