import type { Kysely } from 'kysely';
import type { Schema } from './schema.js';

/** By Schedule: the start of the last interval that retention has removed. Those before it that are not there were removed too. */
export async function forgottenThrough(
  db: Kysely<Schema>,
  pipelineId: string,
): Promise<ReadonlyMap<string, string>> {
  const rows = await db
    .selectFrom('forgotten')
    .select(['schedule_id', 'through'])
    .where('pipeline_id', '=', pipelineId)
    .execute();
  return new Map(rows.map((row) => [row.schedule_id, row.through]));
}
