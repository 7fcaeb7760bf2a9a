/** What the catalogue knows of an object type. Source: reference/objects.yaml. */
export interface ObjectType {
  readonly category: Category;
  readonly summary: string;
  /** Which runtime fields its components, instances and attempts may have: a key of RUNTIME_FIELD_SETS. */
  readonly runtimeFields: RuntimeFieldSet;
  /** Penstock's own: AWS Data Pipeline has no such type. */
  readonly extension?: true;
  readonly fields: Readonly<Record<string, FieldDefinition>>;
}

/** Groups of types, as AWS's guide orders them. */
export type Category =
  | 'schedule'
  | 'activity'
  | 'datanode'
  | 'resource'
  | 'precondition'
  | 'database'
  | 'dataformat'
  | 'action'
  | 'trigger'
  | 'utility';

export type RuntimeFieldSet =
  'runnable' | 'resource' | 'precondition_user' | 'precondition_system' | 'action' | 'definition_only';

/**
 * string: text; int, double, boolean: spelled in text, as every value; datetime: YYYY-MM-DDTHH:MM:SS in UTC;
 * period: `N unit`; enum: one of `values`; reference: the id of an object of one of `targets`.
 */
export type FieldKind =
  'string' | 'int' | 'double' | 'boolean' | 'datetime' | 'period' | 'enum' | 'reference';

/**
 * required: must be there, own or inherited; oneOf: one of the fields of `group` must be there; invocation: the
 * schedule, not needed for ondemand; forbidden: must not be set on the type itself; mistaken: listed in AWS's table in error.
 */
export type FieldUse = 'required' | 'oneOf' | 'invocation' | 'optional' | 'forbidden' | 'mistaken';

/** A field of a type. */
export interface FieldDefinition extends FieldTraits {
  readonly kind: FieldKind;
  readonly use: FieldUse;
  /** One sentence for people. */
  readonly meaning: string;
  /** kind enum: the values as AWS writes them. */
  readonly values?: readonly string[];
  /** kind reference: names of types, or one abstract type (a key of ABSTRACT_TYPES). */
  readonly targets?: readonly string[];
}

/** What a field may have beside its kind and meaning. */
export interface FieldTraits {
  readonly use?: FieldUse;
  /** use oneOf: all fields of the group, this one too. */
  readonly group?: readonly string[];
  /** May occur several times. */
  readonly list?: true;
  readonly min?: number;
  readonly max?: number;
  readonly maxItems?: number;
  /** What holds when the field is absent, as text on the wire. */
  readonly default?: string;
  /** The default, where it is no single literal. */
  readonly defaultNote?: string;
  /** Who says so: docs, api, aws-support are first-hand; old-docs an earlier edition of the guide; inferred: nobody. */
  readonly defaultSource?: string;
  /** kind enum: definitions spell the values in any case. */
  readonly caseInsensitive?: true;
  /** Written by the service or the worker; settable only in AWS's table. */
  readonly readOnly?: true;
  /** Values that real definitions hold, where no list of them was published. */
  readonly valuesSeen?: readonly string[];
  /** Seen in examples, prose, older editions or real definitions, not in the tables of 2019: accepted. */
  readonly notInTable?: true;
  /** Penstock's own: AWS Data Pipeline has no such field. */
  readonly extension?: true;
  /** Where a field that is not in the tables was seen. */
  readonly source?: string;
  readonly note?: string;
}

/** A text field; expressions are allowed in it. */
export function text(meaning: string, traits: FieldTraits = {}): FieldDefinition {
  return { kind: 'string', use: 'optional', meaning, ...traits };
}

/** A whole number in text. */
export function int(meaning: string, traits: FieldTraits = {}): FieldDefinition {
  return { kind: 'int', use: 'optional', meaning, ...traits };
}

/** A decimal number in text. */
export function double(meaning: string, traits: FieldTraits = {}): FieldDefinition {
  return { kind: 'double', use: 'optional', meaning, ...traits };
}

/** `true` or `false` in text, any case. */
export function boolean(meaning: string, traits: FieldTraits = {}): FieldDefinition {
  return { kind: 'boolean', use: 'optional', meaning, ...traits };
}

/** An instant, YYYY-MM-DDTHH:MM:SS in UTC. */
export function dateTime(meaning: string, traits: FieldTraits = {}): FieldDefinition {
  return { kind: 'datetime', use: 'optional', meaning, ...traits };
}

/** A length of time, `N unit`. */
export function period(meaning: string, traits: FieldTraits = {}): FieldDefinition {
  return { kind: 'period', use: 'optional', meaning, ...traits };
}

/** One of `values`. */
export function choice(
  values: readonly string[],
  meaning: string,
  traits: FieldTraits = {},
): FieldDefinition {
  return { kind: 'enum', use: 'optional', meaning, values, ...traits };
}

/** A reference to an object of one of the types `targets`: names joined by `|`, or an abstract type. */
export function reference(targets: string, meaning: string, traits: FieldTraits = {}): FieldDefinition {
  return { kind: 'reference', use: 'optional', meaning, targets: targets.split('|'), ...traits };
}
