import { textOf } from '../../model/definition/component.js';
import type { Task, TaskObject, TaskResult } from '../../model/instance/task.js';
import type { Attempt, TaskDeps } from '../runner/attempt.js';
import { runTask } from '../runner/run-task.js';
import type { SecretSources } from '../secrets/open-secret.js';
import { databaseOf } from '../sql/database.js';
import { withSession } from '../sql/session.js';
import { sqlFailure } from '../sql/sql-failure.js';
import { tableOf } from '../sql/table.js';
import type { Storage } from '../storage/storage.js';
import { quoted, workFailure } from '../storage/work-failure.js';

/** What Exists needs beside the attempt. */
export interface ExistsDeps {
  readonly storage: Storage;
  readonly secrets: SecretSources;
}

/** Exists. Source: reference/objects.yaml, Exists; semantics.md 6.3. */
export function exists(deps: TaskDeps & ExistsDeps): (task: Task) => Promise<TaskResult> {
  return (task) => runTask(deps, task, (attempt) => checkExists(deps, attempt));
}

/**
 * Whether the node that uses the precondition exists: the object of a filePath, any object under a directoryPath, or the
 * table of a SqlDataNode.
 * @throws NotYet when it does not
 */
export async function checkExists(
  { storage, secrets }: ExistsDeps,
  { task, object, signal }: Pick<Attempt, 'task' | 'object' | 'signal'>,
): Promise<void> {
  const { nodeId } = task;
  const node = nodeId !== undefined && Object.hasOwn(task.objects, nodeId) ? task.objects[nodeId] : undefined;
  if (node === undefined) {
    throw workFailure('InvalidField', `Object "${object.id}": the node "${nodeId}" is not part of the task`);
  }
  if (node.type === 'S3DataNode') {
    await checkPath(storage, node, signal);
  } else if (node.type === 'SqlDataNode') {
    await checkTable(task, node, secrets, signal);
  } else {
    throw workFailure(
      'InvalidField',
      `Object "${object.id}": cannot look for a ${node.type} ("${node.id}"); expected S3DataNode or SqlDataNode`,
    );
  }
}

async function checkPath(storage: Storage, node: TaskObject, signal: AbortSignal): Promise<void> {
  const filePath = textOf(node, 'filePath');
  const directoryPath = textOf(node, 'directoryPath');
  if (filePath !== undefined && filePath !== '') {
    if ((await storage.head(filePath, { signal })) !== undefined) return;
    throw workFailure('NotYet', `There is no object ${quoted(filePath)} yet`);
  }
  if (directoryPath === undefined || directoryPath === '') {
    throw workFailure('InvalidField', `Object "${node.id}": expected filePath or directoryPath`);
  }
  const uri = directoryPath.endsWith('/') ? directoryPath : `${directoryPath}/`;
  if ((await storage.firstWithPrefix(uri, { signal })) !== undefined) return;
  throw workFailure('NotYet', `There is no object in the directory ${quoted(uri)} yet`);
}

async function checkTable(
  task: Task,
  node: TaskObject,
  secrets: SecretSources,
  signal: AbortSignal,
): Promise<void> {
  const database = await databaseOf(task, node, secrets);
  const table = tableOf(node, database.kind);
  const found = await withSession(database, { signal }, async (session) => {
    try {
      return await session.hasTable(table);
    } catch (error) {
      throw sqlFailure(error, `look for the table of "${node.id}"`);
    }
  });
  if (!found) {
    throw workFailure('NotYet', `There is no table ${quoted(table)} in ${database.label} yet`);
  }
}
