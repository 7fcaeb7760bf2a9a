import type { PipelineObject } from '../../model/definition/pipeline-definition.js';

/** Characters of a definition that one answer holds: definitions compress some 3:1, and a payload has at most 2 MB. */
const PART_CHARACTERS = 3_000_000;

/** The objects of a definition, in their order, in parts that an answer can hold. */
export function partsOf(
  objects: readonly PipelineObject[],
  partCharacters = PART_CHARACTERS,
): readonly (readonly PipelineObject[])[] {
  const parts: PipelineObject[][] = [[]];
  let characters = 0;
  for (const object of objects) {
    const length = JSON.stringify(object).length;
    if (characters > 0 && characters + length > partCharacters) {
      parts.push([]);
      characters = 0;
    }
    parts.at(-1)?.push(object);
    characters += length;
  }
  return parts;
}
