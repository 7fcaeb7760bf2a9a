import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { pipeline } from 'node:stream/promises';
import { inTransaction } from '../sql/connection.js';
import { createTableIfAbsent } from '../sql/create-table.js';
import { postgresSession } from '../sql/postgres-session.js';
import type { JdbcKind } from '../../model/database/jdbc-url.js';
import type { OracleDatabase, SqlServerDatabase } from '../sql/database.js';
import { ServerError } from '../sql/server-error.js';
import { withRowSession, type SqlDrivers } from '../sql/session.js';
import { copyPlace, sqlFailure } from '../sql/sql-failure.js';
import { countPlaceholders, replacePlaceholders } from '../sql/sql-text.js';
import { quoted, workFailure } from '../storage/work-failure.js';
import { copyTargetOf, type CopyTarget } from './copy-target.js';
import type { SqlEnd } from './copy-ends.js';
import { postgresText, type Dialect } from './dialect.js';
import { utf8, type RecordFields } from './record-parser.js';

/** What is written to a table: the same records in the form that the way of writing needs. */
export interface RecordInput {
  /** Bytes in `dialect`, every record with `columns` columns. */
  asText(dialect: Dialect, columns: number): AsyncIterable<Buffer>;
  /** Parsed, in pieces. */
  asFields(columns: number): AsyncIterable<readonly RecordFields[]>;
  /** Wished for as separator, so that most bytes need no change. */
  readonly columnSeparator: string;
  /** Where record `number` (from 1, over all sources) stands, for messages. */
  placeOf(record: number): string;
}

/** What reading from and writing to a database needs beside its node. */
export interface SqlOptions {
  readonly signal: AbortSignal;
  readonly drivers?: SqlDrivers | undefined;
  /** Awaited at the last moment before a commit. When it rejects, nothing is committed. */
  readonly beforeVisible?: (() => Promise<void>) | undefined;
}

/** Records sent before the answers to the ones before are awaited. */
const PIPELINED_RECORDS = 500;

/**
 * Writes records with the node's insertQuery in ONE transaction: after an error or a cancel nothing of them is there. A
 * plain `INSERT INTO t (…) VALUES (?, …)` is done by COPY, which is the same and many times faster; anything else is
 * prepared once and run for each record. Without insertQuery, all columns of the table are written in their order (our
 * choice). SQL Server and Oracle need an insertQuery, and take it in batches. The table is made from createTableSql when it is absent, in the same transaction.
 * At least once: an attempt repeated after its commit inserts again, unless the insertQuery says what a conflict means.
 */
export async function writeSql(end: SqlEnd, input: RecordInput, options: SqlOptions): Promise<void> {
  const { database } = end;
  if (database.kind !== 'postgresql') return insertRecords(end, database, input, options);
  const { signal, beforeVisible } = options;
  const byCopy = await inTransaction(database, { signal, beforeVisible }, async (client) => {
    await createTableIfAbsent(postgresSession(client), end);
    const target = await copyTargetOf(client, end);
    if (target === undefined) {
      await client.query('ROLLBACK'); // the table is made again in the transaction that fills it
      return false;
    }
    await copyInto(client, end, target, input, signal);
    return true;
  });
  if (byCopy) return;
  await inTransaction(database, { signal, beforeVisible, pipeline: true }, async (client) => {
    await createTableIfAbsent(postgresSession(client), end);
    await insertEach(client, end, input);
  });
}

/** Records of SQL Server and Oracle, in one transaction. */
async function insertRecords(
  end: SqlEnd,
  database: SqlServerDatabase | OracleDatabase,
  input: RecordInput,
  { signal, drivers, beforeVisible }: SqlOptions,
): Promise<void> {
  const query = end.insertQuery;
  if (query === undefined) {
    throw workFailure(
      'InvalidField',
      `Object "${end.objectId}": expected an insertQuery, which PostgreSQL alone can do without`,
    );
  }
  const columns = columnsOf(end, query, database.kind);
  const doing = `write to "${end.objectId}"`;
  await withRowSession(database, { signal, drivers }, async (session) => {
    await createTableIfAbsent(session, end);
    const inserter = session.inserter(query, columns);
    let number = 0;
    let waiting: (string | null)[][] = [];
    const send = async (): Promise<void> => {
      const records = waiting;
      waiting = [];
      try {
        await inserter.insert(records);
      } catch (error) {
        throw sqlFailure(error, `${doing}: ${placeOfError(error, number, records, input)}`, {
          asRecord: true,
        });
      }
      number += records.length;
    };
    try {
      await session.begin();
    } catch (error) {
      throw sqlFailure(error, doing);
    }
    for await (const records of input.asFields(columns)) {
      for (const fields of records) {
        if (fields.length !== columns)
          throw oddRecord(input.placeOf(number + waiting.length + 1), fields.length, columns);
        waiting.push(fields.map((value) => (value === null ? null : utf8(value))));
        if (waiting.length >= inserter.recordsAtOnce) await send();
      }
    }
    if (waiting.length > 0) await send();
    signal.throwIfAborted();
    await beforeVisible?.();
    try {
      await session.commit();
    } catch (error) {
      throw sqlFailure(error, doing);
    }
  });
}

