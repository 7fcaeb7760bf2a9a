import type { PipelineDefinition } from './pipeline-definition.js';

/** What stands for a secret value wherever a definition is shown. Our choice; api.md 2.1 leaves it open. */
export const SECRET_MASK = '********';

/** Where a secret value stands. */
export type SecretPlace =
  | { readonly kind: 'field'; readonly objectId: string; readonly field: string }
  | { readonly kind: 'parameterValue'; readonly parameterId: string }
  | { readonly kind: 'parameterDefault'; readonly parameterId: string };

/** True for a field or parameter that is kept encrypted and never shown: its name begins with a star. semantics.md 1. */
export function isSecretName(name: string): boolean {
  return name.startsWith('*');
}

/** Attributes of a secret parameter that hold a value: its default, and the values it may have. */
const SECRET_ATTRIBUTES: ReadonlySet<string> = new Set(['default', 'allowedValues']);

/** True for an attribute of a secret parameter that holds a value of it. */
export function isSecretParameterAttribute(parameterId: string, attribute: string): boolean {
  return isSecretName(parameterId) && SECRET_ATTRIBUTES.has(attribute);
}

/**
 * The definition with `map` applied to each secret text: values of `*` fields, values and defaults of `*` parameters.
 * References stay. A value that is nothing but one expression (`#{*myPassword}`) names a secret and holds none: it stays
 * readable, so that it can be evaluated and shown. Our choice.
 */
export function mapSecrets(
  definition: PipelineDefinition,
  map: (text: string, place: SecretPlace) => string,
): PipelineDefinition {
  return {
    pipelineObjects: definition.pipelineObjects.map((object) => ({
      ...object,
      fields: object.fields.map((field) =>
        isSecretName(field.key) && field.stringValue !== undefined && !isOnlyExpression(field.stringValue)
          ? {
              key: field.key,
              stringValue: map(field.stringValue, { kind: 'field', objectId: object.id, field: field.key }),
            }
          : field,
      ),
    })),
    parameterObjects: definition.parameterObjects.map((parameter) => {
      if (!isSecretName(parameter.id)) return parameter;
      const place: SecretPlace = { kind: 'parameterDefault', parameterId: parameter.id };
      return {
        ...parameter,
        attributes: parameter.attributes.map((attribute) =>
          SECRET_ATTRIBUTES.has(attribute.key)
            ? { key: attribute.key, stringValue: map(attribute.stringValue, place) }
            : attribute,
        ),
      };
    }),
    parameterValues: definition.parameterValues.map((value) =>
      isSecretName(value.id)
        ? {
            id: value.id,
            stringValue: map(value.stringValue, { kind: 'parameterValue', parameterId: value.id }),
          }
        : value,
    ),
  };
}

/** The definition as it may be shown: secret texts masked. */
export function maskSecrets(definition: PipelineDefinition): PipelineDefinition {
  return mapSecrets(definition, () => SECRET_MASK);
}

/** Where the definition holds secrets: what must be sealed before it is stored. */
export function secretPlaces(definition: PipelineDefinition): SecretPlace[] {
  const places: SecretPlace[] = [];
  mapSecrets(definition, (text, place) => {
    places.push(place);
    return text;
  });
  return places;
}

/** `#{*myPassword}`, `#{myDatabase.*password}`: a name in braces and nothing else, so no secret stands in it. */
function isOnlyExpression(text: string): boolean {
  return /^#\{\s*[\w*.@]+\s*\}$/.test(text);
}
