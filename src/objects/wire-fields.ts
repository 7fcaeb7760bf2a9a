import type { Component } from '../../model/definition/component.js';
import type { Field } from '../../model/definition/pipeline-definition.js';

/** An instant as fields show it: `YYYY-MM-DDTHH:MM:SS`, UTC. Source: api.md 1. */
export function fieldTime(iso: string): string {
  return iso.slice(0, 19);
}

/** A text field, or nothing when there is no value. */
export function textField(key: string, value: string | number | undefined): Field[] {
  return value === undefined ? [] : [{ key, stringValue: String(value) }];
}

/** A field that holds an instant (ISO-8601), or nothing. */
export function timeField(key: string, iso: string | undefined): Field[] {
  return iso === undefined ? [] : [{ key, stringValue: fieldTime(iso) }];
}

/** A list of references; nothing when it is empty. */
export function referenceFields(key: string, ids: readonly string[]): Field[] {
  return ids.map((id) => ({ key, refValue: id }));
}

/** The fields of a component (own and inherited) on the wire, without those in `replaced`. */
export function componentFields(component: Component, replaced: ReadonlySet<string> = new Set()): Field[] {
  return Object.entries(component.fields)
    .filter(([key]) => !replaced.has(key))
    .flatMap(([key, values]) =>
      values.map((value): Field =>
        typeof value === 'string' ? { key, stringValue: value } : { key, refValue: value.ref },
      ),
    );
}
