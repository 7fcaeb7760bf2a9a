import { referencesOf, textOf } from '../../model/definition/component.js';
import type { Task, TaskObject } from '../../model/instance/task.js';
import { quoted, workFailure } from '../storage/work-failure.js';
import { CSV, TSV, type Dialect } from './dialect.js';

/**
 * The dialect of a node's `dataFormat`. Our choice: a node without one holds CSV, the format of AWS's own examples.
 * @throws InvalidField for a format that CopyActivity does not know.
 */
export function dialectOf(task: Task, node: TaskObject): Dialect {
  const id = referencesOf(node, 'dataFormat')[0];
  if (id === undefined) return CSV;
  const format = Object.hasOwn(task.objects, id) ? task.objects[id] : undefined;
  if (format === undefined) {
    throw workFailure('InvalidField', `Object "${node.id}": its dataFormat "${id}" is not part of the task`);
  }
  const character = (field: string): string | undefined => characterOf(format, field);
  switch (format.type) {
    case 'CSV':
      return checked(format, { ...CSV, escape: character('escapeChar') ?? CSV.escape });
    case 'TSV':
      return checked(format, {
        ...TSV,
        columnSeparator: character('columnSeparator') ?? TSV.columnSeparator,
        recordSeparator: character('recordSeparator') ?? TSV.recordSeparator,
        escape: character('escapeChar') ?? TSV.escape,
      });
    case 'Custom': {
      const columnSeparator = character('columnSeparator');
      if (columnSeparator === undefined) {
        throw workFailure('InvalidField', `Object "${format.id}": field "columnSeparator" is missing`);
      }
      // Our choice where the reference names only separators: NULL and escapes are those of TSV.
      const recordSeparator = character('recordSeparator') ?? TSV.recordSeparator;
      return checked(format, { ...TSV, columnSeparator, recordSeparator });
    }
    default:
      throw workFailure(
        'InvalidField',
        `Object "${format.id}": CopyActivity cannot use a dataFormat of type "${format.type}"; expected CSV, TSV or Custom`,
      );
  }
}

/** A field that holds one ASCII character, itself or written as `\t`, `\n`, `\r`, `\\` or `\u0001`. */
function characterOf(format: TaskObject, field: string): string | undefined {
  const text = textOf(format, field);
  if (text === undefined || text === '') return undefined;
  const named: Readonly<Record<string, string>> = { '\\t': '\t', '\\n': '\n', '\\r': '\r', '\\\\': '\\' };
  const code = /^\\u([0-9a-f]{4})$/i.exec(text)?.[1];
  const character = named[text] ?? (code === undefined ? text : String.fromCharCode(parseInt(code, 16)));
  if (character.length === 1 && character.charCodeAt(0) < 128 && character !== '\0') return character;
  throw workFailure(
    'InvalidField',
    `Object "${format.id}": ${field} ${quoted(text)} is not one ASCII character`,
  );
}

function checked(format: TaskObject, dialect: Dialect): Dialect {
  const { columnSeparator, recordSeparator, escape } = dialect;
  if (new Set([columnSeparator, recordSeparator, escape]).size < 3) {
    throw workFailure(
      'InvalidField',
      `Object "${format.id}": column separator ${quoted(columnSeparator)}, record separator ${quoted(recordSeparator)} ` +
        `and escape character ${quoted(escape)} must differ`,
    );
  }
  // CR LF is read as a line end only where lines end in LF and CR means nothing else.
  const plainLines = recordSeparator === '\n' && columnSeparator !== '\r' && escape !== '\r';
  return { ...dialect, acceptsCarriageReturn: plainLines && dialect.acceptsCarriageReturn };
}
