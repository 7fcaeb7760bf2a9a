import { sql, type Kysely } from 'kysely';

/** Runs with an attempt that no runner has confirmed yet: looked for every few seconds. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index instances_waiting_for_runner on instances (pipeline_id, schedule_id, interval_start)
    where status = 'WAITING_FOR_RUNNER'`.execute(db);
}
