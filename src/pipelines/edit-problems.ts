import type {
  DefinitionProblem,
  Field,
  PipelineDefinition,
  PipelineObject,
} from '../../model/definition/pipeline-definition.js';

/** Fields of a Schedule on which the numbering of its intervals rests. */
const FIXED_SCHEDULE_FIELDS = ['period', 'startDateTime', 'startAt'];

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
      return object === undefined ? [removed(before)] : changes(before, object);
    }),
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

function changes(before: PipelineObject, after: PipelineObject): DefinitionProblem[] {
  const { id } = before;
  const references = [
    ...new Set([...before.fields, ...after.fields].filter(isReference).map(({ key }) => key)),
  ]
    .filter((key) => !same(referencesIn(before, key), referencesIn(after, key)))
    .map((key) =>
      problem(
        id,
        key,
        `Object "${id}": reference field "${key}" was changed from ${shown(referencesIn(before, key))} to ` +
          `${shown(referencesIn(after, key))}: references of an object cannot be changed after activation`,
      ),
    );
  if (!isSchedule(before)) return references;
  const schedule = FIXED_SCHEDULE_FIELDS.filter(
    (key) => !same(textsIn(before, key), textsIn(after, key)),
  ).map((key) =>
    problem(
      id,
      key,
      `Schedule "${id}": ${key} was changed from ${shown(textsIn(before, key))} to ${shown(textsIn(after, key))}: it cannot be ` +
        `changed after activation; to resume elsewhere, give startTimestamp when you activate`,
    ),
  );
  return [...references, ...schedule];
}

function newOutputs(object: PipelineObject, existing: ReadonlySet<string>): DefinitionProblem[] {
  return referencesIn(object, 'output')
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

function isReference(field: Field): boolean {
  return field.refValue !== undefined;
}

function isSchedule({ fields }: PipelineObject): boolean {
  return fields.some(({ key, stringValue }) => key === 'type' && stringValue === 'Schedule');
}

function referencesIn({ fields }: PipelineObject, key: string): string[] {
  return fields.flatMap((field) =>
    field.key === key && field.refValue !== undefined ? [field.refValue] : [],
  );
}

function textsIn({ fields }: PipelineObject, key: string): string[] {
  return fields.flatMap((field) =>
    field.key === key && field.stringValue !== undefined ? [field.stringValue] : [],
  );
}

function same(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((value, index) => value === right[index]);
}

function shown(values: readonly string[]): string {
  return values.length === 0 ? 'none' : values.map((value) => `"${value}"`).join(', ');
}
