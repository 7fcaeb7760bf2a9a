import type { Session } from './session.js';
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
  session: Session,
  { objectId, table, createTableSql }: AbsentTable,
): Promise<void> {
  if (createTableSql === undefined) return;
  try {
    if (!(await session.hasTable(table))) await session.execute(createTableSql);
  } catch (error) {
    throw sqlFailure(error, `create the table of "${objectId}"`, { statement: createTableSql });
  }
}
