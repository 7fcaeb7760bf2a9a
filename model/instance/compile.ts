import { referencesOf, textOf, type Component } from '../definition/component.js';
import { resolveComponents } from '../definition/inheritance.js';
import { resolveParameters } from '../definition/parameters.js';
import type { PipelineDefinition } from '../definition/pipeline-definition.js';
import type { EvaluationContext } from '../expression/context.js';
import { evaluateFields } from '../expression/evaluate.js';
import { OBJECT_TYPES } from '../objects/catalogue.js';
import { readSchedule, SCHEDULE_FIELDS, type Schedule } from '../schedule/schedule.js';
import { readCondition, type ReadCondition } from './conditions.js';
import { ONDEMAND_SCHEDULE } from './ids.js';
import { evaluateStatic, settingsOf, wholeNumber, type Settings } from './settings.js';

/** Kinds of objects that get instances. */
export type Kind = 'activity' | 'dataNode' | 'resource' | 'precondition' | 'action';
export type ScheduleType = 'cron' | 'timeseries' | 'ondemand';

/** An object that gets one instance per interval. */
export interface Runnable {
  readonly component: Component;
  readonly kind: 'activity' | 'dataNode' | 'resource';
  readonly type: string;
  readonly scheduleId: string;
  readonly scheduleType: ScheduleType;
  readonly settings: Settings;
  /** Ids of what its instance waits for; `producers` = the activities that have it as output. */
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly dependsOn: readonly string[];
  readonly producers: readonly string[];
  readonly preconditions: readonly UsedPrecondition[];
  /** Activities: what it asks of the outcome of `input` and `dependsOn`; absent = AWS's rule, all FINISHED. */
  readonly condition?: ReadCondition;
  readonly worker: Worker;
  /** maxActiveInstances, where given. */
  readonly leaseLimit?: number;
  readonly onSuccess: readonly string[];
  readonly onFail: readonly string[];
  readonly onLateAction: readonly string[];
}

/** A precondition as one object uses it. */
export interface UsedPrecondition {
  readonly component: Component;
  readonly type: string;
  readonly settings: Settings;
  readonly worker: Worker;
  readonly onSuccess: readonly string[];
  readonly onFail: readonly string[];
}

/** Who does the work. */
export type Worker =
  | { readonly kind: 'control' }
  | { readonly kind: 'workerGroup'; readonly workerGroup: string }
  | { readonly kind: 'resource'; readonly componentId: string }
  /** Neither runsOn nor workerGroup: nobody will ever come for it (semantics.md 9.3). */
  | { readonly kind: 'nobody' };

/** A definition made ready for planning: inheritance, parameters, schedules and edges resolved. */
export interface CompiledPipeline {
  readonly pipelineId: string;
  readonly pipelineName: string;
  readonly definitionVersion: number;
  readonly activation: number;
  readonly components: ReadonlyMap<string, Component>;
  readonly parameters: ReadonlyMap<string, readonly string[]>;
  readonly schedules: ReadonlyMap<string, Schedule>;
  readonly runnables: ReadonlyMap<string, Runnable>;
}

export interface CompileInput {
  readonly pipelineId: string;
  readonly pipelineName: string;
  readonly definitionVersion: number;
  readonly activation: number;
  readonly definition: PipelineDefinition;
  /** ISO-8601: what FIRST_ACTIVATION_DATE_TIME stands for. */
  readonly firstActivationTime: string;
}

/**
 * Compiles a definition that validation has accepted.
 * @throws when it cannot be compiled after all, naming object, field and value.
 */
