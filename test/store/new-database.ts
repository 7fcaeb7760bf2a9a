import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** The database of each server that has the migrations of the store, to be copied; nobody connects to it. */
export const MIGRATED = 'migrated';

/** A new database on the server at `serverUrl`, empty or a copy of `template`; answers its URL. */
export async function createDatabase(
  serverUrl: string,
  { name = `test_${randomBytes(8).toString('hex')}`, template }: { name?: string; template?: string } = {},
): Promise<string> {
  await execute(serverUrl, `create database ${name}${template === undefined ? '' : ` template ${template}`}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** Removes a database, whoever is connected to it. */
export async function dropDatabase(serverUrl: string, url: string): Promise<void> {
  await execute(serverUrl, `drop database ${new URL(url).pathname.slice(1)} with (force)`);
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
