import { randomUUID } from 'node:crypto';
import {
  ActivatePipelineCommand,
  CreatePipelineCommand,
  GetPipelineDefinitionCommand,
  PutPipelineDefinitionCommand,
} from '@aws-sdk/client-data-pipeline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SealBroken } from '../../sealing/sealing.js';
import { SecretSeal } from '../../src/pipelines/secret-seal.js';
import { Database } from '../../src/store/database.js';
import { startApi, type TestApi } from './api.js';
import { hourly, type SdkDefinition } from './definitions.js';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Record<string, unknown>;
}

interface Call {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function call(path: string, init: Call = {}): Promise<Answer> {
  const answer = await fetch(`${api.url}${path}`, {
    ...init,
    headers: {
      authorization: `Bearer ${api.key.secretAccessKey}`,
      ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...init.headers,
    },
  });
  const text = await answer.text();
  const body = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
  return { status: answer.status, headers: answer.headers, text, body };
}

/** Three hours with a secret field and a secret parameter. */
function withSecrets(password: string, command = '#{myCommand} #{*myKey}'): SdkDefinition {
  const definition = hourly(command);
  definition.pipelineObjects.push({
    id: 'Db',
    name: 'Db',
    fields: [
      { key: 'type', stringValue: 'JdbcDatabase' },
      { key: 'connectionString', stringValue: 'jdbc:postgresql://db/logs' },
      { key: 'jdbcDriverClass', stringValue: 'org.postgresql.Driver' },
      { key: 'username', stringValue: 'reader' },
      { key: '*password', stringValue: password },
    ],
  });
  definition.parameterObjects.push({
    id: '*myKey',
    attributes: [{ key: 'default', stringValue: 'd3fault' }],
  });
  definition.parameterValues.push({ id: '*myKey', stringValue: 'k3y' });
  return definition;
}

async function pipeline(...definitions: readonly SdkDefinition[]): Promise<string> {
  const name = randomUUID();
  const { pipelineId = '' } = await api.client().send(new CreatePipelineCommand({ name, uniqueId: name }));
  for (const definition of definitions) await put(pipelineId, definition);
  return pipelineId;
}
const put = (pipelineId: string, definition: SdkDefinition) =>
  api.client().send(new PutPipelineDefinitionCommand({ pipelineId, ...definition }));
const activate = (pipelineId: string, command?: string) =>
  api.client().send(
    new ActivatePipelineCommand({
      pipelineId,
      ...(command === undefined ? {} : { parameterValues: [{ id: 'myCommand', stringValue: command }] }),
    }),
  );

describe('GET /v1/pipelines/:id/definition', () => {
  it('answers the file of the AWS CLI, secrets masked as GetPipelineDefinition masks them', async () => {
    const id = await pipeline(withSecrets('tops3cret'));
    const { status, body, text } = await call(`/v1/pipelines/${id}/definition`);
    expect(status).toBe(200);
    expect(body).toEqual({
      pipelineId: id,
      name: expect.any(String),
      version: 1,
      active: false,
      latest: true,
      errored: false,
      createdAt: expect.stringMatching(/Z$/),
      definition: {
        objects: [
          expect.objectContaining({ id: 'Hourly', type: 'Schedule', occurrences: '3' }),
          {
            id: 'Say',
            name: 'Say',
            type: 'ShellCommandActivity',
            schedule: { ref: 'Hourly' },
            scheduleType: 'cron',
            command: '#{myCommand} #{*myKey}',
            workerGroup: 'wg',
          },
          expect.objectContaining({ id: 'Db', username: 'reader', '*password': '********' }),
        ],
        parameters: [
          { id: 'myCommand', type: 'String' },
          { id: '*myKey', default: '********' },
        ],
        values: { myCommand: 'date', '*myKey': '********' },
      },
    });
    expect(text).not.toMatch(/s3cret|k3y|d3fault|sealed:/);
    const got = await api.client().send(new GetPipelineDefinitionCommand({ pipelineId: id }));
    expect(got.pipelineObjects?.[2]?.fields).toContainEqual({ key: '*password', stringValue: '********' });
  });

  it('answers latest, active and a version by its number', async () => {
    const id = await pipeline(hourly('one'));
    await activate(id);
    await put(id, hourly('two'));
    const commandOf = async (version: string) => {
      const { body } = await call(`/v1/pipelines/${id}/definition?version=${version}`);
      const { objects } = body['definition'] as { objects: { command?: string }[] };
      const { version: number, active, latest, firstActivationTime } = body;
      return [objects[1]?.command, number, active, latest, typeof firstActivationTime];
    };
    expect(await commandOf('latest')).toEqual(['two', 2, false, true, 'string']);
    expect(await commandOf('active')).toEqual(['one', 1, true, false, 'string']);
    expect(await commandOf('1')).toEqual(['one', 1, true, false, 'string']);
  });

  it('has an ETag, and answers 304 to who knows it', async () => {
    const id = await pipeline(hourly('one'));
    const path = `/v1/pipelines/${id}/definition`;
    const etag = (await call(path)).headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[\w-]+"$/);
    const again = await call(path, { headers: { 'if-none-match': `"other", W/${etag}` } });
    expect(again).toMatchObject({ status: 304, text: '' });
    await put(id, hourly('two'));
    const changed = await call(path, { headers: { 'if-none-match': etag } });
    expect(changed.status).toBe(200);
    expect(changed.headers.get('etag')).not.toBe(etag);
  });

  it.each([
    ['?version=active', 404, 'was never activated'],
    ['?version=3', 404, 'has no definition version 3: its newest is 2'],
    ['?version=first', 400, 'version "first": expected latest, active or the number of a version'],
    ['?version=0', 400, 'version "0"'],
    ['?version=1&version=2', 400, 'version: expected one value'],
    ['?version=99999999999', 400, '99999999999'],
  ])('refuses %s', async (query, status, detail) => {
    const id = await pipeline(hourly('one'), hourly('two'));
    const answer = await call(`/v1/pipelines/${id}/definition${query}`);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.body['detail']).toContain(detail);
  });

  it('says that there is no definition yet, or no pipeline', async () => {
    const empty = await call(`/v1/pipelines/${await pipeline()}/definition`);
    expect(empty).toMatchObject({
      status: 404,
      body: { detail: expect.stringContaining('no definition yet') },
    });
    for (const path of ['definition', 'versions', 'diff']) {
      const unknown = await call(`/v1/pipelines/df-NO/${path}`);
      expect(unknown).toMatchObject({ status: 404, body: { error: 'PipelineNotFoundException' } });
    }
  });

  it('wants a secret key as bearer token', async () => {
    const id = await pipeline(hourly());
    for (const path of ['definition', 'versions', 'diff']) {
      const { status } = await call(`/v1/pipelines/${id}/${path}`, {
        headers: { authorization: 'Bearer x' },
      });
      expect(status).toBe(401);
    }
  });
});

