import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { instantOfTimestamptz } from './instant.js';
import { migrations } from './migrations/index.js';
import { runMigrations } from './migrator.js';
import type { Schema } from './schema.js';

/** Connections of one process. The hot path holds one for a few milliseconds, so few are enough; PostgreSQL's default allows 100. */
const POOL_SIZE = 10;
/** Also for a place among the connections, on a machine that is very busy. */
const CONNECT_TIMEOUT_MS = 20_000;

/**
 * Connections to the store. int8 is read as number (positions and counts stay below 2^53), timestamptz as ISO-8601 UTC text.
 * Close it with `destroy()`.
 */
export function openDatabase(databaseUrl: string, applicationName = 'penstock'): Kysely<Schema> {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: POOL_SIZE,
    application_name: applicationName,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    // Text of timestamptz must not depend on the server's or the role's time zone. Whoever reads a page wants its first rows: the workers
    // of a parallel plan read on far beyond them (392,000 buffers for 20,000).
    options:
      '-c timezone=UTC -c default_transaction_isolation=read\\ committed -c max_parallel_workers_per_gather=0',
    types: { getTypeParser },
  });
  // A connection that breaks while it is idle is replaced at its next use: the next query tells, if there is something to tell.
  pool.on('error', () => undefined);
  // One that breaks while it is in use fails its next query. Unheard, its event would end the process.
  pool.on('connect', (client) => void client.on('error', () => undefined));
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
}

/** Brings the schema up to date. Any number of processes may call it at the same time. @throws when the schema is newer than this code. */
export async function migrate(db: Kysely<Schema>): Promise<void> {
  await runMigrations(db, migrations);
}

/** The store's connections, as Nest injects them. */
@Injectable()
export class Database implements OnApplicationShutdown {
  readonly kysely: Kysely<Schema>;

  constructor(databaseUrl: string, applicationName?: string) {
    this.kysely = openDatabase(databaseUrl, applicationName);
  }

  /** Ends all connections after their running statements. */
  async close(): Promise<void> {
    await this.kysely.destroy();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.close();
  }
}

const TIMESTAMPTZ = 1184;
const INT8 = 20;

function getTypeParser(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
  if (oid === TIMESTAMPTZ) return instantOfTimestamptz;
  if (oid === INT8) return Number;
  // pg's declared type knows the built-in oids only; it takes any.
  return pg.types.getTypeParser(oid, format as 'text') as (value: string) => unknown;
}