export function compilePipeline(input: CompileInput): CompiledPipeline {
  const { components, owners } = resolveComponents(input.definition);
  const parameters = resolveParameters(input.definition).values;
  const staticContext = (self: string): EvaluationContext => ({
    pipelineId: input.pipelineId,
    components,
    parameters,
    self,
    runtime: () => ({}),
  });
  const text = (component: Component, field: string): string | undefined => {
    const raw = textOf(component, field);
    return raw === undefined
      ? undefined
      : evaluateStatic(raw, component.id, field, staticContext(component.id));
  };
  const referenceOrText = (component: Component, field: string): string | undefined =>
    referencesOf(component, field)[0] ?? text(component, field);

  const schedules = new Map<string, Schedule>([[ONDEMAND_SCHEDULE, { kind: 'ondemand' }]]);
  const firstActivation = new Date(input.firstActivationTime);
  for (const component of components.values()) {
    if (component.type !== 'Schedule') continue;
    const fields = evaluateFields(component, staticContext(component.id), SCHEDULE_FIELDS);
    schedules.set(component.id, readSchedule(fields, firstActivation, component.id));
  }

  const instantiable = [...components.values()].filter((component) => kindOf(component) !== undefined);
  const consumersOf = new Map<string, string[]>();
  const producersOf = new Map<string, string[]>();
  for (const component of instantiable) {
    if (kindOf(component) !== 'activity') continue;
    for (const id of referencesOf(component, 'input')) push(consumersOf, id, component.id);
    for (const id of referencesOf(component, 'output')) push(producersOf, id, component.id);
  }

  const workerOf = (component: Component): Worker => {
    const resource = referencesOf(component, 'runsOn')[0];
    if (resource !== undefined) return { kind: 'resource', componentId: resource };
    const workerGroup = text(component, 'workerGroup');
    return workerGroup === undefined || workerGroup === ''
      ? { kind: 'nobody' }
      : { kind: 'workerGroup', workerGroup };
  };
  /** A data node's own worker, else that of an activity beside it: its user-managed preconditions run there. */
  const workerBeside = (component: Component): Worker => {
    for (const ids of [[component.id], consumersOf.get(component.id), producersOf.get(component.id)]) {
      for (const id of ids ?? []) {
        const neighbour = components.get(id);
        const worker = neighbour === undefined ? undefined : workerOf(neighbour);
        if (worker !== undefined && worker.kind !== 'nobody') return worker;
      }
    }
    return { kind: 'nobody' };
  };
  // Looked for once: a node may have very many neighbours and very many preconditions.
  const workersBeside = new Map<string, Worker>();
  const workerForPreconditionsOf = (component: Component): Worker => {
    const worker = workersBeside.get(component.id) ?? workerBeside(component);
    workersBeside.set(component.id, worker);
    return worker;
  };

  const conditions = new Map<string, ReadCondition>();
  const runnables = new Map<string, Runnable>();
  for (const component of instantiable) {
    const kind = kindOf(component);
    if (kind === undefined || component.type === undefined) continue;
    const scheduleType = scheduleTypeOf(text(component, 'scheduleType'));
    const scheduleId =
      scheduleType === 'ondemand' ? ONDEMAND_SCHEDULE : referenceOrText(component, 'schedule');
    if (scheduleId === undefined && kind === 'resource') continue; // nothing runs on it, or validation had refused it
    if (scheduleId === undefined) throw new Error(`Object "${component.id}": no schedule`);
    const schedule = schedules.get(scheduleId);
    if (schedule === undefined) {
      throw new Error(
        `Object "${component.id}": schedule "${scheduleId}" is not a Schedule of the definition`,
      );
    }
    const condition = kind === 'activity' ? readCondition(component, owners, conditions) : undefined;
    const onDemand = schedule.kind === 'ondemand';
    const leaseLimit = onDemand
      ? undefined // the number of runs at a time is decided when the pipeline is activated
      : wholeNumber(text(component, 'maxActiveInstances'), component.id, 'maxActiveInstances');
    runnables.set(component.id, {
      component,
      kind,
      type: component.type,
      scheduleId: onDemand ? ONDEMAND_SCHEDULE : scheduleId,
      scheduleType: onDemand ? 'ondemand' : scheduleType,
      settings: settingsOf(component, kind, staticContext(component.id)),
      input: kind === 'activity' ? referencesOf(component, 'input') : [],
      output: kind === 'activity' ? referencesOf(component, 'output') : [],
      dependsOn:
        kind === 'resource' ? [] : referencesOf(component, 'dependsOn').filter((id) => id !== component.id),
      producers: kind === 'dataNode' ? (producersOf.get(component.id) ?? []) : [],
      preconditions: kind === 'resource' ? [] : preconditionsOf(component),
      ...(condition === undefined ? {} : { condition }),
      worker: kind === 'activity' ? workerOf(component) : { kind: 'control' },
      ...(leaseLimit === undefined ? {} : { leaseLimit }),
      onSuccess: referencesOf(component, 'onSuccess'),
      onFail: referencesOf(component, 'onFail'),
      onLateAction: referencesOf(component, 'onLateAction'),
    });
  }
  return {
    pipelineId: input.pipelineId,
    pipelineName: input.pipelineName,
    definitionVersion: input.definitionVersion,
    activation: input.activation,
    components,
    parameters,
    schedules,
    runnables,
  };

  function preconditionsOf(node: Component): UsedPrecondition[] {
    return referencesOf(node, 'precondition').map((id) => {
      const component = components.get(id);
      if (component?.type === undefined) {
        throw new Error(`Object "${node.id}": precondition "${id}" is not an object of the definition`);
      }
      return {
        component,
        type: component.type,
        settings: settingsOf(component, 'precondition', { ...staticContext(id), node: node.id }),
        worker: isUserManaged(component.type) ? workerForPreconditionsOf(node) : { kind: 'control' },
        onSuccess: referencesOf(component, 'onSuccess'),
        onFail: referencesOf(component, 'onFail'),
      };
    });
  }
}

function kindOf(component: Component): Runnable['kind'] | undefined {
  if (component.type === undefined || !Object.hasOwn(OBJECT_TYPES, component.type)) return undefined;
  switch (OBJECT_TYPES[component.type]?.category) {
    case 'activity':
      return 'activity';
    case 'datanode':
      return 'dataNode';
    case 'resource':
      return component.type === 'HttpProxy' ? undefined : 'resource'; // a setting of resources, by AWS's own grouping
    default:
      return undefined;
  }
}

/** Exists and ShellCommandPrecondition run where the object's work runs; the others in the service. semantics.md 6.3. */
function isUserManaged(type: string): boolean {
  return type === 'Exists' || type === 'ShellCommandPrecondition';
}

function scheduleTypeOf(text: string | undefined): ScheduleType {
  const value = text?.toLowerCase();
  // Undocumented when absent everywhere; semantics.md 4.3 guesses timeseries.
  return value === 'cron' || value === 'ondemand' ? value : 'timeseries';
}

function push(map: Map<string, string[]>, key: string, value: string): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
