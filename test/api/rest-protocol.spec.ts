import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IdempotencyStore } from '../../src/store/idempotency-store.js';
import { Database } from '../../src/store/database.js';
import { startApi, type TestApi } from './api.js';
import { hoursFile, rest, type RestAnswer, type RestCall } from './rest-world.js';

const ORIGIN = 'https://console.example.org';

let api: TestApi;
beforeAll(async () => {
  api = await startApi({ PENSTOCK_CORS_ORIGINS: ORIGIN });
});
afterAll(() => api.close());

const call = (method: string, path: string, init?: RestCall): Promise<RestAnswer> =>
  rest(api, method, path, init);

/** A pipeline without a definition. */
async function aPipeline(): Promise<string> {
  const { body } = await call('POST', '/v1/pipelines', { body: { name: 'p' } });
  return (body as { id: string }).id;
}

const JSON_TYPE = { 'content-type': 'application/json' };

describe('problems', () => {
  it.each([
    ['GET', '/v1/nothing', {}, 404, 'Cannot GET /v1/nothing'],
    ['DELETE', '/v1/pipelines', {}, 405, 'DELETE is not for /v1/pipelines: expected GET, HEAD, POST'],
    ['TRACE', '/v1/validate', {}, 405, 'TRACE is not for /v1/validate: expected POST'],
    ['GET', '/', {}, 405, 'expected POST'],
    ['GET', '/v1/pipelines/%ff', {}, 400, ''],
    [
      'GET',
      '/v1/pipelines?lmit=3',
      {},
      400,
      '"lmit" is unknown; did you mean "limit"? Expected after, health, limit',
    ],
    ['GET', '/v1/retention?limit=3', {}, 400, '"limit" is unknown: expected none'],
    ['GET', '/v1/pipelines?limit=3&limit=4', {}, 400, 'limit: expected one value, not 2'],
    ['GET', '/v1/pipelines?after=%00', {}, 400, 'U+0000'],
    ['GET', '/v1/pipelines?after=abc', {}, 400, 'the `next` of the page before'],
    [
      'GET',
      '/v1/pipelines',
      { headers: { accept: 'text/html' } },
      406,
      'Accept "text/html": expected application/json',
    ],
    ['POST', '/v1/pipelines', {}, 400, 'The request has no body'],
    [
      'POST',
      '/v1/pipelines',
      { body: '{}', headers: { 'content-type': 'text/plain' } },
      415,
      'Content-Type "text/plain"',
    ],
    [
      'POST',
      '/v1/pipelines',
      { body: '{}', headers: { 'content-type': 'application/json; charset=latin1' } },
      415,
      'latin1',
    ],
    [
      'POST',
      '/v1/pipelines',
      { body: '{}', headers: { ...JSON_TYPE, 'content-encoding': 'gzip' } },
      415,
      '"gzip"',
    ],
    ['POST', '/v1/pipelines', { body: '{"name":', headers: JSON_TYPE }, 400, 'is not JSON: line 1, column 9'],
    ['POST', '/v1/pipelines', { body: '[]', headers: JSON_TYPE }, 400, 'no object'],
    ['POST', '/v1/pipelines', { body: {} }, 400, "at 'name'"],
    [
      'POST',
      '/v1/pipelines',
      { body: { name: 'a', nmae: 'b' } },
      400,
      '"nmae" is unknown; did you mean "name"',
    ],
    ['POST', '/v1/pipelines', { body: { name: null } }, 400, '"name" is null'],
    [
      'POST',
      '/v1/pipelines',
      { body: { name: 'a', tags: [{ key: 'k', value: 'v', x: 1 }] } },
      400,
      "'tags[0].x'",
    ],
    ['POST', '/v1/pipelines', { body: { name: 'a'.repeat(1025) } }, 400, '1025 characters'],
    [
      'POST',
      '/v1/pipelines',
      { body: { name: 'a', description: 'x'.repeat(1024 * 1024) } },
      413,
      'at most 1048576',
    ],
    ['GET', '/v1/templates/nothing', {}, 404, 'There is no template "nothing"'],
  ] as const)('%s %s %j: %i', async (method, path, init, status, detail) => {
    const answer = method === 'TRACE' ? await trace(path) : await call(method, path, init);
    expect(answer).toMatchObject({
      status,
      contentType: 'application/problem+json',
      body: {
        type: 'about:blank',
        title: expect.any(String),
        status,
        detail: expect.stringContaining(detail),
        requestId: answer.headers.get('x-amzn-requestid'),
      },
    });
    if (status === 405) expect(answer.headers.get('allow')).toMatch(/^[A-Z]+(, [A-Z]+)*$/);
  });

  it('says everything that is wrong with a body at once', async () => {
    const body = { name: '', tags: [{ key: '', value: 'v' }], description: 7 };
    const { detail } = (await call('POST', '/v1/pipelines', { body })).body as { detail: string };
    for (const member of ["'name'", "'tags[0].key'", "'description'"]) expect(detail).toContain(member);
  });
});

