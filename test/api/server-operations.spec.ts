import { CreatePipelineCommand, ListPipelinesCommand } from '@aws-sdk/client-data-pipeline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Readiness } from '../../src/http/readiness.js';
import { Metrics } from '../../src/metrics/metrics.js';
import { TemporalProbe } from '../../src/rest/temporal-probe.js';
import { InstanceCounts } from '../../src/store/instance-counts.js';
import { Database } from '../../src/store/database.js';
import { PostgresLedger } from '../../src/store/postgres-ledger.js';
import { anActivePipeline, anInstance, aRun, aState } from '../store/builders.js';
import { startOtlpCollector } from '../tools/otlp-collector.js';
import { startApi, type TestApi } from './api.js';

let collector: Awaited<ReturnType<typeof startOtlpCollector>>;
let api: TestApi;
beforeAll(async () => {
  collector = await startOtlpCollector();
  api = await startApi({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    PENSTOCK_RATE_LIMIT: 'write=1/m:5',
  });
  api.app.get(Metrics).freshMs = 0;
});
afterAll(async () => {
  await api.close();
  await collector.close();
});

const rest = (
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
): Promise<Response> =>
  fetch(`${api.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${api.key.secretAccessKey}`, ...headers },
  });

const statusOf = async (path: string): Promise<[number, unknown]> => {
  const answer = await fetch(`${api.url}${path}`);
  return [answer.status, await answer.json()];
};

