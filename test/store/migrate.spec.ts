import { sql } from 'kysely';
import { describe, expect, inject, it } from 'vitest';
import { migrate, openDatabase } from '../../src/store/database.js';
import { migrations } from '../../src/store/migrations/index.js';
import { createDatabase, dropDatabase } from './new-database.js';
import { SERVERS } from './test-database.js';

describe.each(SERVERS)('migrate on %s', (_version, server) => {
  it('runs once, whoever starts at the same time, and refuses a schema from the future', async () => {
    const url = await createDatabase(inject(server));
    const starters = Array.from({ length: 6 }, () => openDatabase(url));
    const [first = openDatabase(url)] = starters;
    try {
      await Promise.all(starters.map(migrate));
      await migrate(first);
      const done = await sql<{ name: string }>`select name from migration`.execute(first);
      expect(done.rows).toEqual(Object.keys(migrations).map((name) => ({ name })));
      await sql`insert into migration (name, timestamp) values ('9999-later', '2100-01-01')`.execute(first);
      await expect(migrate(first)).rejects.toThrow(
        `The database was migrated by a newer Penstock (9999-later): expected at most ${Object.keys(migrations).at(-1)}`,
      );
      const locks = await sql`select 1 from pg_locks where locktype = 'advisory'
        and database = (select oid from pg_database where datname = current_database())`.execute(first);
      expect(locks.rows).toEqual([]);
    } finally {
      await Promise.all(starters.map((db) => db.destroy()));
      await dropDatabase(inject(server), url);
    }
  });

  it('reads instants as UTC text, whatever the time zone of the role', async () => {
    const url = await createDatabase(inject(server));
    const db = openDatabase(url);
    try {
      const { rows } =
        await sql`select '2030-01-01T02:00:00.25+02'::timestamptz as at, 9007199254740991::bigint as big,
        '1999-12-31T23:59:59Z'::timestamptz as whole, null::timestamptz as absent`.execute(db);
      expect(rows).toEqual([
        {
          at: '2030-01-01T00:00:00.250Z',
          big: Number.MAX_SAFE_INTEGER,
          whole: '1999-12-31T23:59:59Z',
          absent: null,
        },
      ]);
    } finally {
      await db.destroy();
      await dropDatabase(inject(server), url);
    }
  });
});
