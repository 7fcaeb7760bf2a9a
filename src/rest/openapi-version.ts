import type { OpenAPIObject } from '@nestjs/swagger';

type Node = Record<string, unknown>;

/**
 * The document in the words of OpenAPI 3.1, whose schemas are JSON Schema 2020-12: the library writes some as 3.0 had them.
 */
export function asVersion31(document: OpenAPIObject): OpenAPIObject {
  for (const schema of schemasOf(document as unknown as Node)) {
    if ('example' in schema) {
      schema['examples'] = [schema['example']];
      delete schema['example'];
    }
    if (schema['nullable'] === true && typeof schema['type'] === 'string')
      schema['type'] = [schema['type'], 'null'];
    delete schema['nullable'];
    for (const bound of ['Minimum', 'Maximum']) {
      const [exclusive, limit] = [`exclusive${bound}`, bound.toLowerCase()];
      if (schema[exclusive] === true) {
        schema[exclusive] = schema[limit];
        delete schema[limit];
      } else if (schema[exclusive] === false) delete schema[exclusive];
    }
    // A reference may have siblings now.
    const [only, ...others] = Array.isArray(schema['allOf']) ? (schema['allOf'] as Node[]) : [];
    if (only !== undefined && others.length === 0 && '$ref' in only) {
      schema['$ref'] = only['$ref'];
      delete schema['allOf'];
      // 3.0 wanted a type beside it.
      delete schema['type'];
    }
  }
  return document;
}

/** Every schema of a document, with those inside it. */
export function* schemasOf(node: unknown): Generator<Node> {
  if (typeof node !== 'object' || node === null) return;
  for (const [name, child] of Object.entries(node)) {
    if (name === 'schema') yield* withParts(child);
    else if (name === 'schemas') for (const each of Object.values(child as Node)) yield* withParts(each);
    else if (name !== 'example' && name !== 'examples') yield* schemasOf(child);
  }
}

function* withParts(schema: unknown): Generator<Node> {
  if (typeof schema !== 'object' || schema === null) return;
  const node = schema as Node;
  yield node;
  for (const one of ['items', 'additionalProperties', 'not']) yield* withParts(node[one]);
  for (const many of ['oneOf', 'anyOf', 'allOf', 'prefixItems']) {
    if (Array.isArray(node[many])) for (const each of node[many]) yield* withParts(each);
  }
  const properties = node['properties'];
  if (typeof properties === 'object' && properties !== null)
    for (const each of Object.values(properties)) yield* withParts(each);
}
