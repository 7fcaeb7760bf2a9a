import { didYouMean, listed } from '../expression/suggest.js';
import { hasExpression } from '../expression/template.js';
import type {
  DefinitionProblem,
  ParameterObject,
  ParameterValue,
  PipelineDefinition,
} from './pipeline-definition.js';
import { problem, quote } from './problem.js';
import { isSecretName, SECRET_MASK } from './secrets.js';

/** Types of parameters, as AWS writes them; definitions spell them in any case. Source: semantics.md 2, observed.md. */
export const PARAMETER_TYPES = ['String', 'Integer', 'Double', 'AWS::S3::ObjectKey'] as const;

/** Values by parameter id; an optional parameter without a value has an empty array. */
export interface ResolvedParameters {
  readonly values: Map<string, string[]>;
  /** Those that need a value and have none, with what is said of it. */
  readonly missing: ReadonlyMap<string, DefinitionProblem>;
  readonly problems: readonly DefinitionProblem[];
}

/** The definition with `values` in place of the stored values of the same ids. Source: semantics.md 2. */
export function withParameterValues(
  definition: PipelineDefinition,
  values: readonly ParameterValue[],
): PipelineDefinition {
  if (values.length === 0) return definition;
  const replaced = new Set(values.map(({ id }) => id));
  const kept = definition.parameterValues.filter(({ id }) => !replaced.has(id));
  return { ...definition, parameterValues: [...kept, ...values] };
}

/**
 * The values of all parameters: those of the activation win over the stored ones, these over the default. Values
 * without a declaration count too (observed.md). Source: semantics.md 2.
 */
export function resolveParameters(
  definition: PipelineDefinition,
  activationValues: readonly ParameterValue[] = [],
): ResolvedParameters {
  const given = new Map<string, string[]>();
  for (const { id, stringValue } of withParameterValues(definition, activationValues).parameterValues) {
    const values = given.get(id);
    if (values === undefined) given.set(id, [stringValue]);
    else values.push(stringValue);
  }
  const values = new Map<string, string[]>();
  const missing = new Map<string, DefinitionProblem>();
  const problems: DefinitionProblem[] = [];
  for (const parameter of definition.parameterObjects) {
    if (values.has(parameter.id)) {
      const text = `DUPLICATE_ID:  parameter "${parameter.id}" is declared more than once. Expected one declaration.`;
      problems.push(problem('error', { objectId: parameter.id }, text));
      continue;
    }
    const declaration = declarationOf(parameter);
    const resolved = valuesOf(declaration, given.get(parameter.id));
    values.set(parameter.id, resolved);
    problems.push(...checkDeclaration(declaration), ...checkValues(declaration, resolved));
    if (resolved.length > 0 || declaration.optional) continue;
    const text = `MISSING_PARAMETER:  parameter "${parameter.id}" has no value. Expected a value, a 'default', or 'optional' "true".`;
    const lacking = problem('error', { objectId: parameter.id }, text);
    missing.set(parameter.id, lacking);
    problems.push(lacking);
  }
  for (const [id, each] of given) if (!values.has(id)) values.set(id, each);
  return { values, missing, problems };
}

interface Declaration {
  readonly id: string;
  readonly type: string;
  readonly optional: boolean;
  readonly isArray: boolean;
  readonly allowedValues: readonly string[];
  readonly defaults: readonly string[];
}

function declarationOf(parameter: ParameterObject): Declaration {
  const texts = (key: string) =>
    parameter.attributes.filter((each) => each.key === key).map(({ stringValue }) => stringValue);
  const isTrue = (key: string) => texts(key)[0]?.trim().toLowerCase() === 'true';
  return {
    id: parameter.id,
    type: texts('type')[0] ?? 'String',
    optional: isTrue('optional'),
    isArray: isTrue('isArray'),
    allowedValues: texts('allowedValues'),
    defaults: texts('default'),
  };
}

function valuesOf(declaration: Declaration, given: readonly string[] | undefined): string[] {
  const values = [...(given ?? declaration.defaults)];
  // Templates fill an optional number or key that nobody gave with empty text. Our choice: it then has no value.
  const isText = declaration.type.toLowerCase() === 'string';
  return declaration.optional && !isText ? values.filter((value) => value.trim() !== '') : values;
}

function checkDeclaration({ id, type }: Declaration): DefinitionProblem[] {
  if (PARAMETER_TYPES.some((each) => each.toLowerCase() === type.toLowerCase())) return [];
  const hint = didYouMean(type, PARAMETER_TYPES);
  const text = `INVALID_PARAMETER:  'type' ${quote(type)} of parameter "${id}" is unknown${hint}; expected ${PARAMETER_TYPES.join(', ')}. It is taken as String.`;
  return [problem('warning', { objectId: id, field: 'type' }, text)];
}

function checkValues(declaration: Declaration, values: readonly string[]): DefinitionProblem[] {
  const { id, isArray, allowedValues } = declaration;
  const problems: DefinitionProblem[] = [];
  if (values.length > 1 && !isArray) {
    const text = `INVALID_PARAMETER:  parameter "${id}" has ${values.length} values. Expected one, or 'isArray' "true".`;
    problems.push(problem('warning', { objectId: id }, text));
  }
  const allowedSet = new Set(allowedValues);
  for (const value of values) {
    // A definition that was read from a server: whether the secret behind the mask fits was checked when it was put.
    if (isSecretName(id) && value === SECRET_MASK) continue;
    const expected = hasExpression(value) ? undefined : typeMismatch(declaration.type, value);
    if (expected !== undefined) {
      const text = `INVALID_PARAMETER:  value ${quote(value, id)} of parameter "${id}" is not ${expected}.`;
      problems.push(problem('error', { objectId: id }, text));
    }
    if (allowedValues.length > 0 && !allowedSet.has(value)) {
      const allowed = id.startsWith('*') ? 'one of its allowedValues' : listed(allowedValues);
      const text = `INVALID_PARAMETER:  value ${quote(value, id)} of parameter "${id}" is not allowed. Expected ${allowed}.`;
      problems.push(problem('error', { objectId: id }, text));
    }
  }
  return problems;
}

/** What a value of that type should be, when `value` is not. */
function typeMismatch(type: string, value: string): string | undefined {
  const text = value.trim();
  switch (type.toLowerCase()) {
    case 'integer':
      return /^[+-]?\d+$/.test(text) ? undefined : 'an Integer, for example "5"';
    case 'double':
      return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? undefined : 'a Double, for example "0.25"';
    case 'aws::s3::objectkey':
      // file: paths are our extension (design: storage on the worker's own disk).
      return /^(s3|file):\/\/\S/i.test(text) ? undefined : 'an S3 location, for example "s3://bucket/key"';
    default:
      return undefined;
  }
}
