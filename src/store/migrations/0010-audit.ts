import { sql, type Kysely } from 'kysely';

/** The audit log: a chain of records that can only grow, and the calls that are under way. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS: readonly string[] = [
  // `record` is the truth, byte for byte as it was hashed; the other columns find it.
  `create table audit_records (
    sequence bigint primary key,
    hash text not null,
    at timestamptz not null,
    actor text collate "C",
    action text collate "C" not null,
    pipeline_id text collate "C",
    outcome text collate "C" not null,
    record text not null
  )`,
  `create index audit_records_at on audit_records (at)`,
  `create index audit_records_actor on audit_records (actor, sequence)`,
  `create index audit_records_action on audit_records (action, sequence)`,
  `create index audit_records_pipeline on audit_records (pipeline_id, sequence) where pipeline_id is not null`,
  `create index audit_records_outcome on audit_records (outcome, sequence) where outcome <> 'ok'`,
  `create function penstock_audit_refuse() returns trigger language plpgsql as $$
  begin
    raise exception 'The audit log can only grow: % of audit_records is refused', tg_op
      using errcode = 'insufficient_privilege';
  end $$`,
  `create trigger audit_records_only_grow before update or delete or truncate on audit_records
    for each statement execute function penstock_audit_refuse()`,

  // Changes that have begun and are not in the chain yet. Rows go with the record; those that stay tell of a process that died.
  `create table audit_begun (
    id uuid primary key,
    at timestamptz not null default clock_timestamp(),
    entry text not null
  )`,

  // The newest record, read by a snapshot that is taken after the lock was given: within a function each statement has its own.
  `create function penstock_audit_head(lock integer) returns table (sequence bigint, hash text) language plpgsql volatile as $$
  begin
    -- Who holds it and stops to turn must not keep all others from every change: it loses its connection, and with it the lock.
    perform set_config('idle_in_transaction_session_timeout', '10s', true), set_config('lock_timeout', '20s', true);
    perform pg_advisory_xact_lock(lock);
    return query select r.sequence, r.hash from audit_records r order by r.sequence desc limit 1;
  end $$`,
];
