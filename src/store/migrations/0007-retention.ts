import { sql, type Kysely } from 'kysely';

/** What retention has removed, and what its last sweep did. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS: readonly string[] = [
  // A table of its own: the cursors of `schedules` go when a Schedule is out of use, this must not.
  `create table forgotten (
    pipeline_id text collate "C" not null,
    schedule_id text collate "C" not null,
    through timestamptz not null,
    primary key (pipeline_id, schedule_id)
  )`,
  `create table retention_sweeps (
    id integer primary key check (id = 1),
    retention_days integer not null,
    began_at timestamptz not null,
    ended_at timestamptz,
    runs integer,
    instances integer
  )`,
];
