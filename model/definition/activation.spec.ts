import { describe, expect, it } from 'vitest';
import { checkActivation } from './activation.js';
import { readDefinitionFile } from './definition-file.js';
import { activationProblems } from './runnable.js';
import { validateDefinition } from './validate.js';

const DEFAULT = { id: 'Default', scheduleType: 'cron', schedule: { ref: 'S' }, workerGroup: '#{myGroup}' };
const SCHEDULE = { id: 'S', type: 'Schedule', period: '1 day', startDateTime: '2024-01-01T00:00:00' };
const SHELL = { id: 'Say', type: 'ShellCommandActivity', command: 'date' };
const HIVE = { id: 'Hive', type: 'HiveActivity', hiveScript: 'x' };
const definitionOf = (objects: readonly object[]) =>
  readDefinitionFile(JSON.stringify({ objects: [DEFAULT, SCHEDULE, ...objects] })).definition;

describe('checkActivation', () => {
  it.each([
    ['a definition that runs', [SHELL]],
    ['one with mistakes', [{ ...SHELL, comand: 'x', retryDelay: '1 minute' }]],
    ['one that cannot run yet', [SHELL, HIVE]],
    ['one with both', [{ ...HIVE, stage: 'perhaps' }]],
  ])('says of %s what validation and the check before a run say', (_, objects) => {
    const definition = definitionOf(objects);
    for (const activationValues of [[], [{ id: 'myGroup', stringValue: 'wg' }]]) {
      expect(checkActivation(definition, { activationValues })).toEqual({
        problems: validateDefinition(definition, { activationValues }),
        notYet: activationProblems(definition, { activationValues }),
      });
    }
  });

  it('says once that there are more problems than it lists', () => {
    const definition = definitionOf(
      Array.from({ length: 10_001 }, (_, index) => ({ ...HIVE, id: `H${index}`, comand: 'x' })),
    );
    const { problems, notYet } = checkActivation(definition);
    expect(problems.at(-1)?.message).toContain('more problems than the 10000 listed');
    expect(problems).toHaveLength(10_001);
    expect(notYet).toEqual([]);
  });
});
