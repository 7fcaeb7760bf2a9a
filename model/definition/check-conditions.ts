import { conditionHolds } from '../condition/condition.js';
import { parseCondition, type ParsedCondition } from '../condition/parse-condition.js';
import { ExpressionError } from '../expression/errors.js';
import { listed } from '../expression/suggest.js';
import { objectType } from '../objects/catalogue.js';
import { isReference, type Component } from './component.js';
import { DEFAULT_ID } from './inheritance.js';
import { valuesOf, type Inspection } from './inspection.js';
import { quote } from './problem.js';

/** Most names that are reported of one condition. Our choice, as for expressions. */
const MAXIMUM_REPORTS = 50;

/** Ids of the activities that write a data node, by its id. */
type Producers = ReadonlyMap<string, ReadonlySet<string>>;

/** `condition` can be read, names only what the activity depends on, and can be decided. Ours: docs/decisions/006-condition.md. */
export function checkConditions(inspection: Inspection): void {
  const onDefault = inspection.components.get(DEFAULT_ID);
  if (onDefault !== undefined && valuesOf(onDefault, 'condition').length > 0) {
    const text = `INVALID_FIELD:  'condition' has no effect on ${DEFAULT_ID}. Expected it on the activities, or on a parent of theirs.`;
    inspection.warn(DEFAULT_ID, 'condition', text);
  }
  const read = new Map<string, ParsedCondition | ExpressionError>();
  let producers: Producers | undefined;
  for (const component of inspection.components.values()) {
    if (objectType(component.type)?.category !== 'activity') continue;
    const owner = inspection.ownerOf(component.id, 'condition');
    const [value] = valuesOf(component, 'condition');
    // A reference is a problem of form, which checkValues reports.
    if (owner === DEFAULT_ID || value === undefined || isReference(value)) continue;
    let parsed = read.get(value);
    if (parsed === undefined) read.set(value, (parsed = parsedOrError(value)));
    if (parsed instanceof ExpressionError) {
      inspection.error(owner, 'condition', `INVALID_FIELD_VALUE:  'condition' ${lowerFirst(parsed.message)}`);
      continue;
    }
    if (!inspection.spend(parsed.names.length)) return;
    producers ??= producersOf(inspection);
    checkCondition(inspection, component, value, parsed, producers);
  }
}

function parsedOrError(text: string): ParsedCondition | ExpressionError {
  try {
    return parseCondition(text);
  } catch (error) {
    if (error instanceof ExpressionError) return error;
    throw error;
  }
}

function checkCondition(
  inspection: Inspection,
  component: Component,
  text: string,
  { condition, names }: ParsedCondition,
  producers: Producers,
): void {
  const { id } = component;
  const dependencies = dependenciesOf(component);
  const unknown = new Map<string, number>();
  for (const name of names) {
    if (!dependencies.has(name.id) && !unknown.has(name.id)) unknown.set(name.id, name.at);
    if (unknown.size >= MAXIMUM_REPORTS) break;
  }
  for (const [name, at] of unknown) {
    if (!inspection.spend(dependencies.size + at)) return;
    const missing = missingDependency(inspection, component, name, dependencies, producers);
    const { message } = new ExpressionError(text, at, missing);
    inspection.error(id, 'condition', `INVALID_REFERENCE:  'condition' ${lowerFirst(message)}`);
  }
  if (unknown.size > 0) return;
  if (dependencies.size === 0) {
    if (!inspection.spend(text.length)) return;
    const expected = `Expected 'dependsOn' or 'input' on ${id}.`;
    if (conditionHolds(condition, () => [])) {
      inspection.warn(
        id,
        'condition',
        `INVALID_FIELD_VALUE:  'condition' ${quote(text)} decides nothing, for ${id} has no dependencies. ${expected}`,
      );
    } else {
      inspection.error(
        id,
        'condition',
        `INVALID_FIELD_VALUE:  'condition' ${quote(text)} never holds, for ${id} has no dependencies. ${expected}`,
      );
    }
    return;
  }
  warnOfEndlessWait(inspection, component, dependencies, producers);
}

function missingDependency(
  inspection: Inspection,
  { id }: Component,
  name: string,
  dependencies: ReadonlySet<string>,
  producers: Producers,
): string {
  const what = `${quote(name)} is not a dependency of ${quote(id)}`;
  const written = [...dependencies].find((each) => producers.get(each)?.has(name) === true);
  if (written !== undefined)
    return `${what}: it writes ${quote(written)}, which is. Expected '${written}', or ${quote(name)} in 'dependsOn' too`;
  const hint = inspection.suggest(name, dependencies);
  const there = `expected one of input and dependsOn: ${listed([...dependencies])}`;
  if (hint !== '') return `${what}; ${there}${hint}`;
  return inspection.components.has(name)
    ? `${what}; ${there}, or ${quote(name)} in 'dependsOn' too`
    : `${what}, nor an object of the definition; ${there}`;
}

/** With failureAndRerunMode none what needs a failed object never ends, so that a condition on it is never decided. */
function warnOfEndlessWait(
  inspection: Inspection,
  { id }: Component,
  dependencies: ReadonlySet<string>,
  producers: Producers,
): void {
  const stuck = [...dependencies].filter((each) => {
    const dependency = inspection.components.get(each);
    if (dependency === undefined || ownCondition(inspection, dependency)) return false;
    const cascades = inspection.textOf(dependency, 'failureAndRerunMode')?.toLowerCase() === 'cascade';
    return (
      !cascades &&
      (producers.has(each) ||
        ['input', 'dependsOn', 'precondition'].some((field) =>
          valuesOf(dependency, field).some((value) => isReference(value) && value.ref !== each),
        ))
    );
  });
  if (stuck.length === 0) return;
  const text = `'condition' of ${id} is decided when all its dependencies are over, but ${listed(stuck, 3)} would wait for ever for what has failed. Expected failureAndRerunMode CASCADE there.`;
  inspection.warn(id, 'condition', text);
}

/** Whether an activity has a condition that counts. */
function ownCondition(inspection: Inspection, component: Component): boolean {
  return (
    objectType(component.type)?.category === 'activity' &&
    valuesOf(component, 'condition').length > 0 &&
    inspection.ownerOf(component.id, 'condition') !== DEFAULT_ID
  );
}

/** Ids of what an activity or data node needs by name; of itself (over Default) it needs nothing. */
function dependenciesOf(component: Component): ReadonlySet<string> {
  const fields = objectType(component.type)?.category === 'activity' ? ['input', 'dependsOn'] : ['dependsOn'];
  const ids = fields.flatMap((field) => valuesOf(component, field)).filter(isReference);
  return new Set(ids.map(({ ref }) => ref).filter((ref) => ref !== component.id));
}

function producersOf(inspection: Inspection): Producers {
  const producers = new Map<string, Set<string>>();
  for (const component of inspection.components.values()) {
    if (objectType(component.type)?.category !== 'activity') continue;
    for (const value of valuesOf(component, 'output').filter(isReference)) {
      const ids = producers.get(value.ref);
      if (ids === undefined) producers.set(value.ref, new Set([component.id]));
      else ids.add(component.id);
    }
  }
  return producers;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
