import { sql, type Kysely } from 'kysely';

/** Failed preconditions by what they are checked for: they say how healthy that is. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index instances_failed_precondition on instances (pipeline_id, node_id, changed_at desc)
    where kind = 'precondition' and status = 'FAILED'`.execute(db);
}
