import { isReference } from '../../model/definition/component.js';
import type { Field, PipelineObject } from '../../model/definition/pipeline-definition.js';
import { isSecretName, SECRET_MASK } from '../../model/definition/secrets.js';
import type { Task, TaskObject } from '../../model/instance/task.js';
import { isSecretReference, replaceSealed } from '../../sealing/sealing.js';
import { fieldTime, referenceFields, textField } from '../objects/wire-fields.js';

/** AWS's `taskObject`. Source: api.md 2.3. */
export interface WireTask {
  readonly taskId: string;
  readonly pipelineId: string;
  readonly attemptId: string;
  /** The attempt, and what it refers to, by id. */
  readonly objects: Readonly<Record<string, PipelineObject>>;
}

/**
 * A task as PollForTask answers it: the attempt with the evaluated fields of its component, and the objects that it refers to.
 * Secrets are masked, for no answer of the API holds one: a runner that is not ours has its own, or reads them where `env:` or
 * `file:` says.
 */
export function wireTask(task: Task, taskId: string, workerGroup: string, startedAt: string): WireTask {
  const { pipelineId, attemptId, instanceId, objectId, nodeId } = task;
  const own = task.objects[objectId];
  const fields: Field[] = [
    ...(own === undefined ? [] : fieldsOf(own).filter(({ key }) => key !== 'parent')),
    ...referenceFields('@componentParent', [objectId]),
    ...referenceFields('parent', [objectId]),
    ...referenceFields('@instanceParent', [instanceId]),
    // Our choice of a name: the object that a precondition is checked for. AWS's is not known.
    ...referenceFields('node', nodeId === undefined ? [] : [nodeId]),
    ...textField('@sphere', 'ATTEMPT'),
    ...textField('@status', 'WAITING_FOR_RUNNER'),
    ...textField('@pipelineId', pipelineId),
    ...textField('@scheduledStartTime', fieldTime(task.scheduledStartTime)),
    ...textField('@scheduledEndTime', fieldTime(task.scheduledEndTime)),
    ...textField('@actualStartTime', fieldTime(startedAt)),
    ...textField('@attemptNumber', task.attempt),
  ];
  const named = (id: string, name: string, list: readonly Field[]): [string, PipelineObject] => [
    id,
    { id, name, fields: [...withWorkerGroup(list, id === attemptId ? workerGroup : undefined)] },
  ];
  const others = Object.values(task.objects)
    .filter(({ id }) => id !== objectId)
    .map((object) => named(object.id, object.name, fieldsOf(object)));
  // fromEntries defines properties, so an object called `__proto__` is only an object.
  const objects = Object.fromEntries([named(attemptId, attemptId, fields), ...others]);
  return { taskId, pipelineId, attemptId, objects };
}

/** A precondition has none of its own: it is checked where the object that uses it works. */
function withWorkerGroup(fields: readonly Field[], workerGroup: string | undefined): readonly Field[] {
  if (workerGroup === undefined || fields.some(({ key }) => key === 'workerGroup')) return fields;
  return [...fields, { key: 'workerGroup', stringValue: workerGroup }];
}

/** Sealed or not, a secret is not shown; where a worker finds one is none. */
function shown(key: string, value: string): string {
  const text = replaceSealed(value, SECRET_MASK);
  return isSecretName(key) && !isSecretReference(text) ? SECRET_MASK : text;
}

function fieldsOf({ type, fields }: TaskObject): Field[] {
  return [
    ...textField('type', type),
    ...Object.entries(fields)
      .filter(([key]) => key !== 'type')
      .flatMap(([key, values]) =>
        values.map((value): Field =>
          isReference(value) ? { key, refValue: value.ref } : { key, stringValue: shown(key, value) },
        ),
      ),
  ];
}
