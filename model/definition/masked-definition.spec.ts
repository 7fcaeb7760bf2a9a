import { describe, expect, it } from 'vitest';
import { planDefinition } from '../instance/plan-definition.js';
import { readDefinitionFile } from './definition-file.js';
import { activationProblems } from './runnable.js';
import { maskSecrets } from './secrets.js';
import { validateDefinition } from './validate.js';

const { definition } = readDefinitionFile(
  JSON.stringify({
    objects: [
      { id: 'Default', scheduleType: 'ondemand', workerGroup: 'wg', onFail: { ref: 'Hook' } },
      {
        id: 'Db',
        type: 'JdbcDatabase',
        connectionString: '#{*myUrl}',
        jdbcDriverClass: 'org.postgresql.Driver',
        username: 'u',
        '*password': 'tops3cret',
      },
      { id: 'Query', type: 'SqlActivity', database: { ref: 'Db' }, script: 'select #{*myNumber}' },
      {
        id: 'Hook',
        type: 'WebhookAlarm',
        url: 'https://#{*myHost}/',
        '*header': 'Authorization: Bearer s3cret',
      },
    ],
    parameters: [{ id: '*myNumber', type: 'Integer', allowedValues: ['7', '8'], default: '7' }],
    values: { '*myUrl': 'jdbc:postgresql://db/s3cret', '*myHost': 's3cret.example.org', '*myNumber': '8' },
  }),
);

describe('a definition that was read from a server, its secrets masked', () => {
  it.each([
    ['with its secrets', definition],
    ['masked', maskSecrets(definition)],
  ])('validates, may be activated and is planned as before: %s', (_what, each) => {
    expect(validateDefinition(each)).toEqual([]);
    expect(activationProblems(each)).toEqual([]);
    const instant = new Date('2030-01-01T00:00:00Z');
    const plan = planDefinition({ definition: each, from: instant, to: instant });
    if (plan.kind === 'refused') throw new Error(JSON.stringify(plan.problems));
    expect([...plan.entries].map(({ id, fields }) => [id, fields['script']])).toEqual([
      ['@Query_2030-01-01T00:00:00', ['select ********']],
    ]);
  });
});
