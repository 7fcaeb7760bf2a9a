import { Controller, Get, RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { ModulesContainer } from '@nestjs/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { ACTIONS, isAction } from '../../model/access/actions.js';
import { roleMay, RUNNER_ACTIONS } from '../../model/access/decide.js';
import type { Role } from '../../model/access/principal.js';
import { ACCESS, type AccessMark } from '../../src/access/access.decorator.js';
import { PipelineStore } from '../../src/store/pipeline-store.js';
import { PostgresLedger } from '../../src/store/postgres-ledger.js';
import { RunnerTasks } from '../../src/task-runners/runner-tasks.js';
import { TaskIds, type HeldTask } from '../../src/task-runners/task-id.js';
import { OPEN, OPERATIONS, PIPELINE, ROUTES } from './access-tables.js';
import { anotherApi } from './another-api.js';
import { hourly } from './definitions.js';
import { allow, useKeyHolders, type MadeKey } from './key-holders.js';

const holders = useKeyHolders();
const { keyOf, key, rest, aws, makeKey, pipelineOf } = holders;

beforeAll(() => {
  // What Temporal would say of a task is not the question here.
  Object.assign(holders.api.app.get(RunnerTasks, { strict: false }), {
    poll: async () => undefined,
    progress: async () => false,
    end: async () => undefined,
  });
});

/** The handlers of this process, by reflection. */
function handlers(): { readonly route: string; readonly mark: AccessMark | undefined }[] {
  const modules = [...holders.api.app.get(ModulesContainer).values()];
  return modules.flatMap(({ controllers }) =>
    [...controllers.values()].flatMap(({ metatype }) => {
      const type = metatype as new () => object;
      const prefix = String(Reflect.getMetadata(PATH_METADATA, type) ?? '');
      const prototype = type.prototype as Readonly<Record<string, object>>;
      return Object.getOwnPropertyNames(prototype).flatMap((name) => {
        const handler = prototype[name] ?? {};
        const method: unknown = Reflect.getMetadata(METHOD_METADATA, handler);
        if (typeof method !== 'number') return [];
        const path = [prefix, String(Reflect.getMetadata(PATH_METADATA, handler))];
        const joined = path.map((part) => part.replaceAll(/^\/|\/$/g, '')).filter((part) => part !== '');
        const mark = (Reflect.getMetadata(ACCESS, handler) ?? Reflect.getMetadata(ACCESS, type)) as
          AccessMark | undefined;
        return [{ route: `${RequestMethod[method]} /${joined.join('/')}`, mark }];
      });
    }),
  );
}

/** A controller that somebody forgot to protect. */
@Controller('v1/forgotten')
class Forgotten {
  @Get()
  tell(): string {
    return 'told';
  }
}

describe('REST', () => {
  it('has an action for each route, and this table a row', () => {
    const found = handlers();
    expect(found.filter(({ mark }) => mark === undefined)).toEqual([]);
    const rows = found.flatMap(({ route, mark }) =>
      mark !== undefined && 'action' in mark ? [[route, mark.action]] : [],
    );
    expect(rows.map(String).toSorted()).toEqual(ROUTES.map(String).toSorted());
    const open = found.filter(({ mark }) => mark !== undefined && 'openBecause' in mark);
    expect(open.map(({ route }) => route).toSorted()).toEqual([...OPEN].toSorted());
  });

  it('answers nobody where a handler names no action', async () => {
    const other = await anotherApi(holders.api, [Forgotten]);
    try {
      const headers = { authorization: `Bearer ${holders.api.key.secretAccessKey}` };
      const answer = await fetch(`${other.url}/v1/forgotten`, { headers });
      expect([answer.status, await answer.text()]).toEqual([500, expect.not.stringContaining('told')]);
      expect(holders.api.logLines.join('')).toContain('Forgotten.tell has no @Access');
    } finally {
      await other.app.close();
    }
  });

  it.each(ROUTES)('%s: who may %s, and nobody else', async (route, action) => {
    const [method = '', path = ''] = route.split(' ');
    const url = path.replace(':id', 'df-NONE').replaceAll(/:\w+/g, 'none');
    // Metrics are open to calls that begin on this machine, as ours do.
    expect((await rest(method, url)).status).toBe(route === 'GET /metrics' ? 200 : 401);
    for (const [name, { secretAccessKey }] of keyOf) {
      const { status, body } = await rest(method, url, secretAccessKey);
      const mayDo = name !== 'runner' && roleMay(name as Role, action);
      expect([name, status === 403], JSON.stringify(body)).toEqual([name, !mayDo]);
      if (!mayDo) expect(body['detail']).toContain(`user/${name} is not authorized to perform: ${action}`);
    }
  });
});

describe('AWS operations', () => {
  it('are all in this table', () => {
    const names = Object.keys(ACTIONS).filter((name) => name.startsWith('datapipeline:'));
    expect(
      Object.keys(OPERATIONS)
        .map((name) => `datapipeline:${name}`)
        .toSorted(),
    ).toEqual(names.toSorted());
  });

  it.each(Object.entries(OPERATIONS))('%s: who may, and nobody else', async (operation, input) => {
    const action = `datapipeline:${operation}`;
    if (!isAction(action)) throw new Error(action);
    for (const [name, made] of keyOf) {
      const { status, body } = await aws(operation, made, input);
      const mayDo = name === 'runner' ? RUNNER_ACTIONS.includes(action) : roleMay(name as Role, action);
      expect([name, body['__type'] === 'AccessDeniedException'], JSON.stringify(body)).toEqual([
        name,
        !mayDo,
      ]);
      if (!mayDo) {
        expect(status).toBe(400);
        expect(body['message']).toBe(
          `User: arn:aws:iam::000000000000:user/${name} is not authorized to perform: ${action} because no identity-based policy allows the ${action} action`,
        );
      }
    }
  });
});

describe('a worker-group credential', () => {
  const task = (workerGroup: string): string => {
    const held: HeldTask = {
      token: Buffer.from('no task of Temporal').toString('base64'),
      workflowId: 'w',
      runId: 'r',
      workerGroup,
      pipelineId: PIPELINE,
      attemptId: 'a',
      instanceId: 'i',
      attempt: 1,
      isPrecondition: false,
      isRepeated: false,
      startedAt: '2030-01-01T00:00:00Z',
      hostname: 'h',
    };
    return holders.api.app.get(TaskIds, { strict: false }).of(held);
  };
  it.each([
    ['PollForTask', 'wg', undefined],
    ['PollForTask', 'WG', 'AccessDeniedException'],
    ['PollForTask', 'other', 'AccessDeniedException'],
    ['ReportTaskRunnerHeartbeat', 'wg', undefined],
    ['ReportTaskRunnerHeartbeat', 'other', 'AccessDeniedException'],
    ['ReportTaskProgress', 'wg', undefined],
    ['ReportTaskProgress', 'other', 'AccessDeniedException'],
    ['SetTaskStatus', 'wg', undefined],
    ['SetTaskStatus', 'other', 'AccessDeniedException'],
  ])('%s of group %s: %s', async (operation, workerGroup, error) => {
    const input = /^(ReportTaskProgress|SetTaskStatus)$/.test(operation)
      ? { taskId: task(workerGroup), taskStatus: 'FINISHED' }
      : { workerGroup, taskrunnerId: 'r' };
    const { body } = await aws(operation, key('runner'), input);
    expect(body['__type']).toBe(error);
  });

  it('evaluates expressions for a task that its group has, and for nothing else', async () => {
    const admin = key('admin');
    const pipelineId = await pipelineOf(admin);
    await aws('PutPipelineDefinition', admin, { pipelineId, ...hourly('echo') });
    const ledger = holders.api.app.get(PostgresLedger);
    const run = { pipelineId, scheduleId: 'Hourly', intervalStart: '2030-01-01T00:00:00Z' };
    const instance = (hour: string, status: 'RUNNING' | 'WAITING_ON_DEPENDENCIES') => ({
      id: `@Say_2030-01-01T${hour}:00:00`,
      componentId: 'Say',
      kind: 'activity' as const,
      type: 'ShellCommandActivity',
      scheduledStart: `2030-01-01T${hour}:00:00Z`,
      scheduledEnd: '2030-01-01T04:00:00Z',
      definitionVersion: 1,
      activation: 1,
      status,
      references: {},
      triesLeft: 1,
    });
    await ledger.createInstances(run, [instance('00', 'RUNNING'), instance('01', 'WAITING_ON_DEPENDENCIES')]);
    const evaluate = async (made: MadeKey, objectId: string) =>
      aws('EvaluateExpression', made, { pipelineId, objectId, expression: '#{command}' });
    const own = await evaluate(key('runner'), '@Say_2030-01-01T00:00:00');
    expect(own.body).toEqual({ evaluatedExpression: 'echo' });
    for (const objectId of ['@Say_2030-01-01T01:00:00', 'Say', 'Hourly', 'none'])
      expect((await evaluate(key('runner'), objectId)).body['__type']).toBe('PipelineNotFoundException');
    const another = await makeKey({ name: 'runner2', workerGroups: ['other'] });
    expect((await evaluate(another, '@Say_2030-01-01T00:00:00')).body['__type']).toBe(
      'PipelineNotFoundException',
    );
  });
});

describe('pipelines of others', () => {
  let alice: MadeKey;
  let own: string;
  let others: string;
  beforeAll(async () => {
    const condition = { StringEquals: { 'datapipeline:PipelineCreator': '${aws:userid}' } };
    alice = await makeKey({
      name: 'alice',
      policies: [
        allow(['datapipeline:CreatePipeline', 'datapipeline:ListPipelines', 'penstock:WatchEvents']),
        allow(['datapipeline:*', 'penstock:GetLogs', 'penstock:ChangePipeline'], condition),
      ],
    });
    own = await pipelineOf(alice);
    others = await pipelineOf(key('editor'));
  });

  it('show who made them', async () => {
    const { body } = await aws('DescribePipelines', alice, { pipelineIds: [own] });
    const [{ fields }] = body['pipelineDescriptionList'] as [
      { fields: { key: string; stringValue: string }[] },
    ];
    for (const name of ['pipelineCreator', '@userId'])
      expect(fields.find((field) => field.key === name)?.stringValue).toBe(
        'arn:aws:iam::000000000000:user/alice',
      );
  });

  it('are answered as ones that do not exist, in every verb', async () => {
    for (const [operation, input] of Object.entries(OPERATIONS)) {
      if (!('pipelineId' in input || 'pipelineIds' in input)) continue;
      const of = (id: string) =>
        'pipelineIds' in input ? { pipelineIds: [own, id] } : { ...input, pipelineId: id };
      const hidden = await aws(operation, alice, of(others));
      const unknown = await aws(operation, alice, of('df-UNKNOWN'));
      expect([operation, hidden.body]).toEqual([operation, notFound(others)]);
      expect([operation, unknown.body]).toEqual([operation, notFound('df-UNKNOWN')]);
    }
    const secret = alice.secretAccessKey;
    for (const path of ['', '/definition', '/instances', '/instances/i/log', '/attempts/a']) {
      const [hidden, unknown] = [
        await rest('GET', `/v1/pipelines/${others}${path}`, secret),
        await rest('GET', `/v1/pipelines/df-UNKNOWN${path}`, secret),
      ];
      expect([path, hidden.status, hidden.body['detail']]).toEqual([
        path,
        404,
        `Pipeline with id: ${others} does not exist`,
      ]);
      expect([path, unknown.status, unknown.body['detail']]).toEqual([
        path,
        404,
        'Pipeline with id: df-UNKNOWN does not exist',
      ]);
    }
    expect((await rest('GET', `/v1/events?pipelineId=${others}`, secret)).status).toBe(404);
    const other = await rest('PATCH', `/v1/pipelines/${others}`, secret, { description: 'mine now' });
    expect(other.status).toBe(404);
  });

  it('are not listed, and no page is short for them', async () => {
    const mine = [own];
    for (let n = 0; n < 3; n++) {
      await pipelineOf(key('editor'));
      mine.push(await pipelineOf(alice));
    }
    const { body } = await aws('ListPipelines', alice);
    expect((body['pipelineIdList'] as { id: string }[]).map(({ id }) => id)).toEqual(mine);
    expect(body['hasMoreResults']).toBe(false);
    const seen: string[][] = [];
    let next: unknown;
    do {
      const after = typeof next === 'string' ? `&after=${next}` : '';
      const page = await rest('GET', `/v1/pipelines?limit=2${after}`, alice.secretAccessKey);
      seen.push((page.body['pipelines'] as { id: string }[]).map(({ id }) => id));
      next = page.body['next'];
    } while (next !== undefined);
    expect(seen).toEqual([mine.slice(0, 2), mine.slice(2, 4)]);
  });

  it('are not told of in a stream of events', async () => {
    const gone = new AbortController();
    const stream = await fetch(`${holders.api.url}/v1/events`, {
      headers: { authorization: `Bearer ${alice.secretAccessKey}` },
      signal: gone.signal,
    });
    // Both are told of as they change; that of another comes first.
    for (const [made, pipelineId] of [
      [key('editor'), others],
      [alice, own],
    ] as const) {
      await aws('PutPipelineDefinition', made, { pipelineId, ...hourly() });
      expect((await aws('ActivatePipeline', made, { pipelineId })).status).toBe(200);
    }
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of stream.body ?? []) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      if (text.includes(own)) break;
    }
    gone.abort();
    expect(text).not.toContain(others);
  });

  it('that were deleted are unknown, too', async () => {
    const gone = await pipelineOf(key('editor'));
    await aws('DeletePipeline', key('editor'), { pipelineId: gone });
    expect((await aws('GetPipelineDefinition', key('viewer'), { pipelineId: gone })).body['__type']).toBe(
      'PipelineDeletedException',
    );
    expect((await aws('GetPipelineDefinition', alice, { pipelineId: gone })).body).toEqual(notFound(gone));
  });

  it('make no name and uniqueId taken', async () => {
    const input = { name: 'same', uniqueId: 'same' };
    const [first, again, other] = [
      await aws('CreatePipeline', alice, input),
      await aws('CreatePipeline', alice, input),
      await aws('CreatePipeline', key('editor'), input),
    ];
    expect(again.body).toEqual(first.body);
    expect(other.body['pipelineId']).not.toBe(first.body['pipelineId']);
  });

  it('are known as denied in the log of who may see them and not change them', async () => {
    const { body } = await aws('DeletePipeline', key('viewer'), { pipelineId: own });
    expect(body['__type']).toBe('AccessDeniedException');
    const { status, body: problem } = await rest(
      'DELETE',
      `/v1/pipelines/${own}`,
      key('viewer').secretAccessKey,
    );
    expect([status, problem['error']]).toEqual([403, 'AccessDeniedException']);
  });
});

