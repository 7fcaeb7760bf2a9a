import {
  ActivatePipelineCommand,
  CreatePipelineCommand,
  DescribeObjectsCommand,
  DescribePipelinesCommand,
  PutPipelineDefinitionCommand,
  type DataPipelineClient,
  type Field,
} from '@aws-sdk/client-data-pipeline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDefinitionFile } from '../../model/definition/definition-file.js';
import type { InstanceKind } from '../../activities/bookkeeping/ledger.js';
import type { Status } from '../../model/instance/status.js';
import { PostgresLedger } from '../../src/store/postgres-ledger.js';
import { startApi, type TestApi } from './api.js';

// One case per sentence of semantics.md 8.3, in our own words, against the API and a real store.

let api: TestApi;
let client: DataPipelineClient;
beforeAll(async () => {
  api = await startApi();
  client = api.client();
});
afterAll(() => api.close());

const OBJECTS = [
  { id: 'Default', scheduleType: 'cron', schedule: { ref: 'Hourly' }, workerGroup: 'wg' },
  {
    id: 'Hourly',
    type: 'Schedule',
    period: '1 hour',
    startDateTime: '2030-01-01T00:00:00',
    occurrences: '9',
  },
  { id: 'IsThere', type: 'S3KeyExists', s3Key: 's3://b/k', role: 'r' },
  { id: 'In', type: 'S3DataNode', filePath: 's3://b/k', precondition: { ref: 'IsThere' } },
  { id: 'A', type: 'ShellCommandActivity', command: 'true', input: { ref: 'In' } },
  { id: 'B', type: 'ShellCommandActivity', command: 'true' },
];
const KIND: Readonly<Record<string, InstanceKind>> = { IsThere: 'precondition', In: 'dataNode' };

/** What instances became, one write after the other: component, hour, status. */
type Written = readonly [componentId: string, hour: number, status: Status];

async function aPipeline(...written: readonly Written[]): Promise<string> {
  const name = `health ${Math.random()}`;
  const { pipelineId = '' } = await client.send(new CreatePipelineCommand({ name, uniqueId: name }));
  const { definition } = readDefinitionFile(JSON.stringify({ objects: OBJECTS }));
  const { pipelineObjects } = definition;
  await client.send(
    new PutPipelineDefinitionCommand({
      pipelineId,
      pipelineObjects: pipelineObjects.map((object) => ({ ...object, fields: [...object.fields] })),
    }),
  );
  await client.send(new ActivatePipelineCommand({ pipelineId }));
  const ledger = api.app.get(PostgresLedger);
  let seq = 0;
  for (const [componentId, hour, status] of written) {
    const nodeId = componentId === 'IsThere' ? 'In' : undefined;
    const scheduledStart = `2030-01-01T0${hour}:00:00Z`;
    const run = { pipelineId, scheduleId: 'Hourly', intervalStart: scheduledStart };
    const id = idOf(componentId, hour);
    await ledger.createInstances(run, [
      {
        id,
        componentId,
        kind: KIND[componentId] ?? 'activity',
        type: OBJECTS.find((object) => object.id === componentId)?.type ?? '',
        ...(nodeId === undefined ? {} : { nodeId }),
        scheduledStart,
        scheduledEnd: `2030-01-01T0${hour + 1}:00:00Z`,
        definitionVersion: 1,
        activation: 1,
        status: 'WAITING_ON_DEPENDENCIES',
        references: {},
        triesLeft: 3,
      },
    ]);
    const common = { attemptCount: 1, triesLeft: 2, waitingOn: [], cascadeFailedOn: [] };
    await ledger.record(run, { instances: [{ id, seq: ++seq, status, ...common }], attempts: [] });
  }
  return pipelineId;
}

const idOf = (componentId: string, hour: number): string =>
  componentId === 'IsThere'
    ? `@IsThere_In_2030-01-01T0${hour}:00:00`
    : `@${componentId}_2030-01-01T0${hour}:00:00`;

const healthIn = (fields: readonly Field[] = []): Record<string, string> =>
  Object.fromEntries(
    fields
      .filter(({ key }) => key?.startsWith('@healthStatus'))
      .map(({ key, stringValue }) => [key ?? '', stringValue ?? '']),
  );

async function componentHealth(pipelineId: string, id: string): Promise<Record<string, string>> {
  const command = new DescribeObjectsCommand({ pipelineId, objectIds: [id] });
  return healthIn((await client.send(command)).pipelineObjects?.[0]?.fields);
}

async function pipelineHealth(pipelineId: string): Promise<Record<string, string>> {
  const command = new DescribePipelinesCommand({ pipelineIds: [pipelineId] });
  return healthIn((await client.send(command)).pipelineDescriptionList?.[0]?.fields);
}

const AN_INSTANT = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/) as string;
const health = (status: string, componentId: string, hour: number) => ({
  '@healthStatus': status,
  '@healthStatusFromInstanceId': idOf(componentId, hour),
  '@healthStatusUpdatedTime': AN_INSTANT,
});

