import { isReference, type FieldValue } from './component.js';
import { fieldValue } from './inheritance.js';
import type {
  ParameterObject,
  ParameterValue,
  PipelineDefinition,
  PipelineObject,
} from './pipeline-definition.js';
import { isSecretName, isSecretParameterAttribute, maskSecrets, SECRET_MASK } from './secrets.js';

/** `notCompared`: a secret of which at least one side is only its mask. */
export type Change = 'added' | 'removed' | 'changed' | 'notCompared';

/** What changed of one field, attribute or parameter. Values are lists in their order; secrets are masked in them. */
export interface ValueChange {
  readonly name: string;
  readonly change: Change;
  /** True when its texts are secret, so that nothing but the mask is shown. */
  readonly secret: boolean;
  /** Absent when it was added. */
  readonly before?: readonly FieldValue[];
  /** Absent when it was removed. */
  readonly after?: readonly FieldValue[];
}

/** What changed of an object (its fields) or of a parameter (its attributes). All of them when it was added or removed. */
export interface EntryChange {
  readonly id: string;
  readonly change: Change;
  /** The object's type, where it has one. */
  readonly type?: string;
  readonly fields: readonly ValueChange[];
}

/** Two definitions compared. */
export interface DefinitionDiff {
  /** True when nothing changed, as far as could be compared. */
  readonly same: boolean;
  readonly objects: readonly EntryChange[];
  readonly parameters: readonly EntryChange[];
  /** Values of parameters; `name` is the parameter's id. */
  readonly values: readonly ValueChange[];
}

/**
 * Two definitions compared, object by object and field by field. The order of a list counts; that of objects and of
 * fields does not. In the order of `before`, what was added last.
 */
export function diffDefinitions(before: PipelineDefinition, after: PipelineDefinition): DefinitionDiff {
  const left = tablesOf(before);
  const right = tablesOf(after);
  const objects = diffEntries(left.objects, right.objects);
  const parameters = diffEntries(left.parameters, right.parameters);
  const values = diffValues(left.values, right.values);
  const same = [...objects, ...parameters, ...values].every(({ change }) => change === 'notCompared');
  return { same, objects, parameters, values };
}

/** The values of one field as they are, and as they may be shown. */
interface Values {
  readonly secret: boolean;
  readonly raw: FieldValue[];
  readonly shown: FieldValue[];
}

interface Entry {
  readonly id: string;
  readonly type: string | undefined;
  readonly fields: ReadonlyMap<string, Values>;
}

interface Tables {
  readonly objects: ReadonlyMap<string, Entry>;
  readonly parameters: ReadonlyMap<string, Entry>;
  readonly values: ReadonlyMap<string, Values>;
}

function tablesOf(definition: PipelineDefinition): Tables {
  // Member by member the same as the definition, with masks for secrets.
  const masked = maskSecrets(definition);
  return {
    objects: entriesOf(definition.pipelineObjects, masked.pipelineObjects, objectFields),
    parameters: entriesOf(definition.parameterObjects, masked.parameterObjects, attributesOf),
    values: grouped(definition.parameterValues, masked.parameterValues, (value) => ({
      name: value.id,
      value: value.stringValue,
      secret: isSecretName(value.id),
    })),
  };
}

interface NamedValue {
  readonly name: string;
  readonly value: FieldValue;
  readonly secret: boolean;
}

function objectFields({ id, name, fields }: PipelineObject): NamedValue[] {
  const own = fields.map((field) => ({
    name: field.key,
    value: fieldValue(field),
    secret: isSecretName(field.key),
  }));
  // A name that was not given is the id.
  return name === id ? own : [{ name: 'name', value: name, secret: false }, ...own];
}

function attributesOf({ id, attributes }: ParameterObject): NamedValue[] {
  return attributes.map(({ key, stringValue }) => ({
    name: key,
    value: stringValue,
    secret: isSecretParameterAttribute(id, key),
  }));
}

