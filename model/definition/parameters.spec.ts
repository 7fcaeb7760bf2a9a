import { describe, expect, it } from 'vitest';
import { evaluateText } from '../expression/evaluate.js';
import { readDefinitionFile } from './definition-file.js';
import { resolveParameters } from './parameters.js';
import { validateDefinition } from './validate.js';

/** A parameter `myP` with these attributes, and the values given to it. */
function resolve(attributes: Readonly<Record<string, unknown>>, ...values: readonly string[]) {
  const file = {
    objects: [],
    parameters: [{ id: 'myP', ...attributes }],
    values: values.length > 0 ? { myP: values } : {},
  };
  const { definition } = readDefinitionFile(JSON.stringify(file));
  const resolved = resolveParameters(definition);
  return {
    values: resolved.values.get('myP'),
    problems: resolved.problems.map(({ severity, message }) => `${severity}: ${message}`),
  };
}

// Source: semantics.md 2.
describe('values that a parameter may have', () => {
  it.each([
    [{}, ['text'], ['text']],
    [{ type: 'String' }, ['5'], ['5']],
    [{ type: 'string' }, ['text'], ['text']],
    [{ type: 'Integer' }, ['5'], ['5']],
    [{ type: 'Integer' }, ['-5'], ['-5']],
    [{ type: 'Double' }, ['0.25'], ['0.25']],
    [{ type: 'Double' }, ['3'], ['3']],
    [{ type: 'Double' }, ['1e-3'], ['1e-3']],
    [{ type: 'AWS::S3::ObjectKey' }, ['s3://bucket/key'], ['s3://bucket/key']],
    [{ type: 'AWS::S3::ObjectKey' }, ['file:///data'], ['file:///data']],
    [{ type: 'AWS::S3::ObjectKey' }, ['#{myOther}/x'], ['#{myOther}/x']],
    [{ allowedValues: ['a', 'b'] }, ['b'], ['b']],
    [{ allowedValues: 'a' }, ['a'], ['a']],
    [{ isArray: 'true' }, ['b', 'a', 'b'], ['b', 'a', 'b']],
    [{ isArray: 'True', type: 'Integer' }, ['1', '2'], ['1', '2']],
    [{ default: 'd' }, [], ['d']],
    [{ default: 'd' }, ['v'], ['v']],
    [{ isArray: 'true', default: ['d', 'e'] }, [], ['d', 'e']],
    [{ optional: 'true' }, [], []],
    [{ optional: 'true', type: 'Integer' }, [''], []],
    [{ optional: 'true', default: 'd' }, [], ['d']],
    [{ watermark: 'w', helpText: 'h', helpLink: 'l', description: 'd', myComment: 'c' }, ['v'], ['v']],
  ])('%j, given %j', (attributes, given, values) => {
    expect(resolve(attributes, ...given)).toEqual({ values, problems: [] });
  });

  const MISSING = `MISSING_PARAMETER:  parameter "myP" has no value. Expected a value, a 'default', or 'optional' "true".`;
  const NOT = (value: string, expected: string) =>
    `error: INVALID_PARAMETER:  value "${value}" of parameter "myP" is not ${expected}.`;
  it.each([
    [{}, [], [`error: ${MISSING}`]],
    [{ optional: 'false' }, [], [`error: ${MISSING}`]],
    [{ watermark: 'w' }, [], [`error: ${MISSING}`]],
    [{ isArray: 'true' }, [], [`error: ${MISSING}`]],
    [{ type: 'Integer' }, ['1.5'], [NOT('1.5', 'an Integer, for example "5"')]],
    [{ type: 'Integer' }, ['five'], [NOT('five', 'an Integer, for example "5"')]],
    [{ type: 'Integer' }, [''], [NOT('', 'an Integer, for example "5"')]],
    [{ type: 'Integer', default: 'x' }, [], [NOT('x', 'an Integer, for example "5"')]],
    [
      { type: 'Integer', isArray: 'true' },
      ['1', 'b', 'c'],
      [NOT('b', 'an Integer, for example "5"'), NOT('c', 'an Integer, for example "5"')],
    ],
    [{ type: 'Double' }, ['25%'], [NOT('25%', 'a Double, for example "0.25"')]],
    [{ type: 'Double' }, ['0,25'], [NOT('0,25', 'a Double, for example "0.25"')]],
    [
      { type: 'AWS::S3::ObjectKey' },
      ['bucket/key'],
      [NOT('bucket/key', 'an S3 location, for example "s3://bucket/key"')],
    ],
    [
      { type: 'AWS::S3::ObjectKey' },
      ['s3://'],
      [NOT('s3://', 'an S3 location, for example "s3://bucket/key"')],
    ],
    [{ allowedValues: ['a', 'b'] }, ['c'], [NOT('c', 'allowed. Expected a, b')]],
    [{ allowedValues: ['a', 'b'] }, ['A'], [NOT('A', 'allowed. Expected a, b')]],
    [{ allowedValues: ['a', 'b'], default: 'c' }, [], [NOT('c', 'allowed. Expected a, b')]],
    [
      {},
      ['a', 'b'],
      [`warning: INVALID_PARAMETER:  parameter "myP" has 2 values. Expected one, or 'isArray' "true".`],
    ],
    [
      { type: 'Interger' },
      ['5'],
      [
        `warning: INVALID_PARAMETER:  'type' "Interger" of parameter "myP" is unknown; did you mean "Integer"?; expected String, Integer, Double, AWS::S3::ObjectKey. It is taken as String.`,
      ],
    ],
  ])('%j, given %j, is told', (attributes, given, problems) => {
    expect(resolve(attributes, ...given).problems).toEqual(problems);
  });

  it('a secret is not shown', () => {
    const parameters = [{ id: '*myP', type: 'Integer', allowedValues: ['7319'] }];
    const file = { objects: [], parameters, values: { '*myP': 'sesame' } };
    const { problems } = resolveParameters(readDefinitionFile(JSON.stringify(file)).definition);
    expect(problems.map(({ severity }) => severity)).toEqual(['error', 'error']);
    for (const { message } of problems) {
      expect(message).toContain('(secret, not shown) of parameter "*myP"');
      expect(message).not.toMatch(/sesame|7319/);
    }
  });
});

