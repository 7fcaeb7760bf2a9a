import type pg from 'pg';
import { runStatement } from './run-statement.js';
import type { Session } from './session.js';

/** A session on a connection to PostgreSQL. It takes no values: a script's are literals in its text. */
export function postgresSession(client: pg.Client): Session {
  return {
    execute: (text) => runStatement(client, text),
    begin: async () => void (await client.query('BEGIN')),
    commit: async () => void (await client.query('COMMIT')),
    async hasTable(table) {
      const query = 'SELECT to_regclass($1) IS NOT NULL AS found';
      return (await client.query<{ found: boolean }>(query, [table])).rows[0]?.found === true;
    },
  };
}
