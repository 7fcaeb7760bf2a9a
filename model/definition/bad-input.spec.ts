import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateText } from '../expression/evaluate.js';
import { ExpressionError } from '../expression/errors.js';
import { checkActivation } from './activation.js';
import { readDefinitionFile } from './definition-file.js';
import { resolveComponents } from './inheritance.js';
import type { DefinitionProblem } from './pipeline-definition.js';
import { BAD_DEFINITIONS, fileOf, many, shell } from '../../test/fixtures/bad-definitions.js';

/** Everything that is done with a definition before it is stored and activated. */
function problemsOf(text: string): DefinitionProblem[] {
  const { definition, problems } = readDefinitionFile(text);
  const check = checkActivation(definition);
  return [...problems, ...check.problems, ...check.notYet];
}

/** For a busy machine; no test measures time: bench/bad-input does. */
const TIMEOUT_MS = 60_000;

describe('bad input', { timeout: TIMEOUT_MS }, () => {
  it.each(BAD_DEFINITIONS)('%s: is answered, with a bounded list of problems', (_, make, expected) => {
    const problems = problemsOf(make());
    expect(problems.length).toBeLessThanOrEqual(21_000);
    expect(problems.some(({ message }) => expected.test(message))).toBe(true);
  });

  it('leaves no trace in the prototype of objects', () => {
    const { definition } = readDefinitionFile('{"objects":[{"id":"a","__proto__":"x","constructor":"y"}]}');
    const { components } = resolveComponents(definition);
    expect(components.get('a')?.fields['valueOf']).toBeUndefined();
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
