import { sql, type Kysely } from 'kysely';

/** Backfills and how far they are. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(
      `create table backfills (
        pipeline_id text collate "C" not null,
        id text collate "C" not null,
        request text not null,
        state text not null,
        total integer not null,
        finished integer not null default 0,
        failed integer not null default 0,
        unchanged integer not null default 0,
        running integer not null default 0,
        note text,
        created_at timestamptz not null default clock_timestamp(),
        changed_at timestamptz not null default clock_timestamp(),
        ended_at timestamptz,
        primary key (pipeline_id, id)
      )`,
    )
    .execute(db);
}