function notFound(id: string): object {
  return { __type: 'PipelineNotFoundException', message: `Pipeline with id: ${id} does not exist` };
}

describe('policies', () => {
  it('are asked about the tags that a pipeline is made with, and is to get', async () => {
    const condition = { StringEquals: { 'datapipeline:Tag/environment': 'test' } };
    const bob = await makeKey({
      name: 'bob',
      policies: [
        allow('datapipeline:*', condition),
        {
          Version: '2012-10-17',
          Statement: {
            Effect: 'Deny',
            Action: ['datapipeline:AddTags', 'datapipeline:RemoveTags'],
            Resource: '*',
            Condition: { 'ForAnyValue:StringEquals': { 'aws:TagKeys': 'environment' } },
          },
        },
        allow('penstock:ChangePipeline'),
      ],
    });
    const refused = await aws('CreatePipeline', bob, {
      name: 'p',
      uniqueId: '1',
      tags: [{ key: 'environment', value: 'prod' }],
    });
    expect(refused.body['__type']).toBe('AccessDeniedException');
    const pipelineId = await pipelineOf(bob, [{ key: 'environment', value: 'test' }]);
    expect((await aws('AddTags', bob, { pipelineId, tags: [{ key: 'team', value: 'a' }] })).body).toEqual({});
    for (const [operation, input] of [
      ['AddTags', { tags: [{ key: 'environment', value: 'x' }] }],
      ['RemoveTags', { tagKeys: ['environment'] }],
    ] as const)
      expect((await aws(operation, bob, { pipelineId, ...input })).body['message']).toContain(
        'with an explicit deny in an identity-based policy',
      );
    // To give other tags is to add and to remove.
    const change = (tags: object[]) =>
      rest('PATCH', `/v1/pipelines/${pipelineId}`, bob.secretAccessKey, { tags });
    expect((await change([])).status).toBe(403);
    expect((await change([{ key: 'environment', value: 'test' }])).status).toBe(200);
  });

  it('are asked about the worker groups that a definition names, with the values that it is activated with', async () => {
    const carol = await makeKey({
      name: 'carol',
      policies: [
        allow(['datapipeline:Describe*', 'datapipeline:CreatePipeline']),
        allow('datapipeline:*', { StringLike: { 'datapipeline:workerGroup': 'dev*' } }),
      ],
    });
    const pipelineId = await pipelineOf(carol);
    const definition = (workerGroup: string) => {
      const { pipelineObjects, ...rest_ } = hourly('echo #{myCommand}');
      const objects = pipelineObjects.map((object) => ({
        ...object,
        fields: object.fields?.map((field) =>
          field.key === 'workerGroup' ? { ...field, stringValue: workerGroup } : field,
        ),
      }));
      const parameterObjects = [
        ...rest_.parameterObjects,
        { id: 'myGroup', attributes: [{ key: 'type', stringValue: 'String' }] },
      ];
      const parameterValues = [...rest_.parameterValues, { id: 'myGroup', stringValue: 'dev-2' }];
      return { pipelineId, pipelineObjects: objects, parameterObjects, parameterValues };
    };
    for (const operation of ['PutPipelineDefinition', 'ValidatePipelineDefinition']) {
      expect((await aws(operation, carol, definition('prod'))).body['__type']).toBe('AccessDeniedException');
      expect((await aws(operation, carol, definition('dev-1'))).status).toBe(200);
      expect((await aws(operation, carol, definition('#{myGroup}'))).status).toBe(200);
    }
    const put = async (workerGroup: string) => {
      const body = { definition: definition(workerGroup) };
      const headers = { 'if-match': '*' };
      const path = `/v1/pipelines/${pipelineId}/definition`;
      return rest('PUT', path, carol.secretAccessKey, body, headers);
    };
    expect([(await put('prod')).status, (await put('#{myGroup}')).status]).toEqual([403, 200]);
    const activate = (myGroup: string) =>
      rest('POST', `/v1/pipelines/${pipelineId}/activate`, carol.secretAccessKey, { values: { myGroup } });
    expect((await activate('prod')).status).toBe(403);
    const prod = { pipelineId, parameterValues: [{ id: 'myGroup', stringValue: 'prod' }] };
    expect((await aws('ActivatePipeline', carol, prod)).body['__type']).toBe('AccessDeniedException');
    expect((await aws('ActivatePipeline', carol, { pipelineId })).status).toBe(200);
    expect((await aws('PollForTask', carol, { workerGroup: 'prod' })).body['__type']).toBe(
      'AccessDeniedException',
    );
    expect((await aws('PollForTask', carol, { workerGroup: 'dev-1' })).body).toEqual({});
  });
});

