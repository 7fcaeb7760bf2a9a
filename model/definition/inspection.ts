import { evaluateText } from '../expression/evaluate.js';
import { ExpressionError } from '../expression/errors.js';
import { hasExpression } from '../expression/template.js';
import { fieldOf, objectType } from '../objects/catalogue.js';
import type { FieldDefinition, ObjectType } from '../objects/object-type.js';
import type { Component, FieldValue } from './component.js';
import { resolveComponents } from './inheritance.js';
import { resolveParameters } from './parameters.js';
import type {
  DefinitionProblem,
  ParameterValue,
  PipelineDefinition,
  PipelineObject,
} from './pipeline-definition.js';
import { problem, quote } from './problem.js';
import { isSecretName } from './secrets.js';

/** A definition under validation: everything resolved once, problems collected without repetition. */
export class Inspection {
  /** The first object of each id. */
  readonly objects: ReadonlyMap<string, PipelineObject>;
  readonly components: ReadonlyMap<string, Component>;
  readonly parameters: ReadonlyMap<string, readonly string[]>;
  /** True when every parameter that needs a value has one. */
  readonly hasAllParameters: boolean;
  readonly #owners: ReadonlyMap<string, ReadonlyMap<string, string>>;
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
    const { components, owners, problems } = resolveComponents(definition);
    this.components = components;
    this.#owners = owners;
    const parameters = resolveParameters(definition, activationValues);
    this.parameters = parameters.values;
    this.hasAllParameters = parameters.problems.every(({ severity }) => severity === 'warning');
    this.#secrets = secretTexts(components, parameters.values);
    for (const each of [...problems, ...parameters.problems]) this.add(each);
  }

  get problems(): DefinitionProblem[] {
    return [...this.#problems.values()];
  }

  add(each: DefinitionProblem): void {
    const key = JSON.stringify([each.severity, each.objectId, each.field, each.message]);
    if (!this.#problems.has(key)) this.#problems.set(key, each);
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
    return this.#owners.get(componentId)?.get(field) ?? componentId;
  }

  /** The fields of a component that its type knows. A type ignores inherited fields that it does not know. */
  knownFields(component: Component): KnownField[] {
    const type = objectType(component.type);
    if (type === undefined) return [];
    return Object.entries(component.fields).flatMap(([name, values]) => {
      const definition = fieldOf(type, name);
      const owner = this.ownerOf(component.id, name);
      // What a resource must not have, and what AWS's table lists in error, has no effect when inherited.
      if (definition === undefined || (definition.use === 'forbidden' && owner !== component.id)) return [];
      return [{ name, values, definition, owner, type }];
    });
  }

  /** The values of a text after parameters are put in; undefined when it needs a run, or cannot be evaluated. */
  evaluate(text: string, componentId: string): string[] | undefined {
    if (!hasExpression(text)) return [text];
    try {
      const { components, parameters } = this;
      return evaluateText(text, {
        pipelineId: '',
        components,
        parameters,
        self: componentId,
        runtime: () => ({}),
      });
    } catch (error) {
      if (error instanceof ExpressionError) return undefined;
      throw error;
    }
  }

  /** The first value of a field after parameters are put in. */
  textOf(component: Component, field: string): string | undefined {
    const value = valuesOf(component, field).find((each) => typeof each === 'string');
    return value === undefined ? undefined : this.evaluate(value, component.id)?.[0];
  }

  /** A value for a message: as it is written, and what it comes to where that tells more and holds no secret. */
  shown(raw: string, field: string, evaluated = raw): string {
    const isSecret = isSecretName(field) || this.#secrets.some((secret) => evaluated.includes(secret));
    if (evaluated === raw || isSecret) return quote(raw, field);
    return `${quote(evaluated)} (from ${quote(raw)})`;
  }
}

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
