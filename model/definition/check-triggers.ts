import { hasExpression } from '../expression/template.js';
import { listed } from '../expression/suggest.js';
import { ABSTRACT_TYPES, fieldOf, objectType } from '../objects/catalogue.js';
import { isReference, type Component } from './component.js';
import { DEFAULT_ID } from './inheritance.js';
import { valuesOf, type Inspection, type KnownField } from './inspection.js';
import { quote } from './problem.js';

/** The field of Default that names triggers. */
const TRIGGER_FIELD = 'trigger';

/** Types of parameters that take the text that a trigger gives, in lower case. An unknown type counts as String. */
const NUMBER_TYPES: ReadonlySet<string> = new Set(['integer', 'double']);

/** Triggers, and `trigger` on Default beside ondemand. Penstock's own: AWS Data Pipeline has none. */
export function checkTriggers(inspection: Inspection): void {
  const used = checkDefault(inspection);
  checkOthers(inspection);
  for (const component of inspection.components.values()) {
    if (objectType(component.type)?.category !== 'trigger') continue;
    for (const field of inspection.knownFields(component)) checkField(inspection, component, field);
    checkQueue(inspection, component);
    if (used.has(component.id)) continue;
    const text = `UNUSED_TRIGGER:  '${TRIGGER_FIELD}' of Default does not name this object, so it starts nothing.`;
    inspection.warn(component.id, undefined, text);
  }
}

/** Triggers that Default names. */
function checkDefault(inspection: Inspection): ReadonlySet<string> {
  const used = new Set<string>();
  const defaults = inspection.components.get(DEFAULT_ID);
  const values = defaults === undefined ? [] : valuesOf(defaults, TRIGGER_FIELD);
  if (defaults === undefined || values.length === 0) return used;
  for (const value of values) {
    const target = isReference(value) ? inspection.components.get(value.ref) : undefined;
    if (isReference(value)) used.add(value.ref);
    if (target === undefined) continue; // check-references.ts
    const fitting = ABSTRACT_TYPES['Trigger'] ?? [];
    if (target.type !== undefined && (fitting.includes(target.type) || objectType(target.type) === undefined))
      continue;
    // As check-references.ts says it where an object inherits the field; Default may stand alone.
    const what = target.type === undefined ? 'which has no type' : `a ${target.type}`;
    const text = `INVALID_REFERENCE:  '${TRIGGER_FIELD}' refers to ${quote(target.id)}, ${what}. Expected ${listed(fitting, 20)}.`;
    inspection.error(DEFAULT_ID, TRIGGER_FIELD, text);
  }
  const scheduleType = inspection.textOf(defaults, 'scheduleType')?.trim().toLowerCase();
  if (scheduleType === 'ondemand' || valuesOf(defaults, 'scheduleType').some(needsRun(inspection)))
    return used;
  const found =
    scheduleType === undefined
      ? `'scheduleType' is missing on Default`
      : `'scheduleType' of Default is ${quote(scheduleType)}`;
  const text = `INVALID_FIELD:  '${TRIGGER_FIELD}' goes with 'scheduleType' ondemand only: ${found}. A pipeline is started by Schedules or by triggers.`;
  inspection.error(DEFAULT_ID, TRIGGER_FIELD, text);
  return used;
}

/** True for a value that validation does not know, and so cannot blame. */
function needsRun(inspection: Inspection): (value: unknown) => boolean {
  return (value) => typeof value === 'string' && inspection.evaluate(value, DEFAULT_ID) === undefined;
}

/** A pipeline is triggered as a whole, so only Default may say so. */
function checkOthers(inspection: Inspection): void {
  for (const { id, fields } of inspection.objects.values()) {
    if (id === DEFAULT_ID || !fields.some(({ key }) => key === TRIGGER_FIELD)) continue;
    const type = objectType(inspection.components.get(id)?.type);
    if (type !== undefined && fieldOf(type, TRIGGER_FIELD) === undefined) continue; // reported as unknown
    const text = `INVALID_FIELD:  '${TRIGGER_FIELD}' may be set on Default only: a pipeline is started as a whole.`;
    inspection.error(id, TRIGGER_FIELD, text);
  }
}

function checkField(inspection: Inspection, component: Component, field: KnownField): void {
  const { name, owner } = field;
  for (const value of field.values) {
    if (typeof value !== 'string') continue; // check-values.ts
    for (const evaluated of inspection.evaluate(value, component.id) ?? []) {
      const problem = valueProblem(inspection, name, evaluated, hasExpression(value));
      if (problem === undefined) continue;
      const text = `INVALID_FIELD_VALUE:  '${name}' value ${inspection.shown(value, name, evaluated)} ${problem}.`;
      inspection.error(owner, name, text);
    }
  }
}

/** What is wrong with the value of a field of a trigger, and what was expected. */
function valueProblem(
  inspection: Inspection,
  name: string,
  value: string,
  isComposed: boolean,
): string | undefined {
  switch (name) {
    case 'directoryPath':
      return /^(s3:\/\/[^/\s]+(\/|$)|file:\/\/\/)/i.test(value)
        ? undefined
        : 'is not a directory: expected s3://bucket/prefix or file:///directory';
    case 'filePattern':
      return value.startsWith('/')
        ? 'begins with "/": expected a pattern of paths below directoryPath, for example "*.csv"'
        : undefined;
    case 'queueUrl':
      return /^https?:\/\/[^/\s]+\/\S+$/i.test(value)
        ? undefined
        : 'is not the URL of a queue: expected https://sqs.<region>.amazonaws.com/<account>/<queue>';
    case 'pipelineId':
      return /^df-[0-9A-Z]+$/i.test(value)
        ? undefined
        : `is not the id of a pipeline: expected df-…; a name stands in 'pipelineName'`;
    case 'parameter':
      return parameterProblem(inspection, value, isComposed);
    default:
      return undefined;
  }
}

function parameterProblem(inspection: Inspection, id: string, isComposed: boolean): string | undefined {
  if (isComposed) return 'is an expression: expected the id of a parameter as it is, without #{ }';
  const { parameterObjects } = inspection.definition;
  const parameter = parameterObjects.find((each) => each.id === id);
  if (parameter === undefined) {
    const hint = inspection.suggest(
      id,
      parameterObjects.map((each) => each.id),
    );
    return `is not a parameter of the definition${hint === '' ? ": expected the id of one of its 'parameters'" : hint.replace(/\?$/, '')}`;
  }
  const type = parameter.attributes.find(({ key }) => key === 'type')?.stringValue ?? 'String';
  return NUMBER_TYPES.has(type.trim().toLowerCase())
    ? `is a parameter of type ${type.trim()}: expected a String or an AWS::S3::ObjectKey, for it receives text`
    : undefined;
}

/** Notifications are of S3 only. */
function checkQueue(inspection: Inspection, component: Component): void {
  if (valuesOf(component, 'queueUrl').length === 0) return;
  const directory = inspection.textOf(component, 'directoryPath');
  if (directory === undefined || !/^file:/i.test(directory)) return;
  const text = `INVALID_FIELD:  'queueUrl' goes with s3:// in 'directoryPath' only: nobody sends notifications of files.`;
  inspection.error(inspection.ownerOf(component.id, 'queueUrl'), 'queueUrl', text);
}
