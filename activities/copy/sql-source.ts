import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import QueryStream from 'pg-query-stream';
import { withConnection } from '../sql/connection.js';
import { withRowSession, type RowSession } from '../sql/session.js';
import { sqlFailure } from '../sql/sql-failure.js';
import { statementsOf, withoutLeadingComments } from '../sql/sql-text.js';
import { workFailure } from '../storage/work-failure.js';
import type { SqlEnd } from './copy-ends.js';
import { postgresText, type Dialect } from './dialect.js';
import type { SqlOptions } from './sql-target.js';
import { recordFormatter } from './record-formatter.js';

/** Rows fetched at a time where COPY cannot run the query. */
const CURSOR_ROWS = 500;

/** Records of a query, in PostgreSQL's text format. */
export interface SqlSource {
  readonly dialect: Dialect;
  readonly bytes: AsyncIterable<Buffer>;
}

/** Reads a node's rows in a connection of their own, for as long as `work` takes. */
export async function withSqlSource<T>(
  end: SqlEnd,
  columnSeparator: string,
  { signal, drivers }: SqlOptions,
  work: (source: SqlSource) => Promise<T>,
): Promise<T> {
  const { database } = end;
  return database.kind === 'postgresql'
    ? withConnection(database, { signal }, async (client) =>
        work(await readSql(client, end, columnSeparator)),
      )
    : withRowSession(database, { signal, drivers }, (session) =>
        work({ dialect: postgresText('\t'), bytes: byRows(session, end) }),
      );
}

/** Values are written as the database itself shows them; see sqlserver-values.ts and oracle-values.ts. */
async function* byRows(session: RowSession, end: SqlEnd): AsyncGenerator<Buffer> {
  const query = (end.selectQuery ?? `SELECT * FROM ${end.table}`).replace(/[\s;]+$/, '');
  const format = recordFormatter(postgresText('\t'));
  try {
    for await (const rows of session.rows(query)) {
      let text = '';
      for (const row of rows) text += format(row.map(latin1Of));
      yield Buffer.from(text, 'latin1');
    }
  } catch (error) {
    throw sqlFailure(error, readingOf(end), { statement: query });
  }
}

/** A record is handled as bytes, each a character. */
function latin1Of(value: string | null): string | null {
  return value === null ? null : Buffer.from(value).toString('latin1');
}

/**
 * Reads the rows of a node's selectQuery, or of its whole table. Values are written as PostgreSQL itself writes them
 * (`t`, `2024-01-31 00:00:00+00`, `{1,2}`). Several statements: all but the last prepare for it.
 * `columnSeparator` is a wish: with it, most bytes need no change on their way to a file.
 */
async function readSql(client: pg.Client, end: SqlEnd, columnSeparator: string): Promise<SqlSource> {
  const statements = statementsOf(end.selectQuery ?? `SELECT * FROM ${end.table}`);
  const query = statements.pop();
  if (query === undefined) {
    throw workFailure('InvalidField', `Object "${end.objectId}": its selectQuery has no statement`);
  }
  for (const statement of statements) {
    try {
      await client.query(statement);
    } catch (error) {
      throw sqlFailure(error, readingOf(end), { statement });
    }
  }
  if (!/^(select|with|values|table|\()/i.test(withoutLeadingComments(query))) {
    return { dialect: postgresText('\t'), bytes: byCursor(client, query, end) };
  }
  // PostgreSQL takes no letter, digit, backslash or dot as DELIMITER.
  const separator = /[a-z0-9\\.\r\n]/i.test(columnSeparator) ? '\t' : columnSeparator;
  return { dialect: postgresText(separator), bytes: byCopy(client, query, separator, end) };
}

async function* byCopy(
  client: pg.Client,
  query: string,
  separator: string,
  end: SqlEnd,
): AsyncGenerator<Buffer> {
  // The query may end in a comment: the parenthesis needs a line of its own.
  const head = 'COPY (';
  const statement = `${head}${query}\n) TO STDOUT WITH (FORMAT text, DELIMITER ${client.escapeLiteral(separator)})`;
  try {
    yield* client.query(copyTo(statement)) as AsyncIterable<Buffer>;
  } catch (error) {
    throw sqlFailure(error, readingOf(end), { statement });
  }
}

/** For what is no SELECT (SHOW, EXPLAIN, EXECUTE…): COPY does not take it. */
async function* byCursor(client: pg.Client, query: string, end: SqlEnd): AsyncGenerator<Buffer> {
  const format = recordFormatter(postgresText('\t'));
  // Values stay the text that the server sent.
  const types = { getTypeParser: () => (value: string) => value };
  try {
    const rows = client.query(
      new QueryStream(query, [], { batchSize: CURSOR_ROWS, rowMode: 'array', types }),
    );
    for await (const row of rows as AsyncIterable<(string | null)[]>) {
      yield Buffer.from(format(row.map(latin1Of)), 'latin1');
    }
  } catch (error) {
    throw sqlFailure(error, readingOf(end), { statement: query });
  }
}

function readingOf(end: SqlEnd): string {
  return `read "${end.objectId}"`;
}
