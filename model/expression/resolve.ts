import { isReference, type Component } from '../definition/component.js';
import { objectType } from '../objects/catalogue.js';
import { DateTimeError, parseDateTime } from '../schedule/date-time.js';
import { DATETIME_RUNTIME_FIELDS, RUNTIME_FIELDS, type EvaluationContext } from './context.js';
import { dateTime } from './date-time-value.js';
import { didYouMean, listed } from './suggest.js';
import { describeValue, stringValue, type ReferenceValue, type Value } from './values.js';

/** Most values of a list. Our choice: stops references to references that multiply. */
const MAXIMUM_VALUES = 100_000;

/** A name that gives no value, and why; the evaluator adds the place. */
export class NameError extends Error {
  override readonly name = 'NameError';
}

/** What resolving a name needs of the evaluation it happens in. */
export interface Scope {
  readonly context: EvaluationContext;
  /** Id of the object whose field is being evaluated: `self`, or one that a reference led to. */
  readonly object: string;
  /** Name of that field, when it is known. */
  readonly field?: string;
  /** The values of a text field of an object, its expressions evaluated there. */
  readonly fieldValues: (component: Component, field: string) => readonly Value[];
}

/**
 * The values of a path such as `input.directoryPath`; empty when an optional parameter has no value.
 * A name is looked for, in this order, among: `node` and `parent`; fields of the object, own and inherited; parameters;
 * runtime fields. So the object's field wins over a parameter of the same name, except within that very field
 * (`"myBucket": "#{myBucket}"` reads the parameter). Source: semantics.md 3.2; the order is our choice.
 * @throws NameError
 */
export function resolvePath(names: readonly string[], scope: Scope): readonly Value[] {
  const [head = '', ...rest] = names;
  let values = resolveHead(head, scope);
  for (const [index, name] of rest.entries()) {
    const path = names.slice(0, index + 1).join('.');
    if (name.startsWith('@') && index > 0 && name !== '@pipelineId') {
      throw new NameError(
        `"${names.join('.')}": a runtime field (${name}) can be reached over one reference only`,
      );
    }
    const next: Value[] = [];
    for (const value of values) {
      if (value.type !== 'reference') {
        throw new NameError(`"${path}" is ${describeValue(value)}, not a reference, so it has no "${name}"`);
      }
      for (const member of resolveMember(path, value, name, scope)) next.push(member);
      if (next.length > MAXIMUM_VALUES) {
        throw new NameError(`"${path}.${name}" has more than ${MAXIMUM_VALUES} values`);
      }
    }
    values = next;
  }
  return values;
}

/** AWS's own samples name a secret parameter without its star: `#{myRedshiftPassword}` for `*myRedshiftPassword`. */
function parameterOf(
  name: string,
  { parameters, withoutValue }: EvaluationContext,
): readonly Value[] | undefined {
  const key = parameters.has(name) ? name : `*${name}`;
  if (withoutValue?.has(key) === true) throw new NameError(`parameter "${key}" has no value`);
  return parameters.get(key)?.map((value) => stringValue(value, key.startsWith('*')));
}

function resolveHead(name: string, scope: Scope): readonly Value[] {
  const { context } = scope;
  const self = componentOf(scope.object, context);
  if (name === '@pipelineId') return [stringValue(context.pipelineId)];
  // `parent` of an instance is the component that it was made from.
  if (name === 'parent') return [reference(self.id)];
  if (name === 'node') {
    const node = nodeOf(scope);
    if (node === undefined)
      throw new NameError('"node" is known only in actions and preconditions at run time');
    return [reference(node)];
  }
  const isOwnField = scope.field === name && context.parameters.has(name);
  const field = isOwnField ? undefined : fieldOf(self, name, scope);
  if (field !== undefined) return field;
  const parameter = parameterOf(name, context);
  if (parameter !== undefined) return parameter;
  const runtime =
    runtimeValue(scope.object, name, scope) ?? errorOfNode(name, scope) ?? absentValue(name, scope);
  if (runtime !== undefined) return [runtime];
  throw new NameError(missing(self, name, scope, true));
}

