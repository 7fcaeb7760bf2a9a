import { readFile, writeFile } from 'node:fs/promises';
import {
  CreatePipelineCommand,
  DeletePipelineCommand,
  ListPipelinesCommand,
} from '@aws-sdk/client-data-pipeline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureCredentials } from '../../src/config/credentials.js';
import { TemporalProbe } from '../../src/rest/temporal-probe.js';
import { startApi, type TestApi } from './api.js';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const get = (path: string, token = api.key.secretAccessKey): Promise<Response> =>
  fetch(`${api.url}${path}`, { headers: { authorization: `Bearer ${token}` } });

describe('/health', () => {
  it('is open, and ok when store and Temporal answer', async () => {
    const answer = await fetch(`${api.url}/health`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ status: 'ok' });
  });

  it('names the part that does not answer', async () => {
    const probe = api.app.get(TemporalProbe, { strict: false });
    const check = probe.check.bind(probe);
    probe.check = () => Promise.reject(new Error('down'));
    try {
      const answer = await fetch(`${api.url}/health`);
      expect(answer.status).toBe(503);
      expect(await answer.json()).toEqual({ status: 'unavailable', unavailable: ['temporal'] });
    } finally {
      probe.check = check;
    }
  });
});

describe('/v1/pipelines', () => {
  it('wants a secret key as bearer token', async () => {
    const without = await fetch(`${api.url}/v1/pipelines`);
    expect(without.status).toBe(401);
    expect(without.headers.get('content-type')).toBe('application/problem+json');
    expect(without.headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect(await without.json()).toMatchObject({ status: 401, title: 'Unauthorized' });
    expect((await get('/v1/pipelines', 'wrong')).status).toBe(401);
  });

  it('pages through pipelines', async () => {
    const made: string[] = [];
    for (let index = 0; index < 5; index++) {
      const { pipelineId } = await api
        .client()
        .send(new CreatePipelineCommand({ name: `r${index}`, uniqueId: `r${index}` }));
      made.push(pipelineId ?? '');
    }
    const first = (await (await get('/v1/pipelines?limit=3')).json()) as {
      pipelines: { id: string }[];
      next: string;
    };
    const second = (await (await get(`/v1/pipelines?limit=3&after=${first.next}`)).json()) as typeof first;
    expect([...first.pipelines, ...second.pipelines].map(({ id }) => id)).toEqual(made);
    expect(second).not.toHaveProperty('next');
  });

  it('shows one pipeline; 404 for unknown, 410 for deleted ones', async () => {
    const { pipelineId } = await api
      .client()
      .send(new CreatePipelineCommand({ name: 'one', uniqueId: 'one' }));
    const answer = await get(`/v1/pipelines/${pipelineId}`);
    expect(await answer.json()).toMatchObject({ id: pipelineId, name: 'one', state: 'PENDING', tags: [] });
    const unknown = await get('/v1/pipelines/df-NO');
    expect(unknown.status).toBe(404);
    expect(await unknown.json()).toMatchObject({
      error: 'PipelineNotFoundException',
      detail: expect.stringContaining('df-NO'),
    });
    expect((await get('/v1/pipelines/%00')).status).toBe(404);
    await api.client().send(new DeletePipelineCommand({ pipelineId: pipelineId ?? '' }));
    expect((await get(`/v1/pipelines/${pipelineId}`)).status).toBe(410);
  });

  it.each(['limit=0', 'limit=x', 'limit=1001', 'status=DONE', 'after=x&after=y'])(
    'refuses %s',
    async (query) => {
      const { pipelineId } = await api.client().send(new CreatePipelineCommand({ name: 'q', uniqueId: 'q' }));
      const answer = await get(`/v1/pipelines/${pipelineId}/instances?${query}`);
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({
        status: 400,
        detail: expect.any(String),
        requestId: expect.any(String),
      });
    },
  );
});

it('an unknown path is a problem, too', async () => {
  const answer = await get('/v2');
  expect(answer.status).toBe(404);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(answer.headers.get('x-powered-by')).toBeNull();
});

describe('the credentials file', () => {
  it('is made once, for its owner only, and read again when it changes', async () => {
    expect(ensureCredentials(api.credentialsPath)).toBe(false);
    const before = await readFile(api.credentialsPath, 'utf8');
    const added = '[second]\n# a comment\naws_access_key_id=PSKSECOND\naws_secret_access_key = s+/=cret\n';
    await writeFile(api.credentialsPath, `${before}\n${added}`);
    const second = { accessKeyId: 'PSKSECOND', secretAccessKey: 's+/=cret' };
    await api.client(second).send(new ListPipelinesCommand());
    await writeFile(api.credentialsPath, before);
    await expect(api.client(second).send(new ListPipelinesCommand())).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
    });
  });
});