/** `fetch` refuses to send it. */
async function trace(path: string): Promise<RestAnswer> {
  return await new Promise((resolve, reject) => {
    const sent = request(`${api.url}${path}`, { method: 'TRACE' }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += String(chunk)));
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: new Headers(response.headers as Record<string, string>),
          contentType: response.headers['content-type'] ?? '',
          body: JSON.parse(text),
        }),
      );
    });
    sent.once('error', reject);
    sent.end();
  });
}

describe('definitions by ETag', () => {
  const put = (id: string, headers: Readonly<Record<string, string>>): Promise<RestAnswer> =>
    call('PUT', `/v1/pipelines/${id}/definition`, { body: { definition: hoursFile() }, headers });

  it('are replaced by who knows the latest, and by nobody else', async () => {
    const id = await aPipeline();
    expect(await put(id, {})).toMatchObject({
      status: 428,
      body: { detail: expect.stringContaining('If-None-Match: *') },
    });
    expect((await put(id, { 'if-match': '*' })).status).toBe(412);
    const first = await put(id, { 'if-none-match': '*' });
    expect(first).toMatchObject({ status: 200, body: { version: 1, errored: false } });
    const etag = first.headers.get('etag') ?? '';
    expect(await put(id, {})).toMatchObject({
      status: 428,
      body: { detail: expect.stringContaining('If-Match is missing') },
    });
    expect((await put(id, { 'if-none-match': '*' })).status).toBe(412);
    expect((await put(id, { 'if-match': `W/${etag}` })).status).toBe(412);
    expect((await put(id, { 'if-match': `"other", ${etag}` })).body).toMatchObject({ version: 2 });
    const late = await put(id, { 'if-match': etag });
    expect(late).toMatchObject({ status: 412, body: { detail: expect.stringContaining('read it again') } });
    expect((await put(id, { 'if-match': '*' })).body).toMatchObject({ version: 3 });
  });

  it('of two at once one wins', async () => {
    const id = await aPipeline();
    const etag = (await put(id, { 'if-none-match': '*' })).headers.get('etag') ?? '';
    const both = await Promise.all([put(id, { 'if-match': etag }), put(id, { 'if-match': etag })]);
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 412]);
  });

  it('with errors are stored, and said to be', async () => {
    const id = await aPipeline();
    const body = { text: 'objects: [{ id: A, type: CopyActivity }]', fileName: 'a.yaml' };
    const answer = await call('PUT', `/v1/pipelines/${id}/definition`, {
      body,
      headers: { 'if-none-match': '*' },
    });
    expect(answer.body).toMatchObject({
      version: 1,
      errored: true,
      problems: expect.arrayContaining([expect.objectContaining({ objectId: 'A' })]),
    });
    const unreadable = { body: { text: '{' }, headers: { 'if-match': '*' } };
    expect((await call('PUT', `/v1/pipelines/${id}/definition`, unreadable)).status).toBe(422);
  });
});

