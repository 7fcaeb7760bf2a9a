import type { SdkDefinition } from './definitions.js';

/** A field of a definition, to be changed. */
export const field = (definition: SdkDefinition, objectId: string, key: string) => {
  const found = definition.pipelineObjects
    .find(({ id }) => id === objectId)
    ?.fields?.find((each) => each.key === key);
  if (found === undefined) throw new Error(`no field ${objectId}.${key}`);
  return found;
};
const add = (
  definition: SdkDefinition,
  objectId: string,
  added: { key: string; stringValue?: string; refValue?: string },
) => definition.pipelineObjects.find(({ id }) => id === objectId)?.fields?.push(added);

const remove = (definition: SdkDefinition, objectId: string, key: string): void => {
  const found = field(definition, objectId, key);
  const object = definition.pipelineObjects.find(({ id }) => id === objectId);
  if (object !== undefined) object.fields = object.fields?.filter((each) => each !== found);
};

/** Ways to make the definition of `hourly` an errored one: what is wrong, and what must be said of it. */
export const SPOILS: readonly [string, (definition: SdkDefinition) => void, RegExp][] = [
  ['unknown type', (d) => void (field(d, 'Say', 'type').stringValue = 'SayActivity'), /Say.*SayActivity/],
  ['dangling reference', (d) => void add(d, 'Say', { key: 'dependsOn', refValue: 'Nobody' }), /Say.*Nobody/],
  ['cycle', (d) => void add(d, 'Say', { key: 'dependsOn', refValue: 'Say' }), /Say/],
  ['wrong period', (d) => void (field(d, 'Hourly', 'period').stringValue = '15 Period'), /Hourly.*15 Period/],
  ['wrong expression', (d) => void (field(d, 'Say', 'command').stringValue = 'echo #{1 +}'), /Say.*command/],
  ['missing parameter', (d) => void (field(d, 'Say', 'command').stringValue = '#{myOther}'), /Say.*myOther/],
  ['missing required field', (d) => remove(d, 'Say', 'command'), /Say.*command/],
];
