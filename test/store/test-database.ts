import { afterAll, beforeAll, inject } from 'vitest';
import { Database } from '../../src/store/database.js';
import { createDatabase, dropDatabase, MIGRATED } from './new-database.js';

/** The servers that every test of the store runs on: as embedded, and as given by DATABASE_URL. */
export const SERVERS = [
  ['PostgreSQL 15', 'postgresUrl'] as const,
  ['PostgreSQL 18', 'postgresExternalUrl'] as const,
];

export type ServerName = (typeof SERVERS)[number][1];

/** A migrated database of the spec's own, dropped after it. */
export function useDatabase(server: ServerName): { readonly database: Database; readonly url: string } {
  let opened: { database: Database; url: string } | undefined;
  beforeAll(async () => {
    const url = await createDatabase(inject(server), { template: MIGRATED });
    opened = { database: new Database(url), url };
  });
  afterAll(async () => {
    if (opened === undefined) return;
    await opened.database.close();
    await dropDatabase(inject(server), opened.url);
  });
  const ready = (): { database: Database; url: string } => {
    if (opened === undefined) throw new Error('The database is there from beforeAll on');
    return opened;
  };
  return {
    get database() {
      return ready().database;
    },
    get url() {
      return ready().url;
    },
  };
}
