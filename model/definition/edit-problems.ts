import { evaluateEachField } from '../expression/evaluate.js';
import { textsOf } from './component.js';
import { resolveComponents } from './inheritance.js';
import { resolveParameters } from './parameters.js';
import type { DefinitionProblem, PipelineDefinition, PipelineObject } from './pipeline-definition.js';

/** Fields of a Schedule on which the numbering of its intervals rests; the last two are Penstock's own. */
const FIXED_SCHEDULE_FIELDS = ['period', 'startDateTime', 'startAt', 'cronExpression', 'timeZone'];

/**
 * What a new definition may not change of the one that was activated: its intervals, instances and their edges are
 * numbered and named after it. Source: semantics.md 14.4.
 */
export function editProblems(active: PipelineDefinition, next: PipelineDefinition): DefinitionProblem[] {
  const after = new Map(next.pipelineObjects.map((object) => [object.id, object]));
  const existing = new Set(active.pipelineObjects.map(({ id }) => id));
  return [
    ...active.pipelineObjects.flatMap((before) => {
      const object = after.get(before.id);
      return object === undefined ? [removed(before)] : changedReferences(before, object);
    }),
    ...scheduleChanges(active, next),
    ...next.pipelineObjects
      .filter(({ id }) => !existing.has(id))
      .flatMap((object) => newOutputs(object, existing)),
  ];
}

function removed({ id }: PipelineObject): DefinitionProblem {
  return problem(
    id,
    undefined,
    `Object "${id}" was removed: an object of an activated pipeline must stay in its definition`,
  );
}

function changedReferences(before: PipelineObject, after: PipelineObject): DefinitionProblem[] {
  const { id } = before;
  const left = referencesByField(before);
  const right = referencesByField(after);
  return [...new Set([...left.keys(), ...right.keys()])].flatMap((key) => {
    const was = left.get(key) ?? [];
    const is = right.get(key) ?? [];
    if (same(was, is)) return [];
    return [
      problem(
        id,
        key,
        `Object "${id}": reference field "${key}" was changed from ${shown(was)} to ${shown(is)}: references of an ` +
          `object cannot be changed after activation`,
      ),
    ];
  });
}

/** Compared as they are evaluated: a parameter, or a parent, may hold what a Schedule says. */
function scheduleChanges(active: PipelineDefinition, next: PipelineDefinition): DefinitionProblem[] {
  const after = scheduleTexts(next);
  return [...scheduleTexts(active)].flatMap(([id, before]) => {
    const texts = after.get(id);
    if (texts === undefined) return [];
    return FIXED_SCHEDULE_FIELDS.filter((key) => !same(before(key), texts(key))).map((key) =>
      problem(
        id,
        key,
        `Schedule "${id}": ${key} was changed from ${shown(before(key))} to ${shown(texts(key))}: it cannot be changed ` +
          `after activation; to resume elsewhere, give startTimestamp when you activate`,
      ),
    );
  });
}

/** By Schedule: the texts of each of its fields. A field that cannot be evaluated is named by validation. */
function scheduleTexts(definition: PipelineDefinition): Map<string, (key: string) => string[]> {
  const { components } = resolveComponents(definition);
  const context = {
    pipelineId: '',
    components,
    parameters: resolveParameters(definition).values,
    runtime: () => ({}),
  };
  return new Map(
    [...components.values()]
      .filter(({ type }) => type === 'Schedule')
      .map((schedule) => {
        const { fields } = evaluateEachField(
          schedule,
          { ...context, self: schedule.id },
          FIXED_SCHEDULE_FIELDS,
        );
        return [schedule.id, (key: string) => textsOf({ fields }, key)] as const;
      }),
  );
}

function newOutputs(object: PipelineObject, existing: ReadonlySet<string>): DefinitionProblem[] {
  return (referencesByField(object).get('output') ?? [])
    .filter((id) => existing.has(id))
    .map((id) =>
      problem(
        object.id,
        'output',
        `Object "${object.id}": output refers to "${id}": a new object cannot write to an object of an activated pipeline`,
      ),
    );
}

function problem(objectId: string, field: string | undefined, message: string): DefinitionProblem {
  return { severity: 'error', objectId, ...(field === undefined ? {} : { field }), message };
}

function referencesByField({ fields }: PipelineObject): Map<string, string[]> {
  const byField = new Map<string, string[]>();
  for (const { key, refValue } of fields) {
    if (refValue === undefined) continue;
    const references = byField.get(key);
    if (references === undefined) byField.set(key, [refValue]);
    else references.push(refValue);
  }
  return byField;
}

function same(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((value, index) => value === right[index]);
}

function shown(values: readonly string[]): string {
  return values.length === 0 ? 'none' : values.map((value) => `"${value}"`).join(', ');
}
