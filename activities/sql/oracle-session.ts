import { workFailure } from '../storage/work-failure.js';
import type { OracleDatabase } from './database.js';
import {
  loadOracleDriver,
  type OracleColumn,
  type OracleConnection,
  type OracleDriver,
} from './oracle-driver.js';
import { ORACLE_FORMATS, oracleFetch, oracleSelect, oracleText } from './oracle-values.js';
import { oracleError, ServerError } from './server-error.js';
import type { OpenSession, RowSession } from './session.js';
import { sqlFailure } from './sql-failure.js';
import { replacePlaceholders } from './sql-text.js';

/** Rows fetched, and records written, at a time. */
const PIECE_ROWS = 500;

/** How long a server may take to answer that it has stopped; the connection is then broken without it. */
const CANCEL_TIMEOUT_MS = 5000;

/** Texts of dates are read as they are written by `oracleSelect`, whatever the database's own settings are. */
const WRITING_FORMATS =
  `ALTER SESSION SET NLS_DATE_FORMAT = '${ORACLE_FORMATS.date}' NLS_TIMESTAMP_FORMAT = '${ORACLE_FORMATS.timestamp}' ` +
  `NLS_TIMESTAMP_TZ_FORMAT = '${ORACLE_FORMATS.timestampTz}' NLS_NUMERIC_CHARACTERS = '.,'`;

/** Opens a session. @throws ConnectionFailed, AccessDenied */
export async function openOracle(database: OracleDatabase, given?: OracleDriver): Promise<OpenSession> {
  const driver = given ?? (await loadOracleDriver());
  const connection = await connect(driver, database);
  let running: Promise<unknown> | undefined;

  /** Does one thing at a time, and remembers it for `cancel`. */
  const run = async <T>(work: () => Promise<T>, isMany = false): Promise<T> => {
    const working = work();
    running = working.catch(() => undefined).finally(() => (running = undefined));
    try {
      return await working;
    } catch (error) {
      throw errorOf(error, isMany);
    }
  };
  const execute = (text: string, values: readonly (string | null)[] = []) =>
    run(() => connection.execute(text, values, { resultSet: true, outFormat: driver.OUT_FORMAT_ARRAY }));

  const session: RowSession = {
    async execute(text, values) {
      const { rowsAffected, resultSet } = await execute(text, values);
      let rows = rowsAffected;
      if (resultSet !== undefined) {
        rows = 0;
        for (;;) {
          const { length } = await run(() => resultSet.getRows(PIECE_ROWS));
          rows += length;
          if (length < PIECE_ROWS) break;
        }
        await resultSet.close();
      }
      return rows === undefined ? [] : [rows === 1 ? '1 row' : `${rows} rows`];
    },
    begin: () => Promise.resolve(), // the first statement begins a transaction by itself
    commit: () => run(() => connection.commit()),
    async hasTable(table) {
      try {
        await execute(`SELECT 1 FROM ${table} WHERE 1 = 0`);
        return true;
      } catch (error) {
        if (error instanceof ServerError && error.facts.label === 'ORA-00942') return false;
        throw error;
      }
    },
    async *rows(query) {
      const { metaData = [] } = await run(() => connection.getStatementInfo(query));
      const { resultSet } = await run(() =>
        connection.execute(oracleSelect(query, metaData), [], {
          resultSet: true,
          outFormat: driver.OUT_FORMAT_ARRAY,
          fetchTypeHandler(column) {
            const kind = oracleFetch(column);
            return kind === undefined ? undefined : { type: driver[kind] };
          },
        }),
      );
      if (resultSet === undefined)
        throw new ServerError('the statement is no query', { type: 'InvalidField' });
      for (;;) {
        const rows = await run(() => resultSet.getRows(PIECE_ROWS));
        if (rows.length > 0)
          yield rows.map((row) => row.map((value, index) => textOf(value, metaData[index])));
        if (rows.length < PIECE_ROWS) break;
      }
      await resultSet.close();
    },
    inserter(query) {
      const text = replacePlaceholders(query.replace(/[\s;]+$/, ''), (index) => `:${index + 1}`, 'oracle');
      let isReady = false;
      return {
        recordsAtOnce: PIECE_ROWS,
        async insert(records) {
          if (!isReady) await execute(WRITING_FORMATS);
          isReady = true;
          await run(() => connection.executeMany(text, records), true);
        },
      };
    },
  };
  return {
    session,
    async cancel() {
      if (running !== undefined) await soon(Promise.all([running, connection.break()]));
    },
    // What has not been committed is rolled back.
    close: () => soon(connection.close()),
  };
}

function textOf(value: unknown, column: OracleColumn | undefined): string | null {
  try {
    return oracleText(value, column ?? { name: '', dbTypeName: '' });
  } catch (error) {
    if (error instanceof TypeError) throw new ServerError(error.message, { type: 'InvalidField' });
    throw error;
  }
}

async function connect(driver: OracleDriver, database: OracleDatabase): Promise<OracleConnection> {
  const { user, password, connectString, connectTimeoutMs, label } = database;
  try {
    return await driver.getConnection({
      user,
      password,
      connectString,
      connectTimeout: Math.ceil(connectTimeoutMs / 1000),
      retryCount: 0,
      program: 'penstock',
    });
  } catch (error) {
    const doing = `connect to ${label} as "${user}"`;
    const failure = errorOf(error, false);
    // Whatever the reason is, there is no connection.
    if (failure.facts.type !== 'SqlFailed') throw sqlFailure(failure, doing, { secrets: [password] });
    const text = sqlFailure(failure, doing, { secrets: [password] }).message;
    throw workFailure('ConnectionFailed', text);
  }
}

/** Waits for the end, whatever it is, for a while: a server that is away must not hold the attempt. */
async function soon(ended: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, CANCEL_TIMEOUT_MS);
  });
  await Promise.race([ended.catch(() => undefined), late]);
  clearTimeout(timer);
}

function errorOf(error: unknown, isMany: boolean): ServerError {
  if (error instanceof ServerError) return error;
  const { errorNum, message, offset } = error as { errorNum?: unknown; message?: unknown; offset?: unknown };
  const number = typeof errorNum === 'number' ? errorNum : 0;
  const text = typeof message === 'string' ? message : String(error);
  const at = typeof offset === 'number' ? offset : undefined;
  // With several records the offset tells which of them it was.
  if (!isMany) return oracleError(number, text, at);
  const { facts, message: shown } = oracleError(number, text);
  return new ServerError(shown, { ...facts, ...(at === undefined ? {} : { record: at }) });
}
