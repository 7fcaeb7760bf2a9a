import { referencesOf, type Component, type FieldValue } from '../definition/component.js';
import type { EvaluationContext } from '../expression/context.js';
import type { CompiledPipeline } from './compile.js';
import { attemptIdOf, isoTime } from './ids.js';
import { contextInInterval, evaluateForWork, intervalFields, knownFields } from './interval-fields.js';
import type { IntervalRun } from './interval-run.js';
import { isPlanned, type FiredAction, type LiveInstance } from './live-instance.js';
import type { IntervalPlan } from './plan.js';
import type { ActionNode, Task, TaskObject } from './task.js';

/** Fields that say when and whether, not what: a worker does not need what they refer to. */
const NOT_FOR_WORKERS = new Set([
  'schedule',
  'trigger',
  'dependsOn',
  'precondition',
  'onSuccess',
  'onFail',
  'onLateAction',
  'parent',
  'runsOn',
]);

/**
 * Builds what a worker needs for the instance's current attempt: the object and everything it refers to, expressions evaluated
 * now. Source: semantics.md 3.1, 10.1.
 * @throws ExpressionError when an expression cannot be evaluated.
 */
export function buildTask(
  pipeline: CompiledPipeline,
  plan: IntervalPlan,
  run: IntervalRun,
  live: LiveInstance,
): Task {
  const objectId = live.plan.componentId;
  const nodeId = live.plan.node?.componentId;
  const objects: Record<string, TaskObject> = {};
  const queue = [objectId];
  // A precondition looks at its node (Exists: at its path or table); an action only speaks of it.
  if (nodeId !== undefined && isPlanned(live.plan)) queue.push(nodeId);
  for (let head = 0; head < queue.length; head++) {
    const id = queue[head] ?? '';
    const component = pipeline.components.get(id);
    if (component?.type === undefined || Object.hasOwn(objects, id)) continue;
    const isNode = id === nodeId && id !== objectId;
    const fields = fieldsOf(component, isNode, contextFor(pipeline, plan, run, id, nodeId));
    objects[id] = { id, name: component.name, type: component.type, fields };
    for (const key of Object.keys(fields)) {
      if (!NOT_FOR_WORKERS.has(key)) queue.push(...referencesOf({ fields }, key));
    }
  }
  const attemptTimeoutMs = isPlanned(live.plan) ? live.plan.settings.attemptTimeoutMs : undefined;
  return {
    pipelineId: pipeline.pipelineId,
    pipelineName: pipeline.pipelineName,
    instanceId: live.id,
    attemptId: attemptIdOf(live.id, live.record.attemptCount),
    attempt: live.record.attemptCount,
    objectId,
    ...(nodeId === undefined ? {} : { nodeId }),
    ...(isPlanned(live.plan) ? {} : { actionNode: actionNodeOf(pipeline, run, live.plan) }),
    objects,
    scheduledStartTime: isoTime(plan.interval.start),
    scheduledEndTime: isoTime(plan.interval.end),
    ...(attemptTimeoutMs === undefined ? {} : { attemptTimeoutMs }),
  };
}

/** What is known of the instance that an action fired for, at this moment. */
function actionNodeOf(pipeline: CompiledPipeline, run: IntervalRun, { node }: FiredAction): ActionNode {
  const component = pipeline.components.get(node.componentId);
  const record = run.find(node.instanceId)?.record;
  return {
    instanceId: node.instanceId,
    name: component?.name ?? node.componentId,
    type: component?.type ?? '',
    status: record?.status ?? '',
    attempt: record?.attemptCount ?? 0,
    ...(record?.errorId === undefined ? {} : { errorId: record.errorId }),
    ...(record?.errorMessage === undefined ? {} : { errorMessage: record.errorMessage }),
  };
}

/** The evaluated fields of one object. @throws ExpressionError */
function fieldsOf(
  component: Component,
  isNode: boolean,
  context: EvaluationContext,
): Record<string, FieldValue[]> {
  // Of the node only what says where its data is: its other fields may name what is not known yet.
  const { fields, problems } = evaluateForWork(
    component,
    context,
    isNode ? NODE_FIELDS : knownFields(component),
  );
  const [problem] = problems;
  if (problem !== undefined) throw problem.error;
  if (!isNode) return fields;
  return Object.fromEntries(Object.entries(fields).filter(([key]) => NODE_FIELDS.has(key)));
}

const NODE_FIELDS = new Set([
  'directoryPath',
  'filePath',
  'manifestFilePath',
  'database',
  'table',
  'schemaName',
  'selectQuery',
  'connectionString',
  'username',
  '*password',
  'tableName',
  'region',
  'dataFormat',
  'compression',
  'pipelineLogUri',
]);

function contextFor(
  pipeline: CompiledPipeline,
  plan: IntervalPlan,
  run: IntervalRun,
  self: string,
  node: string | undefined,
): EvaluationContext {
  return contextInInterval(pipeline, self, node, (objectId) => ({
    ...intervalFields(pipeline, plan, objectId),
    ...runFields(run.ofComponent(objectId)),
  }));
}

/** Runtime fields that only a run knows, of the instance that an object has in it; what is not known yet is absent. */
function runFields(live: LiveInstance | undefined): Record<string, string> {
  const fields: Record<string, string> = {};
  if (live === undefined) return fields;
  const { record } = live;
  fields['@status'] = record.status;
  fields['@attemptCount'] = String(record.attemptCount);
  fields['@triesLeft'] = String(record.triesLeft);
  put(fields, '@actualStartTime', record.actualStart?.slice(0, 19));
  put(fields, '@actualEndTime', record.actualEnd?.slice(0, 19));
  put(fields, 'errorId', record.errorId);
  put(fields, 'errorMessage', record.errorMessage);
  put(fields, 'errorStackTrace', record.errorStackTrace);
  put(fields, '@failureReason', record.errorMessage);
  put(fields, 'cancellationReason', record.cancellationReason);
  put(fields, 'hostname', record.hostname);
  put(fields, '@logLocation', record.logLocation);
  put(fields, '@resourceId', record.resourceId);
  put(fields, '@error', record.errorMessage);
  return fields;
}

function put(fields: Record<string, string>, key: string, value: string | undefined): void {
  if (value !== undefined) fields[key] = value;
}
