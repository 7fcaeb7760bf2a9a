import { referencesOf, textOf } from '../../model/definition/component.js';
import type { Task, TaskObject } from '../../model/instance/task.js';
import type { SecretSources } from '../secrets/open-secret.js';
import { databaseOf, type Database } from '../sql/database.js';
import { tableOf } from '../sql/table.js';
import { parseLocation } from '../storage/location.js';
import { quoted, workFailure } from '../storage/work-failure.js';
import { dialectOf } from './data-format.js';
import type { Dialect } from './dialect.js';

/** An object, or the objects of a directory. */
export interface StoredEnd {
  readonly kind: 'file' | 'directory';
  readonly uri: string;
  readonly dialect: Dialect;
  readonly gzip: boolean;
  readonly serverSideEncryption: boolean;
}

/** A table of a database. */
export interface SqlEnd {
  readonly kind: 'sql';
  readonly objectId: string;
  readonly database: Database;
  /** As in SQL, with its schema where one is given. */
  readonly table: string;
  readonly selectQuery?: string;
  readonly insertQuery?: string;
  readonly createTableSql?: string;
}

/** What a copy reads from or writes to. */
export type CopyEnd = StoredEnd | SqlEnd;

/** The data node that the activity's `input` or `output` names. @throws InvalidField, SecretUnavailable */
export async function copyEndOf(
  task: Task,
  activity: TaskObject,
  field: 'input' | 'output',
  secrets: SecretSources,
): Promise<CopyEnd> {
  const ids = referencesOf(activity, field);
  const [id] = ids;
  if (id === undefined || ids.length > 1) {
    throw workFailure(
      'InvalidField',
      `Object "${activity.id}": ${ids.length} objects in "${field}"; expected one data node`,
    );
  }
  const node = Object.hasOwn(task.objects, id) ? task.objects[id] : undefined;
  if (node === undefined) {
    throw workFailure(
      'InvalidField',
      `Object "${activity.id}": its ${field} "${id}" is not part of the task`,
    );
  }
  switch (node.type) {
    case 'S3DataNode':
      return storedEndOf(task, node);
    case 'SqlDataNode':
      return sqlEndOf(task, node, secrets);
    default:
      throw workFailure(
        'InvalidField',
        `Object "${id}": this version cannot copy a ${node.type}; expected S3DataNode or SqlDataNode`,
      );
  }
}

function storedEndOf(task: Task, node: TaskObject): StoredEnd {
  const filePath = textOf(node, 'filePath');
  const directoryPath = textOf(node, 'directoryPath');
  const uri = filePath ?? directoryPath;
  if (uri === undefined || uri === '' || (filePath !== undefined && directoryPath !== undefined)) {
    throw workFailure('InvalidField', `Object "${node.id}": expected either filePath or directoryPath`);
  }
  parseLocation(uri);
  const compression = (textOf(node, 'compression') ?? 'none').toLowerCase();
  if (compression !== 'none' && compression !== 'gzip') {
    throw workFailure(
      'InvalidField',
      `Object "${node.id}": compression ${quoted(compression)} is neither none nor gzip`,
    );
  }
  const isDirectory = filePath === undefined;
  return {
    kind: isDirectory ? 'directory' : 'file',
    uri: isDirectory && !uri.endsWith('/') ? `${uri}/` : uri,
    dialect: dialectOf(task, node),
    gzip: compression === 'gzip',
    // Our choice: S3 encrypts every object by itself since 2023, so the header is sent only when the node asks for it.
    serverSideEncryption: textOf(node, 's3EncryptionType')?.toUpperCase() === 'SERVER_SIDE_ENCRYPTION',
  };
}

async function sqlEndOf(task: Task, node: TaskObject, secrets: SecretSources): Promise<SqlEnd> {
  const optional = (field: 'selectQuery' | 'insertQuery' | 'createTableSql'): Partial<SqlEnd> => {
    const text = textOf(node, field)?.trim();
    return text === undefined || text === '' ? {} : { [field]: text };
  };
  const database = await databaseOf(task, node, secrets);
  return {
    kind: 'sql',
    objectId: node.id,
    database,
    table: tableOf(node, database.kind),
    ...optional('selectQuery'),
    ...optional('insertQuery'),
    ...optional('createTableSql'),
  };
}
