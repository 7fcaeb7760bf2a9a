import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonTextError, placeOf, placesOf, readJsonText, type JsonNode } from './json-text.js';

function valueOf(node: JsonNode): unknown {
  switch (node.kind) {
    case 'string':
      return node.value;
    case 'literal':
      return JSON.parse(node.text);
    case 'array':
      return node.items.map(valueOf);
    case 'object':
      return Object.fromEntries(node.members.map(({ key, value }) => [key, valueOf(value)]));
  }
}

/** What `read` gives; undefined when it refuses the text. */
function resultOf(read: () => unknown, refusal: typeof SyntaxError | typeof JsonTextError): unknown {
  try {
    return read();
  } catch (error) {
    expect(error).toBeInstanceOf(refusal);
    return undefined;
  }
}

describe('readJsonText', () => {
  const escapes = ['"', '\\', '\\u12ab', '\\ud800', '\\u12', '\\n', '\\x', '\n', '\t', ' ', '\u2028', 'é'];
  const values = ['{', '}', '[', ']', ':', ',', '1', '-1e5', '01', 'true', 'nul', '"a"', '"a":', '[]', '{}'];
  const piece = fc.constantFrom(...escapes, ...values);
  const pieces = fc.array(piece).map((each) => each.join(''));

  it('takes what JSON.parse takes, with the same values, and nothing else', () => {
    const text = fc.oneof(
      pieces,
      pieces.map((each) => `"${each}"`),
      fc.json(),
    );
    fc.assert(
      fc.property(text, (each) => {
        const read = resultOf(() => valueOf(readJsonText(each)), JsonTextError);
        expect(read).toEqual(resultOf(() => JSON.parse(each) as unknown, SyntaxError));
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['"a\\x"', 'line 1, column 3: the escape "\\x" is unknown'],
    ['"\\u12G4"', 'line 1, column 2: \\u needs four hexadecimal digits'],
    ['\n "a\\n', 'line 2, column 2: the string that begins here does not end'],
    ['"\\n\tb"', 'line 1, column 4: a raw control character stands in a string'],
    ['"a\\"', 'line 1, column 1: the string that begins here does not end'],
    [`[${'1,'.repeat(1_200_000)}1]`, 'the text holds more than 1200000 names and values'],
    [`[${'{"a":1},'.repeat(500_000)}1]`, 'the text holds more than 1200000 names and values'],
  ])('says where and what: %#', (text, expected) => {
    expect(() => readJsonText(text)).toThrow(expected);
  });
});

it('finds lines and columns, one place or many', () => {
  const text = 'a\r\nbc\rd\n\ne';
  const offsets = [0, 1, 3, 4, 5, 6, 7, 8, 9];
  const expected = ['1:1', '1:2', '2:1', '2:2', '2:3', '3:1', '3:2', '4:1', '5:1'];
  const many = placesOf(text);
  for (const find of [many, (offset: number) => placeOf(text, offset)]) {
    const found = offsets.map(find).map(({ line, column }) => `${line}:${column}`);
    expect(found).toEqual(expected);
  }
});
