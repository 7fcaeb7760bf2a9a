import { textOf } from '../../model/definition/component.js';
import type { TaskObject } from '../../model/instance/task.js';
import { workFailure } from '../storage/work-failure.js';

/**
 * The table of a SqlDataNode as SQL. A name that SQL takes without quotes is used as it stands, with its folding to lower
 * case; any other is quoted. `schemaName` is put before it unless the name has a schema already.
 */
export function tableOf(node: TaskObject): string {
  const table = textOf(node, 'table');
  if (table === undefined || table === '') {
    throw workFailure('InvalidField', `Object "${node.id}": field "table" is missing`);
  }
  const schema = textOf(node, 'schemaName');
  const name = asIdentifier(table);
  return schema === undefined || schema === '' || /[.]/.test(name) ? name : `${asIdentifier(schema)}.${name}`;
}

function asIdentifier(name: string): string {
  const part = '(?:[A-Za-z_\\u0080-\\uffff][\\w$\\u0080-\\uffff]*|"(?:[^"]|"")+")';
  if (new RegExp(`^${part}(?:\\.${part})*$`).test(name)) return name;
  return `"${name.replaceAll('"', '""')}"`;
}
