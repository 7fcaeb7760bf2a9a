import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  inject,
  it,
  onTestFinished,
  vi,
} from 'vitest';
import { createS3Client } from '../../activities/storage/s3-client.js';
import type { ReceivedEvent } from '../../cli/event-stream.js';
import { markReference } from '../../sealing/sealing.js';
import { AppModule } from '../../src/app.module.js';
import { readConfig } from '../../src/config/config.js';
import { ensureCredentials, parseCredentials } from '../../src/config/credentials.js';
import { logTo } from '../../src/config/log.js';
import { configureApp } from '../../src/http/configure-app.js';
import { openEvents, type EventSource } from '../api/event-source.js';
import { aTestEngine, type TestEngine } from '../engine/test-engine.js';
import { aSealingKey } from './an-attempt.js';
import { buildRunner } from './built-runner.js';
import { type RunnerProcess, startRunner } from './runner-process.js';

const s3 = inject('s3');
const aws = { AWS_ACCESS_KEY_ID: s3.accessKeyId, AWS_SECRET_ACCESS_KEY: s3.secretAccessKey };
const bucket = `live-${randomUUID()}`;
let built: ReturnType<typeof buildRunner>;
beforeAll(async () => {
  built = buildRunner();
  for (const [name, value] of Object.entries(aws)) vi.stubEnv(name, value);
  const client = createS3Client({ endpointUrl: s3.endpoint, region: s3.region });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  client.destroy();
});
afterAll(() => {
  built.remove();
  vi.unstubAllEnvs();
});

let home: string;
let group: string;
let token: string;
let url: string;
let engine: TestEngine;
const runners: RunnerProcess[] = [];
const sources: EventSource[] = [];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'penstock-live-'));
  group = randomUUID();
});
afterEach(async () => {
  for (const source of sources.splice(0)) source.close();
  for (const runner of runners.splice(0)) await runner.kill('SIGKILL');
  await rm(home, { recursive: true, force: true });
});

/** Everything for real: control worker, API, and a task runner as a process of its own. */
async function world(): Promise<void> {
  engine = await aTestEngine();
  const config = readConfig({
    PENSTOCK_HOME: home,
    DATABASE_URL: engine.databaseUrl,
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TEMPORAL_NAMESPACE: engine.namespace,
    PENSTOCK_AWS_ENDPOINT_URL: s3.endpoint,
  });
  logTo(() => undefined);
  ensureCredentials(config.credentialsPath);
  token = parseCredentials(await readFile(config.credentialsPath, 'utf8'))[0]?.secretAccessKey ?? '';
  await writeFile(config.secretKeyPath, aSealingKey.toString('base64'));
  const module = await Test.createTestingModule({ imports: [AppModule.with(config)] }).compile();
  const app = module.createNestApplication<NestExpressApplication>({ bodyParser: false, logger: false });
  configureApp(app);
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
  onTestFinished(() => app.close());
  await runner().line('task runner ready');
}

function runner(): RunnerProcess {
  const started = startRunner(built.main, {
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TEMPORAL_NAMESPACE: engine.namespace,
    PENSTOCK_WORKER_GROUP: group,
    PENSTOCK_HOME: home,
    PENSTOCK_SECRET_KEY_FILE: join(home, 'secret.key'),
    PENSTOCK_STOP_GRACE_SECONDS: '0',
    PENSTOCK_AWS_ENDPOINT_URL: s3.endpoint,
    LIVE_SECRET: 'hush-hush',
    ...aws,
  });
  runners.push(started);
  return started;
}

/** Activates a pipeline whose only activity runs the command once; answers its id and that of the instance. */
async function run(
  command: string,
  fields: object = {},
): Promise<{ pipelineId: string; instanceId: string }> {
  const pipelineId = await engine.activate({
    objects: [
      { id: 'Default', scheduleType: 'ondemand', workerGroup: group, maximumRetries: '0' },
      { id: 'Say', type: 'ShellCommandActivity', command, ...fields },
    ],
  });
  const [instanceId = ''] = Object.keys(
    await engine.until(pipelineId, (statuses) => Object.keys(statuses).some((id) => id.startsWith('@Say'))),
  );
  return { pipelineId, instanceId };
}

const path = (pipelineId: string, rest: string): string =>
  `${url}/v1/pipelines/${pipelineId}/${rest.replaceAll('@', '%40')}`;
async function follow(pipelineId: string, what: string, lastEventId?: string): Promise<EventSource> {
  const source = await openEvents(`${path(pipelineId, what)}/log?follow=true`, token, lastEventId);
  sources.push(source);
  return source;
}
const get = (pipelineId: string, what: string) =>
  fetch(path(pipelineId, what), { headers: { authorization: `Bearer ${token}` } });

const dataOf = ({ data = '{}' }: ReceivedEvent): Record<string, unknown> =>
  JSON.parse(data) as Record<string, unknown>;
const textOf = (events: readonly ReceivedEvent[]): string =>
  events.map((event) => (event.event === 'log' ? String(dataOf(event)['text']) : '')).join('');
