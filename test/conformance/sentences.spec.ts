import { Agent } from 'node:http';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hourly } from '../api/definitions.js';
import { startApi, type TestApi } from '../api/api.js';
import { rawCall } from './raw-call.js';

/**
 * The sentences of api.md 1 to 3 that are not held by test/api/{operations,bad-input,instances}.spec.ts, one a row. What clients make
 * of them is in scenarios.json.
 */
let api: TestApi;
const agent = new Agent({ keepAlive: true });
let pipelineId = '';
/** Another, for definitions that are put at random. */
let scratchId = '';

beforeAll(async () => {
  api = await startApi();
  pipelineId = String((await ask('CreatePipeline', { name: 'p', uniqueId: 'p' }))['pipelineId']);
  await ask('PutPipelineDefinition', { pipelineId, ...hourly() });
  scratchId = String((await ask('CreatePipeline', { name: 'q', uniqueId: 'q' }))['pipelineId']);
});
afterAll(async () => {
  agent.destroy();
  await api.close();
});

async function call(operation: string, input: unknown) {
  const answer = await rawCall(
    api.url,
    api.key,
    {
      method: 'POST',
      path: '/',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `DataPipeline.${operation}`,
      },
      body: Buffer.from(typeof input === 'string' ? input : JSON.stringify(input)),
    },
    { agent, withinMs: 30_000 },
  );
  if (answer === 'late') throw new Error(`${operation} was not answered`);
  return answer;
}

async function ask(operation: string, input: unknown): Promise<Record<string, unknown>> {
  const { body } = await call(operation, input);
  return body.length === 0 ? {} : (JSON.parse(body.toString()) as Record<string, unknown>);
}

/** `$pipeline` in the input stands for the pipeline, `$scratch` for the other. */
const filledIn = (input: unknown): unknown =>
  JSON.parse(JSON.stringify(input).replaceAll('$pipeline', pipelineId).replaceAll('$scratch', scratchId));

