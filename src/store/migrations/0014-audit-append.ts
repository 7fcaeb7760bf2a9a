import { sql, type Kysely } from 'kysely';

/**
 * Adds records to the chain within the server: one round trip, and no lock is ever held by a process that has to be waited for.
 * In `body` and `line` the three tokens stand for what only the chain knows: `sequence`, `previous` and `hash`.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS: readonly string[] = [
  `drop function penstock_audit_head(integer)`,
  `create function penstock_audit_append(chain_lock integer, tokens text[], entries json, ended uuid[]) returns void language plpgsql volatile as $$
  declare
    entry record;
    last_sequence bigint := 0;
    last_hash text := repeat('0', 64);
    new_hash text;
  begin
    perform set_config('lock_timeout', '20s', true);
    perform pg_advisory_xact_lock(chain_lock);
    -- A statement of its own: it sees what the last holder of the lock wrote.
    select r.sequence, r.hash into last_sequence, last_hash from audit_records r order by r.sequence desc limit 1;
    if not found then
      last_sequence := 0;
      last_hash := repeat('0', 64);
    end if;
    for entry in select * from json_to_recordset(entries)
      as e(body text, line text, at timestamptz, actor text, action text, pipeline_id text, outcome text)
    loop
      last_sequence := last_sequence + 1;
      new_hash := encode(sha256(convert_to(
        replace(replace(entry.body, tokens[1], last_sequence::text), tokens[2], last_hash), 'UTF8')), 'hex');
      insert into audit_records (sequence, hash, at, actor, action, pipeline_id, outcome, record)
      values (last_sequence, new_hash, entry.at, entry.actor, entry.action, entry.pipeline_id, entry.outcome,
        replace(replace(replace(entry.line, tokens[1], last_sequence::text), tokens[2], last_hash), tokens[3], new_hash));
      last_hash := new_hash;
    end loop;
    -- After the lock was given, as whoever ends overdue calls does.
    delete from audit_begun where id = any(ended);
  end $$`,
];
