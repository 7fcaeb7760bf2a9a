import { ArrayMaxSize, IsArray, IsOptional, registerDecorator } from 'class-validator';
import type { Field, PipelineDefinition } from '../../model/definition/pipeline-definition.js';
import { Nested } from '../aws-json/nested.js';
import { Text, TEXT } from '../aws-json/text.js';

/** Most objects or values in one request: nothing real comes near, and it bounds the work of one call. Our choice. */
const MAXIMUM_MEMBERS = 100_000;

/** One value of a field: exactly one of `stringValue` and `refValue`. Source: api.md 1.3. */
export class FieldInput {
  @Text(TEXT.fieldName)
  @ExactlyOneValue()
  key!: string;

  @IsOptional()
  @Text(TEXT.fieldValue)
  stringValue?: string;

  @IsOptional()
  @Text({ max: 256 })
  refValue?: string;
}

/** PipelineObject of the API. */
export class PipelineObjectInput {
  @Text(TEXT.id)
  id!: string;

  @Text(TEXT.id)
  name!: string;

  @IsArray()
  @ArrayMaxSize(MAXIMUM_MEMBERS)
  @Nested(() => FieldInput, { each: true })
  fields!: FieldInput[];
}

/** Attribute of a parameter object. */
export class ParameterAttributeInput {
  @Text(TEXT.fieldName)
  key!: string;

  @Text(TEXT.fieldValue)
  stringValue!: string;
}

/** ParameterObject of the API. */
export class ParameterObjectInput {
  @Text({ min: 1, max: 256 })
  id!: string;

  @IsArray()
  @ArrayMaxSize(MAXIMUM_MEMBERS)
  @Nested(() => ParameterAttributeInput, { each: true })
  attributes!: ParameterAttributeInput[];
}

/** ParameterValue of the API. */
export class ParameterValueInput {
  @Text({ min: 1, max: 256 })
  id!: string;

  @Text(TEXT.fieldValue)
  stringValue!: string;
}

/** Request of PutPipelineDefinition and ValidatePipelineDefinition. */
export class DefinitionInput {
  @Text(TEXT.id)
  pipelineId!: string;

  @IsArray()
  @ArrayMaxSize(MAXIMUM_MEMBERS)
  @Nested(() => PipelineObjectInput, { each: true })
  pipelineObjects!: PipelineObjectInput[];

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAXIMUM_MEMBERS)
  @Nested(() => ParameterObjectInput, { each: true })
  parameterObjects?: ParameterObjectInput[];

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAXIMUM_MEMBERS)
  @Nested(() => ParameterValueInput, { each: true })
  parameterValues?: ParameterValueInput[];
}

/** The definition of a request, without members that the API does not know. */
export function definitionOf(input: DefinitionInput): PipelineDefinition {
  return {
    pipelineObjects: input.pipelineObjects.map(({ id, name, fields }) => ({
      id,
      name,
      fields: fields.map(fieldOf),
    })),
    parameterObjects: (input.parameterObjects ?? []).map(({ id, attributes }) => ({
      id,
      attributes: attributes.map(({ key, stringValue }) => ({ key, stringValue })),
    })),
    parameterValues: (input.parameterValues ?? []).map(({ id, stringValue }) => ({ id, stringValue })),
  };
}

function fieldOf({ key, stringValue, refValue }: FieldInput): Field {
  return refValue === undefined ? { key, stringValue: stringValue ?? '' } : { key, refValue };
}

function ExactlyOneValue() {
  return (target: object, propertyName: string): void => {
    registerDecorator({
      name: 'exactlyOneValue',
      target: target.constructor,
      propertyName,
      validator: {
        validate: (_key, args) => valuesIn(args?.object) === 1,
        defaultMessage: (args) =>
          `Value '${String(args?.value).slice(0, 256)}' at '{path}' failed to satisfy constraint: ` +
          `Field must have exactly one of stringValue and refValue, has ${valuesIn(args?.object) === 0 ? 'none' : 'both'}`,
      },
    });
  };
}

function valuesIn(object: object | undefined): number {
  const { stringValue, refValue } = (object ?? {}) as Partial<FieldInput>;
  return [stringValue, refValue].filter((value) => value !== undefined).length;
}
