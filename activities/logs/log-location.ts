import { textOf } from '../../model/definition/component.js';
import type { Task } from '../../model/instance/task.js';
import { childUri } from '../storage/location.js';

/**
 * Where the log files of the attempt go: `<uri>/<pipelineId>/<componentId>/<instanceId>/<attemptId>/`.
 * The URI is the object's pipelineLogUri, for preconditions and actions their node's, else `defaultUri`.
 * Source: reference/semantics.md 12. Component and object id are the same text in a task.
 */
export function logLocation(task: Task, defaultUri: string): string {
  const base = pipelineLogUri(task, task.objectId) ?? pipelineLogUri(task, task.nodeId) ?? defaultUri;
  return attemptFolder(task, base);
}

/** The folder of the attempt under `base`, whatever the definition says. */
export function attemptFolder(task: Task, base: string): string {
  const parts = [task.pipelineId, task.objectId, task.instanceId, task.attemptId];
  return `${parts.map(asPathPart).reduce(childUri, base)}/`;
}

function pipelineLogUri(task: Task, objectId: string | undefined): string | undefined {
  const object = objectId === undefined ? undefined : task.objects[objectId];
  const uri = object && textOf(object, 'pipelineLogUri')?.trim();
  return uri === '' ? undefined : uri;
}

// Ids come from definitions: `..` or a slash in one must not lead the log out of its folder.
function asPathPart(id: string): string {
  const safe = id.replaceAll('/', '_').replaceAll('\0', '_');
  return safe === '.' || safe === '..' || safe === '' ? `_${safe}` : safe;
}