describe('8.3 health of a component', () => {
  it.each<[string, readonly Written[], object]>([
    [
      'HEALTHY when its last instance is FINISHED',
      [
        ['A', 0, 'FAILED'],
        ['A', 1, 'FINISHED'],
      ],
      health('HEALTHY', 'A', 1),
    ],
    [
      'HEALTHY when that was marked finished: a failed one that is FINISHED now',
      [
        ['A', 0, 'FAILED'],
        ['A', 0, 'FINISHED'],
      ],
      health('HEALTHY', 'A', 0),
    ],
    [
      'ERROR when it is FAILED',
      [
        ['A', 0, 'FINISHED'],
        ['A', 1, 'FAILED'],
      ],
      health('ERROR', 'A', 1),
    ],
    ['ERROR when it is TIMEDOUT', [['A', 0, 'TIMEDOUT']], health('ERROR', 'A', 0)],
    ['ERROR when it is CANCELED', [['A', 0, 'CANCELED']], health('ERROR', 'A', 0)],
    // Not named. Our choice: it did not do its work.
    ['ERROR when it is CASCADE_FAILED', [['A', 0, 'CASCADE_FAILED']], health('ERROR', 'A', 0)],
    // Terminal by the last end, not by the last interval: what was rerun now is the news.
    [
      'of the instance that ended last, whatever its interval',
      [
        ['A', 1, 'FINISHED'],
        ['A', 0, 'FAILED'],
      ],
      health('ERROR', 'A', 0),
    ],
    [
      'not changed by an instance that is not over',
      [
        ['A', 0, 'FINISHED'],
        ['A', 1, 'RUNNING'],
      ],
      health('HEALTHY', 'A', 0),
    ],
    [
      'not changed by one that was SKIPPED',
      [
        ['A', 0, 'FAILED'],
        ['A', 1, 'SKIPPED'],
      ],
      health('ERROR', 'A', 0),
    ],
    ['left out when none has ended', [['A', 0, 'WAITING_FOR_RUNNER']], {}],
    ['left out when none was made', [], {}],
  ])('is %s', async (_title, written, expected) => {
    expect(await componentHealth(await aPipeline(...written), 'A')).toEqual(expected);
  });

  it.each<[string, readonly Written[], object]>([
    [
      'a precondition of it failed, though it waits itself',
      [
        ['In', 0, 'FINISHED'],
        ['In', 1, 'WAITING_ON_DEPENDENCIES'],
        ['IsThere', 1, 'FAILED'],
      ],
      health('ERROR', 'IsThere', 1),
    ],
    [
      'and it ended with it',
      [
        ['IsThere', 1, 'FAILED'],
        ['In', 1, 'CASCADE_FAILED'],
      ],
      health('ERROR', 'In', 1),
    ],
  ])('is ERROR when %s', async (_title, written, expected) => {
    expect(await componentHealth(await aPipeline(...written), 'In')).toEqual(expected);
  });

  it.each<[string, readonly Written[]]>([
    [
      'a precondition that failed was rerun and holds',
      [
        ['IsThere', 1, 'FAILED'],
        ['IsThere', 1, 'FINISHED'],
        ['In', 1, 'FINISHED'],
      ],
    ],
    [
      'it was marked finished after its precondition failed',
      [
        ['IsThere', 1, 'FAILED'],
        ['In', 1, 'FINISHED'],
      ],
    ],
  ])('is HEALTHY when %s', async (_title, written) => {
    const pipelineId = await aPipeline(...written);
    expect(await componentHealth(pipelineId, 'In')).toEqual(health('HEALTHY', 'In', 1));
  });

  it('says nothing of a precondition that was CANCELED with what it was for', async () => {
    const pipelineId = await aPipeline(['In', 0, 'FINISHED'], ['IsThere', 0, 'CANCELED']);
    expect(await componentHealth(pipelineId, 'IsThere')).toEqual({});
    expect(await pipelineHealth(pipelineId)).toMatchObject({ '@healthStatus': 'HEALTHY' });
  });
});

describe('8.3 health of a pipeline', () => {
  it.each<[string, readonly Written[], object]>([
    [
      'ERROR if any component is',
      [
        ['A', 0, 'FINISHED'],
        ['B', 0, 'FAILED'],
      ],
      { '@healthStatus': 'ERROR', '@healthStatusUpdatedTime': AN_INSTANT },
    ],
    [
      'ERROR if a precondition failed',
      [
        ['B', 0, 'FINISHED'],
        ['IsThere', 0, 'FAILED'],
      ],
      { '@healthStatus': 'ERROR', '@healthStatusUpdatedTime': AN_INSTANT },
    ],
    [
      'HEALTHY if all components are',
      [
        ['A', 0, 'FINISHED'],
        ['B', 0, 'FINISHED'],
      ],
      { '@healthStatus': 'HEALTHY', '@healthStatusUpdatedTime': AN_INSTANT },
    ],
    [
      'HEALTHY with one success, while others have not ended yet',
      [
        ['A', 0, 'FINISHED'],
        ['B', 0, 'RUNNING'],
      ],
      { '@healthStatus': 'HEALTHY', '@healthStatusUpdatedTime': AN_INSTANT },
    ],
    [
      'HEALTHY again when what failed was marked finished',
      [
        ['A', 0, 'FAILED'],
        ['A', 0, 'FINISHED'],
      ],
      { '@healthStatus': 'HEALTHY', '@healthStatusUpdatedTime': AN_INSTANT },
    ],
    ['none ("No Completed Executions") before anything has ended', [['A', 0, 'RUNNING']], {}],
    ['none ("No Health Information Available") before anything was made', [], {}],
    ['none when everything was SKIPPED', [['A', 0, 'SKIPPED']], {}],
  ])('is %s', async (_title, written, expected) => {
    // At once: AWS allows itself five minutes.
    expect(await pipelineHealth(await aPipeline(...written))).toEqual(expected);
  });
});