async function metrics(): Promise<Map<string, number>> {
  const answer = await fetch(`${api.url}/metrics`);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  const lines = (await answer.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

describe('/metrics', () => {
  it('has instances by status, lateness, and the age of each queue', async () => {
    const database = api.app.get(Database);
    const ledger = new PostgresLedger(database);
    const pipelineId = await anActivePipeline(database);
    // Say is what the definition of `builders` has; nobody serves it: it names no group.
    await ledger.createInstances(aRun(pipelineId, 0), [anInstance('Do', 0), anInstance('Say', 0)]);
    const waiting = aState(anInstance('Say', 0).id, 1, 'WAITING_FOR_RUNNER');
    await ledger.record(aRun(pipelineId, 0), { instances: [waiting], attempts: [] });
    const found = await metrics();
    expect(found.get('penstock_instances{status="WAITING_FOR_RUNNER"}')).toBe(1);
    expect(found.get('penstock_instances{status="FINISHED"}')).toBe(0);
    expect(found.has('penstock_instances_lateness_seconds{status="WAITING_FOR_RUNNER"}')).toBe(true);
    expect(found.get('penstock_queue_instances{worker_group=""}')).toBe(1);
    expect(found.get('penstock_queue_age_seconds{worker_group=""}')).toBeGreaterThanOrEqual(0);
  });

  it('has calls by action and status, and no series that a client could make up', async () => {
    await api.client().send(new ListPipelinesCommand({}));
    await rest('/v1/pipelines/df-NOBODY');
    await rest('/v1/made-up');
    await fetch(api.url, { method: 'POST', headers: { 'x-amz-target': 'DataPipeline.MadeUp' } });
    await expect
      .poll(async () => (await metrics()).get('penstock_api_calls_total{operation="other",status="404"}'))
      .toBe(1);
    const found = await metrics();
    const of = (operation: string, status: number) =>
      found.get(`penstock_api_calls_total{operation="${operation}",status="${status}"}`);
    expect(of('datapipeline:ListPipelines', 200)).toBe(1);
    expect([...found.keys()].some((name) => name.includes('MadeUp') || name.includes('made-up'))).toBe(false);
    const count = 'penstock_api_call_duration_seconds_count{operation="datapipeline:ListPipelines"}';
    expect(found.get(count)).toBe(1);
    expect(found.has('process_resident_memory_bytes')).toBe(true);
  });

  it('has those of the process when the store does not answer', async () => {
    const counts = api.app.get(InstanceCounts, { strict: false });
    const byStatus = counts.byStatus.bind(counts);
    counts.byStatus = () => Promise.reject(new Error('away'));
    try {
      const found = await metrics();
      expect(found.get('penstock_store_read_failures_total')).toBe(1);
      expect([...found.keys()].some((name) => name.startsWith('penstock_instances{'))).toBe(false);
    } finally {
      counts.byStatus = byStatus;
    }
  });

  it('wants a token from others than this machine', async () => {
    expect(
      (await fetch(`${api.url}/metrics`, { headers: { 'x-forwarded-for': '203.0.113.9' } })).status,
    ).toBe(401);
    expect((await rest('/metrics', { 'x-forwarded-for': '203.0.113.9' })).status).toBe(200);
    const wrong = await fetch(`${api.url}/metrics`, { headers: { authorization: 'Bearer wrong' } });
    expect(wrong.status).toBe(401);
  });
});

describe('/health', () => {
  it('is live whatever is away, and ready only when everything answers', async () => {
    expect(await statusOf('/health/ready')).toEqual([200, { status: 'ready' }]);
    const probe = api.app.get(TemporalProbe, { strict: false });
    const check = probe.check.bind(probe);
    probe.check = () => Promise.reject(new Error('down'));
    try {
      expect(await statusOf('/health/ready')).toEqual([
        503,
        { status: 'unavailable', unavailable: ['temporal'] },
      ]);
      expect(await statusOf('/health/live')).toEqual([200, { status: 'ok' }]);
    } finally {
      probe.check = check;
    }
  });
});

describe('PENSTOCK_RATE_LIMIT', () => {
  it("is AWS's ThrottlingException, and 429 with Retry-After over REST; reading goes on", async () => {
    const create = (name: string) => api.client().send(new CreatePipelineCommand({ name, uniqueId: name }));
    for (let nth = 0; nth < 5; nth++) await create(`limited ${nth}`);
    await expect(create('one more')).rejects.toMatchObject({
      name: 'ThrottlingException',
      message: 'Rate exceeded',
      $metadata: { httpStatusCode: 400 },
    });
    const refused = await rest('/v1/pipelines/df-NOBODY', {}, 'DELETE');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(1);
    expect(await refused.json()).toMatchObject({ title: 'Too Many Requests' });
    expect((await rest('/v1/pipelines')).status).toBe(200);
    expect((await metrics()).get('penstock_api_throttled_total{kind="write"}')).toBe(2);
  });
});

describe('log lines', () => {
  it('of a call have its request id and its trace', async () => {
    const answer = await rest('/v1/pipelines/df-NOBODY', {
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    });
    const requestId = answer.headers.get('x-amzn-requestid') ?? '';
    await expect.poll(() => api.logLines.filter((line) => line.includes(requestId))).toHaveLength(1);
    const line = api.logLines.find((each) => each.includes(requestId)) ?? '';
    expect(JSON.parse(line)).toMatchObject({
      message: 'call',
      requestId,
      traceId: '0af7651916cd43dd8448eb211c80319c',
      operation: 'datapipeline:DescribePipelines',
      pipelineId: 'df-NOBODY',
      error: 'PipelineNotFoundException',
      status: 404,
    });
  });
});

describe('traces and the end of the process', () => {
  it('says that it drains, still answers, and sends its spans before it ends', async () => {
    api.app.get(Readiness).drain();
    expect(await statusOf('/health/ready')).toEqual([503, { status: 'draining' }]);
    expect(await statusOf('/health/live')).toEqual([200, { status: 'ok' }]);
    const answer = await rest('/v1/pipelines');
    expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close']);
    await api.app.close();

    const spans = collector.spans.filter(({ traceId }) => traceId === '0af7651916cd43dd8448eb211c80319c');
    expect(spans).toMatchObject([
      {
        parentSpanId: 'b7ad6b7169203331',
        kind: 2,
        attributes: {
          'http.request.method': 'GET',
          'url.path': '/v1/pipelines/df-NOBODY',
          'http.response.status_code': 404,
          'penstock.pipeline_id': 'df-NOBODY',
          'penstock.request_id': expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
          'error.type': 'PipelineNotFoundException',
          'enduser.id': 'arn:aws:iam::000000000000:user/default',
        },
      },
    ]);
    const names = new Set(collector.spans.map(({ name }) => name));
    expect(names).toContain('CreatePipeline');
    expect(
      collector.spans.some(({ attributes }) => String(attributes['url.path']).startsWith('/health')),
    ).toBe(false);
    expect(JSON.stringify(collector.spans)).not.toContain(api.key.secretAccessKey);
  });
});