describe('GET /v1/pipelines/:id/versions', () => {
  it('lists versions, newest first, in pages; values of an activation make one', async () => {
    const id = await pipeline(hourly('#{myCommand}'), hourly('#{myCommand} -u'));
    await activate(id, 'uptime');
    const broken = hourly('three');
    broken.pipelineObjects[1]?.fields?.push({ key: 'maximumRetries', stringValue: 'many' });
    await put(id, broken);
    const first = await call(`/v1/pipelines/${id}/versions?limit=3`);
    const second = await call(`/v1/pipelines/${id}/versions?limit=3&after=${String(first.body['next'])}`);
    const facts = [first, second]
      .flatMap(({ body }) => body['versions'] as Record<string, unknown>[])
      .map(({ version, active, latest, errored }) => [version, active, latest, errored]);
    expect(facts).toEqual([
      [4, false, true, true],
      [3, true, false, false],
      [2, false, false, false],
      [1, false, false, false],
    ]);
    expect(second.body).not.toHaveProperty('next');
    expect((await call(`/v1/pipelines/${id}/versions?after=x`)).status).toBe(400);
  });
});

describe('GET /v1/pipelines/:id/diff', () => {
  it('compares active with latest, secrets too, and shows none', async () => {
    const id = await pipeline(withSecrets('tops3cret'));
    await activate(id);
    await put(id, withSecrets('oth3r', 'uptime'));
    const { body, text } = await call(`/v1/pipelines/${id}/diff`);
    expect(body).toEqual({
      pipelineId: id,
      from: 1,
      to: 2,
      same: false,
      objects: [
        {
          id: 'Say',
          change: 'changed',
          type: 'ShellCommandActivity',
          fields: [
            {
              name: 'command',
              change: 'changed',
              secret: false,
              before: ['#{myCommand} #{*myKey}'],
              after: ['uptime'],
            },
          ],
        },
        {
          id: 'Db',
          change: 'changed',
          type: 'JdbcDatabase',
          fields: [
            {
              name: '*password',
              change: 'changed',
              secret: true,
              before: ['********'],
              after: ['********'],
            },
          ],
        },
      ],
      parameters: [],
      values: [],
      active: {
        allowed: true,
        changes: [
          ['Say', 'command'],
          ['Db', '*password'],
        ].map(([objectId, field]) => ({
          kind: 'object',
          id: objectId,
          field,
          change: 'changed',
          allowed: true,
          refusals: [],
          effects: ['newRuns'],
        })),
      },
    });
    expect(text).not.toMatch(/s3cret|oth3r|k3y|sealed:/);
  });

  it('knows that a secret is the same though it is sealed anew', async () => {
    const id = await pipeline(withSecrets('tops3cret'), withSecrets('tops3cret'));
    const { body } = await call(`/v1/pipelines/${id}/diff?from=1&to=latest`);
    expect(body).toMatchObject({ same: true, objects: [], parameters: [], values: [] });
  });

  it('says that it cannot compare what it cannot open', async () => {
    const id = await pipeline(withSecrets('tops3cret'), withSecrets('tops3cret'));
    const seal = api.app.get(SecretSeal, { strict: false });
    const open = seal.open.bind(seal);
    seal.open = (pipelineId) => {
      throw new SealBroken(pipelineId);
    };
    try {
      expect((await call(`/v1/pipelines/${id}/diff?from=1&to=2`)).body).toMatchObject({
        same: true,
        objects: [
          { id: 'Db', change: 'notCompared', fields: [{ name: '*password', change: 'notCompared' }] },
        ],
        values: [{ name: '*myKey', change: 'notCompared' }],
      });
    } finally {
      seal.open = open;
    }
  });

  it('names what the active pipeline refuses', async () => {
    const id = await pipeline(hourly());
    await activate(id);
    const next = hourly();
    next.pipelineObjects[0]?.fields?.splice(1, 1, { key: 'period', stringValue: '2 hours' });
    await put(id, next);
    expect((await call(`/v1/pipelines/${id}/diff`)).body['active']).toMatchObject({
      allowed: false,
      changes: [{ id: 'Hourly', field: 'period', allowed: false, refusals: [/"1 hour" to "2 hours"/] }],
    });
  });

  it.each([
    ['?from=active', 404],
    ['?from=1&to=9', 404],
    ['?from=x', 400],
  ])('refuses %s', async (query, status) => {
    expect((await call(`/v1/pipelines/${await pipeline(hourly())}/diff${query}`)).status).toBe(status);
  });
});

