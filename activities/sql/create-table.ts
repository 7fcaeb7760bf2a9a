import type pg from 'pg';
import { sqlFailure } from './sql-failure.js';

/** A table that may have to be made. */
export interface AbsentTable {
  readonly objectId: string;
  /** As in SQL, with its schema where one is given. */
  readonly table: string;
  readonly createTableSql?: string;
}

/** Makes the node's table from its createTableSql when it is not there. */
export async function createTableIfAbsent(
  client: pg.Client,
  { objectId, table, createTableSql }: AbsentTable,
): Promise<void> {
  if (createTableSql === undefined) return;
  try {
    const { rows } = await client.query<{ found: boolean }>('SELECT to_regclass($1) IS NOT NULL AS found', [
      table,
    ]);
    if (rows[0]?.found !== true) await client.query(createTableSql);
  } catch (error) {
    throw sqlFailure(error, `create the table of "${objectId}"`, { statement: createTableSql });
  }
}
