import { describe, expect, it } from 'vitest';
import { readDefinitionFile } from '../../model/definition/definition-file.js';
import { PipelineDeleted } from '../../model/errors.js';
import type { PostgresLedger } from '../store/postgres-ledger.js';
import { BY_EXPRESSION, OF_RESOURCE, OTHERS, QueueGroups } from './queue-groups.js';

const OBJECTS = [
  { id: 'Default', scheduleType: 'ondemand', workerGroup: 'inherited' },
  { id: 'Plain', type: 'ShellCommandActivity', command: 'true', workerGroup: 'Nightly' },
  { id: 'Inherits', type: 'ShellCommandActivity', command: 'true' },
  { id: 'Parameter', type: 'ShellCommandActivity', command: 'true', workerGroup: 'g-#{myGroup}' },
  { id: 'AtRun', type: 'ShellCommandActivity', command: 'true', workerGroup: '#{@scheduledStartTime}' },
];
const ON_RESOURCE = [
  { id: 'Machine', type: 'Ec2Resource' },
  { id: 'OnMachine', type: 'ShellCommandActivity', command: 'true', runsOn: { ref: 'Machine' } },
];

function aLedger(objects: readonly object[]): PostgresLedger {
  const file = { objects, parameters: [{ id: 'myGroup', type: 'String' }], values: { myGroup: 'blue' } };
  const { definition } = readDefinitionFile(JSON.stringify(file));
  const ledger: Pick<PostgresLedger, 'readDefinition'> = {
    readDefinition: async (pipelineId) => {
      if (pipelineId === 'df-GONE') throw new PipelineDeleted(pipelineId);
      return { definition, pipelineName: 'p', activation: 1, firstActivationTime: '' } as never;
    },
  };
  return ledger as PostgresLedger;
}

const waiting = (componentId: string, minute = 0, pipelineId = 'df-1') => ({
  pipelineId,
  definitionVersion: 1,
  componentId,
  since: `2030-01-01T00:${String(minute).padStart(2, '0')}:00.000Z`,
  instances: 2,
});

describe('queues of worker groups', () => {
  it.each([
    ['Plain', 'Nightly'],
    ['Inherits', 'inherited'],
    ['Parameter', 'g-blue'],
    ['AtRun', BY_EXPRESSION],
  ])('what waits of %s waits for %s', async (componentId, group) => {
    const queues = await new QueueGroups(aLedger(OBJECTS)).of([waiting(componentId)]);
    expect([...queues.keys()]).toEqual([group]);
  });

  it('have what runs on a resource under one name', async () => {
    const queues = await new QueueGroups(aLedger(ON_RESOURCE)).of([waiting('OnMachine')]);
    expect([...queues.keys()]).toEqual([OF_RESOURCE]);
  });

  it('are as old as their first instance, over all components and pipelines', async () => {
    const all = [waiting('Plain', 9), waiting('Plain', 3, 'df-2'), waiting('Inherits', 5)];
    expect([...(await new QueueGroups(aLedger(OBJECTS)).of(all))]).toEqual([
      ['Nightly', { since: '2030-01-01T00:03:00.000Z', instances: 4 }],
      ['inherited', { since: '2030-01-01T00:05:00.000Z', instances: 2 }],
    ]);
  });

  it('are bounded, the longest waits first', async () => {
    const many = Array.from({ length: 300 }, (_, index) => ({
      id: `A${index}`,
      type: 'ShellCommandActivity',
      command: 'true',
      workerGroup: `g${index}`,
    }));
    const all = many.map(({ id }, index) => waiting(id, index % 60));
    const queues = await new QueueGroups(aLedger(many)).of(all);
    expect(queues.size).toBe(201);
    expect(queues.get(OTHERS)?.instances).toBe(200);
    expect(queues.has('g0')).toBe(true);
  });

  it('have nothing of a pipeline that was deleted meanwhile', async () => {
    expect((await new QueueGroups(aLedger(OBJECTS)).of([waiting('Plain', 0, 'df-GONE')])).size).toBe(0);
  });
});
