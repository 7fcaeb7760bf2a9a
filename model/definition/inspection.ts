import { evaluateText } from '../expression/evaluate.js';
import { ExpressionError } from '../expression/errors.js';
import { didYouMean, type SuggestionBudget } from '../expression/suggest.js';
import { hasExpression } from '../expression/template.js';
import { fieldOf, objectType } from '../objects/catalogue.js';
import type { EvaluationBudget } from '../expression/context.js';
import type { FieldDefinition, ObjectType } from '../objects/object-type.js';
import type { Component, FieldValue } from './component.js';
import { resolveComponents, type OwnedValues, type ResolvedComponents } from './inheritance.js';
import { resolveParameters } from './parameters.js';
import type {
  DefinitionProblem,
  ParameterValue,
  PipelineDefinition,
  PipelineObject,
} from './pipeline-definition.js';
import { problem, quote } from './problem.js';
import { isSecretName, SECRET_MASK } from './secrets.js';

/** Most problems that are listed. Our choice: more nobody reads. */
const MAXIMUM_PROBLEMS = 10_000;
const MORE_PROBLEMS = `LIMIT_EXCEEDED:  the definition has more problems than the ${MAXIMUM_PROBLEMS} listed. Mend these first.`;
/** Most names that are compared in search of what was meant. Our choice: a fraction of a second. */
const MAXIMUM_COMPARISONS = 100_000;
/** Most work on expressions: single operations, and characters read or made. Our choice: a second or so. */
const MAXIMUM_STEPS = 10_000_000;
/** Most secrets that a value is compared with before it is shown. Our choice. */
const MAXIMUM_SECRETS = 1000;

/** A definition under validation: everything resolved once, problems collected without repetition. */
export class Inspection {
  /** The first object of each id. */
  readonly objects: ReadonlyMap<string, PipelineObject>;
  readonly components: ReadonlyMap<string, Component>;
  readonly parameters: ReadonlyMap<string, readonly string[]>;
  /** True when every parameter that needs a value has one. */
  readonly hasAllParameters: boolean;
  readonly #suggestions: SuggestionBudget = { comparisonsLeft: MAXIMUM_COMPARISONS };
  readonly #owners: ResolvedComponents['owners'];
  readonly #budget: EvaluationBudget = { stepsLeft: MAXIMUM_STEPS };
  /** Texts with expressions; asked for by each object that inherits them, and some are long. */
  readonly #evaluated: ReadonlySet<FieldValue>;
  readonly #known = new Map<string, readonly KnownField[]>();
  /** What objects of one type inherit from the same object is one KnownField. */
  readonly #inherited = new Map<ObjectType, Map<OwnedValues, KnownField>>();
  #byName: ReadonlyMap<string, PipelineObject> | undefined;
  /** Stands for the problems that are not listed, with the severity of the worst of them. */
  #unlisted: DefinitionProblem | undefined;
  readonly #problems = new Map<string, DefinitionProblem>();
  readonly #secrets: readonly string[];

  constructor(
    readonly definition: PipelineDefinition,
    activationValues: readonly ParameterValue[] = [],
  ) {
    const objects = new Map<string, PipelineObject>();
    for (const object of definition.pipelineObjects) {
      if (!objects.has(object.id)) objects.set(object.id, object);
    }
    this.objects = objects;
    const evaluated = new Set<FieldValue>();
    let hasSecrets = false;
    for (const { fields } of definition.pipelineObjects) {
      for (const { key, stringValue } of fields) {
        if (stringValue !== undefined && hasExpression(stringValue)) evaluated.add(stringValue);
        if (isSecretName(key)) hasSecrets = true;
      }
    }
    this.#evaluated = evaluated;
    const { components, owners, problems } = resolveComponents(definition);
    this.components = components;
    this.#owners = owners;
    const parameters = resolveParameters(definition, activationValues);
    this.parameters = parameters.values;
    this.hasAllParameters = parameters.problems.every(({ severity }) => severity === 'warning');
    this.#secrets = secretTexts(hasSecrets ? components : new Map(), parameters.values);
    for (const each of [...problems, ...parameters.problems]) this.add(each);
  }