describe('sizes (api.md 1.2): at its bound a text is taken, beyond it refused by name', () => {
  const P = { pipelineId: '$scratch' };
  const object = { id: 'A', name: 'A', fields: [{ key: 'type', stringValue: 'Schedule' }] };
  const put = (members: object) => ({ ...P, pipelineObjects: [object], ...members });
  const selector = { fieldName: 'name', operator: { type: 'EQ', values: ['x'] } };
  const query = (members: object) => ({
    ...P,
    sphere: 'INSTANCE',
    query: { selectors: [{ ...selector, ...members }] },
  });
  const X = '$x';
  it.each<[string, string, object, number, number]>([
    ['CreatePipeline', 'name', { name: X, uniqueId: 'u' }, 1, 1024],
    ['CreatePipeline', 'uniqueId', { name: 'n', uniqueId: X }, 1, 1024],
    ['CreatePipeline', 'description', { name: 'n', uniqueId: 'u2', description: X }, 0, 1024],
    ['CreatePipeline', 'tags[0].key', { name: 'n', uniqueId: 'u3', tags: [{ key: X, value: '' }] }, 1, 128],
    [
      'CreatePipeline',
      'tags[0].value',
      { name: 'n', uniqueId: 'u4', tags: [{ key: 'k', value: X }] },
      0,
      256,
    ],
    ['AddTags', 'tags[0].key', { ...P, tags: [{ key: X, value: '' }] }, 1, 128],
    ['RemoveTags', 'tagKeys', { ...P, tagKeys: [X] }, 0, 1024],
    ['ActivatePipeline', 'pipelineId', { pipelineId: X }, 1, 1024],
    [
      'ActivatePipeline',
      'parameterValues[0].id',
      { ...P, parameterValues: [{ id: X, stringValue: 'x' }] },
      1,
      256,
    ],
    ['DescribeObjects', 'objectIds', { ...P, objectIds: [X] }, 1, 1024],
    ['DescribeObjects', 'marker', { ...P, objectIds: ['A'], marker: X }, 0, 1024],
    ['DescribePipelines', 'pipelineIds', { pipelineIds: [X] }, 1, 1024],
    ['EvaluateExpression', 'objectId', { ...P, objectId: X, expression: 'x' }, 1, 1024],
    ['GetPipelineDefinition', 'version', { ...P, version: X }, 0, 1024],
    ['ListPipelines', 'marker', { marker: X }, 0, 1024],
    ['PollForTask', 'hostname', { workerGroup: 'x'.repeat(1024), hostname: X }, 1, 1024],
    [
      'PollForTask',
      'instanceIdentity.document',
      { workerGroup: 'x'.repeat(1024), instanceIdentity: { document: X } },
      0,
      1024,
    ],
    [
      'PutPipelineDefinition',
      'pipelineObjects[0].id',
      put({ pipelineObjects: [{ ...object, id: X }] }),
      1,
      1024,
    ],
    [
      'PutPipelineDefinition',
      'pipelineObjects[0].name',
      put({ pipelineObjects: [{ ...object, name: X }] }),
      1,
      1024,
    ],
    [
      'PutPipelineDefinition',
      'pipelineObjects[0].fields[0].key',
      put({ pipelineObjects: [{ ...object, fields: [{ key: X, stringValue: 'x' }] }] }),
      1,
      256,
    ],
    [
      'PutPipelineDefinition',
      'pipelineObjects[0].fields[0].stringValue',
      put({ pipelineObjects: [{ ...object, fields: [{ key: 'k', stringValue: X }] }] }),
      0,
      10_240,
    ],
    [
      'PutPipelineDefinition',
      'pipelineObjects[0].fields[0].refValue',
      put({ pipelineObjects: [{ ...object, fields: [{ key: 'k', refValue: X }] }] }),
      0,
      256,
    ],
    [
      'ValidatePipelineDefinition',
      'parameterObjects[0].id',
      put({ parameterObjects: [{ id: X, attributes: [] }] }),
      1,
      256,
    ],
    [
      'ValidatePipelineDefinition',
      'parameterObjects[0].attributes[0].key',
      put({ parameterObjects: [{ id: 'a', attributes: [{ key: X, stringValue: '' }] }] }),
      1,
      256,
    ],
    [
      'ValidatePipelineDefinition',
      'parameterObjects[0].attributes[0].stringValue',
      put({ parameterObjects: [{ id: 'a', attributes: [{ key: 'type', stringValue: X }] }] }),
      0,
      10_240,
    ],
    [
      'ValidatePipelineDefinition',
      'parameterValues[0].stringValue',
      put({ parameterValues: [{ id: 'a', stringValue: X }] }),
      0,
      10_240,
    ],
    ['QueryObjects', 'sphere', { ...P, sphere: X }, 0, 1024],
    ['QueryObjects', 'marker', { ...P, sphere: 'INSTANCE', marker: X }, 0, 1024],
    ['QueryObjects', 'query.selectors[0].fieldName', query({ fieldName: X }), 0, 1024],
    [
      'QueryObjects',
      'query.selectors[0].operator.values',
      query({ operator: { type: 'EQ', values: [X] } }),
      0,
      1024,
    ],
    ['ReportTaskProgress', 'fields[0].key', { taskId: 't', fields: [{ key: X, stringValue: 'x' }] }, 1, 256],
    ['ReportTaskRunnerHeartbeat', 'taskrunnerId', { taskrunnerId: X }, 1, 1024],
    ['ReportTaskRunnerHeartbeat', 'workerGroup', { taskrunnerId: 'r', workerGroup: X }, 0, 1024],
    ['ReportTaskRunnerHeartbeat', 'hostname', { taskrunnerId: 'r', hostname: X }, 1, 1024],
    ['SetStatus', 'objectIds', { ...P, objectIds: [X], status: 'PAUSE' }, 1, 1024],
    ['SetStatus', 'status', { ...P, objectIds: ['A'], status: X }, 0, 1024],
    ['SetTaskStatus', 'errorId', { taskId: 't', taskStatus: 'FAILED', errorId: X }, 0, 1024],
    ['SetTaskStatus', 'errorStackTrace', { taskId: 't', taskStatus: 'FAILED', errorStackTrace: X }, 0, 1024],
    ['SetTaskStatus', 'taskStatus', { taskId: 't', taskStatus: X }, 0, 1024],
  ])('%s: %s', async (operation, path, input, min, max) => {
    const said = async (text: string): Promise<string> => {
      const body = JSON.stringify(filledIn(input)).replace(JSON.stringify(X), () => JSON.stringify(text));
      const { __type: type = '', message = '' } = await ask(operation, body);
      expect(type).not.toBe('InternalServiceError');
      return `${String(type)} ${String(message)}`;
    };
    const refused = (bound: string) =>
      `'${path}' failed to satisfy constraint: Member must have length ${bound}`;
    expect(await said('x'.repeat(max + 1))).toContain(refused(`less than or equal to ${max}`));
    // Counted in characters, not in the two units that some have.
    expect(await said('\u{1F600}'.repeat(max))).not.toContain('failed to satisfy');
    if (min > 0) expect(await said('')).toContain(refused(`greater than or equal to ${min}`));
    expect(await said('a\u0001')).toContain(
      `'${path}' failed to satisfy constraint: Member must not contain the character U+0001`,
    );
  });
});

