import pg from 'pg';
import type { PostgresDatabase } from './database.js';
import { sqlFailure } from './sql-failure.js';

/** How a connection is used. */
export interface ConnectionOptions {
  /** Ends what runs on the server, and the connection. The call then throws `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /** Statements are sent without waiting for the answer to the one before. Not with COPY. */
  readonly pipeline?: boolean;
  /** Of a transaction: awaited at the last moment before the commit. When it rejects, all is rolled back. */
  readonly beforeVisible?: (() => Promise<void>) | undefined;
}

/**
 * Runs `work` on a new connection and closes it. On abort, the session is ended on the server too: a connection that
 * merely breaks is noticed there only when the query writes its next row.
 * @throws ConnectionFailed, AccessDenied; what `work` throws passes as it is.
 */
export async function withConnection<T>(
  database: PostgresDatabase,
  { signal, pipeline = false }: ConnectionOptions,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const client = await connect(database, pipeline);
  // An idle connection that breaks emits an error, which would end the process; the next query fails by itself.
  client.on('error', () => undefined);
  let cancelled: Promise<void> | undefined;
  const onAbort = (): void => {
    cancelled = endOnServer(database, client);
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    if (signal?.aborted === true) onAbort();
    signal?.throwIfAborted();
    return await work(client);
  } catch (error) {
    signal?.throwIfAborted();
    // The work may have failed elsewhere (its target cannot be written) while a query runs.
    await endOnServer(database, client);
    throw error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
    await cancelled;
    // Closing a connection whose transaction is open rolls it back; it may be broken already, which changes nothing.
    await client.end().catch(() => undefined);
  }
}

/** Runs `work` in a transaction of a new connection: committed when it returns, rolled back when it throws. */
export async function inTransaction<T>(
  database: PostgresDatabase,
  options: ConnectionOptions,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  return withConnection(database, options, async (client) => {
    await client.query('BEGIN');
    const result = await work(client);
    options.signal?.throwIfAborted();
    await options.beforeVisible?.();
    await client.query('COMMIT');
    return result;
  });
}

async function connect(database: PostgresDatabase, pipeline: boolean): Promise<pg.Client> {
  const { host, port, user, password, connectTimeoutMs, applicationName, settings } = database;
  let failure: unknown;
  for (const ssl of database.encryption) {
    const client = new pg.Client({
      host,
      port,
      user,
      password,
      database: database.database,
      ssl,
      connectionTimeoutMillis: connectTimeoutMs,
      application_name: applicationName,
      keepAlive: true,
      ...(pipeline ? { pipeline } : {}),
    });
    client.on('error', () => undefined); // also rejects `connect`, which is where it is handled
    try {
      await client.connect();
      for (const [name, value] of Object.entries({ client_encoding: 'UTF8', ...settings })) {
        await client.query('SELECT set_config($1, $2, false)', [name, value]);
      }
      return client;
    } catch (error) {
      failure = error;
      await client.end().catch(() => undefined);
      // An answer of the server or of the system (they carry a code) will be the same without encryption.
      if (typeof (error as { code?: unknown }).code === 'string') break;
    }
  }
  throw sqlFailure(failure, `connect to ${host}:${port}/${database.database} as "${user}"`);
}

async function endOnServer(database: PostgresDatabase, client: pg.Client): Promise<void> {
  const { processID } = client as unknown as { processID: number | null };
  try {
    const other = await connect(database, false);
    try {
      // Not pg_cancel_backend: it does nothing when the query has been sent and not begun, which then runs to its end.
      await other.query('SELECT pg_terminate_backend($1)', [processID]);
    } finally {
      await other.end();
    }
  } catch {
    // The server does not answer: breaking the connection, which comes next, is all that is left to do.
  } finally {
    await client.end().catch(() => undefined);
  }
}
