import {
  ActivatePipelineCommand,
  CreatePipelineCommand,
  DescribeObjectsCommand,
  DescribePipelinesCommand,
  PutPipelineDefinitionCommand,
  QueryObjectsCommand,
  SetStatusCommand,
  type DataPipelineClient,
  type Field,
  type Selector,
} from '@aws-sdk/client-data-pipeline';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PostgresLedger } from '../../src/store/postgres-ledger.js';
import { startApi, type TestApi } from './api.js';
import { hourly } from './definitions.js';

let api: TestApi;
let client: DataPipelineClient;
let pipelineId: string;

/** One FINISHED hour, one FAILED after two attempts, one that waits. */
beforeAll(async () => {
  api = await startApi();
  client = api.client();
  const created = await client.send(new CreatePipelineCommand({ name: 'runs', uniqueId: 'runs' }));
  pipelineId = created.pipelineId ?? '';
  await client.send(
    new PutPipelineDefinitionCommand({
      pipelineId,
      ...hourly('echo #{myCommand} at #{@scheduledStartTime}'),
    }),
  );
  await client.send(new ActivatePipelineCommand({ pipelineId }));
  const ledger = api.app.get(PostgresLedger);
  for (const hour of [0, 1, 2]) {
    const scheduledStart = `2030-01-01T0${hour}:00:00Z`;
    const run = { pipelineId, scheduleId: 'Hourly', intervalStart: scheduledStart };
    const id = `@Say_2030-01-01T0${hour}:00:00`;
    const actualStart = `2030-01-01T0${hour}:00:07.250Z`;
    await ledger.createInstances(run, [
      {
        id,
        componentId: 'Say',
        kind: 'activity',
        type: 'ShellCommandActivity',
        scheduledStart,
        scheduledEnd: `2030-01-01T0${hour + 1}:00:00Z`,
        definitionVersion: 1,
        activation: 1,
        status: 'WAITING_ON_DEPENDENCIES',
        references: hour === 2 ? { dependsOn: ['@Other_2030-01-01T02:00:00'] } : {},
        triesLeft: 3,
      },
    ]);
    const state = { id, seq: 9, actualStart, triesLeft: 2, cascadeFailedOn: [], waitingOn: [] };
    if (hour === 0) {
      const actualEnd = '2030-01-01T00:00:09Z';
      await ledger.record(run, {
        instances: [{ ...state, status: 'FINISHED', attemptCount: 1, actualEnd, hostname: 'onprem-1' }],
        attempts: [
          {
            instanceId: id,
            number: 1,
            seq: 3,
            status: 'FINISHED',
            actualStart,
            actualEnd,
            hostname: 'onprem-1',
          },
        ],
      });
    } else if (hour === 1) {
      const error = { errorId: 'CommandFailed', errorMessage: 'exit code 3', errorStackTrace: 'sh: nope' };
      await ledger.record(run, {
        instances: [
          {
            ...state,
            status: 'FAILED',
            attemptCount: 2,
            actualEnd: '2030-01-01T01:09:00Z',
            triesLeft: 0,
            ...error,
          },
        ],
        attempts: [1, 2].map((number) => ({
          instanceId: id,
          number,
          seq: number,
          status: 'FAILED' as const,
          actualStart,
          ...error,
        })),
      });
    } else {
      await ledger.record(run, {
        instances: [
          {
            ...state,
            status: 'WAITING_ON_DEPENDENCIES',
            attemptCount: 0,
            waitingOn: ['@Other_2030-01-01T02:00:00'],
          },
        ],
        attempts: [],
      });
    }
  }
});
afterAll(() => api.close());

const query = async (
  selectors: Selector[],
  sphere = 'INSTANCE',
  page: { limit?: number; marker?: string } = {},
) => client.send(new QueryObjectsCommand({ pipelineId, sphere, query: { selectors }, ...page }));
const describeOne = async (id: string, evaluateExpressions = false): Promise<Record<string, string>> => {
  const command = new DescribeObjectsCommand({ pipelineId, objectIds: [id], evaluateExpressions });
  const { pipelineObjects } = await client.send(command);
  expect(pipelineObjects).toHaveLength(1);
  expect(pipelineObjects?.[0]).toMatchObject({ id, name: id });
  return valuesOf(pipelineObjects?.[0]?.fields);
};
const valuesOf = (fields: readonly Field[] | undefined): Record<string, string> =>
  Object.fromEntries(
    (fields ?? []).map(({ key, stringValue, refValue }) => [key, stringValue ?? refValue ?? '']),
  );

