import { sql, type Kysely } from 'kysely';

/**
 * Queries by two times, and of attempts by status and scheduled start, from one index each (object-order.ts). The indexes of one time
 * have the others with it, so that what is passed over is passed over in the index; those of attempts have the end of the instance's id,
 * which is its scheduled start, and that of their status is in its order. No index is added. What it gives and costs with a million
 * instances: docs/bench/README.md.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS: readonly string[] = [
  `drop index instances_by_end`,
  `create index instances_by_end on instances (pipeline_id, actual_end, id)
    include (actual_start, scheduled_start, scheduled_end)`,
  `drop index instances_by_start`,
  `create index instances_by_start on instances (pipeline_id, actual_start, id) include (scheduled_start, scheduled_end)`,
  `drop index instances_by_scheduled_end`,
  `create index instances_by_scheduled_end on instances (pipeline_id, scheduled_end, id) include (scheduled_start)`,
  `drop index attempts_by_end`,
  // An expression can be no INCLUDE column.
  `create index attempts_by_end on attempts (pipeline_id, actual_end, instance_id, number, right(instance_id, 19))
    include (actual_start)`,
  `drop index attempts_by_start`,
  `create index attempts_by_start on attempts (pipeline_id, actual_start, instance_id, number, right(instance_id, 19))`,
  `drop index attempts_by_status`,
  `create index attempts_by_status on attempts (pipeline_id, status, right(instance_id, 19), instance_id, number)`,
];
