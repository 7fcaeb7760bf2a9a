import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { openSecret } from '../../activities/secrets/open-secret.js';
import { penstockDataConverter } from '../../codec/data-converter.js';
import { penstockCodec } from '../../codec/payload-codec.js';
import { markReference } from '../../sealing/sealing.js';
import { workerGroupTaskQueue } from '../../workflows/contract.js';
import { anObject, aTask, failureOf } from './an-attempt.js';
import { buildRunner } from './built-runner.js';
import { oneActivity } from './one-activity.workflow.js';
import { startRunner } from './runner-process.js';

const REGION = 'us-east-1';
const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_REGION: REGION };
const endpoint = inject('awsMockEndpoint');
const place = { pipelineId: 'df-1', objectId: 'Database', field: '*password' };
const name = `prod/db-${randomUUID()}`;
const value = `value-${randomUUID()}`;
let arn: string;

beforeAll(async () => {
  const client = new SecretsManagerClient({
    endpoint,
    region: REGION,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const SecretString = JSON.stringify({ user: 'old', password: 'old' });
  const created = await client.send(new CreateSecretCommand({ Name: name, SecretString }));
  arn = created.ARN ?? '';
  const next = JSON.stringify({ user: 'app', password: value });
  await client.send(new PutSecretValueCommand({ SecretId: name, SecretString: next }));
  const SecretBinary = Buffer.from(value);
  await client.send(new CreateSecretCommand({ Name: `${name}-binary`, SecretBinary }));
  client.destroy();
});
beforeEach(() => {
  for (const [key, text] of Object.entries(CREDENTIALS)) vi.stubEnv(key, text);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const open = (reference: string, awsEndpointUrl = endpoint): Promise<string> =>
  openSecret(`aws-secretsmanager:${reference}`, place, { environment: {}, awsEndpointUrl });

describe('aws-secretsmanager:', () => {
  it('finds a secret by name and ARN, whole, by key and by stage', async () => {
    expect(JSON.parse(await open(name))).toEqual({ user: 'app', password: value });
    expect(await open(`${name}#password`)).toBe(value);
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    expect(await open(`${arn}#user`)).toBe('app'); // in the ARN's region
    vi.stubEnv('AWS_REGION', REGION);
    expect(await open(`${name}?versionStage=AWSPREVIOUS#user`)).toBe('old');
  });

  it.each([
    ['-none', 'has no such secret'],
    ['-binary', 'binary data'],
    ['#nokey', 'no key "nokey"'],
    ['?versionStage=NONE', 'has no such secret'],
  ])('fails for good for …%s, quoting the reference and never the value', async (end, text) => {
    const failure = await failureOf(open(`${name}${end}`));
    expect(failure).toMatchObject({ type: 'SecretUnavailable', nonRetryable: true });
    expect(failure.message).toContain(`"aws-secretsmanager:${name}${end}"`);
    expect(failure.message).toContain(text);
    expect(`${failure.message} ${failure.stack}`).not.toContain(value);
  });
});

describe('aws-secretsmanager: of a service that refuses', () => {
  let server: Server;
  let calls: number;
  /** Answers of the service, in order; the last one stays. */
  let answers: { status: number; body: object }[];
  const refusal = (type: string, status = 400): { status: number; body: object } => ({
    status,
    body: { __type: type, message: `${type} of the test` },
  });
  beforeEach(async () => {
    calls = 0;
    server = createServer((request, response) => {
      request.resume();
      const { status, body } =
        answers[Math.min(calls, answers.length - 1)] ?? refusal('InternalFailure', 500);
      calls += 1;
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => server.close());
  const address = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  it('is asked again when it throttles', async () => {
    answers = [refusal('ThrottlingException'), { status: 200, body: { SecretString: value } }];
    expect(await open('db', address())).toBe(value);
    expect(calls).toBe(2);
  });

  it('may be asked again later when it stays away, and not when it denies access', async () => {
    answers = [refusal('AccessDeniedException')];
    expect(await failureOf(open('db', address()))).toMatchObject({
      type: 'SecretUnavailable',
      nonRetryable: true,
      message: expect.stringContaining('"aws-secretsmanager:db": AWS Secrets Manager denies access'),
    });
    expect(calls).toBe(1);
    answers = [refusal('ThrottlingException')];
    expect(await failureOf(open('db', address()))).toMatchObject({
      type: 'SecretUnavailable',
      nonRetryable: false,
      message: expect.stringContaining('ThrottlingException'),
    });
  });
});

describe('a task runner', () => {
  it('uses the secret, which is in no log, history or answer', async () => {
    Runtime.install({ logger: new DefaultLogger('ERROR') });
    const temporalAddress = inject('temporalAddress');
    const home = await mkdtemp(join(tmpdir(), 'penstock-test-'));
    const built = buildRunner();
    const connection = await NativeConnection.connect({ address: temporalAddress });
    const client = new Client({
      connection: await Connection.connect({ address: temporalAddress }),
      dataConverter: penstockDataConverter(),
    });
    const taskQueue = `secrets-${randomUUID()}`;
    const worker = await Worker.create({
      connection,
      taskQueue,
      workflowsPath: new URL('./one-activity.workflow.ts', import.meta.url).pathname,
      dataConverter: penstockDataConverter(),
    });
    const group = randomUUID();
    const runner = startRunner(built.main, {
      ...CREDENTIALS,
      TEMPORAL_ADDRESS: temporalAddress,
      PENSTOCK_WORKER_GROUP: group,
      PENSTOCK_HOME: home,
      PENSTOCK_AWS_ENDPOINT_URL: endpoint,
    });
    try {
      await runner.line('task runner ready');
      // As an expression `#{*token}` leaves it in the command.
      const token = markReference(`aws-secretsmanager:${name}#password`);
      const command = `printf %s '${token}' > ${home}/used; echo "token ${token}"; echo "${token}" >&2`;
      const task = aTask(anObject('ShellCommandActivity', 'A', { command }));
      const handle = await worker.runUntil(async () => {
        const started = await client.workflow.start(oneActivity, {
          taskQueue,
          workflowId: randomUUID(),
          args: [
            { task, taskQueue: workerGroupTaskQueue(group), heartbeatTimeoutMs: 60_000, maximumAttempts: 1 },
          ],
        });
        await started.result();
        return started;
      });
      expect(await readFile(join(home, 'used'), 'utf8')).toBe(value);
      const logs: string[] = [];
      for (const entry of await readdir(join(home, 'logs'), { recursive: true, withFileTypes: true })) {
        if (entry.isFile()) logs.push(await readFile(join(entry.parentPath, entry.name), 'utf8'));
      }
      expect(logs.join('\n')).toContain('token ***');
      expect(logs.join('\n')).not.toContain(value);
      const history = await textOfHistory(await handle.fetchHistory());
      expect(history).toContain(token); // what is searched is readable
      expect(history).not.toContain(value);
    } finally {
      await runner.kill('SIGTERM');
      await client.connection.close();
      await connection.close();
      built.remove();
      await rm(home, { recursive: true, force: true });
    }
  });
});

/** All payloads of a history, decoded. */
async function textOfHistory(history: unknown): Promise<string> {
  const texts: string[] = [];
  const payloads: { metadata: Record<string, Uint8Array>; data: Uint8Array }[] = [];
  const visit = (each: unknown): void => {
    if (typeof each === 'string') texts.push(each);
    if (typeof each !== 'object' || each === null || each instanceof Uint8Array) return;
    if ('metadata' in each && 'data' in each) payloads.push(each as (typeof payloads)[number]);
    else Object.values(each).forEach(visit);
  };
  visit(history);
  for (const { data } of await penstockCodec().decode(payloads))
    texts.push(Buffer.from(data ?? []).toString());
  return texts.join('\n');
}
