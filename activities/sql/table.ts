import type { JdbcKind } from '../../model/database/jdbc-url.js';
import { textOf } from '../../model/definition/component.js';
import type { TaskObject } from '../../model/instance/task.js';
import { workFailure } from '../storage/work-failure.js';

/**
 * The table of a SqlDataNode as SQL. A name that SQL takes without quotes is used as it stands, with its folding to lower
 * or upper case; any other is quoted. `schemaName` is put before it unless the name has a schema already.
 */
export function tableOf(node: TaskObject, kind: JdbcKind = 'postgresql'): string {
  const table = textOf(node, 'table');
  if (table === undefined || table === '') {
    throw workFailure('InvalidField', `Object "${node.id}": field "table" is missing`);
  }
  const schema = textOf(node, 'schemaName');
  const name = asIdentifier(table, kind);
  return schema === undefined || schema === '' || /[.]/.test(name)
    ? name
    : `${asIdentifier(schema, kind)}.${name}`;
}

/** Characters that begin a plain name, those that go on with it, and names in brackets. */
const NAMES: Readonly<Record<JdbcKind, string>> = {
  postgresql: '[A-Za-z_\\u0080-\\uffff][\\w$\\u0080-\\uffff]*',
  sqlserver: '[A-Za-z_#\\u0080-\\uffff][\\w$#@\\u0080-\\uffff]*|\\[(?:[^\\]]|\\]\\])+\\]',
  oracle: '[A-Za-z\\u0080-\\uffff][\\w$#\\u0080-\\uffff]*',
};

function asIdentifier(name: string, kind: JdbcKind): string {
  const part = `(?:${NAMES[kind]}|"(?:[^"]|"")+")`;
  if (new RegExp(`^${part}(?:\\.${part})*$`).test(name)) return name;
  return `"${name.replaceAll('"', '""')}"`;
}
