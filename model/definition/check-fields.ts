import { listed } from '../expression/suggest.js';
import { fieldOf, objectType, OBJECT_TYPES } from '../objects/catalogue.js';
import type { FieldDefinition, ObjectType } from '../objects/object-type.js';
import { isReference, type Component } from './component.js';
import { DEFAULT_ID } from './inheritance.js';
import { valuesOf, type Inspection } from './inspection.js';
import { quote } from './problem.js';

/** Groups of which one field must be there and only one may be; of the others (runsOn, workerGroup) both may. */
const EXCLUSIVE_GROUPS: ReadonlySet<string> = new Set([
  'command|scriptUri',
  'script|scriptUri',
  'hiveScript|scriptUri',
  'startAt|startDateTime',
  'period|cronExpression',
  'clusterId|connectionString',
  'releaseLabel|amiVersion',
  'url|*url',
  'pipelineId|pipelineName',
]);

/** A user's own field: any object may have it. Source: semantics.md 1. */
const USER_FIELD = /^\*?my[A-Z_]/;

/** Types, names of fields, and which fields must, may and must not be there. Source: semantics.md 15. */
export function checkTypesAndFields(inspection: Inspection): void {
  const parents = idsReferredTo(inspection, (field) => field === 'parent');
  for (const component of inspection.components.values()) {
    if (inspection.isSettled) return;
    const type = objectType(component.type);
    if (component.type === undefined) {
      checkUntyped(inspection, component, parents);
    } else if (type === undefined) {
      const hint = inspection.suggest(component.type, Object.keys(OBJECT_TYPES));
      const text = `INVALID_TYPE:  'type' ${quote(component.type)} is not a type of object${hint}`;
      inspection.error(
        component.id,
        'type',
        hint === '' ? `${text}. Expected one of ${listed(Object.keys(OBJECT_TYPES), 50)}.` : text,
      );
    } else {
      checkOwnNames(inspection, component.id, component.type, type);
      checkPresence(inspection, component, component.type, type);
      checkCounts(inspection, component);
    }
  }
}

function idsReferredTo(inspection: Inspection, ofField: (name: string) => boolean): Set<string> {
  const ids = new Set<string>();
  for (const { fields } of inspection.definition.pipelineObjects) {
    for (const { key, refValue, stringValue } of fields) {
      const id = refValue ?? (key === 'parent' ? stringValue : undefined);
      if (id !== undefined && ofField(key)) ids.add(id);
    }
  }
  return ids;
}

/** Objects without a type serve as parents only. Source: observed.md. */
function checkUntyped(inspection: Inspection, { id }: Component, parents: ReadonlySet<string>): void {
  const types = inspection.objects.get(id)?.fields.filter(({ key }) => key === 'type') ?? [];
  const [asReference] = types;
  if (asReference?.refValue !== undefined) {
    inspection.error(
      id,
      'type',
      `INVALID_TYPE:  'type' is a reference to ${quote(asReference.refValue)}. Expected text.`,
    );
  } else if (id !== DEFAULT_ID && !parents.has(id)) {
    inspection.error(
      id,
      'type',
      `MISSING_FIELD:  'type' is missing. Only Default and objects that others name as parent have none.`,
    );
  }
}

function checkOwnNames(inspection: Inspection, id: string, typeName: string, type: ObjectType): void {
  for (const { key } of inspection.objects.get(id)?.fields ?? []) {
    if (inspection.isSettled) return;
    if (key === 'type' || key === '' || USER_FIELD.test(key)) continue;
    const field = fieldOf(type, key);
    if (field === undefined) {
      inspection.error(id, key, unknownField(inspection, key, typeName, type));
    } else if (field.use === 'forbidden') {
      inspection.error(
        id,
        key,
        `INVALID_FIELD:  '${key}' must not be set on ${typeName}. Expected it on the activities.`,
      );
    } else if (field.readOnly === true) {
      inspection.warn(
        id,
        key,
        `INVALID_FIELD:  '${key}' is written by the service; the value in the definition has no effect.`,
      );
    }
  }
}

