import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { pipeline } from 'node:stream/promises';
import { inTransaction } from '../sql/connection.js';
import { createTableIfAbsent } from '../sql/create-table.js';
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

/** Records sent before the answers to the ones before are awaited. */
const PIPELINED_RECORDS = 500;

/**
 * Writes records with the node's insertQuery in ONE transaction: after an error or a cancel nothing of them is there. A
 * plain `INSERT INTO t (…) VALUES (?, …)` is done by COPY, which is the same and many times faster; anything else is
 * prepared once and run for each record. Without insertQuery, all columns of the table are written in their order (our
 * choice). The table is made from createTableSql when it is absent, in the same transaction.
 * At least once: an attempt repeated after its commit inserts again, unless the insertQuery says what a conflict means.
 */
export async function writeSql(end: SqlEnd, input: RecordInput, signal: AbortSignal): Promise<void> {
  const byCopy = await inTransaction(end.database, { signal }, async (client) => {
    await createTableIfAbsent(client, end);
    const target = await copyTargetOf(client, end);
    if (target === undefined) {
      await client.query('ROLLBACK'); // the table is made again in the transaction that fills it
      return false;
    }
    await copyInto(client, end, target, input, signal);
    return true;
  });
  if (byCopy) return;
  await inTransaction(end.database, { signal, pipeline: true }, async (client) => {
    await createTableIfAbsent(client, end);
    await insertEach(client, end, input);
  });
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
  const columns = countPlaceholders(query);
  if (columns === 0) {
    throw workFailure(
      'InvalidField',
      `Object "${end.objectId}": insertQuery ${quoted(query)} has no placeholder "?"; expected one for each column`,
    );
  }
  const text = replacePlaceholders(query, (index) => `$${index + 1}`);
  let number = 0;
  for await (const records of input.asFields(columns)) {
    for (let from = 0; from < records.length; from += PIPELINED_RECORDS) {
      const slice = records.slice(from, from + PIPELINED_RECORDS);
      const odd = slice.findIndex((fields) => fields.length !== columns);
      if (odd >= 0) {
        throw workFailure(
          'BadRecord',
          `${input.placeOf(number + odd + 1)} has ${slice[odd]?.length} columns; insertQuery expects ${columns}`,
        );
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
