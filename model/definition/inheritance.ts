import type { Component, FieldValue } from './component.js';
import type { DefinitionProblem, Field, PipelineDefinition, PipelineObject } from './pipeline-definition.js';
import { shownCycle } from './cycles.js';
import { problem } from './problem.js';

/** Id of the object that all objects without a parent of their own inherit from. Source: semantics.md 1. */
export const DEFAULT_ID = 'Default';

/** A chain of parents multiplies what stands in it. Our choice: 50,000 objects with 10 inherited fields each. */
const MAXIMUM_INHERITED_FIELDS = 500_000;

/** Components by id, in the order of the definition, and where their fields come from. */
export interface ResolvedComponents {
  readonly components: Map<string, Component>;
  /** By component id and field: the values, and the id of the object that holds them (itself, or one that it inherits from). */
  readonly owners: ReadonlyMap<string, ReadonlyMap<string, OwnedValues>>;
  /** Chains of parents that lead back to themselves. */
  readonly problems: readonly DefinitionProblem[];
}

/**
 * The objects of a definition with inherited fields filled in. Own fields win over the parent's, which win over its
 * parent's; an object without `parent` (also the last of a chain) inherits from `Default`. `id`, `name`, `type` and
 * `parent` are not inherited. Of several objects with one id the first counts. Source: semantics.md 1, observed.md.
 */
export function resolveComponents(definition: PipelineDefinition): ResolvedComponents {
  const objects = new Map<string, PipelineObject>();
  for (const object of definition.pipelineObjects) {
    if (!objects.has(object.id)) objects.set(object.id, object);
  }
  const own = new Map<string, OwnFields>();
  for (const [id, object] of objects) own.set(id, ownFields(object, objects));

  const resolved = new Map<string, ReadonlyMap<string, OwnedValues>>();
  const problems: DefinitionProblem[] = [];
  let inheritedFields = 0;
  for (const id of objects.keys()) resolveChain(id);

  const components = new Map<string, Component>();
  for (const [id, object] of objects) {
    const type = own.get(id)?.type;
    components.set(id, {
      id,
      name: object.name,
      // CloudFormation gives Default the type "Default", which is none.
      ...(type === undefined || (id === DEFAULT_ID && type === DEFAULT_ID) ? {} : { type }),
      fields: recordOf(resolved.get(id)),
    });
  }
  if (inheritedFields > MAXIMUM_INHERITED_FIELDS) {
    const text = `LIMIT_EXCEEDED:  the objects inherit more than ${MAXIMUM_INHERITED_FIELDS} fields in all; what goes beyond is left out. Expected shorter chains of parents, or fewer fields in them.`;
    problems.push(problem('error', {}, text));
  }
  return { components, owners: resolved, problems };

  /** Up the parents in a loop, not by recursion: a chain may be as long as the definition. */
  function resolveChain(start: string): void {
    const chain: string[] = [];
    const inChain = new Set<string>();
    let id: string | undefined = start;
    while (id !== undefined && !resolved.has(id)) {
      if (inChain.has(id)) {
        const cycle = shownCycle(chain.slice(chain.indexOf(id)));
        const text = `INVALID_REFERENCE:  'parent' leads in a circle: ${cycle}. Expected a chain of parents that ends.`;
        problems.push(problem('error', { objectId: id, field: 'parent' }, text));
        break;
      }
      chain.push(id);
      inChain.add(id);
      id = parentOf(id);
    }
    let inherited: ReadonlyMap<string, OwnedValues> =
      id === undefined || inChain.has(id) ? new Map() : (resolved.get(id) ?? new Map<string, OwnedValues>());
    for (const each of chain.reverse()) {
      const fields = own.get(each)?.fields ?? new Map<string, OwnedValues>();
      for (const [key, field] of inherited) {
        if (fields.has(key)) continue;
        if (++inheritedFields > MAXIMUM_INHERITED_FIELDS) break;
        fields.set(key, field);
      }
      resolved.set(each, fields);
      inherited = fields;
    }
  }

  function parentOf(id: string): string | undefined {
    const parent = own.get(id)?.parent;
    if (parent !== undefined) return objects.has(parent) ? parent : undefined;
    return id !== DEFAULT_ID && objects.has(DEFAULT_ID) ? DEFAULT_ID : undefined;
  }
}

/** Values of a field, and the object that they stand in. */
export interface OwnedValues {
  readonly values: readonly FieldValue[];
  readonly owner: string;
}

interface OwnFields {
  readonly type?: string;
  readonly parent?: string;
  /** What is inherited is put in behind them. */
  readonly fields: Map<string, OwnedValues>;
}

/** Without a prototype `__proto__` is a field as any other, and odd names do not each make a hidden class of their own. */
function recordOf(fields: ReadonlyMap<string, OwnedValues> = new Map()): Component['fields'] {
  const record = Object.create(null) as Record<string, readonly FieldValue[]>;
  for (const [key, { values }] of fields) record[key] = values;
  return record;
}

/** The value of a field on the wire, as a component holds it. */
export function fieldValue(field: Field): FieldValue {
  return field.refValue === undefined ? (field.stringValue ?? '') : { ref: field.refValue };
}

function ownFields(object: PipelineObject, objects: ReadonlyMap<string, PipelineObject>): OwnFields {
  const fields = new Map<string, { readonly values: FieldValue[]; readonly owner: string }>();
  let type: string | undefined;
  let parent: string | undefined;
  for (const field of object.fields) {
    const { key } = field;
    if (key === 'type') {
      type ??= field.stringValue;
    } else if (key === 'parent') {
      parent ??= field.refValue ?? field.stringValue;
    } else {
      const value = scheduleReference(field, objects);
      const known = fields.get(key);
      if (known === undefined) fields.set(key, { values: [value], owner: object.id });
      else known.values.push(value);
    }
  }
  return { ...(type === undefined ? {} : { type }), ...(parent === undefined ? {} : { parent }), fields };
}

/** `schedule` written as text counts as a reference when such an object exists (validation warns). Source: observed.md. */
function scheduleReference(field: Field, objects: ReadonlyMap<string, PipelineObject>): FieldValue {
  const value = fieldValue(field);
  return field.key === 'schedule' && typeof value === 'string' && objects.has(value) ? { ref: value } : value;
}