function unknownField(inspection: Inspection, key: string, typeName: string, type: ObjectType): string {
  if (key.startsWith('@'))
    return `INVALID_FIELD:  '${key}' is written by the service. Expected no field that begins with @.`;
  const starred = fieldOf(type, `*${key}`) === undefined ? undefined : `; did you mean "*${key}"?`;
  const hint = starred ?? inspection.suggest(key, Object.keys(type.fields));
  const own = 'Fields of your own begin with "my" and a capital letter or "_".';
  return `INVALID_FIELD:  '${key}' is not a field of ${typeName}${hint === '' ? '.' : hint} ${own}`;
}

/** What a type asks of the presence of its fields. */
interface Presence {
  readonly required: readonly (readonly [string, FieldDefinition])[];
  readonly groups: ReadonlyMap<string, readonly string[]>;
}

const presences = new Map<string, Presence>();

function presenceOf(typeName: string, type: ObjectType): Presence {
  let presence = presences.get(typeName);
  if (presence === undefined) {
    const fields = Object.entries(type.fields);
    const groups = new Map<string, readonly string[]>();
    for (const [, { group }] of fields) if (group !== undefined) groups.set(group.join('|'), group);
    if (typeName === 'EmrCluster') groups.set('releaseLabel|amiVersion', ['releaseLabel', 'amiVersion']);
    const required = fields.filter(([, field]) => field.use === 'required' && field.default === undefined);
    presences.set(typeName, (presence = { required, groups }));
  }
  return presence;
}

function checkPresence(
  inspection: Inspection,
  component: Component,
  typeName: string,
  type: ObjectType,
): void {
  const has = (name: string) => valuesOf(component, name).length > 0;
  const { required, groups } = presenceOf(typeName, type);
  for (const [name, field] of required) {
    if (has(name)) continue;
    const text = `MISSING_FIELD:  '${name}' is required on ${typeName}: ${field.meaning}`;
    // A role is AWS's permission; the guide's own examples leave it out, and here the worker's credentials count.
    if (name === 'role') inspection.warn(component.id, name, text);
    else inspection.error(component.id, name, text);
  }
  for (const [key, group] of groups) {
    const present = group.filter(has);
    if (present.length === 1) continue;
    const either = group.map((name) => `'${name}'`).join(' or ');
    if (present.length === 0 && key === 'runsOn|workerGroup') {
      // AWS accepts it: the symptom is a task that waits for a runner for ever. Source: semantics.md 9.3, 18.
      inspection.warn(
        component.id,
        'runsOn',
        `MISSING_FIELD:  ${either} is missing on ${typeName}: it will stay in WAITING_FOR_RUNNER.`,
      );
    } else if (present.length === 0 && key !== 'releaseLabel|amiVersion') {
      inspection.error(
        component.id,
        group[0],
        `MISSING_FIELD:  ${either} is required on ${typeName}. Found neither.`,
      );
    }
    // An own field beside an inherited one overrules it only in the reader's eyes: both are there, so both count.
    if (present.length > 1 && EXCLUSIVE_GROUPS.has(key)) {
      inspection.error(
        component.id,
        present[1],
        `INVALID_FIELD:  ${either} may be set on ${typeName}, not both.`,
      );
    }
    if (
      present.length > 1 &&
      key === 'runsOn|workerGroup' &&
      inspection.ownerOf(component.id, 'workerGroup') === component.id
    ) {
      inspection.warn(
        component.id,
        'workerGroup',
        `INVALID_FIELD:  'workerGroup' has no effect, for 'runsOn' is set too.`,
      );
    }
  }
}

function checkCounts(inspection: Inspection, component: Component): void {
  for (const { name, values, definition, owner } of inspection.knownFields(component)) {
    if (definition.list !== true && values.length > 1) {
      const shown = values
        .map((value) => (isReference(value) ? value.ref : value))
        .map((value) => quote(value, name));
      inspection.error(
        owner,
        name,
        `INVALID_FIELD_VALUE:  '${name}' has ${values.length} values: ${listed(shown, 3)}. Expected one.`,
      );
    }
    if (definition.maxItems !== undefined && values.length > definition.maxItems) {
      inspection.warn(
        owner,
        name,
        `LIMIT_EXCEEDED:  '${name}' has ${values.length} values, more than AWS Data Pipeline's quota of ${definition.maxItems}. Penstock has no such limit.`,
      );
    }
  }
}