describe('Idempotency-Key', () => {
  const create = (
    key: string,
    body: object,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<RestAnswer> =>
    call('POST', '/v1/pipelines', { body, headers: { 'idempotency-key': key, ...headers } });

  it('gives who repeats a call its first answer, and does nothing again', async () => {
    const first = await create('k-1', { name: 'once' });
    const again = await create('k-1', { name: 'once' });
    expect(again).toMatchObject({ status: 201, body: first.body });
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    expect([first, again].map(({ headers }) => headers.get('idempotency-replayed'))).toEqual([null, 'true']);
    const other = await create('k-2', { name: 'once' });
    expect(other.body).not.toEqual(first.body);
  });

  it('refuses another call with the key', async () => {
    await create('k-3', { name: 'a' });
    const other = await create('k-3', { name: 'b' });
    expect(other).toMatchObject({
      status: 422,
      body: { detail: expect.stringContaining('"k-3" was used for another call') },
    });
    const id = await aPipeline();
    const path = `/v1/pipelines/${id}/deactivate`;
    expect(
      (await call('POST', path, { body: { name: 'a' }, headers: { 'idempotency-key': 'k-3' } })).status,
    ).toBe(422);
  });

  it('is free again after a call that failed', async () => {
    expect((await create('k-4', { name: '' })).status).toBe(400);
    expect((await create('k-4', { name: 'better' })).status).toBe(201);
  });

  it('of two calls at once carries out one', async () => {
    const answers = await Promise.all([1, 2, 3, 4].map(() => create('k-5', { name: 'at once' })));
    const done = answers.filter(({ status }) => status === 201);
    expect(new Set(done.map(({ body }) => (body as { id: string }).id)).size).toBe(1);
    for (const { status, headers } of answers)
      if (status !== 201) expect([status, headers.get('retry-after')]).toEqual([409, '1']);
  });

  it('answers 409 while the first is under way', async () => {
    const store = api.app.get(IdempotencyStore, { strict: false });
    const take = store.take.bind(store);
    store.take = async () => ({ kind: 'running' });
    try {
      expect((await create('k-6', { name: 'slow' })).status).toBe(409);
    } finally {
      store.take = take;
    }
  });

  it.each(['', 'a b', 'ü', 'x'.repeat(256)])('refuses the key "%s"', async (key) => {
    const { status } = await create(encodeURI(key) === key || key === 'a b' ? key : '\u00fc', { name: 'n' });
    expect(status).toBe(400);
  });

  it('is kept a day, by its caller, and sealed', async () => {
    const store = api.app.get(IdempotencyStore, { strict: false });
    const day = (hours: number): Date => new Date(Date.UTC(2030, 0, 1, hours));
    const one = { caller: 'a', key: 'k', requestDigest: 'd' };
    const taken = await store.take(one, day(0));
    if (taken.kind !== 'taken') throw new Error(`expected the key to be free: ${taken.kind}`);
    expect(await store.take(one, day(0))).toEqual({ kind: 'running' });
    expect((await store.take({ ...one, caller: 'b' }, day(0))).kind).toBe('taken');
    await store.answer(one, taken.holder, { status: 201, answer: 'sealed' });
    expect(await store.take(one, day(23))).toEqual({ kind: 'answered', status: 201, answer: 'sealed' });
    expect((await store.take({ ...one, requestDigest: 'e' }, day(23))).kind).toBe('another');
    const later = await store.take({ ...one, requestDigest: 'e' }, day(25));
    expect(later.kind).toBe('taken');
    // The first call, which comes back at last, changes nothing of the second's.
    await store.answer(one, taken.holder, { status: 500, answer: 'late' });
    await store.release(one, taken.holder);
    expect(await store.take({ ...one, requestDigest: 'e' }, day(25))).toEqual({ kind: 'running' });
    // Whoever died with the key in hand loses it.
    expect(
      (await store.take({ ...one, requestDigest: 'e' }, new Date(day(25).getTime() + 11 * 60_000))).kind,
    ).toBe('taken');
    const rows = await api.app
      .get(Database)
      .kysely.selectFrom('idempotency_keys' as never)
      .selectAll()
      .execute();
    expect(JSON.stringify(rows)).not.toContain('once');
  });
});

describe('headers', () => {
  it('of every answer keep browsers and caches out', async () => {
    for (const path of ['/v1/pipelines', '/nothing', '/health', '/openapi.json']) {
      const { headers } = await call('GET', path);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('strict-transport-security')).toBeNull();
    }
  });

  it('open the API to pages of the origins that are listed, and to no others', async () => {
    const preflight = (origin: string, path = '/v1/pipelines'): Promise<RestAnswer> =>
      call('OPTIONS', path, { headers: { origin, 'access-control-request-method': 'POST' } });
    const allowed = await preflight(ORIGIN);
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(allowed.headers.get('access-control-allow-headers')).toContain('Idempotency-Key');
    expect(allowed.headers.get('access-control-allow-credentials')).toBeNull();
    expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
    // The AWS endpoint has none.
    expect((await preflight(ORIGIN, '/')).headers.get('access-control-allow-origin')).toBeNull();
    const answer = await call('GET', '/v1/pipelines', { headers: { origin: ORIGIN } });
    expect(answer.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(answer.headers.get('vary')).toContain('Origin');
  });
});

it('what is away is said to be, with when to come back', async () => {
  const { kysely } = api.app.get(Database);
  const execute = kysely.selectFrom.bind(kysely);
  kysely.selectFrom = (() => {
    throw Object.assign(new Error('connect ECONNREFUSED 10.1.2.3:5432'), { code: 'ECONNREFUSED' });
  }) as never;
  try {
    const answer = await call('GET', '/v1/pipelines');
    expect(answer).toMatchObject({
      status: 503,
      body: { detail: 'The store does not answer: try again in some seconds' },
    });
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(JSON.stringify(answer.body)).not.toContain('10.1.2.3');
  } finally {
    kysely.selectFrom = execute;
  }
});

it('its token is no part of the log', () => {
  const secret = api.key.secretAccessKey;
  expect(readFileSync(api.credentialsPath, 'utf8')).toContain(secret);
  expect(api.logLines.join()).not.toContain(secret);
});