/** By id. Of several with one id (an error of the definition) each has its place: the second is compared with the second. */
function entriesOf<T extends PipelineObject | ParameterObject>(
  entries: readonly T[],
  masked: readonly T[],
  fieldsOf: (entry: T) => NamedValue[],
): Map<string, Entry> {
  const seen = new Map<string, number>();
  const table = new Map<string, Entry>();
  entries.forEach((entry, index) => {
    const place = seen.get(entry.id) ?? 0;
    seen.set(entry.id, place + 1);
    const fields = grouped(fieldsOf(entry), fieldsOf(masked[index] ?? entry), (each) => each);
    const type = fields.get('type')?.raw[0];
    table.set(JSON.stringify([entry.id, place]), {
      id: entry.id,
      type: 'fields' in entry && typeof type === 'string' ? type : undefined,
      fields,
    });
  });
  return table;
}

function grouped<T extends NamedValue | ParameterValue>(
  list: readonly T[],
  masked: readonly T[],
  read: (each: T) => NamedValue,
): Map<string, Values> {
  const table = new Map<string, Values>();
  list.forEach((each, index) => {
    const { name, value, secret } = read(each);
    const values = table.get(name) ?? { secret, raw: [], shown: [] };
    values.raw.push(value);
    values.shown.push(read(masked[index] ?? each).value);
    table.set(name, values);
  });
  return table;
}

function diffEntries(before: ReadonlyMap<string, Entry>, after: ReadonlyMap<string, Entry>): EntryChange[] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((key): EntryChange[] => {
    const left = before.get(key);
    const right = after.get(key);
    const entry = right ?? left;
    const fields = diffValues(left?.fields ?? NO_FIELDS, right?.fields ?? NO_FIELDS);
    if (entry === undefined || (left !== undefined && right !== undefined && fields.length === 0)) return [];
    return [
      {
        id: entry.id,
        change: changeOf(left, right, () =>
          fields.every(({ change }) => change === 'notCompared') ? 'notCompared' : 'changed',
        ),
        ...(entry.type === undefined ? {} : { type: entry.type }),
        fields,
      },
    ];
  });
}

const NO_FIELDS: ReadonlyMap<string, Values> = new Map();

function diffValues(before: ReadonlyMap<string, Values>, after: ReadonlyMap<string, Values>): ValueChange[] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name): ValueChange[] => {
    const left = before.get(name);
    const right = after.get(name);
    const change = changeOf(left, right, compare);
    if (change === 'same') return [];
    return [
      {
        name,
        change,
        secret: (left ?? right)?.secret === true,
        ...(left === undefined ? {} : { before: left.shown }),
        ...(right === undefined ? {} : { after: right.shown }),
      },
    ];
  });
}

function changeOf<T, C>(
  left: T | undefined,
  right: T | undefined,
  both: (left: T, right: T) => C,
): C | 'added' | 'removed' {
  if (left === undefined) return 'added';
  return right === undefined ? 'removed' : both(left, right);
}

function compare(left: Values, right: Values): 'same' | 'changed' | 'notCompared' {
  if (left.raw.length !== right.raw.length) return 'changed';
  let hidden = false;
  for (const index of left.raw.keys()) {
    const isHidden = isMask(left, index) || isMask(right, index);
    // Behind a mask stands a text of its own, never a reference or a lone expression: those are shown.
    if (isHidden && left.shown[index] === SECRET_MASK && right.shown[index] === SECRET_MASK) hidden = true;
    else if (!equal(left.raw[index], right.raw[index])) return 'changed';
  }
  return hidden ? 'notCompared' : 'same';
}

/** True for a secret that was masked before it came here. */
function isMask({ secret, raw }: Values, index: number): boolean {
  return secret && raw[index] === SECRET_MASK;
}

function equal(left: FieldValue | undefined, right: FieldValue | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return isReference(left) ? isReference(right) && left.ref === right.ref : left === right;
}
