import { sql, type Kysely } from 'kysely';

/** Answers to calls with an Idempotency-Key, sealed: one may hold the secret of a new access key. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(
      `create table idempotency_keys (
        caller text collate "C" not null,
        key text collate "C" not null,
        request_digest text not null,
        holder uuid not null,
        taken_at timestamptz not null,
        status integer,
        answer text,
        primary key (caller, key)
      )`,
    )
    .execute(db);
  await sql.raw('create index idempotency_keys_taken_at on idempotency_keys (taken_at)').execute(db);
}
