import type { Selectable, Transaction, Updateable } from 'kysely';
import { InvalidRequest, PipelineDeleted, PipelineNotFound } from '../../model/errors.js';
import type { PipelineState } from '../../model/instance/status.js';
import type { Database } from './database.js';
import type { PipelineTable, Schema } from './schema.js';

/** A row of `pipelines`. */
export type PipelineRow = Selectable<PipelineTable>;

/** States that a pipeline can be activated in. */
export const ACTIVATABLE = ['PENDING', 'ACTIVATING', 'SCHEDULED', 'INACTIVE', 'FINISHED'] as const;

/** All states but DELETING. */
export const NOT_DELETING = [...ACTIVATABLE, 'DEACTIVATING'] as const;

/** Runs `work` in a transaction that holds the lock of the pipeline. @throws PipelineNotFound, PipelineDeleted */
export async function changePipeline<T>(
  { kysely }: Database,
  pipelineId: string,
  work: (trx: Transaction<Schema>, pipeline: PipelineRow) => Promise<T>,
): Promise<T> {
  return kysely.transaction().execute(async (trx) => work(trx, await lockPipeline(trx, pipelineId)));
}

/** The pipeline's row, locked until the transaction ends. @throws PipelineNotFound, PipelineDeleted */
export async function lockPipeline(trx: Transaction<Schema>, pipelineId: string): Promise<PipelineRow> {
  const row = await trx
    .selectFrom('pipelines')
    .selectAll()
    .where('id', '=', pipelineId)
    .forNoKeyUpdate()
    .executeTakeFirst();
  return existing(pipelineId, row);
}

/** The row of a pipeline that is there. @throws PipelineNotFound, PipelineDeleted */
export function existing<T extends Pick<PipelineRow, 'deleted_at'>>(
  pipelineId: string,
  row: T | undefined,
): T {
  if (row === undefined) throw new PipelineNotFound(pipelineId);
  if (row.deleted_at !== null) throw new PipelineDeleted(pipelineId);
  return row;
}

/** @throws InvalidRequest when the pipeline is in none of the states. */
export function requireState(pipeline: PipelineRow, expected: readonly PipelineState[]): void {
  if (expected.includes(pipeline.state)) return;
  throw new InvalidRequest(`Pipeline ${pipeline.id} is ${pipeline.state}: expected ${expected.join(' or ')}`);
}

/** Changes columns of the pipeline's row. */
export async function updatePipeline(
  trx: Transaction<Schema>,
  pipelineId: string,
  values: Updateable<PipelineTable>,
): Promise<void> {
  await trx.updateTable('pipelines').set(values).where('id', '=', pipelineId).execute();
}
