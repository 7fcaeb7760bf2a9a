import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateText } from '../expression/evaluate.js';
import { ExpressionError } from '../expression/errors.js';
import { readDefinitionFile } from './definition-file.js';
import { resolveComponents } from './inheritance.js';
import type { DefinitionProblem } from './pipeline-definition.js';
import { activationProblems } from './runnable.js';
import { validateDefinition } from './validate.js';

/** Everything that is done with a definition before it is stored and activated. */
function problemsOf(text: string): DefinitionProblem[] {
  const { definition, problems } = readDefinitionFile(text);
  return [...problems, ...validateDefinition(definition), ...activationProblems(definition)];
}

const DEFAULT = { id: 'Default', scheduleType: 'cron', schedule: { ref: 'S' }, workerGroup: 'wg' };
const SCHEDULE = { id: 'S', type: 'Schedule', period: '1 day', startDateTime: '2024-01-01T00:00:00' };
const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const fileOf = (objects: object[]): string => JSON.stringify({ objects: [DEFAULT, SCHEDULE, ...objects] });
const shell = (id: string, fields: object = {}) => ({
  id,
  type: 'ShellCommandActivity',
  command: 'true',
  ...fields,
});
const MANY = 50_000;

/** Texts, and what the answer must say. */
const CORPUS: readonly (readonly [string, () => string, RegExp])[] = [
  ['nothing', () => '', /not valid JSON/],
  ['two million brackets', () => '['.repeat(2_000_000), /nested deeper than 64 levels/],
  [
    'references in references',
    () => `{"objects":[{"id":"a","x":${'{"ref":'.repeat(500_000)}`,
    /nested deeper than 64/,
  ],
  [
    '5 MB in a field',
    () => fileOf([shell('A', { command: 'x'.repeat(5_000_000) })]),
    /5000000 bytes in field "command"/,
  ],
  [
    'a million numbers',
    () => `{"objects":[{"id":"a","my_x":[${'1,\n'.repeat(1_000_000)}1]}]}`,
    /at least 1000 mistakes of form/,
  ],
  ['50,000 objects', () => fileOf(many(MANY, (i) => shell(`A${i}`))), /50002 objects are more/],
  [
    '50,000 references to nothing',
    () => fileOf(many(MANY, (i) => shell(`A${i}`, { dependsOn: { ref: `B${i}` } }))),
    /more problems than the 10000 listed/,
  ],
  [
    '50,000 misspelled fields',
    () => fileOf(many(MANY, (i) => shell(`A${i}`, { [`comand${i}`]: 'x' }))),
    /more problems than the 10000 listed/,
  ],
  [
    'a circle of 50,000 parents',
    () => fileOf(many(MANY, (i) => shell(`A${i}`, { parent: { ref: `A${(i + 1) % MANY}` } }))),
    /'parent' leads in a circle: "A0" -> .*\(49980 more\)/,
  ],
  [
    'a chain of parents that each add a field',
    () =>
      fileOf(many(MANY, (i) => ({ id: `A${i}`, parent: { ref: `A${i - 1}` }, [`my_${i}`]: 'x' })).slice(1)),
    /inherit more than 500000 fields/,
  ],
  [
    'ten thousand circles through one object',
    () =>
      fileOf(
        many(10_000, (i) => shell(`A${i}`, { dependsOn: [{ ref: `A${(i + 1) % 10_000}` }, { ref: 'A0' }] })),
      ),
    /CYCLIC_DEPENDENCY:.*more\)/,
  ],
  ['50,000 times one id', () => fileOf(many(MANY, () => shell('A'))), /DUPLICATE_ID: {2}'id' "A"/],
  [
    '100,000 times one key',
    () => `{"objects":[{"id":"a",${many(100_000, () => '"my_k":"v"').join()}}]}`,
    /100000 fields are more/,
  ],
  [
    '5 MB of expressions',
    () => fileOf([shell('A', { command: '#{x}\n'.repeat(1_000_000) })]),
    /the text has more than 100000 expressions/,
  ],
  [
    '5 MB of beginnings of expressions',
    () => fileOf([shell('A', { command: '#{'.repeat(2_500_000) })]),
    /INVALID_EXPRESSION/,
  ],
  [
    'expressions that 20,000 objects inherit',
    () =>
      JSON.stringify({
        objects: [
          { ...DEFAULT, command: many(1000, (i) => `#{my_${i}}`).join('') },
          SCHEDULE,
          ...many(20_000, (i) => ({ id: `A${i}`, type: 'ShellCommandActivity' })),
        ],
        values: Object.fromEntries(many(1000, (i) => [`my_${i}`, 'x'])),
      }),
    /take more than 10000000 steps to check/,
  ],
  [
    'names that every object has',
    () =>
      '{"objects":[{"id":"__proto__","type":"constructor","__proto__":{"ref":"__proto__"},"toString":"#{__proto__} #{constructor.name}","parent":{"ref":"valueOf"}}],"parameters":[{"id":"__proto__","type":"toString"}],"values":{"constructor":["a","b"]}}',
    /'type' "constructor" is not a type of object/,
  ],
  [
    'halves of characters',
    () => fileOf([shell('\ud800', { command: '#{\udc00}', '\udbff': '\ud83d' })]),
    /INVALID_FIELD/,
  ],
];

/** For a busy machine; no test measures time. */
const TIMEOUT_MS = 60_000;

describe('bad input', { timeout: TIMEOUT_MS }, () => {
  it.each(CORPUS)('%s: is answered, with a bounded list of problems', (_, make, expected) => {
    const problems = problemsOf(make());
    expect(problems.length).toBeLessThanOrEqual(21_000);
    expect(problems.some(({ message }) => expected.test(message))).toBe(true);
  });

  it('leaves no trace in the prototype of objects', () => {
    const { definition } = readDefinitionFile('{"objects":[{"id":"a","__proto__":"x","constructor":"y"}]}');
    const { components } = resolveComponents(definition);
    expect(Object.getPrototypeOf(components.get('a')?.fields)).toBe(Object.prototype);
    expect(Object.keys(components.get('a')?.fields ?? {}).toSorted()).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  it('stops expressions that double and double', () => {
    const { definition } = readDefinitionFile(
      fileOf([
        shell('A0', { my_text: 'x'.repeat(100) }),
        ...many(60, (i) =>
          shell(`A${i + 1}`, { my_a: { ref: `A${i}` }, my_text: '#{my_a.my_text}#{my_a.my_text}' }),
        ),
      ]),
    );
    const { components } = resolveComponents(definition);
    const context = { pipelineId: '', components, parameters: new Map(), self: 'A60', runtime: () => ({}) };
    expect(() => evaluateText('#{my_text}', context)).toThrow(ExpressionError);
  });

  it('answers any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const text = String.fromCharCode(...bytes);
        for (const { message } of [
          ...problemsOf(text),
          ...problemsOf(fileOf([shell('A', { command: text })])),
        ])
          expect(message).not.toBe('');
      }),
    );
  });

  it('answers any JSON where objects and fields should stand', () => {
    const json = fc.jsonValue({ maxDepth: 4 });
    fc.assert(
      fc.property(json, json, json, (a, b, c) => {
        problemsOf(JSON.stringify({ objects: [a, { id: 'A', type: b, x: c }], parameters: b, values: c }));
        problemsOf(JSON.stringify({ pipelineObjects: [{ id: 'A', fields: a }], parameterValues: b }));
      }),
    );
  });
});