describe('a field that uses a parameter', () => {
  const evaluate = (text: string, ...values: string[]) =>
    evaluateText(text, {
      pipelineId: '',
      components: new Map([['A', { id: 'A', name: 'A', fields: {} }]]),
      parameters: new Map([['myP', values]]),
      self: 'A',
      runtime: () => ({}),
    });

  it.each([
    ['#{myP}', [], []],
    ['x #{myP} y', [], []],
    ['#{myP}', ['v'], ['v']],
    ['x #{myP} y', ['v'], ['x v y']],
    ['x #{myP} y', ['v', 'w'], ['x v y', 'x w y']],
  ])('%s with %j has %j', (text, values, expected) => {
    expect(evaluate(text, ...values)).toEqual(expected);
  });
});

describe("AWS's quotas", () => {
  const warnings = (parameters: readonly object[], values: Readonly<Record<string, string>>) => {
    const objects = [{ id: 'Default', scheduleType: 'ondemand' }];
    const { definition } = readDefinitionFile(JSON.stringify({ objects, parameters, values }));
    return validateDefinition(definition).map(({ severity, message }) => `${severity}: ${message}`);
  };
  const many = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ id: `myP${index}`, default: 'd' }));

  it('of 50 parameters is a warning', () => {
    expect(warnings(many(50), {})).toEqual([]);
    expect(warnings(many(51), {})).toEqual([
      "warning: LIMIT_EXCEEDED:  51 parameters are more than AWS Data Pipeline's quota of 50. Penstock has no such limit.",
    ]);
  });

  it('of 15 KB of values is a warning', () => {
    const [own] = many(1);
    const text = (bytes: number) => ({ myP0: 'x'.repeat(bytes - 'myP0'.length) });
    expect(warnings([own ?? {}], text(15_360))).toEqual([]);
    expect(warnings([own ?? {}], text(15_361))).toEqual([
      "warning: LIMIT_EXCEEDED:  15361 bytes of parameter values are more than AWS Data Pipeline's quota of 15360. Penstock has no such limit.",
    ]);
  });
});
