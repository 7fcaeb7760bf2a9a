import { describe, expect, it } from 'vitest';
import { summary } from '../../test/fixtures/rule-rows.js';
import type { PipelineObject } from './pipeline-definition.js';
import { validateDefinition } from './validate.js';

/** semantics.md 15, "Fatal": what cannot even be written in a file, so as it comes over the wire. */
describe('fatal', () => {
  const object: PipelineObject = {
    id: 'A',
    name: 'A',
    fields: [{ key: 'type', stringValue: 'Terminate' }],
  };
  it.each([
    [
      'an object without id',
      { ...object, id: '' },
      `fatal undefined.id: MISSING_FIELD:  'id' is missing on object number 1 named "A". Expected a unique id.`,
    ],
    [
      'an object without name',
      { ...object, name: '' },
      `fatal A.name: MISSING_FIELD:  'name' is missing on object "A". Expected a name.`,
    ],
    [
      'an empty text',
      { ...object, fields: [...object.fields, { key: 'my_x', stringValue: '' }] },
      `fatal A.my_x: INVALID_FIELD_VALUE:  'my_x' of object "A" is an empty text. Expected a value, or no such field.`,
    ],
    [
      'an empty reference',
      { ...object, fields: [...object.fields, { key: 'my_x', refValue: '' }] },
      `fatal A.my_x: INVALID_FIELD_VALUE:  'my_x' of object "A" is an empty reference. Expected a value, or no such field.`,
    ],
    [
      'a field without key',
      { ...object, fields: [...object.fields, { key: '', stringValue: 'x' }] },
      `fatal A.undefined: INVALID_FIELD:  a field of object "A" has no key. Expected the name of a field.`,
    ],
  ])('%s', (_, broken, says) => {
    const problemsOf = (each: PipelineObject) =>
      summary(validateDefinition({ pipelineObjects: [each], parameterObjects: [], parameterValues: [] }));
    expect(problemsOf(broken)).toEqual([says]);
    expect(problemsOf(object)).toEqual([]);
  });
});