describe('POST /v1/validate', () => {
  const validate = (body: unknown) =>
    call('/v1/validate', { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) });
  const FILE = {
    objects: [
      { id: 'Hourly', type: 'Schedule', period: '1 hour', startDateTime: '2030-01-01T00:00:00' },
      {
        id: 'Say',
        type: 'ShellCommandActivity',
        schedule: { ref: 'Hourly' },
        workerGroup: 'wg',
        command: 'a',
      },
    ],
  };

  it('answers problems as data', async () => {
    const { status, body } = await validate({
      definition: { objects: [...FILE.objects, { id: 'X', type: 'CopyActivty' }] },
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      objects: 3,
      errors: 1,
      warnings: 0,
      problems: [{ severity: 'error', objectId: 'X', message: expect.stringContaining('"CopyActivity"') }],
    });
    expect((await validate({ definition: { objects: 1 } })).body).toMatchObject({
      errors: 1,
      problems: [{ severity: 'fatal' }],
    });
  });

  it('takes either form, and values', async () => {
    expect((await validate({ definition: FILE })).body).toMatchObject({
      errors: 0,
      problems: [],
      notYet: [],
    });
    const { parameterValues: _, ...withoutValues } = hourly();
    expect((await validate({ definition: withoutValues })).body).toMatchObject({ errors: 1 });
    const given = { definition: withoutValues, values: { myCommand: 'date' } };
    expect((await validate(given)).body).toMatchObject({ errors: 0 });
  });

  it('accepts a definition that was read with masked secrets', async () => {
    const definition = withSecrets('tops3cret');
    definition.parameterObjects[1]?.attributes?.push({ key: 'type', stringValue: 'Integer' });
    definition.parameterObjects[1]?.attributes?.push({ key: 'allowedValues', stringValue: '7' });
    definition.parameterValues.splice(1, 1, { id: '*myKey', stringValue: '7' });
    definition.parameterObjects[1]?.attributes?.splice(0, 1);
    const id = await pipeline(definition);
    const read = await call(`/v1/pipelines/${id}/definition`);
    expect((await validate({ definition: read.body['definition'] })).body).toMatchObject({ problems: [] });
  });

  it('refuses what is no request', async () => {
    expect(await validate('{')).toMatchObject({ status: 400 });
    expect(await validate({})).toMatchObject({ status: 400 });
    expect(await validate({ definition: FILE, values: { myA: 1 } })).toMatchObject({ status: 400 });
  });
});

