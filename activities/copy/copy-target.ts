import type pg from 'pg';
import { sqlFailure } from '../sql/sql-failure.js';
import { withoutLeadingComments } from '../sql/sql-text.js';
import { workFailure } from '../storage/work-failure.js';
import type { SqlEnd } from './copy-ends.js';

/** A table and the columns, in order, that COPY writes. */
export interface CopyTarget {
  /** As in SQL. */
  readonly relation: string;
  readonly columns: readonly string[];
}

const NAME = '(?:[A-Za-z_\\u0080-\\uffff][\\w$\\u0080-\\uffff]*|"(?:[^"]|"")+")';
const PLAIN_INSERT = new RegExp(
  `^insert\\s+into\\s+(${NAME}(?:\\s*\\.\\s*${NAME})*)\\s*(?:\\(([^()]*)\\)\\s*)?` +
    'values\\s*\\(\\s*(\\?(?:\\s*,\\s*\\?)*)\\s*\\)\\s*;?$',
  'i',
);

/**
 * What COPY would write to do the same as the insertQuery; undefined when it would not be the same: the query does more
 * than insert its placeholders, or the relation is no table, has rules (COPY does not run them) or row security (COPY
 * refuses it).
 */
export async function copyTargetOf(client: pg.Client, end: SqlEnd): Promise<CopyTarget | undefined> {
  const { insertQuery, table, objectId } = end;
  const match =
    insertQuery === undefined ? undefined : PLAIN_INSERT.exec(withoutLeadingComments(insertQuery));
  if (match === null) return undefined;
  const relation = match?.[1] ?? table;
  let rows: { name: string; copyable: boolean }[];
  try {
    ({ rows } = await client.query<{ name: string; copyable: boolean }>(
      `SELECT a.attname AS name,
              c.relkind IN ('r', 'p', 'f') AND NOT c.relhasrules AND NOT c.relrowsecurity AS copyable
         FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE c.oid = $1::regclass
        ORDER BY a.attnum`,
      [relation],
    ));
  } catch (error) {
    throw sqlFailure(error, `write to "${objectId}"`);
  }
  if (rows[0]?.copyable !== true) {
    if (insertQuery !== undefined) return undefined;
    throw workFailure(
      'InvalidField',
      `Object "${objectId}": "${relation}" is no plain table; expected an insertQuery`,
    );
  }
  const all = rows.map(({ name }) => name);
  if (match === undefined) return { relation, columns: all };
  const placeholders = match[3]?.split(',').length ?? 0;
  const named = match[2] === undefined ? undefined : namesIn(match[2]);
  // A list that cannot be read, or does not fit the placeholders, is the server's to refuse.
  const columns = match[2] === undefined ? all.slice(0, placeholders) : named;
  return columns?.length === placeholders ? { relation, columns } : undefined;
}

/** Column names as the server knows them: folded to lower case unless quoted. */
function namesIn(list: string): string[] | undefined {
  const names = list.match(new RegExp(NAME, 'g')) ?? [];
  if (list.replace(new RegExp(NAME, 'g'), '').replace(/[\s,]/g, '') !== '') return undefined;
  return names.map((name) =>
    name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase(),
  );
}
