import { sql, type Kysely } from 'kysely';

/** Components that an operator has paused. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table pauses (
    pipeline_id text collate "C" not null,
    component_id text collate "C" not null,
    paused_by text not null,
    paused_at timestamptz not null,
    primary key (pipeline_id, component_id)
  )`.execute(db);
}