function resolveMember(path: string, { id }: ReferenceValue, name: string, scope: Scope): readonly Value[] {
  const { context } = scope;
  if (name === '@pipelineId') return [stringValue(context.pipelineId)];
  const target = componentOf(id, context);
  if (path === 'parent' && name === '@id') return [stringValue(id)];
  const field = fieldOf(target, name, scope);
  if (field !== undefined) return field;
  const runtime = path === 'parent' ? undefined : (runtimeValue(id, name, scope) ?? absentValue(name, scope));
  if (runtime !== undefined) return [runtime];
  throw new NameError(missing(target, name, scope, false));
}

/** The values of a field of the definition, or undefined when the object has none of that name. */
function fieldOf(component: Component, name: string, scope: Scope): readonly Value[] | undefined {
  if (name === 'id') return [stringValue(component.id)];
  if (name === 'name') return [stringValue(component.name)];
  if (name === 'type' && component.type !== undefined) return [stringValue(component.type)];
  const values = Object.hasOwn(component.fields, name) ? (component.fields[name] ?? []) : [];
  if (values.length === 0) return undefined;
  if (values.every(isReference)) return values.map((value) => reference(value.ref));
  return scope.fieldValues(component, name);
}

function runtimeValue(objectId: string, name: string, scope: Scope): Value | undefined {
  const fields = scope.context.runtime(objectId);
  return Object.hasOwn(fields, name) ? runtimeField(name, fields[name] ?? '') : undefined;
}

function absentValue(name: string, scope: Scope): Value | undefined {
  return RUNTIME_FIELDS.has(name) && absentOf(scope) === 'empty' ? stringValue('') : undefined;
}

/** Alarms ask for `@error` without `node.` (observed.md): what is wrong with the node then. */
function errorOfNode(name: string, scope: Scope): Value | undefined {
  const node = nodeOf(scope);
  if (name !== '@error' || node === undefined) return undefined;
  const fields = scope.context.runtime(node);
  return stringValue(
    ['@error', 'errorMessage'].map((each) => fields[each]).find((each) => each !== undefined) ?? '',
  );
}

function runtimeField(name: string, text: string): Value {
  if (!DATETIME_RUNTIME_FIELDS.has(name)) return stringValue(text);
  try {
    return dateTime(parseDateTime(text.replace(/(\.\d+)?Z$/, '')).getTime());
  } catch (error) {
    if (error instanceof DateTimeError) return stringValue(text);
    throw error;
  }
}

function absentOf(scope: Scope): 'error' | 'empty' {
  const { context } = scope;
  if (context.absent !== undefined) return context.absent;
  const type = objectType(context.components.get(context.self)?.type);
  return type?.category === 'action' && context.node !== undefined ? 'empty' : 'error';
}

/** `node` belongs to the action or precondition itself, not to objects that references lead to. */
function nodeOf({ context, object }: Scope): string | undefined {
  return object === context.self ? context.node : undefined;
}

function componentOf(id: string, context: EvaluationContext): Component {
  const component = context.components.get(id);
  if (component !== undefined) return component;
  const hint = context.budget === undefined ? didYouMean(id, context.components.keys()) : '';
  throw new NameError(`there is no object "${id}" in the definition${hint}`);
}

function missing(component: Component, name: string, scope: Scope, withParameters: boolean): string {
  if (scope.context.budget !== undefined) return `"${name}" has no value`;
  const fields = ['id', 'name', ...Object.keys(component.fields)];
  const parameters = withParameters ? [...scope.context.parameters.keys()] : [];
  const runtime = Object.keys(scope.context.runtime(component.id));
  if (RUNTIME_FIELDS.has(name)) {
    return `"${name}" of object "${component.id}" has no value ${runtime.length === 0 ? 'before a run' : 'yet'}`;
  }
  const hint = didYouMean(name, [...fields, ...parameters, ...runtime, ...RUNTIME_FIELDS]);
  const known = withParameters
    ? `fields: ${listed(fields)}; parameters: ${listed(parameters)}`
    : `fields: ${listed(fields)}`;
  if (name.startsWith('@')) return `there is no runtime field "${name}"${hint}`;
  const what = withParameters ? ', and there is no such parameter' : '';
  return `object "${component.id}" has no field "${name}"${what}${hint} (${known})`;
}

function reference(id: string): ReferenceValue {
  return { type: 'reference', id };
}
