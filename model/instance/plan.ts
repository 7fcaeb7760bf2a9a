import { nextOpen, type OpenHours } from '../schedule/open-hours.js';
import {
  indexAt,
  intervalAt,
  intervalsOverlapping,
  intervalsStarting,
  type Interval,
} from '../schedule/schedule.js';
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
  /** Where that is, when it is not in this run. */
  readonly resourceElsewhere?: ResourcePlace;
  /** Resources: the instances of other runs that work on it, in no order. */
  readonly usersElsewhere?: readonly UserPlace[];
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

/** An interval run, within its pipeline. */
export interface RunPlace {
  readonly scheduleId: string;
  /** `YYYY-MM-DDTHH:MM:SSZ`. */
  readonly intervalStart: string;
}

/** The run of a resource that serves instances of other runs, and what those must know of its settings. */
export interface ResourcePlace extends RunPlace {
  readonly retryTasksOnResourceFailure: boolean;
}

/** An instance that works on a resource of another run. */
export interface UserPlace extends RunPlace {
  readonly instanceId: string;
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
 * overlaps its own; of a resource it uses the one whose interval contains its own start. Source: semantics.md 4.6, 6.1.
 */
export function planInterval(
  pipeline: CompiledPipeline,
  scheduleId: string,
  interval: Interval,
): IntervalPlan {
  const instances: PlannedInstance[] = [];
  const facts = factsOf(pipeline);
  for (const runnable of facts.bySchedule.get(scheduleId) ?? []) {
    // One by one: there may be more than a call takes as arguments.
    for (const planned of planRunnable(pipeline, runnable, scheduleId, interval, facts))
      instances.push(planned);
  }
  return { pipelineId: pipeline.pipelineId, scheduleId, interval, instances: inOrderOfNeed(instances) };
}

/** What all intervals of a pipeline have in common. */
interface PipelineFacts {
  readonly bySchedule: ReadonlyMap<string, readonly Runnable[]>;
  /** Ids of the objects that a condition may skip. */
  readonly skippable: ReadonlySet<string>;
  /** By resource: the objects of other schedules that run on it. */
  readonly usersElsewhere: ReadonlyMap<string, readonly ResourceUser[]>;
}

/** An object, or a precondition of it, that runs on a resource. */
interface ResourceUser {
  readonly runnable: Runnable;
  readonly precondition?: UsedPrecondition;
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
  const usersElsewhere = new Map<string, ResourceUser[]>();
  const use = (user: ResourceUser): void => {
    const { worker } = user.precondition ?? user.runnable;
    const resource = worker.kind === 'resource' ? runnables.get(worker.componentId) : undefined;
    if (resource === undefined || resource.scheduleId === user.runnable.scheduleId) return;
    const list = usersElsewhere.get(resource.component.id);
    if (list === undefined) usersElsewhere.set(resource.component.id, [user]);
    else list.push(user);
  };
  for (const runnable of runnables.values()) {
    use({ runnable });
    for (const precondition of runnable.preconditions) use({ runnable, precondition });
  }
  const facts = { bySchedule, skippable: skippable(runnables.values()), usersElsewhere };
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
  facts: PipelineFacts,
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
      const more = elsewhere && facts.skippable.has(componentId) ? { skippable: true as const } : {};
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

  const resource = resourceFor(pipeline, runnable.worker, scheduleId, interval);
  if (resource.resourceInstanceId !== undefined) references['runsOn'] = [resource.resourceInstanceId];
  const usersElsewhere = usersIn(pipeline, facts.usersElsewhere.get(runnable.component.id) ?? [], interval);
  const condition =
    runnable.condition === undefined ? undefined : { ...runnable.condition, instances: asked };
  // An object's preconditions are checked once nothing else keeps it: after its producers above all (semantics.md 6.2).
  const preconditions = runnable.preconditions.map((precondition) =>
    planPrecondition(
      precondition,
      runnable,
      id,
      dueAt,
      { needs, condition },
      interval,
      resourceFor(pipeline, precondition.worker, scheduleId, interval),
    ),
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
    ...resource,
    ...(usersElsewhere.length === 0 ? {} : { usersElsewhere }),
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
  resource: UsedResource,
): PlannedInstance {
  return {
    id: nodeInstanceIdOf(precondition.component.id, node.component.id, interval.start),
    componentId: precondition.component.id,
    kind: 'precondition',
    type: precondition.type,
    node: { componentId: node.component.id, instanceId: nodeInstanceId },
    dueAt,
    needs,
    ...(condition === undefined ? {} : { condition }),
    ...resource,
    worker: precondition.worker,
    settings: precondition.settings,
    onSuccess: precondition.onSuccess,
    onFail: precondition.onFail,
    onLateAction: [],
    references: {
      node: [nodeInstanceId],
      ...(resource.resourceInstanceId === undefined ? {} : { runsOn: [resource.resourceInstanceId] }),
    },
  };
}

type UsedResource = Pick<PlannedInstance, 'resourceInstanceId' | 'resourceElsewhere'>;

/** The resource instance for an instance with that interval; none where no interval of the resource contains its start. */
function resourceFor(
  pipeline: CompiledPipeline,
  worker: Worker,
  scheduleId: string,
  interval: Interval,
): UsedResource {
  if (worker.kind !== 'resource') return {};
  const resource = pipeline.runnables.get(worker.componentId);
  if (resource === undefined || resource.scheduleId === scheduleId)
    return { resourceInstanceId: instanceIdOf(worker.componentId, interval.start) };
  const schedule = pipeline.schedules.get(resource.scheduleId);
  const index = schedule && indexAt(schedule, interval.start);
  const other = schedule && index !== undefined ? intervalAt(schedule, index) : undefined;
  if (other === undefined) return {};
  return {
    resourceInstanceId: instanceIdOf(worker.componentId, other.start),
    resourceElsewhere: {
      scheduleId: resource.scheduleId,
      intervalStart: isoTime(other.start),
      retryTasksOnResourceFailure: resource.settings.retryTasksOnResourceFailure,
    },
  };
}

/** The instances of other schedules that work on the resource of this interval: those that start in it. */
function usersIn(
  pipeline: CompiledPipeline,
  users: readonly ResourceUser[],
  { start, end }: Interval,
): UserPlace[] {
  const places: UserPlace[] = [];
  for (const { runnable, precondition } of users) {
    const { component, scheduleId } = runnable;
    const schedule = pipeline.schedules.get(scheduleId);
    if (schedule === undefined) continue;
    for (const other of intervalsStarting(schedule, start, end)) {
      const instanceId =
        precondition === undefined
          ? instanceIdOf(component.id, other.start)
          : nodeInstanceIdOf(precondition.component.id, component.id, other.start);
      places.push({ instanceId, scheduleId, intervalStart: isoTime(other.start) });
    }
  }
  return places;
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
