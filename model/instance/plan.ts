import { nextOpen, type OpenHours } from '../schedule/open-hours.js';
import { intervalsOverlapping, type Interval } from '../schedule/schedule.js';
import type { CompiledPipeline, Kind, Runnable, UsedPrecondition, Worker } from './compile.js';
import { skippable, type PlannedCondition } from './conditions.js';
import { instanceIdOf, isoTime, nodeInstanceIdOf } from './ids.js';
import type { FiredAction } from './live-instance.js';
import type { Settings } from './settings.js';

/** Everything that happens in one interval of one Schedule: which instances, what each waits for, who works on it. */
export interface IntervalPlan {
  readonly pipelineId: string;
  readonly scheduleId: string;
  readonly interval: Interval;
  /** In an order that puts what is needed before what needs it, as far as it lies in this interval. */
  readonly instances: readonly PlannedInstance[];
}

export interface PlannedInstance {
  readonly id: string;
  readonly componentId: string;
  readonly kind: Exclude<Kind, 'action'>;
  readonly type: string;
  /** Preconditions: component and instance that they are checked for. */
  readonly node?: { readonly componentId: string; readonly instanceId: string };
  /** When it may start at the earliest. */
  readonly dueAt: Date;
  /** Activities: when an attempt may begin; always, when absent. */
  readonly hours?: OpenHours;
  /** What must be FINISHED first. */
  readonly needs: readonly Need[];
  /** Goes on when the condition holds, once all `needs` but its preconditions are over, instead of when all are FINISHED. */
  readonly condition?: PlannedCondition;
  /** The resource instance that must be up while it works. */
  readonly resourceInstanceId?: string;
  readonly worker: Worker;
  readonly settings: Settings;
  readonly leaseLimit?: number;
  /** Ids of action components. */
  readonly onSuccess: readonly string[];
  readonly onFail: readonly string[];
  readonly onLateAction: readonly string[];
  /** Instance ids by field name, as DescribeObjects shows them. */
  readonly references: Readonly<Record<string, readonly string[]>>;
}

/** One edge of the graph, and why it is there. */
export interface Need {
  readonly instanceId: string;
  readonly reason: 'input' | 'dependsOn' | 'producer' | 'precondition';
  /** True when the instance belongs to an interval run of another Schedule. */
  readonly elsewhere: boolean;
  /** Elsewhere only: a condition may skip it, and what needs it with it. */
  readonly skippable?: true;
}

/**
 * Plans one interval. Dependencies across schedules: an instance needs each instance of the other object whose interval
 * overlaps its own. Source: semantics.md 4.6, 6.1.
 */
export function planInterval(
  pipeline: CompiledPipeline,
  scheduleId: string,
  interval: Interval,
): IntervalPlan {
  const instances: PlannedInstance[] = [];
  const { bySchedule, skippable: skips } = factsOf(pipeline);
  for (const runnable of bySchedule.get(scheduleId) ?? []) {
    // One by one: there may be more than a call takes as arguments.
    for (const planned of planRunnable(pipeline, runnable, scheduleId, interval, skips))
      instances.push(planned);
  }
  return { pipelineId: pipeline.pipelineId, scheduleId, interval, instances: inOrderOfNeed(instances) };
}

/** What all intervals of a pipeline have in common. */
interface PipelineFacts {
  readonly bySchedule: ReadonlyMap<string, readonly Runnable[]>;
  /** Ids of the objects that a condition may skip. */
  readonly skippable: ReadonlySet<string>;
}

/** Found once: a pipeline may have very many schedules, and each of them very many intervals. */
const FACTS = new WeakMap<CompiledPipeline['runnables'], PipelineFacts>();

function factsOf({ runnables }: CompiledPipeline): PipelineFacts {
  const known = FACTS.get(runnables);
  if (known !== undefined) return known;
  const bySchedule = new Map<string, Runnable[]>();
  for (const runnable of runnables.values()) {
    const list = bySchedule.get(runnable.scheduleId);
    if (list === undefined) bySchedule.set(runnable.scheduleId, [runnable]);
    else list.push(runnable);
  }
  const facts = { bySchedule, skippable: skippable(runnables.values()) };
  FACTS.set(runnables, facts);
  return facts;
}

