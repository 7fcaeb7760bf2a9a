import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDefinitionFile } from './definition-file.js';
import { writeDefinitionFile } from './write-definition-file.js';

describe('readDefinitionFile', () => {
  it('gives what the AWS CLI sends: name from the id, sorted keys, lists as repeated keys, references', () => {
    const text = `{"metadata": {}, "objects": [{"type": "T", "id": "A", "list": ["b", {"ref": "B"}, "a"], "empty": [], "Zed": "z"}],
      "parameters": [{"id": "myP", "type": "String", "allowedValues": ["x", "y"]}], "values": {"myP": ["x", "y"], "myQ": "z"}}`;
    expect(readDefinitionFile(text)).toEqual({
      problems: [],
      losses: [
        { severity: 'warning', message: 'LOSS:  "metadata" (line 1, column 2) is no part of a definition.' },
      ],
      definition: {
        pipelineObjects: [
          {
            id: 'A',
            name: 'A',
            fields: [
              { key: 'Zed', stringValue: 'z' },
              { key: 'list', stringValue: 'b' },
              { key: 'list', refValue: 'B' },
              { key: 'list', stringValue: 'a' },
              { key: 'type', stringValue: 'T' },
            ],
          },
        ],
        parameterObjects: [
          {
            id: 'myP',
            attributes: [
              { key: 'allowedValues', stringValue: 'x' },
              { key: 'allowedValues', stringValue: 'y' },
              { key: 'type', stringValue: 'String' },
            ],
          },
        ],
        parameterValues: [
          { id: 'myP', stringValue: 'x' },
          { id: 'myP', stringValue: 'y' },
          { id: 'myQ', stringValue: 'z' },
        ],
      },
    });
  });

  it('takes a repeated key as a list', () => {
    const { definition } = readDefinitionFile('{"objects": [{"id": "A", "step": "1", "step": "2"}]}');
    expect(definition.pipelineObjects[0]?.fields.map(({ stringValue }) => stringValue)).toEqual(['1', '2']);
  });

  it.each([
    ['{"objects": [\n {"id": "A",}]}', 'line 2, column 13: there is a comma before "}"'],
    ['{"objects": [}', 'line 1, column 14: found "}"; expected a value'],
    ['{“objects”: []}', 'line 1, column 2: found a typographic quote (“)'],
    ['{"objects": [{"id": "a\nb"}]}', 'line 1, column 23: a raw line break stands in a string'],
    ['', 'line 1, column 1: the text ends here'],
    ['{"objects": []} x', 'line 1, column 17: found "x" stands behind the end'],
    ['['.repeat(100_000), 'values are nested deeper than 64 levels'],
    ['[]', 'The definition is a list. Expected a JSON object with "objects" (line 1, column 1)'],
    ['{"object": []}', 'has no "objects" (found "object")'],
    ['{"objects": [{"name": "x"}]}', 'has no id (its name is "x")'],
    ['{"objects": {}}', '"objects" is an object. Expected a list'],
  ])('is fatal, with the place: %#', (text, expected) => {
    const { problems } = readDefinitionFile(text);
    expect(problems.map(({ severity, message }) => [severity, message])).toEqual([
      ['fatal', expect.stringContaining(expected)],
    ]);
  });

  it.each([
    ['3', `'x': 3 is a number. Expected text: "3"`],
    ['true', `'x': true is a boolean. Expected text: "true"`],
    ['null', `'x': null is null. Expected text in double quotes`],
    ['{"a": 1}', `'x': {"a": 1}}]} is an object. Expected text`],
  ])('quotes a value that is no text: %s', (value, expected) => {
    const { problems } = readDefinitionFile(`{"objects": [{"id": "A", "x": ${value}}]}`);
    expect(problems).toEqual([
      { severity: 'error', objectId: 'A', field: 'x', message: expect.stringContaining(expected) },
    ]);
  });

  it('does not quote a secret', () => {
    const { problems } = readDefinitionFile(
      '{"objects": [{"id": "A", "*x": 4711}], "values": {"*myP": 4711}}',
    );
    expect(problems).toHaveLength(2);
    expect(JSON.stringify(problems)).not.toContain('4711');
  });

  it('reads five megabytes of text in a field', () => {
    const script = 'x"\\\n'.repeat(1_250_000);
    const { definition } = readDefinitionFile(JSON.stringify({ objects: [{ id: 'A', command: script }] }));
    expect(definition.pipelineObjects[0]?.fields[0]?.stringValue).toBe(script);
  });

  it('answers any text without a crash', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void readDefinitionFile(text)));
    const values = fc.jsonValue();
    fc.assert(
      fc.property(fc.array(fc.dictionary(fc.string(), values)), values, (objects, rest) => {
        readDefinitionFile(JSON.stringify({ objects, parameters: rest, values: rest }));
        readDefinitionFile(
          JSON.stringify({ pipelineObjects: objects, parameterObjects: rest, parameterValues: rest }),
        );
      }),
    );
  });
});

describe('writeDefinitionFile', () => {
  const text = fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom('__proto__', 'constructor', 'toString'));
  const value = fc.oneof(
    text,
    text.map((ref) => ({ ref })),
  );
  const key = text.filter((each) => each !== 'id' && each !== 'name');

  it('writes what readDefinitionFile reads back, in both forms', () => {
    const entries = fc.uniqueArray(fc.tuple(key, fc.array(value, { minLength: 1, maxLength: 3 })), {
      selector: ([name]) => name,
    });
    fc.assert(
      fc.property(
        fc.array(fc.record({ id: text, name: text, entries })),
        fc.dictionary(text, text),
        (objects, values) => {
          const definition = {
            pipelineObjects: objects.map(({ id, name, entries: lists }) => ({
              id,
              name,
              fields: lists
                .toSorted(([a], [b]) => (a < b ? -1 : 1))
                .flatMap(([field, list]) =>
                  list.map((each) =>
                    typeof each === 'string'
                      ? { key: field, stringValue: each }
                      : { key: field, refValue: each.ref },
                  ),
                ),
            })),
            parameterObjects: [],
            parameterValues: Object.entries(values).map(([id, stringValue]) => ({ id, stringValue })),
          };
          expect(readDefinitionFile(writeDefinitionFile(definition)).definition).toEqual(definition);
          expect(readDefinitionFile(JSON.stringify(definition)).definition).toEqual(definition);
        },
      ),
    );
  });
});