describe('GET /v1/pipelines', () => {
  it('shows health when it is asked for', async () => {
    const [well, ill, fresh] = [await pipeline(hourly()), await pipeline(hourly()), await pipeline(hourly())];
    const { kysely } = api.app.get(Database, { strict: false });
    for (const [pipelineId, status] of [
      [well, 'FINISHED'],
      [ill, 'FAILED'],
    ] as const) {
      await activate(pipelineId);
      await kysely
        .insertInto('instances')
        .values({
          pipeline_id: pipelineId,
          id: '@Say_2030-01-01T00:00:00',
          schedule_id: 'Hourly',
          interval_start: '2030-01-01T00:00:00Z',
          component_id: 'Say',
          kind: 'activity',
          type: 'ShellCommandActivity',
          node_id: null,
          scheduled_start: '2030-01-01T00:00:00Z',
          scheduled_end: '2030-01-01T01:00:00Z',
          definition_version: 1,
          activation: 1,
          references: '{}',
          lease_limit: null,
          seq: 1,
          status,
          attempt_count: 1,
          tries_left: 0,
          waiting_on: [],
          cascade_failed_on: [],
          cancellation_reason: null,
          resource_id: null,
          error_id: null,
          error_message: null,
          error_stack_trace: null,
          hostname: null,
          log_location: null,
          changed_at: new Date().toISOString(),
        })
        .execute();
    }
    const healths = async (query: string) => {
      const { body } = await call(`/v1/pipelines?limit=1000${query}`);
      const list = body['pipelines'] as { id: string; health?: string }[];
      return [well, ill, fresh].map((id) => list.find((each) => each.id === id)?.health);
    };
    expect(await healths('&health=true')).toEqual(['HEALTHY', 'ERROR', undefined]);
    expect(await healths('')).toEqual([undefined, undefined, undefined]);
    expect((await call('/v1/pipelines?health=yes')).status).toBe(400);
  });
});
