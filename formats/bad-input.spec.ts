import { describe, expect, it } from 'vitest';
import { validateDefinition } from '../model/definition/validate.js';
import { BAD_TEXTS } from '../test/fixtures/bad-texts.js';
import { readAnyDefinition } from './read-any-definition.js';

/** For a busy machine; no test measures time. test/cli/bad-input.spec.ts has the same texts under a limit of memory. */
const TIMEOUT_MS = 60_000;

describe('bad input', { timeout: TIMEOUT_MS }, () => {
  it.each(BAD_TEXTS)('%s: is answered, with a bounded list of problems', (_, fileName, make, expected) => {
    const { definition, problems } = readAnyDefinition(make(), { fileName });
    const isFatal = problems.some(({ severity }) => severity === 'fatal');
    const all = [...problems, ...(isFatal ? [] : validateDefinition(definition))];
    expect(all.length).toBeLessThanOrEqual(21_000);
    const first = all.find(({ message }) => expected.test(message));
    expect(first?.message ?? all.slice(0, 3)).toMatch(expected);
  });
});
