import { describe, expect, it } from 'vitest';
import type { DefinitionProblem } from './pipeline-definition.js';
import { validationErrors, validationWarnings } from './problem.js';

describe('validationErrors and validationWarnings', () => {
  it('group by object, fatal problems among the errors', () => {
    const problems: DefinitionProblem[] = [
      { severity: 'error', objectId: 'A', message: '1' },
      { severity: 'warning', objectId: 'A', message: '2' },
      { severity: 'fatal', message: '3' },
      { severity: 'error', objectId: 'A', message: '4' },
    ];
    expect(validationErrors(problems)).toEqual([{ id: 'A', errors: ['1', '4'] }, { errors: ['3'] }]);
    expect(validationWarnings(problems)).toEqual([{ id: 'A', warnings: ['2'] }]);
  });
});
