import { listed } from '../expression/suggest.js';
import { objectType } from '../objects/catalogue.js';
import { jdbcDatabaseProblem } from './check-databases.js';
import { isReference, type Component } from './component.js';
import { DEFAULT_ID } from './inheritance.js';
import { Inspection, valuesOf } from './inspection.js';
import type { DefinitionProblem, ParameterValue, PipelineDefinition } from './pipeline-definition.js';
import { quote } from './problem.js';

/** Types whose instances this release runs. */
export const RUNNABLE_TYPES = [
  'ShellCommandActivity',
  'CopyActivity',
  'SqlActivity',
  'S3DataNode',
  'SqlDataNode',
  'Ec2Resource',
  'S3KeyExists',
  'S3PrefixNotEmpty',
  'Exists',
  'ShellCommandPrecondition',
  'SnsAlarm',
  'Terminate',
  'EmailAlarm',
  'WebhookAlarm',
] as const;

/** Databases and formats that the activities of this release can use. */
export const USABLE_TYPES = ['JdbcDatabase', 'CSV', 'TSV', 'Custom'] as const;

/** Fields over which a runnable object uses a database or a format. */
const USING_FIELDS = ['database', 'dataFormat'] as const;

export interface ActivationOptions {
  /** Values that ActivatePipeline is given; they win over those of the definition. */
  readonly activationValues?: readonly ParameterValue[];
}

/**
 * What a valid definition holds that this release cannot run. Every object with a type that gets instances counts, used
 * or not; settings (databases, formats, proxies) count where an object uses them.
 */
export function activationProblems(
  definition: PipelineDefinition,
  { activationValues = [] }: ActivationOptions = {},
): DefinitionProblem[] {
  return notRunnable(new Inspection(definition, activationValues));
}

/** The same of a definition that is under inspection already. */
export function notRunnable(inspection: Inspection): DefinitionProblem[] {
  if (inspection.isSettled) return [];
  const before = new Set(inspection.problems);
  for (const component of inspection.components.values()) {
    if (!getsInstances(component)) continue;
    if (!RUNNABLE_TYPES.some((type) => type === component.type)) {
      const text = `${component.id}: type ${quote(component.type ?? '')} cannot be run by this version of Penstock yet; runnable are ${listed(RUNNABLE_TYPES, 20)}.`;
      inspection.error(component.id, 'type', text);
      continue;
    }
    for (const field of USING_FIELDS) checkUse(inspection, component, field);
    checkSchedulesMeet(inspection, component);
  }
  checkTrigger(inspection);
  return inspection.problems.filter((each) => !before.has(each));
}

/** A pipeline that nothing would start must not look as if something did. */
function checkTrigger(inspection: Inspection): void {
  const defaults = inspection.components.get(DEFAULT_ID);
  if (defaults === undefined || valuesOf(defaults, 'trigger').length === 0) return;
  const text = `${DEFAULT_ID}: 'trigger': triggers are validated, not run by this version of Penstock yet. Without the field the pipeline runs each time that it is activated.`;
  inspection.error(DEFAULT_ID, 'trigger', text);
}

/** Activities, data nodes, resources, preconditions and actions get instances; HttpProxy only configures a resource. */
function getsInstances({ type }: Component): boolean {
  switch (objectType(type)?.category) {
    case 'activity':
    case 'datanode':
    case 'precondition':
    case 'action':
      return true;
    case 'resource':
      return type !== 'HttpProxy';
    default:
      return false;
  }
}

function checkUse(inspection: Inspection, component: Component, field: (typeof USING_FIELDS)[number]): void {
  const known = inspection.knownFields(component).find(({ name }) => name === field);
  for (const value of known?.values ?? []) {
    const used = isReference(value) ? inspection.components.get(value.ref) : undefined;
    if (used?.type === undefined) continue;
    if (!USABLE_TYPES.some((type) => type === used.type)) {
      const text = `${component.id}: '${field}' refers to ${quote(used.id)}, and type ${quote(used.type)} cannot be used by this version of Penstock yet; usable are ${listed(USABLE_TYPES)}.`;
      inspection.error(component.id, field, text);
    } else if (used.type === 'JdbcDatabase') {
      const text = jdbcDatabaseProblem(inspection, used);
      if (text !== undefined) inspection.error(used.id, 'connectionString', text);
    }
  }
}

/** Neither an activity that runs on demand on a resource that does not, nor the other way round, has an interval in common with it. */
function checkSchedulesMeet(inspection: Inspection, component: Component): void {
  const [resourceReference] = valuesOf(component, 'runsOn');
  if (resourceReference === undefined || !isReference(resourceReference)) return;
  if (objectType(component.type)?.category !== 'activity') return;
  const resource = inspection.components.get(resourceReference.ref);
  if (resource === undefined) return;
  const own = scheduleOf(inspection, component);
  const its = scheduleOf(inspection, resource);
  if (own === its || (isRecurring(own) && isRecurring(its))) return;
  const text = `${component.id}: 'runsOn' refers to ${quote(resource.id)}, which is on schedule ${quote(its)}, while it is on ${quote(own)} itself. Expected a Schedule for both, or ondemand for both.`;
  inspection.error(component.id, 'runsOn', text);
}

function scheduleOf(inspection: Inspection, component: Component): string {
  if (inspection.textOf(component, 'scheduleType')?.trim().toLowerCase() === 'ondemand') return 'ondemand';
  const [schedule] = valuesOf(component, 'schedule');
  return schedule === undefined || !isReference(schedule) ? 'none' : schedule.ref;
}

function isRecurring(schedule: string): boolean {
  return schedule !== 'ondemand' && schedule !== 'none';
}