describe('required members (api.md 2): what is missing is named', () => {
  it.each<[string, readonly string[]]>([
    ['ActivatePipeline', ['pipelineId']],
    ['AddTags', ['pipelineId', 'tags']],
    ['CreatePipeline', ['name', 'uniqueId']],
    ['DeactivatePipeline', ['pipelineId']],
    ['DeletePipeline', ['pipelineId']],
    ['DescribeObjects', ['pipelineId', 'objectIds']],
    ['DescribePipelines', ['pipelineIds']],
    ['EvaluateExpression', ['pipelineId', 'objectId', 'expression']],
    ['GetPipelineDefinition', ['pipelineId']],
    ['PollForTask', ['workerGroup']],
    ['PutPipelineDefinition', ['pipelineId', 'pipelineObjects']],
    ['QueryObjects', ['pipelineId', 'sphere']],
    ['RemoveTags', ['pipelineId', 'tagKeys']],
    ['ReportTaskProgress', ['taskId']],
    ['ReportTaskRunnerHeartbeat', ['taskrunnerId']],
    ['SetStatus', ['pipelineId', 'objectIds', 'status']],
    ['SetTaskStatus', ['taskId', 'taskStatus']],
    ['ValidatePipelineDefinition', ['pipelineId', 'pipelineObjects']],
  ])('%s: %j', async (operation, members) => {
    const answer = await ask(operation, {});
    expect(answer['__type']).toBe('InvalidRequestException');
    for (const member of members) {
      expect(answer['message']).toContain(
        `Value null at '${member}' failed to satisfy constraint: Member must not be null`,
      );
    }
    const count = members.length === 1 ? '1 validation error' : `${members.length} validation errors`;
    expect(answer['message']).toContain(`${count} detected`);
  });
});