/** Which of the records it was, where the server tells; else where they begin and how many they are. */
function placeOfError(
  error: unknown,
  before: number,
  records: readonly (readonly (string | null)[])[],
  input: RecordInput,
): string {
  const known = error instanceof ServerError ? error.facts.record : undefined;
  const index = known ?? (records.length === 1 ? 0 : undefined);
  if (index === undefined) return `one of ${records.length} records from ${input.placeOf(before + 1)} on`;
  const values = quoted((records[index] ?? []).map((value) => value ?? 'NULL').join(', '));
  return `${input.placeOf(before + index + 1)}, values ${values}`;
}

function columnsOf(end: SqlEnd, query: string, kind: JdbcKind): number {
  const columns = countPlaceholders(query, kind);
  if (columns > 0) return columns;
  throw workFailure(
    'InvalidField',
    `Object "${end.objectId}": insertQuery ${quoted(query)} has no placeholder "?"; expected one for each column`,
  );
}

function oddRecord(place: string, found: number, expected: number): Error {
  return workFailure('BadRecord', `${place} has ${found} columns; insertQuery expects ${expected}`);
}

async function copyInto(
  client: pg.Client,
  end: SqlEnd,
  { relation, columns }: CopyTarget,
  input: RecordInput,
  signal: AbortSignal,
): Promise<void> {
  // PostgreSQL takes no letter, digit, backslash or dot as DELIMITER.
  const separator = /[a-z0-9\\.\r\n]/i.test(input.columnSeparator) ? '\t' : input.columnSeparator;
  const statement =
    `COPY ${relation} (${columns.map((name) => client.escapeIdentifier(name)).join(', ')}) ` +
    `FROM STDIN WITH (FORMAT text, DELIMITER ${client.escapeLiteral(separator)})`;
  const bytes = input.asText(postgresText(separator), columns.length);
  try {
    await pipeline(bytes, client.query(copyFrom(statement, { highWaterMark: 1024 * 1024 })), { signal });
  } catch (error) {
    signal.throwIfAborted();
    const place = copyPlace(error);
    const column = place?.column === undefined ? '' : `, column ${quoted(place.column)}`;
    const where = place === undefined ? '' : `: ${input.placeOf(place.record)}${column}`;
    throw sqlFailure(error, `write to "${end.objectId}"${where}`, { asRecord: true });
  }
}

async function insertEach(client: pg.Client, end: SqlEnd, input: RecordInput): Promise<void> {
  const query = end.insertQuery ?? '';
  const columns = columnsOf(end, query, 'postgresql');
  const text = replacePlaceholders(query, (index) => `$${index + 1}`);
  let number = 0;
  for await (const records of input.asFields(columns)) {
    for (let from = 0; from < records.length; from += PIPELINED_RECORDS) {
      const slice = records.slice(from, from + PIPELINED_RECORDS);
      const odd = slice.findIndex((fields) => fields.length !== columns);
      if (odd >= 0) {
        throw oddRecord(input.placeOf(number + odd + 1), slice[odd]?.length ?? 0, columns);
      }
      const answers = slice.map((fields) => {
        const values = fields.map((value) => (value === null ? null : utf8(value)));
        return client.query({ name: 'insert', text, values });
      });
      // The first that failed is the one to name: those behind it failed because of it.
      const results = await Promise.allSettled(answers);
      const failed = results.findIndex((result) => result.status === 'rejected');
      const result = results[failed];
      if (result?.status === 'rejected') {
        const values = quoted(
          (slice[failed] ?? []).map((value) => (value === null ? 'NULL' : utf8(value))).join(', '),
        );
        const place = `${input.placeOf(number + failed + 1)}, values ${values}`;
        throw sqlFailure(result.reason, `write to "${end.objectId}": ${place}`, { asRecord: true });
      }
      number += slice.length;
    }
  }
}
