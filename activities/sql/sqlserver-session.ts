import type { Connection, ConnectionConfiguration, Request } from 'tedious';
import tedious from 'tedious';
import { textOfError, workFailure } from '../storage/work-failure.js';
import type { SqlServerDatabase } from './database.js';
import { ServerError, sqlServerError } from './server-error.js';
import { multiRowInsert } from './multi-row-insert.js';
import type { OpenSession, RowSession } from './session.js';
import { sqlFailure } from './sql-failure.js';
import { replacePlaceholders } from './sql-text.js';
import { InexactValue, sqlServerText, type SqlServerColumn } from './sqlserver-values.js';

type Values = readonly (string | null)[];

/** Rows that are handed on at a time, and pieces that may wait before the server is not read any more. */
const PIECE_ROWS = 500;
const WAITING_PIECES = 4;

/** SQL Server takes 2100 parameters, two of which the driver needs, and 1000 rows of VALUES. */
const MOST_PARAMETERS = 2000;
const MOST_ROWS = 1000;

/** Severities up to this are notices: 0 is PRINT's. */
const LOGIN_NOTICES: ReadonlySet<number> = new Set([5701, 5703]);

/** Opens a session. `onNotice` gets what PRINT and RAISERROR say. @throws ConnectionFailed, AccessDenied */
export async function openSqlServer(
  database: SqlServerDatabase,
  onNotice: (text: string) => void,
): Promise<OpenSession> {
  const connection = await connect(database);
  // A connection that breaks between requests tells here; the next request fails by itself.
  connection.on('error', () => undefined);
  connection.on('infoMessage', ({ number, message }) => {
    if (!LOGIN_NOTICES.has(number)) onNotice(message);
  });
  let running: Promise<unknown> | undefined;

  /** Sends a request and waits for its end; one at a time. */
  const run = (
    text: string,
    values: Values = [],
    prepare: (request: Request) => void = () => undefined,
  ): Promise<void> => {
    const ended = new Promise<void>((resolve, reject) => {
      const request = new tedious.Request(text, (error) => (error ? reject(errorOf(error)) : resolve()));
      prepare(request);
      values.forEach((value, index) => request.addParameter(`p${index + 1}`, tedious.TYPES.NVarChar, value));
      // Without parameters not as a procedure: what a batch SETs and its temporary tables live on.
      if (values.length === 0) connection.execSqlBatch(request);
      else connection.execSql(request);
    });
    running = ended.catch(() => undefined).finally(() => (running = undefined));
    return ended;
  };

  const session: RowSession = {
    async execute(text, values) {
      const lines: string[] = [];
      const done = (rowCount: number | undefined): void => {
        if (rowCount !== undefined) lines.push(rowCount === 1 ? '1 row' : `${rowCount} rows`);
      };
      await run(text, values, (request) => void request.on('done', done).on('doneInProc', done));
      return lines;
    },
    begin: () => run('BEGIN TRANSACTION'),
    commit: () => run('WHILE @@TRANCOUNT > 0 COMMIT TRANSACTION'),
    async hasTable(table) {
      let found = false;
      const onRow = (columns: readonly { readonly value: unknown }[]): void => {
        found = columns[0]?.value !== null;
      };
      await run('SELECT OBJECT_ID(@p1)', [table], (request) => void request.on('row', onRow));
      return found;
    },
    rows: (query) => rowsOf((prepare) => run(query, [], prepare)),
    inserter(query, columns) {
      const multi = multiRowInsert(query);
      const recordsAtOnce =
        multi === undefined || columns === 0 ? 1 : Math.min(MOST_ROWS, Math.floor(MOST_PARAMETERS / columns));
      return {
        recordsAtOnce: Math.max(1, recordsAtOnce),
        async insert(records) {
          const text = records.length === 1 ? query : (multi?.(records.length) ?? query);
          await run(
            replacePlaceholders(text, (index) => `@p${index + 1}`, 'sqlserver'),
            records.flat(),
          );
        },
      };
    },
  };
  return {
    session,
    async cancel() {
      connection.cancel();
      await running;
    },
    async close() {
      connection.close();
      await running;
    },
  };
}