describe('sentences', () => {
  const P = { pipelineId: '$pipeline' };
  const query = (sphere: string, fieldName: string, type: string, values: unknown) => ({
    ...P,
    sphere,
    query: { selectors: [{ fieldName, operator: { type, values } }] },
  });
  it.each<[string, string, unknown, object | string]>([
    [
      '1.3: a list of lists is no list of objects',
      'ValidatePipelineDefinition',
      { ...P, pipelineObjects: [[]] },
      "'pipelineObjects[0]' failed to satisfy constraint: Member must be an object",
    ],
    [
      '1.3: a text is no object',
      'ValidatePipelineDefinition',
      { ...P, pipelineObjects: ['A'] },
      "'pipelineObjects[0]' failed to satisfy constraint: Member must be an object",
    ],
    [
      '1.3: a list is no operator',
      'QueryObjects',
      { ...P, sphere: 'INSTANCE', query: { selectors: [{ fieldName: 'name', operator: [] }] } },
      "'query.selectors[0].operator' failed to satisfy constraint: Member must be an object",
    ],
    ['2: times are numbers', 'ActivatePipeline', { ...P, startTimestamp: '2030-01-01' }, "'startTimestamp'"],
    ['2: times are after 1970', 'ActivatePipeline', { ...P, startTimestamp: -1 }, "'startTimestamp'"],
    [
      '2: cancelActive is true or false',
      'DeactivatePipeline',
      { ...P, cancelActive: 'no' },
      "'cancelActive'",
    ],
    [
      '2.1: version is latest or active',
      'GetPipelineDefinition',
      { ...P, version: 'newest' },
      'version "newest" is unknown: expected latest or active',
    ],
    ['2.1: version may be empty', 'GetPipelineDefinition', { ...P, version: '' }, { ...hourly() }],
    ['2.1: version in any case', 'GetPipelineDefinition', { ...P, version: 'LATEST' }, { ...hourly() }],
    [
      '2.2: more than 25 ids',
      'DescribeObjects',
      { ...P, objectIds: Array.from({ length: 150 }, (_, n) => `n${n}`) },
      { pipelineObjects: [], hasMoreResults: false },
    ],
    [
      '2.2: DescribeObjects has one page',
      'DescribeObjects',
      { ...P, objectIds: ['Say'], marker: 'x' },
      'marker "x" is not valid',
    ],
    [
      '2.2: an empty marker is none',
      'DescribeObjects',
      { ...P, objectIds: [], marker: '' },
      { pipelineObjects: [], hasMoreResults: false },
    ],
    [
      '2.2: no query finds all',
      'QueryObjects',
      { ...P, sphere: 'COMPONENT' },
      { ids: ['Hourly', 'Say'], hasMoreResults: false },
    ],
    [
      '2.2: no selectors find all',
      'QueryObjects',
      { ...P, sphere: 'COMPONENT', query: {} },
      { ids: ['Hourly', 'Say'], hasMoreResults: false },
    ],
    [
      '2.2: the sphere in any case',
      'QueryObjects',
      { ...P, sphere: 'component' },
      { ids: ['Hourly', 'Say'], hasMoreResults: false },
    ],
    [
      '2.2: ids are always there',
      'QueryObjects',
      { ...P, sphere: 'ATTEMPT' },
      { ids: [], hasMoreResults: false },
    ],
    [
      '2.2: a limit of more than a page',
      'QueryObjects',
      { ...P, sphere: 'COMPONENT', limit: 2_000_000_000 },
      { ids: ['Hourly', 'Say'], hasMoreResults: false },
    ],
    ['2.2: a limit is at least 1', 'QueryObjects', { ...P, sphere: 'COMPONENT', limit: 0 }, "'limit'"],
    ['2.2: a limit is whole', 'QueryObjects', { ...P, sphere: 'COMPONENT', limit: 1.5 }, "'limit'"],
    [
      '2.2: at most ten selectors',
      'QueryObjects',
      {
        ...P,
        sphere: 'INSTANCE',
        query: {
          selectors: Array.from({ length: 11 }, () => ({
            fieldName: 'name',
            operator: { type: 'EQ', values: ['x'] },
          })),
        },
      },
      "'query.selectors'",
    ],
    [
      '2.2: an operator that there is not',
      'QueryObjects',
      query('INSTANCE', 'name', 'LIKE', ['x']),
      "'query.selectors[0].operator.type'",
    ],
    [
      '2.2: operators in their spelling',
      'QueryObjects',
      query('INSTANCE', 'name', 'eq', ['x']),
      "'query.selectors[0].operator.type'",
    ],
    [
      '2.2: LE has one value',
      'QueryObjects',
      query('INSTANCE', '@actualStartTime', 'LE', ['2030', '2031']),
      'LE on @actualStartTime has 2 values: expected one',
    ],
    [
      '2.2: BETWEEN has two',
      'QueryObjects',
      query('ATTEMPT', '@actualEndTime', 'BETWEEN', ['2030']),
      'BETWEEN on @actualEndTime has 1 values: expected two',
    ],
    [
      '2.2: EQ has one',
      'QueryObjects',
      query('INSTANCE', '@status', 'EQ', []),
      'EQ on @status has 0 values: expected at least one',
    ],
    [
      '2.2: times are times',
      'QueryObjects',
      query('INSTANCE', '@scheduledStartTime', 'GE', ['today']),
      '"today" of @scheduledStartTime is not a time',
    ],
    [
      '2.2: a status that nobody has',
      'QueryObjects',
      query('INSTANCE', '@status', 'EQ', ['DREAMING']),
      { ids: [], hasMoreResults: false },
    ],
    ['2.2: SetStatus names a status', 'SetStatus', { ...P, objectIds: ['Say'], status: '' }, '""'],
    ['2.2: SetStatus has ids', 'SetStatus', { ...P, objectIds: [], status: 'PAUSE' }, "'objectIds'"],
    [
      '2.3: the task is unknown',
      'ReportTaskProgress',
      { taskId: 'AAAA' },
      'The task with id AAAA does not exist',
    ],
    [
      '2.3: a worker group that no queue can have',
      'PollForTask',
      { workerGroup: 'ü'.repeat(600) },
      'has 1200 bytes: expected at most 997',
    ],
    ['3: a marker of another operation', 'ListPipelines', { marker: '@Say' }, 'marker "@Say" is not valid'],
  ])('%s (%s)', async (_sentence, operation, input, expected) => {
    const answer = await ask(operation, filledIn(input));
    if (typeof expected !== 'string') return expect(answer).toEqual(expected);
    expect(String(answer['__type'])).toMatch(/^(InvalidRequest|TaskNotFound)Exception$/);
    expect(answer['message']).toContain(expected);
  });

  it('1: a member that is called constructor is ignored as others are, wherever it stands', async () => {
    const body = `{"pipelineId":[{"constructor":"x"}],"constructor":{"constructor":1},"objectIds":[{"a":{"constructor":[]}}]}`;
    expect(await ask('DescribeObjects', body)).toMatchObject({
      __type: 'InvalidRequestException',
      message: expect.stringContaining("'pipelineId'") as unknown,
    });
  });

  it('1.2: an error of a task may be as long as a request', async () => {
    const answer = await ask('SetTaskStatus', {
      taskId: 'AAAA',
      taskStatus: 'FAILED',
      errorMessage: 'x'.repeat(5 * 1024 * 1024),
    });
    expect(answer['__type']).toBe('TaskNotFoundException');
  });

  it('1.2: an expression may have 20 MB, and nothing is evaluated in it that is no expression', async () => {
    const text = 'select 1; '.repeat(1_900_000);
    const input = filledIn({ pipelineId: '$pipeline', objectId: 'Say', expression: text }) as object;
    const { body, headers } = await call('EvaluateExpression', input);
    expect((JSON.parse(body.toString()) as { evaluatedExpression: string }).evaluatedExpression).toBe(text);
    expect(Number(headers['x-amz-crc32'])).toBe(crc32(body));
  });

  it('1: every answer has a request id of its own, also errors', async () => {
    const answers = await Promise.all([
      call('ListPipelines', {}),
      call('ListPipelines', '{'),
      call('Nothing', {}),
    ]);
    const ids = answers.map(({ headers }) => headers['x-amzn-requestid']);
    expect(new Set(ids).size).toBe(3);
    for (const { body, headers } of answers) expect(Number(headers['x-amz-crc32'])).toBe(crc32(body));
  });
});
