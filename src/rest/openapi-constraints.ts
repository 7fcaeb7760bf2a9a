import type { OpenAPIObject } from '@nestjs/swagger';
import { getMetadataStorage } from 'class-validator';
import type { TextBounds } from '../aws-json/text.js';
import { membersOf } from './request-body.js';

type Schema = Record<string, unknown>;
type Input = new () => object;

const inputs = new Map<string, Input>();

/** Notes a DTO of requests, whose rules of class-validator become part of its schema. */
export function RestInput(): ClassDecorator {
  return (target) => void inputs.set(target.name, target as unknown as Input);
}

/** The document with what class-validator checks of requests; unknown members are refused. */
export function withConstraints(document: OpenAPIObject): OpenAPIObject {
  for (const [name, schema] of Object.entries(document.components?.schemas ?? {})) {
    const input = inputs.get(name);
    if (input !== undefined) constrain(schema as Schema, input);
  }
  return document;
}

function constrain(schema: Schema, input: Input): void {
  schema['additionalProperties'] = false;
  const properties = schema['properties'] as Readonly<Record<string, Schema>> | undefined;
  const rules = getMetadataStorage().getTargetValidationMetadatas(input, '', true, false);
  for (const member of membersOf(input)) {
    const property = properties?.[member];
    if (property === undefined)
      throw new Error(`${input.name}.${member} is checked and not described: expected @ApiProperty`);
    for (const { propertyName, name, constraints = [], each } of rules) {
      if (propertyName !== member || name === undefined) continue;
      const target = each === true ? (property['items'] as Schema) : property;
      Object.assign(target, RULES[name]?.(constraints as unknown[]));
    }
  }
}

/** What each rule says in JSON Schema; rules that the property says itself are left out. */
const RULES: Readonly<Record<string, (constraints: readonly unknown[]) => Schema>> = {
  text: ([bounds]) => {
    const { min, max } = bounds as TextBounds;
    return { type: 'string', ...(min === undefined ? {} : { minLength: min }), maxLength: max };
  },
  matches: ([pattern]) => (pattern instanceof RegExp ? { pattern: pattern.source } : {}),
  isInt: () => ({ type: 'integer' }),
  isBoolean: () => ({ type: 'boolean' }),
  min: ([minimum]) => ({ minimum }),
  max: ([maximum]) => ({ maximum }),
  arrayMinSize: ([minItems]) => ({ minItems }),
  arrayMaxSize: ([maxItems]) => ({ maxItems }),
};
