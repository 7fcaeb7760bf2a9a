import type { FieldValue } from './component.js';
import { fieldValue } from './inheritance.js';
import type { PipelineDefinition } from './pipeline-definition.js';

/**
 * A definition as a file of the AWS CLI's form, as `aws datapipeline get-pipeline-definition` prints it: repeated keys
 * as arrays, `refValue` as `{"ref": ...}`. Source: api.md 6.
 */
export function writeDefinitionFile(definition: PipelineDefinition): string {
  const objects = definition.pipelineObjects.map(({ id, name, fields }) =>
    grouped(
      [
        ['id', id],
        ['name', name],
      ],
      fields.map((field) => [field.key, fieldValue(field)]),
    ),
  );
  const parameters = definition.parameterObjects.map(({ id, attributes }) =>
    grouped(
      [['id', id]],
      attributes.map(({ key, stringValue }) => [key, stringValue]),
    ),
  );
  const values = grouped(
    [],
    definition.parameterValues.map(({ id, stringValue }) => [id, stringValue]),
  );
  return `${JSON.stringify({ objects, parameters, values }, undefined, 2)}\n`;
}

/** fromEntries defines properties, so a key `__proto__` is written as any other. */
function grouped(first: [string, string][], entries: [string, FieldValue][]): object {
  const lists = new Map<string, FieldValue[]>();
  const taken = new Set(first.map(([key]) => key));
  for (const [key, value] of entries) {
    if (taken.has(key)) continue; // a field called `id` has no place in a file; validation refuses it
    const list = lists.get(key);
    if (list === undefined) lists.set(key, [value]);
    else list.push(value);
  }
  const rest = [...lists].map(([key, list]) => [key, list.length === 1 ? list[0] : list] as const);
  return Object.fromEntries([...first, ...rest]);
}