/** The rows of a request as they come, which is paused while nobody takes them. */
async function* rowsOf(
  start: (prepare: (request: Request) => void) => Promise<void>,
): AsyncGenerator<(string | null)[][]> {
  const pieces: (string | null)[][][] = [];
  let piece: (string | null)[][] = [];
  let columns: SqlServerColumn[] | undefined;
  let request: Request | undefined;
  let failure: unknown;
  let isOver = false;
  let wake: () => void = () => undefined;
  const ended = start((made) => {
    request = made;
    made.on('columnMetadata', (found) => {
      if (columns !== undefined)
        failure ??= new ServerError('the query has more than one result', { type: 'InvalidField' });
      columns = (Array.isArray(found) ? found : Object.values(found)).map(columnOf);
    });
    made.on('row', (row: readonly { readonly value: unknown }[]) => {
      if (failure !== undefined) return;
      try {
        piece.push(row.map(({ value }, index) => sqlServerText(value, columns?.[index] ?? NO_COLUMN)));
      } catch (error) {
        failure =
          error instanceof InexactValue ? new ServerError(error.message, { type: 'BadRecord' }) : error;
      }
      if (piece.length < PIECE_ROWS && failure === undefined) return;
      pieces.push(piece);
      piece = [];
      if (pieces.length >= WAITING_PIECES) made.pause();
      wake();
    });
  })
    .catch((error: unknown) => {
      failure ??= error;
    })
    .finally(() => {
      isOver = true;
      wake();
    });
  for (;;) {
    const next = pieces.shift();
    if (next !== undefined && next.length > 0) yield next;
    if (failure !== undefined) throw failure;
    if (pieces.length < WAITING_PIECES) request?.resume();
    if (pieces.length > 0) continue;
    if (isOver) break;
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
  await ended;
  if (piece.length > 0) yield piece;
}

const NO_COLUMN: SqlServerColumn = { name: '', type: '' };

function columnOf(found: {
  readonly colName: string;
  readonly type: { readonly name: string };
  readonly scale?: number | undefined;
  readonly dataLength?: number | undefined;
}): SqlServerColumn {
  return { name: found.colName, type: found.type.name, scale: found.scale, dataLength: found.dataLength };
}

/**
 * A connection that does not log in before it is encrypted, where it must be: when the server says that it knows no
 * encryption, the driver alone would go on and send the password for all to read.
 */
class EncryptedConnection extends tedious.Connection {
  #isSecure = false;

  constructor(
    config: ConnectionConfiguration,
    readonly mustBeSecure: boolean,
  ) {
    super(config);
    this.on('secure', () => {
      this.#isSecure = true;
    });
  }

  override sendLogin7Packet(): void {
    if (this.mustBeSecure && !this.#isSecure) {
      const text = 'the server has no encryption, which encrypt=true (the default) asks for';
      throw new tedious.ConnectionError(text, 'EENCRYPT');
    }
    this.#isSecure = false; // the server may send on to another
    super.sendLogin7Packet();
  }
}

async function connect(database: SqlServerDatabase): Promise<Connection> {
  const { host, port, instance, user, password, certificateName, authority } = database;
  const config: ConnectionConfiguration = {
    server: host,
    authentication: { type: 'default', options: { userName: user, password } },
    options: {
      ...(instance !== undefined && port === undefined ? { instanceName: instance } : { port: port ?? 1433 }),
      ...(database.database === undefined ? {} : { database: database.database }),
      encrypt: database.encrypt,
      trustServerCertificate: database.trustServerCertificate,
      ...(certificateName === undefined ? {} : { serverName: certificateName }),
      ...(authority === undefined ? {} : { cryptoCredentialsDetails: { ca: authority } }),
      connectTimeout: database.connectTimeoutMs,
      requestTimeout: 0,
      appName: database.applicationName,
      useUTC: true,
    },
  };
  const connection = new EncryptedConnection(config, database.encrypt === true);
  connection.on('error', () => undefined);
  const doing = `connect to ${database.label} as "${user}"`;
  return new Promise((resolve, reject) => {
    connection.connect((error) => {
      if (error === undefined) return resolve(connection);
      connection.close();
      reject(connectFailure(error, doing));
    });
  });
}

function connectFailure(error: unknown, doing: string): Error {
  const found = error instanceof AggregateError ? error.errors[0] : error;
  const text = textOfError(error);
  if (found instanceof tedious.ConnectionError && found.code === 'ELOGIN')
    return workFailure('AccessDenied', `Cannot ${doing}: ${text}`);
  const hint = /certificate|self.signed/i.test(text)
    ? ' (trustServerCertificate=true in the connectionString takes any certificate)'
    : '';
  return sqlFailure(new ServerError(text + hint, { type: 'ConnectionFailed' }), doing);
}

/** An error of a request: what the server said first, or that the connection is lost. */
function errorOf(error: unknown): Error {
  const found: unknown = error instanceof AggregateError ? error.errors[0] : error;
  if (found instanceof tedious.RequestError && found.number !== undefined)
    return sqlServerError(found.number, found.message, found.lineNumber);
  return new ServerError(textOfError(found) || 'the connection ended', { type: 'ConnectionFailed' });
}
