import { describe, expect, it } from 'vitest';
import { countTests, totalLine } from './test-count.mjs';

const report = (changes) =>
  JSON.stringify({
    numPassedTests: 5,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    testResults: [],
    ...changes,
  });

describe('countTests', () => {
  it.each([
    ['all passed', report({}), 0, '5 passed, 0 failed'],
    ['some failed', report({ numFailedTests: 2 }), 1, '5 passed, 2 failed'],
    ['some skipped', report({ numPendingTests: 2, numTodoTests: 1 }), 0, '5 passed, 0 failed, 3 skipped'],
    [
      'a file that could not be loaded',
      report({ testResults: [{ status: 'failed', assertionResults: [] }] }),
      1,
      '5 passed, 1 failed',
    ],
    ['an error outside of tests', report({}), 1, '5 passed, 1 failed'],
    ['no report', undefined, 1, '0 passed, 1 failed'],
  ])('%s', (_, text, exitCode, line) => expect(totalLine(countTests(text, exitCode))).toBe(line));
});