it.each<[string, Selector, number[]]>([
  ['all', { fieldName: '@sphere', operator: { type: 'EQ', values: ['INSTANCE'] } }, [0, 1, 2]],
  [
    'a list of statuses',
    { fieldName: '@status', operator: { type: 'EQ', values: ['FAILED', 'FINISHED'] } },
    [0, 1],
  ],
  [
    'what the CLI calls waiting',
    { fieldName: '@status', operator: { type: 'EQ', values: ['WAITING'] } },
    [2],
  ],
  [
    'another spelling',
    { fieldName: '@status', operator: { type: 'EQ', values: ['CANCELLED', 'TIMEOUT'] } },
    [],
  ],
  [
    'its component',
    { fieldName: '@componentParent', operator: { type: 'REF_EQ', values: ['Say'] } },
    [0, 1, 2],
  ],
  ['another component', { fieldName: '@componentParent', operator: { type: 'REF_EQ', values: ['No'] } }, []],
  [
    'times, both inclusive',
    {
      fieldName: '@actualStartTime',
      operator: { type: 'BETWEEN', values: ['2030-01-01T00:00:07', '2030-01-01T01:00:07'] },
    },
    [0, 1],
  ],
  [
    'a scheduled start',
    { fieldName: '@scheduledStartTime', operator: { type: 'GE', values: ['2030-01-01T01:00:00'] } },
    [1, 2],
  ],
])('QueryObjects finds instances by %s', async (_title, selector, hours) => {
  const { ids } = await query([selector]);
  expect(ids).toEqual(hours.map((hour) => `@Say_2030-01-01T0${hour}:00:00`));
});

it('QueryObjects pages, and finds attempts', async () => {
  const first = await query([], 'INSTANCE', { limit: 2 });
  expect(first).toMatchObject({ hasMoreResults: true });
  const second = await query([], 'INSTANCE', { limit: 2, marker: first.marker ?? '' });
  expect([...(first.ids ?? []), ...(second.ids ?? [])]).toHaveLength(3);
  expect(second.marker).toBeUndefined();
  const attempts = await query(
    [{ fieldName: '@status', operator: { type: 'EQ', values: ['FAILED'] } }],
    'ATTEMPT',
  );
  expect(attempts.ids).toEqual(['@Say_2030-01-01T01:00:00_Attempt=1', '@Say_2030-01-01T01:00:00_Attempt=2']);
});

it('QueryObjects refuses a field and a sphere that cannot be queried', async () => {
  const refused = { name: 'InvalidRequestException' };
  await expect(
    query([{ fieldName: 'command', operator: { type: 'EQ', values: ['x'] } }]),
  ).rejects.toMatchObject(refused);
  await expect(query([], 'PLANET')).rejects.toMatchObject({
    ...refused,
    message: expect.stringContaining('"PLANET"'),
  });
});

it('DescribeObjects tells what is known of an instance', async () => {
  expect(await describeOne('@Say_2030-01-01T01:00:00')).toMatchObject({
    '@sphere': 'INSTANCE',
    '@componentParent': 'Say',
    '@status': 'FAILED',
    '@scheduledStartTime': '2030-01-01T01:00:00',
    '@actualStartTime': '2030-01-01T01:00:07',
    '@actualEndTime': '2030-01-01T01:09:00',
    '@headAttempt': '@Say_2030-01-01T01:00:00_Attempt=2',
    '@attemptCount': '2',
    '@version': '1',
    errorId: 'CommandFailed',
    errorMessage: 'exit code 3',
    workerGroup: 'wg',
    command: 'echo #{myCommand} at #{@scheduledStartTime}',
  });
  expect(await describeOne('@Say_2030-01-01T02:00:00')).toMatchObject({
    '@waitingOn': '@Other_2030-01-01T02:00:00',
    dependsOn: '@Other_2030-01-01T02:00:00',
  });
});

it('DescribeObjects evaluates expressions of instances and attempts', async () => {
  const command = 'echo date at 2030-01-01T01:00:00';
  expect(await describeOne('@Say_2030-01-01T01:00:00', true)).toMatchObject({ command });
  expect(await describeOne('@Say_2030-01-01T01:00:00_Attempt=2', true)).toMatchObject({
    command,
    '@sphere': 'ATTEMPT',
    '@instanceParent': '@Say_2030-01-01T01:00:00',
    '@status': 'FAILED',
    errorStackTrace: 'sh: nope',
  });
});

it('health is that of the last instance that ended', async () => {
  const failed = { '@healthStatus': 'ERROR', '@healthStatusFromInstanceId': '@Say_2030-01-01T01:00:00' };
  const { pipelineObjects } = await client.send(
    new DescribeObjectsCommand({ pipelineId, objectIds: ['Say'] }),
  );
  expect(valuesOf(pipelineObjects?.[0]?.fields)).toMatchObject(failed);
  const { pipelineDescriptionList } = await client.send(
    new DescribePipelinesCommand({ pipelineIds: [pipelineId] }),
  );
  expect(valuesOf(pipelineDescriptionList?.[0]?.fields)).toMatchObject({ '@healthStatus': 'ERROR' });
});

