import { listed } from '../expression/suggest.js';
import { objectType, targetTypes } from '../objects/catalogue.js';
import { isReference, type Component } from './component.js';
import { findCycles, shownCycle } from './cycles.js';
import { DEFAULT_ID } from './inheritance.js';
import { valuesOf, type Inspection, type KnownField } from './inspection.js';
import { quote, withArticle } from './problem.js';

/** References name objects that exist and have a fitting type, and nothing waits for itself. Source: semantics.md 15. */
export function checkReferences(inspection: Inspection): void {
  for (const object of inspection.definition.pipelineObjects) {
    if (inspection.isSettled) return;
    for (const { key, refValue, stringValue } of object.fields) {
      if (refValue !== undefined && refValue !== '') checkExists(inspection, object.id, key, refValue);
      if (stringValue === undefined || (key !== 'parent' && key !== 'schedule')) continue;
      checkTextReference(inspection, object.id, key, stringValue);
    }
  }
  for (const component of inspection.components.values()) {
    for (const field of inspection.knownFields(component)) {
      if (field.definition.kind === 'reference') checkTargets(inspection, field);
    }
  }
  checkDependencyCycles(inspection);
}

function checkExists(inspection: Inspection, id: string, field: string, target: string): void {
  if (inspection.objects.has(target)) return;
  const byName = inspection.objectNamed(target);
  const hint =
    byName === undefined
      ? inspection.suggest(target, inspection.objects.keys())
      : `; references are by id: the object of that name has the id ${quote(byName.id)}`;
  inspection.error(
    id,
    field,
    `INVALID_REFERENCE:  '${field}' refers to ${quote(target)}, which is not an object of the definition${hint === '' ? '.' : hint}`,
  );
}

/** `parent` and `schedule` written as text. Our choice: taken as references where they fit, with a warning. observed.md */
function checkTextReference(inspection: Inspection, id: string, field: string, text: string): void {
  const expected = `{"ref": ${quote(text)}} (refValue on the wire)`;
  if (inspection.objects.has(text)) {
    inspection.warn(
      id,
      field,
      `INVALID_FIELD_VALUE:  '${field}' value ${quote(text)} is text and is taken as a reference. Expected ${expected}.`,
    );
    return;
  }
  const hint = inspection.suggest(text, inspection.objects.keys());
  const suffix =
    hint === '' ? `Expected {"ref": "id of an object"}.` : `Expected {"ref": "id of an object"}${hint}`;
  inspection.error(
    id,
    field,
    `INVALID_FIELD_VALUE:  '${field}' value ${quote(text)} is text and names no object of the definition. ${suffix}`,
  );
}

function checkTargets(inspection: Inspection, field: KnownField): void {
  const { name, owner, values, definition } = field;
  const fitting = targetTypes(definition.targets ?? []);
  for (const value of values) {
    if (!isReference(value)) {
      if (name === 'schedule' || name === 'parent') continue; // checkTextReference
      const hint = inspection.objects.has(value) ? `{"ref": ${quote(value)}}` : '{"ref": "id of an object"}';
      inspection.error(
        owner,
        name,
        `INVALID_FIELD_VALUE:  '${name}' value ${quote(value)} is text. Expected ${hint}.`,
      );
      continue;
    }
    const target = inspection.components.get(value.ref);
    if (target === undefined || fitting === undefined) continue;
    if (target.type !== undefined && objectType(target.type) === undefined) continue; // the type itself is reported
    if (target.type !== undefined && fitting.includes(target.type)) continue;
    const what = target.type === undefined ? 'which has no type' : withArticle(target.type);
    inspection.error(
      owner,
      name,
      `INVALID_REFERENCE:  '${name}' refers to ${quote(value.ref)}, ${what}. Expected ${listed(fitting, 20)}.`,
    );
  }
}

/**
 * Circles of activities and data nodes that would wait for each other for ever: over `dependsOn`, and from a consumer
 * over its `input` to the activities that have that node as `output`. Source: semantics.md 6.1.
 */
function checkDependencyCycles(inspection: Inspection): void {
  const waitsFor = new Map<string, string[]>();
  const add = (from: string, to: string) => {
    const list = waitsFor.get(from);
    if (list === undefined) waitsFor.set(from, [to]);
    else list.push(to);
  };
  for (const component of inspection.components.values()) {
    const category = objectType(component.type)?.category;
    if (category !== 'activity' && category !== 'datanode') continue;
    for (const id of referredIds(component, 'dependsOn')) {
      // `dependsOn` on Default reaches its own target too: harmless, an object does not wait for itself.
      if (id !== component.id || inspection.ownerOf(component.id, 'dependsOn') !== DEFAULT_ID)
        add(component.id, id);
    }
    if (category !== 'activity') continue;
    for (const id of referredIds(component, 'input')) add(component.id, id);
    for (const id of referredIds(component, 'output')) add(id, component.id);
  }
  for (const cycle of findCycles(waitsFor)) {
    const [first = ''] = cycle;
    inspection.error(
      first,
      'dependsOn',
      `CYCLIC_DEPENDENCY:  objects wait for each other in a circle: ${shownCycle(cycle)}. Expected an order without circles over dependsOn, input and output.`,
    );
  }
}

function referredIds(component: Component, field: string): string[] {
  return valuesOf(component, field).flatMap((value) => (isReference(value) ? [value.ref] : []));
}