  get problems(): DefinitionProblem[] {
    const listed = [...this.#problems.values()];
    return this.#unlisted === undefined ? listed : [...listed, this.#unlisted];
  }

  /** True when no further problem is listed: what only makes messages better is not worth its time then. */
  get isFull(): boolean {
    return this.#problems.size >= MAXIMUM_PROBLEMS;
  }

  /** True when no error or warning that is still found would change the answer: only what is fatal would. */
  get isSettled(): boolean {
    return this.#unlisted !== undefined && this.#unlisted.severity !== 'warning';
  }

  add(each: DefinitionProblem): void {
    const worst = this.#unlisted?.severity;
    if (worst !== undefined && SEVERITIES[each.severity] <= SEVERITIES[worst]) return;
    const key = JSON.stringify([each.severity, each.objectId, each.field, each.message]);
    if (this.#problems.has(key)) return;
    if (this.#problems.size < MAXIMUM_PROBLEMS) this.#problems.set(key, each);
    else this.#unlisted = problem(each.severity, {}, MORE_PROBLEMS);
  }

  fatal(objectId: string | undefined, field: string | undefined, message: string): void {
    this.add(problem('fatal', { objectId, field }, message));
  }

  error(objectId: string | undefined, field: string | undefined, message: string): void {
    this.add(problem('error', { objectId, field }, message));
  }

  warn(objectId: string | undefined, field: string | undefined, message: string): void {
    this.add(problem('warning', { objectId, field }, message));
  }

  /** The object that a component has the field from: itself, or the one that it inherits it from. */
  ownerOf(componentId: string, field: string): string {
    return this.#owners.get(componentId)?.get(field)?.owner ?? componentId;
  }

  /** The fields of a component that its type knows. A type ignores inherited fields that it does not know. */
  knownFields(component: Component): readonly KnownField[] {
    const known = this.#known.get(component.id);
    if (known !== undefined) return known;
    const type = objectType(component.type);
    const fields: KnownField[] = [];
    if (type !== undefined) {
      let inherited = this.#inherited.get(type);
      if (inherited === undefined) this.#inherited.set(type, (inherited = new Map()));
      for (const [name, owned] of this.#owners.get(component.id) ?? []) {
        const definition = fieldOf(type, name);
        if (definition === undefined) continue;
        const { values, owner } = owned;
        if (owner === component.id) {
          fields.push({ name, values, definition, owner, type });
          continue;
        }
        // What a resource must not have, and what AWS's table lists in error, has no effect when inherited.
        if (definition.use === 'forbidden') continue;
        let field = inherited.get(owned);
        if (field === undefined) inherited.set(owned, (field = { name, values, definition, owner, type }));
        fields.push(field);
      }
    }
    this.#known.set(component.id, fields);
    return fields;
  }

  /** True for a text of the definition that holds an expression. */
  readonly isEvaluated = (value: FieldValue): value is string => this.#evaluated.has(value);

  /** True when an expression of the definition may read that field. */
  isRead(field: string): boolean {
    for (const text of this.#evaluated) if (typeof text === 'string' && text.includes(field)) return true;
    return false;
  }

  /** The first object of that name. */
  objectNamed(name: string): PipelineObject | undefined {
    if (this.#byName === undefined) {
      const byName = new Map<string, PipelineObject>();
      for (const object of this.objects.values())
        if (!byName.has(object.name)) byName.set(object.name, object);
      this.#byName = byName;
    }
    return this.#byName.get(name);
  }

  /** didYouMean, as long as the work on suggestions is not too much. */
  suggest(name: string, candidates: Iterable<string>): string {
    if (this.isFull) return '';
    return didYouMean(name, candidates, this.#suggestions);
  }

  /** Counts work on expressions; false, and an error, when there is too much of it. */
  spend(steps: number): boolean {
    this.#budget.stepsLeft -= steps;
    return this.#hasBudget();
  }

  #hasBudget(): boolean {
    if (this.#budget.stepsLeft >= 0) return true;
    const text = `LIMIT_EXCEEDED:  the expressions of the definition take more than ${MAXIMUM_STEPS} steps to check, so that not all of them are. Expected fewer or shorter ones, above all in fields that many objects inherit.`;
    this.error(undefined, undefined, text);
    return false;
  }

  /** The values of a text after parameters are put in; undefined when it needs a run, holds a masked secret, or is wrong. */
  evaluate(text: string, componentId: string): string[] | undefined {
    if (!hasExpression(text)) return [text];
    if (!this.#hasBudget()) return undefined;
    try {
      const { components, parameters } = this;
      const values = evaluateText(text, {
        pipelineId: '',
        components,
        parameters,
        self: componentId,
        runtime: () => ({}),
        budget: this.#budget,
      });
      return values.some((value) => value.includes(SECRET_MASK)) ? undefined : values;
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      this.#hasBudget();
      return undefined;
    }
  }

  /** The first value of a field after parameters are put in. */
  textOf(component: Component, field: string): string | undefined {
    const value = valuesOf(component, field).find((each) => typeof each === 'string');
    return value === undefined ? undefined : this.evaluate(value, component.id)?.[0];
  }

  /** A value for a message: as it is written, and what it comes to where that tells more and holds no secret. */
  shown(raw: string, field: string, evaluated = raw): string {
    if (evaluated === raw || isSecretName(field) || this.#secrets.length > MAXIMUM_SECRETS)
      return quote(raw, field);
    if (this.#secrets.some((secret) => evaluated.includes(secret))) return quote(raw, field);
    return `${quote(evaluated)} (from ${quote(raw)})`;
  }
}

const SEVERITIES = { warning: 0, error: 1, fatal: 2 } as const;

/** A field that a component has and its type knows. */
export interface KnownField {
  readonly name: string;
  readonly values: readonly FieldValue[];
  readonly definition: FieldDefinition;
  /** Id of the object that holds the field. */
  readonly owner: string;
  readonly type: ObjectType;
}

/** The values of a field, own or inherited. */
export function valuesOf(component: Component, field: string): readonly FieldValue[] {
  return Object.hasOwn(component.fields, field) ? (component.fields[field] ?? []) : [];
}

function secretTexts(
  components: ReadonlyMap<string, Component>,
  parameters: ReadonlyMap<string, readonly string[]>,
): string[] {
  const texts = new Set<string>();
  for (const [id, values] of parameters) if (isSecretName(id)) for (const value of values) texts.add(value);
  for (const { fields } of components.values()) {
    for (const [name, values] of Object.entries(fields)) {
      if (!isSecretName(name)) continue;
      for (const value of values) if (typeof value === 'string' && !hasExpression(value)) texts.add(value);
    }
  }
  return [...texts].filter((text) => text !== '');
}
