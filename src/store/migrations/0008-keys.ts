import { sql, type Kysely } from 'kysely';

/** Access keys and API tokens; and creators of pipelines by their ARN, which keys have in place of a profile of the credentials file. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS: readonly string[] = [
  `create table keys (
    id text collate "C" primary key,
    kind text not null,
    name text collate "C" not null,
    role text,
    policies text not null,
    worker_groups text[],
    sealed_secret text,
    secret_hash text collate "C" not null unique,
    session_token_hash text,
    created_at timestamptz not null,
    created_by text not null,
    expires_at timestamptz,
    revoked_at timestamptz,
    revoked_by text,
    replaced_by text,
    last_used_at timestamptz
  )`,
  `create index keys_by_name on keys (name, created_at)`,
  `update pipelines set creator = 'arn:aws:iam::' || account_id || ':user/' || creator where creator not like 'arn:%'`,
];
