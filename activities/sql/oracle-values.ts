import type { OracleColumn } from './oracle-driver.js';

/** Formats of Oracle's dates as text: what is read can be written again. */
export const ORACLE_FORMATS = {
  date: 'YYYY-MM-DD HH24:MI:SS',
  timestamp: 'YYYY-MM-DD HH24:MI:SS.FF',
  timestampTz: 'YYYY-MM-DD HH24:MI:SS.FF TZH:TZM',
} as const;

/**
 * The query with its dates and intervals made text by the server. The driver would make them JavaScript dates: without
 * what is below the millisecond, and an hour off where the runner's own time zone skips one.
 */
export function oracleSelect(query: string, columns: readonly OracleColumn[]): string {
  const texts = columns.map((column) => dateExpression(column));
  if (texts.every((text) => text === undefined)) return query;
  const list = columns.map(
    (column, index) => `${texts[index] ?? quotedName(column)} AS ${quotedName(column)}`,
  );
  return `SELECT ${list.join(', ')} FROM (\n${query}\n)`;
}

function dateExpression(column: OracleColumn): string | undefined {
  const name = quotedName(column);
  const digits = column.precision ?? 6;
  const fraction = digits === 0 ? '' : `.FF${digits}`;
  switch (column.dbTypeName) {
    case 'DATE':
      return `TO_CHAR(${name}, '${ORACLE_FORMATS.date}')`;
    case 'TIMESTAMP':
      return `TO_CHAR(${name}, '${ORACLE_FORMATS.date}${fraction}')`;
    case 'TIMESTAMP WITH TIME ZONE':
    case 'TIMESTAMP WITH LOCAL TIME ZONE':
    case 'TIMESTAMP WITH LOCAL TZ':
    case 'TIMESTAMP WITH TZ':
      return `TO_CHAR(${name}, '${ORACLE_FORMATS.date}${fraction} TZH:TZM')`;
    case 'INTERVAL DAY TO SECOND':
    case 'INTERVAL YEAR TO MONTH':
      return `TO_CHAR(${name})`;
    default:
      return undefined;
  }
}

function quotedName({ name }: OracleColumn): string {
  return `"${name}"`;
}

/** How the driver is to give a column: numbers as text, which is exact; large objects whole. Undefined: as it does. */
export function oracleFetch({ dbTypeName }: OracleColumn): 'STRING' | 'BUFFER' | undefined {
  switch (dbTypeName) {
    case 'NUMBER':
    case 'CLOB':
    case 'NCLOB':
    case 'LONG':
      return 'STRING';
    case 'BLOB':
    case 'LONG RAW':
      return 'BUFFER';
    default:
      return undefined;
  }
}

/** A value as text, as Oracle itself would show it: RAW and BLOB as hexadecimal digits. */
export function oracleText(value: unknown, column: OracleColumn): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE';
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex').toUpperCase();
  if (typeof value === 'number' || typeof value === 'bigint') return numberText(value);
  if (column.dbTypeName === 'JSON' && typeof value === 'object') return JSON.stringify(value);
  throw new TypeError(`column "${column.name}" is of type ${column.dbTypeName}, which cannot be copied`);
}

function numberText(value: number | bigint): string {
  if (value === Infinity) return 'Inf';
  if (value === -Infinity) return '-Inf';
  return Number.isNaN(value) ? 'Nan' : String(value);
}
