import { describe, expect, it } from 'vitest';
import { partsOf } from './object-parts.js';

const object = (id: string, length = 0) => ({
  id,
  name: id,
  fields: [{ key: 'command', stringValue: 'x'.repeat(length) }],
});

describe('parts of a definition', () => {
  it.each([
    ['none', [], 100, [[]]],
    ['few', [object('A'), object('B')], 1_000, [['A', 'B']]],
    ['many', [object('A', 60), object('B', 60), object('C')], 200, [['A'], ['B', 'C']]],
    [
      'one that is too long by itself',
      [object('A'), object('B', 500), object('C')],
      200,
      [['A'], ['B'], ['C']],
    ],
  ])('%s', (_title, objects, characters, parts) => {
    expect(partsOf(objects, characters).map((part) => part.map(({ id }) => id))).toEqual(parts);
  });
});
