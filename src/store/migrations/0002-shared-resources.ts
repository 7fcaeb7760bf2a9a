import { sql, type Kysely } from 'kysely';

/** Resources that serve instances of other runs: a wait that hears of every status. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS: readonly string[] = [
  `alter table waits
    add column watched boolean not null default false,
    add column schedule_id text collate "C"`,
  `create index waits_watched on waits (pipeline_id, schedule_id) where watched`,
  `alter table notifications
    add column seq bigint,
    add column attempt integer,
    add column reason text`,
];
