import type { PipelineDefinition } from './pipeline-definition.js';

/** An object, or one of its fields. */
export interface FieldPlace {
  readonly objectId: string;
  readonly field?: string;
}

/** Steps from parameter to parameter, for all questions together. Our choice: real definitions need hundreds. */
const MOST_STEPS = 100_000;

/**
 * Of a parameter: the fields whose expressions name it, also by way of another parameter. A name is taken for a use
 * wherever it stands in an expression: a field of that name, or a text, may be meant instead.
 */
export function parameterUses(
  definition: PipelineDefinition,
): (parameterId: string) => readonly FieldPlace[] {
  const ids = new Set([...definition.parameterObjects, ...definition.parameterValues].map(({ id }) => id));
  const places = new Map<string, FieldPlace[]>();
  const users = new Map<string, Set<string>>();
  for (const { id: objectId, fields } of definition.pipelineObjects) {
    for (const { key: field, stringValue = '' } of fields) {
      for (const id of namedIn(stringValue, ids)) addTo(places, id, { objectId, field });
    }
  }
  const texts = [
    ...definition.parameterValues.map(({ id, stringValue }) => [id, stringValue] as const),
    ...definition.parameterObjects.flatMap(({ id, attributes }) =>
      attributes.map(({ stringValue }) => [id, stringValue] as const),
    ),
  ];
  for (const [user, text] of texts) {
    for (const id of namedIn(text, ids)) users.set(id, (users.get(id) ?? new Set()).add(user));
  }
  let stepsLeft = MOST_STEPS;
  return (start) => {
    const through = new Set([start]);
    const found: FieldPlace[] = [];
    // The set grows while it is walked.
    for (const id of through) {
      const own = places.get(id) ?? [];
      if (id !== start) stepsLeft -= 1 + own.length;
      if (id !== start && stepsLeft < 0) break;
      for (const place of own) found.push(place);
      for (const user of users.get(id) ?? []) through.add(user);
    }
    return found;
  };
}

function namedIn(text: string, ids: ReadonlySet<string>): Set<string> {
  const named = new Set<string>();
  if (!text.includes('#{')) return named;
  // In `2*myCount` the star is an operator, in `#{*mySecret}` part of the name.
  for (const [name = ''] of text.matchAll(/\*?[A-Za-z_]\w*/g)) {
    for (const each of [name, name.replace('*', '')]) if (ids.has(each)) named.add(each);
  }
  return named;
}

function addTo(map: Map<string, FieldPlace[]>, key: string, place: FieldPlace): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [place]);
  else list.push(place);
}