/** Ids of the instances of `componentId` that an interval of `scheduleId` sees. */
function instancesFor(
  pipeline: CompiledPipeline,
  componentId: string,
  scheduleId: string,
  interval: Interval,
): { readonly ids: string[]; readonly elsewhere: boolean } {
  const target = pipeline.runnables.get(componentId);
  if (target === undefined) return { ids: [], elsewhere: false };
  if (target.scheduleId === scheduleId) {
    return { ids: [instanceIdOf(componentId, interval.start)], elsewhere: false };
  }
  const schedule = pipeline.schedules.get(target.scheduleId);
  if (schedule === undefined || schedule.kind === 'ondemand') return { ids: [], elsewhere: true };
  const ids = intervalsOverlapping(schedule, interval.start, interval.end).map((other) =>
    instanceIdOf(componentId, other.start),
  );
  return { ids, elsewhere: true };
}

function planRunnable(
  pipeline: CompiledPipeline,
  runnable: Runnable,
  scheduleId: string,
  interval: Interval,
  skips: ReadonlySet<string>,
): PlannedInstance[] {
  const id = instanceIdOf(runnable.component.id, interval.start);
  const dueAt = dueAtOf(runnable, interval);
  const hours = runnable.kind === 'activity' ? hoursOf(pipeline, scheduleId) : undefined;
  const needs: Need[] = [];
  const references: Record<string, readonly string[]> = {};
  const asked = new Map<string, readonly string[]>();
  const refer = (
    field: 'input' | 'output' | 'dependsOn' | 'producer',
    componentIds: readonly string[],
  ): void => {
    const all: string[] = [];
    for (const componentId of componentIds) {
      const { ids, elsewhere } = instancesFor(pipeline, componentId, scheduleId, interval);
      if (field !== 'output') asked.set(componentId, ids);
      const more = elsewhere && skips.has(componentId) ? { skippable: true as const } : {};
      // One by one: a year of minutes is more than a call takes as arguments.
      for (const instanceId of ids) {
        all.push(instanceId);
        if (field !== 'output') needs.push({ instanceId, reason: field, elsewhere, ...more });
      }
    }
    if (all.length > 0 && field !== 'producer') references[field] = all;
  };
  refer('input', runnable.input);
  refer('dependsOn', runnable.dependsOn);
  refer('producer', runnable.producers);
  refer('output', runnable.output);

  const resourceInstanceId = resourceInstanceOf(runnable.worker, interval);
  if (resourceInstanceId !== undefined) references['runsOn'] = [resourceInstanceId];
  const condition =
    runnable.condition === undefined ? undefined : { ...runnable.condition, instances: asked };
  // An object's preconditions are checked once nothing else keeps it: after its producers above all (semantics.md 6.2).
  const preconditions = runnable.preconditions.map((precondition) =>
    planPrecondition(precondition, runnable, id, dueAt, { needs, condition }, interval),
  );
  if (preconditions.length > 0) references['precondition'] = preconditions.map((planned) => planned.id);
  const planned: PlannedInstance = {
    id,
    componentId: runnable.component.id,
    kind: runnable.kind,
    type: runnable.type,
    dueAt: hours === undefined ? dueAt : nextOpen(hours, dueAt),
    ...(hours === undefined ? {} : { hours }),
    needs: [
      ...needs,
      ...preconditions.map((each) => ({
        instanceId: each.id,
        reason: 'precondition' as const,
        elsewhere: false,
      })),
    ],
    ...(condition === undefined ? {} : { condition }),
    ...(resourceInstanceId === undefined ? {} : { resourceInstanceId }),
    worker: runnable.worker,
    settings: runnable.settings,
    ...(runnable.leaseLimit === undefined ? {} : { leaseLimit: runnable.leaseLimit }),
    onSuccess: runnable.onSuccess,
    onFail: runnable.onFail,
    onLateAction: runnable.onLateAction,
    references,
  };
  return [...preconditions, planned];
}

function planPrecondition(
  precondition: UsedPrecondition,
  node: Runnable,
  nodeInstanceId: string,
  dueAt: Date,
  { needs, condition }: { readonly needs: readonly Need[]; readonly condition: PlannedCondition | undefined },
  interval: Interval,
): PlannedInstance {
  const resourceInstanceId = resourceInstanceOf(precondition.worker, interval);
  return {
    id: nodeInstanceIdOf(precondition.component.id, node.component.id, interval.start),
    componentId: precondition.component.id,
    kind: 'precondition',
    type: precondition.type,
    node: { componentId: node.component.id, instanceId: nodeInstanceId },
    dueAt,
    needs,
    ...(condition === undefined ? {} : { condition }),
    ...(resourceInstanceId === undefined ? {} : { resourceInstanceId }),
    worker: precondition.worker,
    settings: precondition.settings,
    onSuccess: precondition.onSuccess,
    onFail: precondition.onFail,
    onLateAction: [],
    references: {
      node: [nodeInstanceId],
      ...(resourceInstanceId === undefined ? {} : { runsOn: [resourceInstanceId] }),
    },
  };
}

