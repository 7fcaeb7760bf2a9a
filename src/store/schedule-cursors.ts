import { sql, type Transaction } from 'kysely';
import type { ScheduleStart } from './pipeline.js';
import type { Schema } from './schema.js';

/** Places the cursors of the schedules in use, and removes those of others. The caller holds the lock of the pipeline. */
export async function placeCursors(
  trx: Transaction<Schema>,
  pipelineId: string,
  schedules: readonly ScheduleStart[],
): Promise<void> {
  const ids = schedules.map(({ scheduleId }) => scheduleId);
  // A cursor of a schedule that is no longer used would keep the pipeline from ever being FINISHED.
  await trx
    .deleteFrom('schedules')
    .where('pipeline_id', '=', pipelineId)
    .where(sql<boolean>`schedule_id <> all(${ids}::text[])`)
    .execute();
  for (const { scheduleId, nextIndex, exhausted = false } of schedules) {
    await trx
      .insertInto('schedules')
      .values({ pipeline_id: pipelineId, schedule_id: scheduleId, next_index: nextIndex ?? 0, exhausted })
      .onConflict((conflict) =>
        conflict
          .columns(['pipeline_id', 'schedule_id'])
          .doUpdateSet({ exhausted, ...(nextIndex === undefined ? {} : { next_index: nextIndex }) }),
      )
      .execute();
  }
}