it.each([
  ['rerun', 'RERUN'],
  ['TRY_CANCEL', 'CANCEL'],
  ['CANCEL', 'CANCEL'],
  ['MARK_FINISHED', 'MARK_FINISHED'],
])('SetStatus %s is handed to the engine as %s', async (status, command) => {
  const ids = ['@Say_2030-01-01T01:00:00', '@Say_2030-01-01T02:00:00'];
  await client.send(new SetStatusCommand({ pipelineId, objectIds: [...ids, ids[0] ?? ''], status }));
  expect(api.engine.calls.at(-1)).toEqual({ call: 'setStatus', pipelineId, instanceIds: ids, command });
});

it.each([
  ['an unknown status', 'EXPLODE', ['@Say_2030-01-01T01:00:00'], /"EXPLODE"/],
  [
    'an unknown instance',
    'RERUN',
    ['@Say_2030-01-01T01:00:00', '@Say_1999-01-01T00:00:00'],
    /"@Say_1999-01-01T00:00:00"/,
  ],
  ['a component', 'RERUN', ['Say'], /"Say" is a component .* RERUN is for instances/],
  ['an attempt', 'RERUN', ['@Say_2030-01-01T01:00:00_Attempt=2'], /expected "@Say_2030-01-01T01:00:00"$/],
  [
    'components and instances in one call',
    'TRY_CANCEL',
    ['@Say_2030-01-01T01:00:00', 'Say'],
    /"Say" is a component/,
  ],
  ['PAUSE of an instance', 'PAUSE', ['@Say_2030-01-01T01:00:00'], /PAUSE is for components: expected "Say"$/],
  ['PAUSE of both', 'PAUSE', ['Say', '@Say_2030-01-01T01:00:00'], /is an instance/],
  ['PAUSE of what nothing runs of', 'RESUME', ['Hourly'], /"Hourly" is Schedule, of which nothing runs/],
  ['PAUSE of what does not exist', 'PAUSE', ['Nobody'], /"Nobody" is no object of pipeline df-/],
])('SetStatus refuses %s, and does nothing', async (_title, status, objectIds, message) => {
  const before = api.engine.calls.length;
  await expect(client.send(new SetStatusCommand({ pipelineId, objectIds, status }))).rejects.toMatchObject({
    name: 'InvalidRequestException',
    message: expect.stringMatching(message),
  });
  expect(api.engine.calls).toHaveLength(before);
});

it('SetStatus PAUSE makes a component PAUSED until RESUME, for DescribeObjects, QueryObjects and open runs', async () => {
  const set = async (status: string) =>
    client.send(new SetStatusCommand({ pipelineId, objectIds: ['Say'], status }));
  const component = async (): Promise<Record<string, string>> => {
    const command = new DescribeObjectsCommand({ pipelineId, objectIds: ['Say'] });
    return valuesOf((await client.send(command)).pipelineObjects?.[0]?.fields);
  };
  const withStatus = async (...values: string[]) =>
    (await query([{ fieldName: '@status', operator: { type: 'EQ', values } }], 'COMPONENT')).ids;
  expect(await component()).not.toHaveProperty('@status');
  expect(await withStatus('PAUSED')).toEqual([]);

  await set('pause');
  expect(await component()).toMatchObject({
    '@status': 'PAUSED',
    '@pausedBy': 'default',
    '@pausedTime': expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/) as string,
  });
  expect(await withStatus('RUNNING', 'paused')).toEqual(['Say']);
  // The only run with an instance that is not over.
  const workflowIds = [`${pipelineId}/Hourly/2030-01-01T02:00:00Z`];
  expect(api.engine.calls.at(-1)).toEqual({ call: 'announce', paused: ['Say'], workflowIds });

  await set('PAUSE');
  expect(api.engine.calls.at(-1)).toEqual({ call: 'announce', paused: ['Say'], workflowIds: [] });
  await set('RESUME');
  expect(api.engine.calls.at(-1)).toEqual({ call: 'announce', paused: [], workflowIds });
  expect(await component()).not.toHaveProperty('@status');
});

it('REST shows instances in pages, and by status', async () => {
  const get = async (query: string) => {
    const headers = { authorization: `Bearer ${api.key.secretAccessKey}` };
    const answer = await fetch(`${api.url}/v1/pipelines/${pipelineId}/instances${query}`, { headers });
    expect(answer.status).toBe(200);
    return (await answer.json()) as { instances: { id: string; status: string }[]; next?: string };
  };
  const first = await get('?limit=2');
  const second = await get(`?limit=2&after=${encodeURIComponent(first.next ?? '')}`);
  expect([...first.instances, ...second.instances].map(({ status }) => status)).toEqual([
    'FINISHED',
    'FAILED',
    'WAITING_ON_DEPENDENCIES',
  ]);
  expect(second).not.toHaveProperty('next');
  expect(
    (await get('?status=failed,finished,cancelled,timeout')).instances.map(({ status }) => status),
  ).toEqual(['FINISHED', 'FAILED']);
});
