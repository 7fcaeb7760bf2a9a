import type { SqlServerDatabase, OracleDatabase, Database } from './database.js';
import { withConnection } from './connection.js';
import type { OracleDriver } from './oracle-driver.js';
import { postgresSession } from './postgres-session.js';

/** A connection to a database of whatever kind, as scripts need it. What it throws is for `sqlFailure` to name. */
export interface Session {
  /**
   * Runs one statement, or one text of several where the server takes that, and returns what it says of each
   * (`INSERT 3`). Rows of a result are thrown away as they come: they must not fill the memory.
   */
  execute(text: string, values?: readonly (string | null)[]): Promise<string[]>;
  begin(): Promise<void>;
  /** Also when the script has ended the transaction by itself. */
  commit(): Promise<void>;
  /** `table` as in SQL. */
  hasTable(table: string): Promise<boolean>;
}

/** A session that also gives and takes rows; PostgreSQL has its own, faster ways. */
export interface RowSession extends Session {
  /** The rows of a query in pieces, each value as text or NULL; read no faster than they are taken. */
  rows(query: string): AsyncIterable<readonly (readonly (string | null)[])[]>;
  /** Writes records by a statement with a placeholder `?` for each of `columns` columns. */
  inserter(query: string, columns: number): Inserter;
}

/** Writes records, some at once. */
export interface Inserter {
  readonly recordsAtOnce: number;
  /** @throws ServerError, with `record` where the server tells which of them it refuses */
  insert(records: readonly (readonly (string | null)[])[]): Promise<void>;
}

/** A session that has been opened, and the two ways to end it. */
export interface OpenSession {
  readonly session: RowSession;
  /** Ends what runs on the server, if anything does. Does not throw. */
  cancel(): Promise<void>;
  /** Closes the connection; what has not been committed is rolled back. Does not throw. */
  close(): Promise<void>;
}

/** How a session is used. */
export interface SessionOptions {
  /** Ends what runs on the server, and the session. The call then throws `signal.reason`. */
  readonly signal: AbortSignal;
  /** Gets what the server says beside results. */
  readonly onNotice?: (text: string) => void;
  readonly drivers?: SqlDrivers | undefined;
}

/** Drivers in place of the usual ones: there is no Oracle server in the tests. */
export interface SqlDrivers {
  readonly oracle?: OracleDriver;
}

/** Runs `work` in a session of a new connection and closes it. @throws ConnectionFailed, AccessDenied; what `work` throws */
export async function withSession<T>(
  database: Database,
  options: SessionOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  if (database.kind !== 'postgresql') return withRowSession(database, options, work);
  const { signal, onNotice } = options;
  return withConnection(database, { signal }, (client) => {
    client.on('notice', ({ severity, message }) => onNotice?.(`${severity ?? 'NOTICE'}: ${message ?? ''}`));
    return work(postgresSession(client));
  });
}

/** The same where rows are read or written. */
export async function withRowSession<T>(
  database: SqlServerDatabase | OracleDatabase,
  options: SessionOptions,
  work: (session: RowSession) => Promise<T>,
): Promise<T> {
  const { signal } = options;
  signal.throwIfAborted();
  const opened = await open(database, options);
  let cancelled: Promise<void> | undefined;
  const onAbort = (): void => {
    cancelled = opened.cancel();
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    signal.throwIfAborted();
    return await work(opened.session);
  } catch (error) {
    signal.throwIfAborted();
    // The work may have failed elsewhere (its target cannot be written) while a query runs.
    await opened.cancel();
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    await cancelled;
    await opened.close();
  }
}

// Drivers are loaded when they are needed: most runners never talk to these databases.
async function open(
  database: SqlServerDatabase | OracleDatabase,
  { onNotice = () => undefined, drivers }: SessionOptions,
): Promise<OpenSession> {
  switch (database.kind) {
    case 'sqlserver':
      return (await import('./sqlserver-session.js')).openSqlServer(database, onNotice);
    case 'oracle':
      return (await import('./oracle-session.js')).openOracle(database, drivers?.oracle);
  }
}
