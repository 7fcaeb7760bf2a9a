import { describe, expect, it } from 'vitest';
import { readDefinitionFile } from './definition-file.js';
import { resolveComponents } from './inheritance.js';
import { resolveParameters, withParameterValues } from './parameters.js';
import { maskSecrets, secretPlaces } from './secrets.js';

function fileOf(file: object) {
  return readDefinitionFile(JSON.stringify({ objects: [], ...file })).definition;
}

describe('resolveComponents', () => {
  const resolve = (...objects: object[]) => resolveComponents(fileOf({ objects }));

  it('takes own fields over those of the parent, these over those of Default', () => {
    const { components, owners } = resolve(
      { id: 'Default', a: '0', b: '0', c: '0' },
      { id: 'P', type: 'T', b: '1', c: '1' },
      { id: 'C', name: 'n', parent: { ref: 'P' }, c: ['2', '3'] },
    );
    expect(components.get('C')).toEqual({
      id: 'C',
      name: 'n',
      fields: { a: ['0'], b: ['1'], c: ['2', '3'] },
    });
    expect([...(owners.get('C') ?? [])].map(([field, { owner }]) => [field, owner])).toEqual([
      ['c', 'C'],
      ['b', 'P'],
      ['a', 'Default'],
    ]);
  });

  it('tells a circle of parents and still gives components', () => {
    const { components, problems } = resolve(
      { id: 'A', parent: { ref: 'B' } },
      { id: 'B', parent: { ref: 'A' }, x: '1' },
    );
    expect(problems.map(({ message }) => message)).toEqual([expect.stringContaining('"A" -> "B" -> "A"')]);
    expect(components.get('A')?.fields).toEqual({ x: ['1'] });
  });

  it('takes text in schedule and parent as a reference when the object exists', () => {
    const { components } = resolve(
      { id: 'S', x: '1' },
      { id: 'A', parent: 'S', schedule: 'S' },
      { id: 'B', schedule: 'T' },
    );
    expect(components.get('A')?.fields).toEqual({ schedule: [{ ref: 'S' }], x: ['1'] });
    expect(components.get('B')?.fields).toEqual({ schedule: ['T'] });
  });
});

describe('resolveParameters', () => {
  it.each([
    ['value over default', { id: 'myP', default: 'd' }, { myP: 'v' }, ['v'], 0],
    ['default', { id: 'myP', default: 'd' }, {}, ['d'], 0],
    ['array', { id: 'myP', isArray: 'true', default: ['a', 'b'] }, {}, ['a', 'b'], 0],
    ['optional', { id: 'myP', optional: 'TRUE' }, {}, [], 0],
    ['missing', { id: 'myP' }, {}, [], 1],
    ['integer', { id: 'myP', type: 'Integer' }, { myP: '1.5' }, ['1.5'], 1],
    ['double', { id: 'myP', type: 'double' }, { myP: '1.5' }, ['1.5'], 0],
    ['S3 key', { id: 'myP', type: 'AWS::S3::ObjectKey' }, { myP: 'bucket/key' }, ['bucket/key'], 1],
    ['allowed', { id: 'myP', allowedValues: ['a', 'b'] }, { myP: 'c' }, ['c'], 1],
    ['undeclared', { id: 'myQ', default: 'q' }, { myP: 'v' }, ['v'], 0],
  ])('%s', (_, parameter, values, expected, problems) => {
    const resolved = resolveParameters(fileOf({ parameters: [parameter], values }));
    expect(resolved.values.get('myP')).toEqual(expected);
    expect(resolved.problems).toHaveLength(problems);
  });

  it('takes values of the activation over stored ones', () => {
    const definition = fileOf({ values: { myP: ['a', 'b'], myQ: 'q' } });
    const given = [{ id: 'myP', stringValue: 'c' }];
    expect(Object.fromEntries(resolveParameters(definition, given).values)).toEqual({
      myP: ['c'],
      myQ: ['q'],
    });
    expect(withParameterValues(definition, given).parameterValues).toEqual([
      { id: 'myQ', stringValue: 'q' },
      ...given,
    ]);
  });
});

describe('secrets', () => {
  const definition = fileOf({
    objects: [{ id: 'D', '*password': 'one', '*other': '#{*myP}', username: 'u' }],
    parameters: [{ id: '*myP', default: 'two', description: 'text' }],
    values: { '*myP': 'three', myQ: 'q' },
  });

  it('are found in fields, parameter values and defaults', () => {
    expect(secretPlaces(definition)).toEqual([
      { kind: 'field', objectId: 'D', field: '*password' },
      { kind: 'parameterDefault', parameterId: '*myP' },
      { kind: 'parameterValue', parameterId: '*myP' },
    ]);
  });

  it('are masked, and nothing else is', () => {
    const masked = JSON.stringify(maskSecrets(definition));
    expect(masked).not.toMatch(/one|two|three/);
    for (const shown of ['"u"', '"q"', '"text"', '#{*myP}']) expect(masked).toContain(shown);
  });
});
