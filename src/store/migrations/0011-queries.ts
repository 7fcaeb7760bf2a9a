import { sql, type Kysely } from 'kysely';

/**
 * Indexes that have the rows of QueryObjects in the order of its pages (object-order.ts): each page is read from where the one before
 * ended. Measured with a million instances: docs/bench/api.md.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS: readonly string[] = [
  // With the id, so that a page can begin at it; each does what the one before it did, too.
  `create index instances_by_start on instances (pipeline_id, actual_start, id)`,
  `drop index instances_started`,
  `create index instances_by_end on instances (pipeline_id, actual_end, id)`,
  `drop index instances_ended`,
  `create index instances_by_scheduled_end on instances (pipeline_id, scheduled_end, id)`,
  `create index attempts_by_status on attempts (pipeline_id, status, instance_id, number)`,
  `drop index attempts_status`,
  `create index attempts_by_start on attempts (pipeline_id, actual_start, instance_id, number)`,
  `drop index attempts_started`,
  `create index attempts_by_end on attempts (pipeline_id, actual_end, instance_id, number)`,
];
