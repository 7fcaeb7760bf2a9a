/**
 * An object of the definition with its inherited fields filled in (sphere COMPONENT).
 * Expressions are still raw text. Plain JSON, so that it crosses Temporal as it is.
 */
export interface Component {
  readonly id: string;
  readonly name: string;
  /** AWS's type name, e.g. `CopyActivity`; absent on `Default` and on objects that serve only as parents. */
  readonly type?: string;
  /** Own and inherited fields without `type` and `parent`. One entry per key, values in order. */
  readonly fields: Readonly<Record<string, readonly FieldValue[]>>;
}

/** A value of a field: text (perhaps with expressions) or a reference to an object by id. */
export type FieldValue = string | { readonly ref: string };

/** True when the value is a reference. */
export function isReference(value: FieldValue): value is { readonly ref: string } {
  return typeof value !== 'string';
}

/** What carries fields: a component, or an object of a task. */
export interface HasFields {
  readonly fields: Readonly<Record<string, readonly FieldValue[]>>;
}

/** The first text of field `key`, or undefined. */
export function textOf(object: HasFields, key: string): string | undefined {
  return ownValues(object, key).find((value) => typeof value === 'string') as string | undefined;
}

/** All texts of field `key`, in order. */
export function textsOf(object: HasFields, key: string): string[] {
  return ownValues(object, key).filter((value): value is string => typeof value === 'string');
}

/** The ids that field `key` refers to, in order. */
export function referencesOf(object: HasFields, key: string): string[] {
  return ownValues(object, key)
    .filter(isReference)
    .map((value) => value.ref);
}

// A field may be called `__proto__` or `constructor`: only own keys count.
function ownValues(object: HasFields, key: string): readonly FieldValue[] {
  return Object.hasOwn(object.fields, key) ? (object.fields[key] ?? []) : [];
}
