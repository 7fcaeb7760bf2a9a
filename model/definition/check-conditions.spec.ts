import { describe, expect, it } from 'vitest';
import { readDefinitionFile } from './definition-file.js';
import { validateDefinition } from './validate.js';

const DEFAULT = { id: 'Default', scheduleType: 'ondemand', workerGroup: 'wg' };
const CASCADE = { ...DEFAULT, failureAndRerunMode: 'CASCADE' };
const shell = (id: string, more: object = {}) => ({
  id,
  type: 'ShellCommandActivity',
  command: 'true',
  ...more,
});
const node = (id: string, more: object = {}) => ({ id, type: 'S3DataNode', filePath: 's3://b/k', ...more });

/** What is said of `objects` beside a pipeline of Extract, which writes Raw, and Load, which reads it. */
function problemsWith(objects: readonly object[], defaults: object = CASCADE): string[] {
  const base = [
    defaults,
    shell('Extract', { output: { ref: 'Raw' } }),
    node('Raw'),
    shell('Load', { input: { ref: 'Raw' } }),
  ];
  const { definition, problems } = readDefinitionFile(JSON.stringify({ objects: [...base, ...objects] }));
  expect(problems).toEqual([]);
  return validateDefinition(definition).map(
    ({ severity, objectId, field, message }) => `${severity} ${objectId}.${field}: ${message}`,
  );
}

const after = (condition: unknown, more: object = {}) =>
  shell('After', { dependsOn: { ref: 'Load' }, condition, ...more });

describe('a condition that is accepted', () => {
  it.each<[string, object[], object?]>([
    ['over dependsOn', [after("failed('Load')")]],
    ['over input', [after("succeeded('Raw') and not skipped()", { input: { ref: 'Raw' } })]],
    ['always', [after('always()')]],
    [
      'from a parent',
      [
        { id: 'P', condition: "not failed('Load')" },
        after([], { parent: { ref: 'P' }, workerGroup: 'wg', scheduleType: 'ondemand' }),
      ],
    ],
    [
      'over what fails by itself, though nothing cascades',
      [shell('First'), shell('Clean', { dependsOn: { ref: 'First' }, condition: 'failed()' })],
      DEFAULT,
    ],
    [
      'over what has a condition, though nothing cascades',
      [
        shell('First'),
        shell('Then', { dependsOn: { ref: 'First' }, condition: 'succeeded()' }),
        shell('Clean', { dependsOn: [{ ref: 'First' }, { ref: 'Then' }], condition: 'always()' }),
      ],
      DEFAULT,
    ],
  ])('%s', (_, objects, defaults) => {
    expect(problemsWith(objects, defaults)).toEqual([]);
  });
});

describe('a condition that is not', () => {
  it.each<[string, object[], RegExp[], object?]>([
    [
      'that cannot be read',
      [after("failed('Load'")],
      [
        /^error After\.condition: INVALID_FIELD_VALUE: {2}'condition' expression, column 14: the condition ends too early.*\n.*failed\('Load'\n/,
      ],
    ],
    ['with an expression', [after('#{myCondition}')], [/myCondition/, /holds no expressions/]],
    ['that is a reference', [after({ ref: 'Load' })], [/'condition'.*reference to "Load"/]],
    [
      'of an object that is no dependency',
      [shell('Other'), after("failed('Other')")],
      [
        /^error After\.condition: INVALID_REFERENCE: .*column 8: "Other" is not a dependency of "After"; expected one of input and dependsOn: Load, or "Other" in 'dependsOn' too/,
      ],
    ],
    [
      'of an object that does not exist',
      [after("failed('Xyz')")],
      [
        /"Xyz" is not a dependency of "After", nor an object of the definition; expected one of input and dependsOn: Load/,
      ],
    ],
    ['of a misspelled dependency', [after("failed('load')")], [/did you mean "Load"/]],
    [
      'of what writes an input',
      [shell('After', { input: { ref: 'Raw' }, condition: "failed('Extract')" })],
      [
        /"Extract" is not a dependency of "After": it writes "Raw", which is\. Expected 'Raw', or "Extract" in 'dependsOn' too/,
      ],
    ],
    [
      'that never holds',
      [shell('Alone', { condition: 'failed()' })],
      [/^error Alone\.condition: .*"failed\(\)" never holds, for Alone has no dependencies/],
    ],
    [
      'that decides nothing',
      [shell('Alone', { condition: 'always()' })],
      [/^warning Alone\.condition: .*"always\(\)" decides nothing/],
    ],
    [
      'on Default',
      [],
      [/^warning Default\.condition: .*no effect on Default/],
      { ...CASCADE, condition: 'whatever' },
    ],
    [
      'over what would wait for ever',
      [after('always()')],
      [
        /^warning After\.condition: .*but Load would wait for ever for what has failed\. Expected failureAndRerunMode CASCADE/,
      ],
      DEFAULT,
    ],
    ['on a data node', [node('N', { condition: 'always()' })], [/'condition' is not a field of S3DataNode/]],
  ])('%s', (_, objects, expected, defaults) => {
    const problems = problemsWith(objects, defaults);
    expect(problems).toHaveLength(expected.length);
    for (const [index, each] of expected.entries()) expect(problems[index]).toMatch(each);
  });

  it('is read once, however many inherit it', () => {
    const condition = Array.from({ length: 20_000 }, (_, i) => `failed('A${i}')`).join(' or ');
    const users = Array.from({ length: 2_000 }, (_, i) => shell(`U${i}`, { parent: { ref: 'P' } }));
    const problems = problemsWith([
      { id: 'P', workerGroup: 'wg', scheduleType: 'ondemand', condition },
      ...users,
    ]);
    expect(problems.join('\n')).toMatch(
      /more than 10000000 steps to check|more problems than the 10000 listed/,
    );
  });
});
