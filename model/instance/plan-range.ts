import type { EvaluationContext } from '../expression/context.js';
import { didYouMean } from '../expression/suggest.js';
import { intervalsStarting, type Interval } from '../schedule/schedule.js';
import type { CompiledPipeline, Worker } from './compile.js';
import { isoTime, ONDEMAND_SCHEDULE } from './ids.js';
import { planInterval, type IntervalPlan, type Need, type PlannedInstance } from './plan.js';
import { plannedFieldsOf, type PlannedFields } from './planned-fields.js';
import { taskQueueOf } from './task-queue.js';

/** An instance as the plan shows it before anything has run: plain JSON. Instants are `YYYY-MM-DDTHH:MM:SSZ`. */
export interface PlanEntry {
  readonly id: string;
  readonly objectId: string;
  readonly name: string;
  readonly type: string;
  readonly kind: PlannedInstance['kind'];
  /** Preconditions: the instance that they are checked for. */
  readonly node?: string;
  /** Id of the Schedule object, or `ondemand`. */
  readonly scheduleId: string;
  readonly scheduledStartTime: string;
  readonly scheduledEndTime: string;
  /** When it may start at the earliest. */
  readonly dueTime: string;
  readonly fields: PlannedFields;
  /** What must be FINISHED first, and why. */
  readonly dependencies: readonly Need[];
  /** Text of its condition: it runs when that holds, once all `dependencies` but its preconditions are over, else it is SKIPPED. */
  readonly condition?: string;
  /** Ids of the instances of its preconditions. */
  readonly preconditions: readonly string[];
  /** Instance of the resource that it runs on. */
  readonly resource?: string;
  /** Who works on it; `nobody`: neither runsOn nor workerGroup, so it stays WAITING_FOR_RUNNER. */
  readonly worker: Worker['kind'];
  readonly taskQueue: string;
  /** Ids of the actions that its end, or its being late, fires. */
  readonly onSuccess: readonly string[];
  readonly onFail: readonly string[];
  readonly onLateAction: readonly string[];
}

export interface PlanRange {
  readonly from: Date;
  readonly to: Date;
  /** Ids of Schedule objects (or `ondemand`); absent = all. */
  readonly scheduleIds?: readonly string[];
  /** Parameters that have no value though they need one: fields that ask for them stay unresolved. */
  readonly withoutValue?: EvaluationContext['withoutValue'];
}

/**
 * Every instance of every interval that starts in [from, to), earliest interval first, each interval in the order of
 * need. One interval at a time is in memory. An ondemand pipeline is planned as if it were activated at `from`.
 * @throws RangeError when a schedule is not of the definition or `to` is before `from`.
 */
export function planRange(pipeline: CompiledPipeline, range: PlanRange): Generator<PlanEntry> {
  const { from, to, scheduleIds } = range;
  if (!(from.getTime() <= to.getTime())) {
    throw new RangeError(`The range ends at ${isoTime(to)}, before it begins at ${isoTime(from)}`);
  }
  const unknown = scheduleIds?.find((id) => !pipeline.schedules.has(id));
  if (unknown !== undefined) {
    const hint = didYouMean(unknown, pipeline.schedules.keys());
    throw new RangeError(`There is no schedule "${unknown}" in the definition${hint}`);
  }
  return entriesOf(pipeline, range);
}

function* entriesOf(pipeline: CompiledPipeline, range: PlanRange): Generator<PlanEntry> {
  const fieldsOf = plannedFieldsOf(pipeline, range.withoutValue);
  for (const { scheduleId, interval } of intervalsOf(pipeline, range)) {
    const plan = planInterval(pipeline, scheduleId, interval);
    for (const instance of plan.instances) {
      yield entryOf(pipeline, plan, instance, fieldsOf(instance, plan));
    }
  }
}

/** The intervals of all schedules in the order of their starts, at the same start in the order of the definition. */
function* intervalsOf(
  pipeline: CompiledPipeline,
  { from, to, scheduleIds }: PlanRange,
): Generator<{ readonly scheduleId: string; readonly interval: Interval }> {
  const used = new Set([...pipeline.runnables.values()].map((runnable) => runnable.scheduleId));
  const heads = [...pipeline.schedules].flatMap(([scheduleId, schedule], place) => {
    if (!used.has(scheduleId) || scheduleIds?.includes(scheduleId) === false) return [];
    const rest =
      scheduleId === ONDEMAND_SCHEDULE
        ? [{ index: 0, start: from, end: from }].values()
        : intervalsStarting(schedule, from, to);
    return [{ scheduleId, place, rest, next: rest.next() }];
  });
  heads.sort((one, other) => (isBefore(one, other) ? 1 : -1)); // the next one stands last
  for (let head = heads.pop(); head !== undefined && head.next.done !== true; head = heads.pop()) {
    yield { scheduleId: head.scheduleId, interval: head.next.value };
    head.next = head.rest.next();
    heads.splice(placeOf(head, heads), 0, head);
  }
}

interface Head {
  readonly place: number;
  readonly next: IteratorResult<Interval>;
}

/** Where `head` belongs among those that are sorted, the next one last. */
function placeOf(head: Head, sorted: readonly Head[]): number {
  let from = 0;
  let to = sorted.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    const other = sorted[middle];
    if (other !== undefined && isBefore(head, other)) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Earlier, or at the same start earlier in the definition. */
function isBefore(one: Head, other: Head): boolean {
  const ms = startMs(one.next);
  const otherMs = startMs(other.next);
  return ms < otherMs || (ms === otherMs && one.place < other.place);
}

function startMs(next: IteratorResult<Interval>): number {
  return next.done === true ? Number.POSITIVE_INFINITY : next.value.start.getTime();
}

function entryOf(
  pipeline: CompiledPipeline,
  { scheduleId, interval }: IntervalPlan,
  instance: PlannedInstance,
  fields: PlannedFields,
): PlanEntry {
  const { id, componentId, node, needs, condition, resourceInstanceId } = instance;
  return {
    id,
    objectId: componentId,
    name: pipeline.components.get(componentId)?.name ?? componentId,
    type: instance.type,
    kind: instance.kind,
    ...(node === undefined ? {} : { node: node.instanceId }),
    scheduleId,
    scheduledStartTime: isoTime(interval.start),
    scheduledEndTime: isoTime(interval.end),
    dueTime: isoTime(instance.dueAt),
    fields,
    dependencies: needs,
    ...(condition === undefined ? {} : { condition: condition.text }),
    preconditions: instance.references['precondition'] ?? [],
    ...(resourceInstanceId === undefined ? {} : { resource: resourceInstanceId }),
    worker: instance.worker.kind,
    taskQueue: taskQueueOf(pipeline.pipelineId, instance),
    onSuccess: instance.onSuccess,
    onFail: instance.onFail,
    onLateAction: instance.onLateAction,
  };
}