describe('a principal of some worker groups', () => {
  beforeAll(async () => {
    const pipelines = holders.api.app.get(PipelineStore);
    const owner = { creator: 'x', accountId: '000000000000', tags: [] };
    for (const group of ['dev-1', 'dev-2', 'prod']) {
      const { pipelineId } = await pipelines.create({ ...owner, name: group, uniqueId: 'groups' });
      const fields = [{ key: 'workerGroup', stringValue: group }];
      const definition = {
        pipelineObjects: [{ id: 'Say', name: 'Say', fields }],
        parameterObjects: [],
        parameterValues: [],
      };
      await pipelines.putDefinition(pipelineId, definition, { errored: false });
    }
  });

  const inDev = { StringLike: { 'datapipeline:workerGroup': 'dev*' } };
  const denied = {
    Version: '2012-10-17',
    Statement: { Effect: 'Deny', Action: 'penstock:*', Resource: '*', Condition: inDev },
  };
  it.each([
    ['viewer', { role: 'viewer' }, ['dev-1', 'dev-2', 'prod']],
    ['policy-of-dev', { policies: [allow('penstock:ListWorkers', inDev)] }, ['dev-1', 'dev-2']],
    [
      'policy-of-none',
      { policies: [allow('penstock:ListWorkers', { StringEquals: { 'datapipeline:workerGroup': 'x' } })] },
      [],
    ],
    ['viewer-but-dev', { role: 'viewer', policies: [denied] }, ['prod']],
  ])('sees no others in lists: %s', async (name, rights, expected) => {
    const { secretAccessKey } = await makeKey({ name: `groups-${name}`, ...rights });
    const { status, body } = await rest('GET', '/v1/workers', secretAccessKey);
    const groups = body['workerGroups'] as { readonly workerGroup: string }[];
    const ours = groups.map(({ workerGroup }) => workerGroup).filter((each) => /^(dev|prod)/.test(each));
    expect([status, ours]).toEqual([200, expected]);
    for (const group of ['dev-1', 'prod', 'nowhere']) {
      const one = await rest('GET', `/v1/workers/${group}`, secretAccessKey);
      const mayKnow = expected.includes(group) || (group === 'nowhere' && 'role' in rights);
      expect([group, one.status]).toEqual([group, mayKnow ? 200 : 403]);
    }
  });
});