/** Numbers of the lines `line 1`, `line 2`… */
const linesOf = (text: string): number[] => [...text.matchAll(/^line (\d+)$/gm)].map(([, n]) => Number(n));
const ended = (event: ReceivedEvent): boolean => event.event === 'ended';

const counting = (): string =>
  `n=0; while [ ! -e ${home}/go ]; do n=$((n+1)); echo "line $n"; sleep .05; done; echo "line $((n+1))"; echo warned >&2`;

describe('the log of a running attempt', () => {
  it('is seen live: each line once and in order, secrets masked, to its end and over a lost connection', async () => {
    await world();
    const command = `echo "pw=${markReference('env:LIVE_SECRET')}"; ${counting()}`;
    const { pipelineId, instanceId } = await run(command);
    const attempt = `attempts/${instanceId}_Attempt=1`;
    const first = await follow(pipelineId, `instances/${instanceId}`);
    const before = await first.until(
      ({ event, id, data = '' }) => event === 'log' && id !== undefined && data.includes('line 20'),
    );
    expect(existsSync(join(home, 'go'))).toBe(false);
    expect(textOf(before)).toContain('pw=***');
    const view = (await (await get(pipelineId, attempt)).json()) as object;
    expect(view).toMatchObject({
      id: `${instanceId}_Attempt=1`,
      status: 'RUNNING',
      number: 1,
      hostname: expect.any(String),
    });
    expect(linesOf(await (await get(pipelineId, `${attempt}/log`)).text()).length).toBeGreaterThan(19);
    first.close();

    const second = await follow(pipelineId, attempt, before.at(-1)?.id);
    await second.until(({ event }) => event === 'log');
    const third = await follow(pipelineId, `instances/${instanceId}`, before.at(-1)?.id);
    const more = await third.until(({ event }) => event === 'log');
    await writeFile(join(home, 'go'), '');
    const rest = await third.until(ended);
    const text = textOf([...before, ...more, ...rest]);
    const numbers = linesOf(text);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    const stored = await (await get(pipelineId, `${attempt}/log`)).text();
    expect(linesOf(stored)).toEqual(numbers);
    expect(stored).toContain('==> stderr.log <==\nwarned\n');
    for (const each of [text, stored]) expect(each).not.toContain('hush');
    expect(text.match(/warned/g)).toHaveLength(1);
    expect(text.match(/ finished\n/g)).toHaveLength(1);
    expect(dataOf(rest.at(-1) ?? { event: '' })).toMatchObject({ id: instanceId, status: 'FINISHED' });
    expect(await third.next()).toBeUndefined();
    const byAttempt = await second.until(ended);
    expect(dataOf(byAttempt.at(-1) ?? { event: '' })).toMatchObject({ number: 1, status: 'FINISHED' });
  });

  it('ends with the failure of the attempt when the runner is killed, and says what it still knows', async () => {
    await world();
    const { pipelineId, instanceId } = await run(counting());
    await engine.until(pipelineId, (statuses) => statuses[instanceId] === 'RUNNING');
    const source = await follow(pipelineId, `attempts/${instanceId}_Attempt=1`);
    const before = await source.until(({ event }) => event === 'log');
    await runners[0]?.kill('SIGKILL');
    await runner().line('task runner ready');
    const rest = await source.until(ended);
    expect(dataOf(rest.at(-1) ?? { event: '' })).toMatchObject({ status: 'FAILED', errorId: 'RunnerLost' });
    const text = textOf([...before, ...rest]);
    expect(text).toContain('the task runner was killed while it worked on the attempt');
    const numbers = linesOf(text);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    expect(await source.next()).toBeUndefined();
    await rm(join(home, 'logs'), { recursive: true, force: true });
    const gone = await get(pipelineId, `instances/${instanceId}/log`);
    expect(gone.status).toBe(404);
    expect(await gone.json()).toMatchObject({ detail: expect.stringContaining('The log is in file://') });
  });

  it('goes on over retries, with logs in S3', async () => {
    await world();
    const { pipelineId, instanceId } = await run(
      `[ -e ${home}/again ] && echo "line 2" && exit 0; touch ${home}/again; echo "line 1"; exit 1`,
      { maximumRetries: '1', retryDelay: '1 second', pipelineLogUri: `s3://${bucket}/logs` },
    );
    const source = await follow(pipelineId, `instances/${instanceId}`);
    const seen = await source.until(ended);
    const attempts = seen.filter(({ event }) => event === 'attempt').map(dataOf);
    expect(attempts.filter(({ status }) => status === 'FAILED').map(({ number }) => number)).toEqual([1]);
    expect(attempts.filter(({ status }) => status === 'FINISHED').map(({ number }) => number)).toEqual([2]);
    expect(linesOf(textOf(seen))).toEqual([1, 2]);
    const unknown = await get(pipelineId, `attempts/${instanceId}_Attempt=9/log`);
    expect(unknown.status).toBe(404);
    expect((await get(pipelineId, 'instances/@No_2030-01-01T00:00:00/log')).status).toBe(404);
    expect((await follow(pipelineId, `instances/${instanceId}`, 'x')).response.status).toBe(400);
    expect(linesOf(await (await get(pipelineId, `instances/${instanceId}/log`)).text())).toEqual([2]);
  });
});
