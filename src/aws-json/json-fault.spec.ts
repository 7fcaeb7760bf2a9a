import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { findJsonFault } from './json-fault.js';

describe('findJsonFault', () => {
  test.each([
    ['', 1, 1, 'a value'],
    ['{"a":1,}', 1, 8, 'a name in double quotes'],
    ['[1,]', 1, 4, 'a value'],
    ['{"a":1\n "b":2}', 2, 2, '"," or "}"'],
    ['{"a" 1}', 1, 6, '":"'],
    ['{a:1}', 1, 2, 'a name in double quotes, or "}"'],
    ['{"a":"x\ny"}', 1, 8, 'no raw control character or line break in a string'],
    ['{"a":"\\q"}', 1, 7, 'a valid escape'],
    ['{"a":"x', 1, 8, 'the closing " of a string'],
    ['{"a":01}', 1, 6, 'a value'],
    ['{"a":tru}', 1, 6, 'a value'],
    ['{} x', 1, 4, 'the end of the text'],
    ['{"a":[1', 1, 8, '"," or "]"'],
    ['{“a”:1}', 1, 2, 'a name in double quotes, or "}"'],
  ])('names the place in %j', (text, line, column, expected) => {
    expect(findJsonFault(text)).toEqual({ line, column, expected });
  });

  it('finds none in what JSON.parse accepts, and one in what it refuses', () => {
    const accepts = (text: string): boolean => {
      try {
        JSON.parse(text);
        return true;
      } catch {
        return false;
      }
    };
    const mutated = fc
      .tuple(
        fc.json(),
        fc.nat(),
        fc.constantFrom('', '"', '{', ']', ',', '\\', '1', '\n', ' ', '-', 'e', '.'),
      )
      .map(([json, at, inserted]) => {
        const position = at % (json.length + 1);
        return json.slice(0, position) + inserted + json.slice(position + (inserted === '' ? 1 : 0));
      });
    fc.assert(
      fc.property(mutated, (text) => {
        expect(findJsonFault(text) === undefined).toBe(accepts(text));
      }),
      { numRuns: 2000 },
    );
  });
});