function resourceInstanceOf(worker: Worker, interval: Interval): string | undefined {
  return worker.kind === 'resource' ? instanceIdOf(worker.componentId, interval.start) : undefined;
}

/**
 * When activities of a schedule may begin. Our choice: only they keep to the hours; preconditions are checked and data nodes
 * become ready at any time, and resources follow their activities.
 */
function hoursOf(pipeline: CompiledPipeline, scheduleId: string): OpenHours | undefined {
  const schedule = pipeline.schedules.get(scheduleId);
  return schedule?.kind === 'recurring' ? schedule.hours : undefined;
}

/** Cron: the start; timeseries: the end; resources always the start. Source: semantics.md 4.3. */
function dueAtOf(runnable: Runnable, interval: Interval): Date {
  return runnable.scheduleType === 'timeseries' && runnable.kind !== 'resource'
    ? interval.end
    : interval.start;
}

/**
 * Topological order; what stands in a cycle (validation refuses those) keeps its place at the end. The preconditions of an object
 * share one list of needs, and are counted down together.
 */
function inOrderOfNeed(instances: readonly PlannedInstance[]): PlannedInstance[] {
  const ids = new Set(instances.map((instance) => instance.id));
  const groups = new Map<readonly Need[], { open: number; readonly members: PlannedInstance[] }>();
  for (const instance of instances) {
    const group = groups.get(instance.needs);
    if (group === undefined) groups.set(instance.needs, { open: 0, members: [instance] });
    else group.members.push(instance);
  }
  const dependants = new Map<string, { open: number; readonly members: PlannedInstance[] }[]>();
  for (const [needs, group] of groups) {
    for (const { instanceId } of needs) {
      if (!ids.has(instanceId)) continue;
      group.open += 1;
      const list = dependants.get(instanceId);
      if (list === undefined) dependants.set(instanceId, [group]);
      else list.push(group);
    }
  }
  const ordered: PlannedInstance[] = [];
  const take = (members: readonly PlannedInstance[]): void => {
    for (const member of members) ordered.push(member);
  };
  for (const { open, members } of groups.values()) if (open === 0) take(members);
  // The list grows while it is walked.
  for (let head = 0; head < ordered.length; head++) {
    for (const group of dependants.get(ordered[head]?.id ?? '') ?? []) {
      group.open -= 1;
      if (group.open === 0) take(group.members);
    }
  }
  if (ordered.length === instances.length) return ordered;
  const placed = new Set(ordered.map((instance) => instance.id));
  return [...ordered, ...instances.filter((instance) => !placed.has(instance.id))];
}

/** What the ledger stores of a planned instance before it runs. */
export function newInstanceOf(planned: PlannedInstance, plan: IntervalPlan, pipeline: CompiledPipeline) {
  return {
    id: planned.id,
    componentId: planned.componentId,
    kind: planned.kind,
    type: planned.type,
    ...(planned.node === undefined ? {} : { nodeId: planned.node.componentId }),
    scheduledStart: isoTime(plan.interval.start),
    scheduledEnd: isoTime(plan.interval.end),
    definitionVersion: pipeline.definitionVersion,
    activation: pipeline.activation,
    status: 'WAITING_ON_DEPENDENCIES' as const,
    references: planned.references,
    ...(planned.leaseLimit === undefined ? {} : { leaseLimit: planned.leaseLimit }),
    triesLeft: planned.settings.maximumRetries + 1,
  };
}

/** What the ledger stores of an action that fired. */
export function newInstanceOfAction(action: FiredAction, plan: IntervalPlan, pipeline: CompiledPipeline) {
  return {
    id: action.id,
    componentId: action.componentId,
    kind: action.kind,
    type: action.type,
    nodeId: action.node.componentId,
    scheduledStart: isoTime(plan.interval.start),
    scheduledEnd: isoTime(plan.interval.end),
    definitionVersion: pipeline.definitionVersion,
    activation: pipeline.activation,
    status: 'WAITING_ON_DEPENDENCIES' as const,
    references: { node: [action.node.instanceId] },
    triesLeft: 1,
  };
}
