import type { Expression, Path, TemplatePart } from '../expression/ast.js';
import { RUNTIME_FIELDS } from '../expression/context.js';
import { ExpressionError } from '../expression/errors.js';
import { hasExpression, inspectTemplate } from '../expression/template.js';
import { isReference, type Component, type FieldValue } from './component.js';
import { valuesOf, type Inspection, type KnownField } from './inspection.js';

/** Used verbatim: no expression in them is read. Source: semantics.md 3.1. */
const VERBATIM_FIELDS: ReadonlySet<string> = new Set(['id', 'name', 'type', 'parent']);

/** A field of the user's. Source: semantics.md 1. */
const USER_FIELD = /^\*?my[A-Z_]/;

/** Most missing names that are reported of one value. Our choice, as for mistakes of syntax. */
const MAXIMUM_REPORTS = 50;

/** Expressions can be read, and the names in them exist. Source: semantics.md 3, 15. */
export function checkExpressions(inspection: Inspection): void {
  const texts = new Map<string, TextFacts>();
  for (const object of inspection.definition.pipelineObjects) {
    for (const { key, stringValue } of object.fields) {
      if (stringValue === undefined || VERBATIM_FIELDS.has(key) || !hasExpression(stringValue)) continue;
      let facts = texts.get(stringValue);
      if (facts === undefined) texts.set(stringValue, (facts = factsOf(stringValue)));
      for (const error of facts.problems) {
        inspection.error(
          object.id,
          key,
          `INVALID_EXPRESSION:  '${key}' ${withoutOwner(error, object.id, key)}`,
        );
      }
    }
  }
  const reported = new Set<string>();
  // Names are looked up where the field is used: an inherited field is evaluated in the object that inherits it.
  for (const component of inspection.components.values()) {
    if (inspection.isSettled) return;
    for (const { name, values, owner } of evaluatedFields(inspection, component)) {
      for (const [index, value] of values.entries()) {
        if (!inspection.isEvaluated(value)) continue;
        const facts = texts.get(value);
        if (facts === undefined || facts.problems.length > 0) continue;
        let reports = 0;
        for (const path of facts.paths) {
          if (reports >= MAXIMUM_REPORTS || !inspection.spend(1)) break;
          const missing = missingName(inspection, component, path, name);
          if (missing === undefined) continue;
          reports++;
          // Once for the object that holds the field, not for each that inherits it.
          const key = JSON.stringify([owner, name, index, path.at]);
          if (reported.has(key)) continue;
          reported.add(key);
          reportMissing(inspection, { owner, name, value, path, missing });
        }
      }
    }
  }
}

interface MissingName {
  readonly owner: string;
  readonly name: string;
  readonly value: string;
  readonly path: Path;
  readonly missing: string;
}

function reportMissing(inspection: Inspection, { owner, name, value, path, missing }: MissingName): void {
  const [head = ''] = path.names;
  if (inspection.parameters.has(`*${head}`)) {
    // AWS's own sample does so: accepted. Our choice: the value of the secret parameter.
    const text = `INVALID_EXPRESSION:  '${name}' reads parameter "${head}", which is declared as secret. Expected "#{*${head}}".`;
    inspection.warn(owner, name, text);
    return;
  }
  if (inspection.isFull) {
    inspection.error(owner, name, missing); // not listed, so it needs no excerpt
    return;
  }
  const error = new ExpressionError(value, path.at, missing).in(owner, name);
  inspection.error(owner, name, `INVALID_EXPRESSION:  '${name}' ${withoutOwner(error, owner, name)}`);
}

/** What a text says before any value is known; read once, however many objects have it. */
interface TextFacts {
  readonly problems: readonly ExpressionError[];
  /** The names that it reads, each at its first place. */
  readonly paths: readonly Path[];
}

function factsOf(text: string): TextFacts {
  const { parts, problems } = inspectTemplate(text);
  return { problems, paths: problems.length > 0 ? [] : pathsOf(parts) };
}

/** The fields with expressions: those that the type knows, and own ones of the user's, which are evaluated where they stand. */
function evaluatedFields(
  inspection: Inspection,
  component: Component,
): Pick<KnownField, 'name' | 'values' | 'owner'>[] {
  const isEvaluated = ({ values }: { values: readonly FieldValue[] }) => values.some(inspection.isEvaluated);
  const known = inspection.knownFields(component).filter(isEvaluated);
  if (component.type === undefined) return known;
  const own = inspection.objects.get(component.id)?.fields ?? [];
  const names = new Set(
    own
      .filter(({ key, stringValue = '' }) => inspection.isEvaluated(stringValue) && USER_FIELD.test(key))
      .map(({ key }) => key),
  );
  const owner = component.id;
  return [...known, ...[...names].map((name) => ({ name, values: valuesOf(component, name), owner }))];
}

/** The message without `Object "x", field "y": `, which the wire says already. */
function withoutOwner(error: ExpressionError, objectId: string, field: string): string {
  const owned = error.in(objectId, field);
  return owned.owner === undefined ? owned.message : owned.message.replace(`${owned.owner}: `, '');
}

function pathsOf(parts: readonly TemplatePart[]): Path[] {
  const paths: Path[] = [];
  const open: Expression[] = parts.flatMap((part) => (part.kind === 'expression' ? [part.expression] : []));
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    switch (node.kind) {
      case 'path':
        paths.push(node);
        break;
      case 'function':
        open.push(...node.parameters);
        break;
      case 'method':
        open.push(node.target, ...node.parameters);
        break;
      case 'negation':
        open.push(node.operand);
        break;
      case 'binary':
        open.push(node.left, node.right);
        break;
      case 'number':
      case 'string':
        break;
    }
  }
  const byName = new Map<string, Path>();
  for (const path of paths.sort((a, b) => a.at - b.at)) {
    const name = path.names.join('.');
    if (!byName.has(name)) byName.set(name, path);
  }
  return [...byName.values()];
}

/** Why the first name of a path can never have a value, or undefined. What `node` leads to is known in a run only. */
function missingName(
  inspection: Inspection,
  component: Component,
  { names }: Path,
  field: string,
): string | undefined {
  const [head = '', member] = names;
  if (head === 'node' || head === 'parent' || isRuntimeName(head)) return undefined;
  const isOwnName = head === 'id' || head === 'name' || head === 'type';
  const values = head === field ? [] : valuesOf(component, head);
  if (isOwnName || values.length > 0)
    return member === undefined ? undefined : missingMember(inspection, values, head, member);
  if (inspection.parameters.has(head)) return undefined;
  const known = function* (): Generator<string> {
    yield* Object.keys(component.fields);
    yield* inspection.parameters.keys();
  };
  const hint = inspection.suggest(head, known());
  return `"${head}" is neither a field of object "${component.id}" nor a parameter${hint === '' ? '' : hint}`;
}

function missingMember(
  inspection: Inspection,
  values: ReturnType<typeof valuesOf>,
  head: string,
  member: string,
): string | undefined {
  if (isRuntimeName(member) || ['id', 'name', 'type', 'parent'].includes(member)) return undefined;
  for (const value of values) {
    if (!isReference(value)) return `"${head}" is text, not a reference, so it has no "${member}"`;
    const target = inspection.components.get(value.ref);
    if (target === undefined || valuesOf(target, member).length > 0) continue;
    return `object "${target.id}" has no field "${member}"${inspection.suggest(member, Object.keys(target.fields))}`;
  }
  return undefined;
}

function isRuntimeName(name: string): boolean {
  return name.startsWith('@') || RUNTIME_FIELDS.has(name);
}
