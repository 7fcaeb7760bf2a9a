import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, inject } from 'vitest';
import { Database, migrate } from '../../src/store/database.js';

/** The servers that every test of the store runs on: as embedded, and as given by DATABASE_URL. */
export const SERVERS = [
  ['PostgreSQL 15', 'postgresUrl'] as const,
  ['PostgreSQL 18', 'postgresExternalUrl'] as const,
];

export type ServerName = (typeof SERVERS)[number][1];

/** A new empty database on the server at `serverUrl`. */
export async function createDatabase(serverUrl: string): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = `store_${randomBytes(6).toString('hex')}`;
  await execute(serverUrl, `create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => execute(serverUrl, `drop database ${name} with (force)`) };
}

/** A migrated database of the spec's own, dropped after it. */
export function useDatabase(server: ServerName): { readonly database: Database; readonly url: string } {
  let opened: { database: Database; url: string; drop: () => Promise<void> } | undefined;
  beforeAll(async () => {
    const { url, drop } = await createDatabase(inject(server));
    opened = { database: new Database(url), url, drop };
    await migrate(opened.database.kysely);
  });
  afterAll(async () => {
    await opened?.database.close();
    await opened?.drop();
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

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
