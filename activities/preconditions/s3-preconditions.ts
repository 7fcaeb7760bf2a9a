import { textOf } from '../../model/definition/component.js';
import type { Task, TaskObject, TaskResult } from '../../model/instance/task.js';
import type { Attempt, TaskDeps } from '../runner/attempt.js';
import { runTask } from '../runner/run-task.js';
import type { Storage } from '../storage/storage.js';
import { quoted, workFailure } from '../storage/work-failure.js';

/** What a check of storage needs of an attempt. */
export type CheckAttempt = Pick<Attempt, 'object' | 'signal'>;

/** S3KeyExists. Source: reference/objects.yaml, S3KeyExists. Also for `file://` keys. */
export function s3KeyExists(deps: TaskDeps): (task: Task) => Promise<TaskResult> {
  return (task) => runTask(deps, task, (attempt) => checkS3Key(deps.storage, attempt));
}

/** S3PrefixNotEmpty. Source: reference/objects.yaml, S3PrefixNotEmpty. Also for `file://` prefixes. */
export function s3PrefixNotEmpty(deps: TaskDeps): (task: Task) => Promise<TaskResult> {
  return (task) => runTask(deps, task, (attempt) => checkS3Prefix(deps.storage, attempt));
}

/** @throws NotYet when there is no object at `s3Key` */
export async function checkS3Key(storage: Storage, { object, signal }: CheckAttempt): Promise<void> {
  const uri = required(object, 's3Key');
  if ((await storage.head(uri, { signal })) === undefined) {
    throw workFailure('NotYet', `There is no object ${quoted(uri)} yet`);
  }
}

/** @throws NotYet when no object begins with `s3Prefix` (markers of folders do not count) */
export async function checkS3Prefix(storage: Storage, { object, signal }: CheckAttempt): Promise<void> {
  const uri = required(object, 's3Prefix');
  if ((await storage.firstWithPrefix(uri, { signal })) === undefined) {
    throw workFailure('NotYet', `There is no object under the prefix ${quoted(uri)} yet`);
  }
}

function required(object: TaskObject, field: string): string {
  const value = textOf(object, field);
  if (value !== undefined && value !== '') return value;
  throw workFailure('InvalidField', `Object "${object.id}": field "${field}" is missing`);
}
