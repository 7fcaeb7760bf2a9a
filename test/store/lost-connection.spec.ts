import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { SERVERS, useDatabase } from './test-database.js';

describe.each(SERVERS)('a connection that is cut on %s', (_version, server) => {
  const store = useDatabase(server);

  it('fails the transaction that has it, between two statements too, and nothing else', async () => {
    const { kysely } = store.database;
    const transaction = kysely.transaction().execute(async (trx) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(trx);
      await sql`select pg_terminate_backend(${rows[0]?.pid})`.execute(kysely);
      // It is idle, and in use: nobody waits for an answer through which the end could be told.
      for (;;) {
        const { rows: alive } = await sql`select 1 from pg_stat_activity where pid = ${rows[0]?.pid}`.execute(
          kysely,
        );
        if (alive.length === 0) break;
      }
      await sql`select 1`.execute(trx);
    });
    await expect(transaction).rejects.toThrow(/[Cc]onnection/);
    const { rows } = await sql<{ one: number }>`select 1 as one`.execute(kysely);
    expect(rows).toEqual([{ one: 1 }]);
  });
});
