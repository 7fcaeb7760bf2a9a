import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { randomBytes, randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, inject, it, onTestFinished } from 'vitest';
import { ensureBuild } from '../../bootstrap/tools.mjs';
import { Connection, Client, type WorkflowHandle } from '@temporalio/client';
import { CONTROL_TASK_QUEUE } from '../../workflows/contract.js';
import { newDatabaseUrl } from './test-engine.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAIN = fileURLToPath(new URL('../../dist/src/engine.main.js', import.meta.url));

/** Of a pending activity: with a worker. */
const STARTED = 2;

beforeAll(() => ensureBuild(ROOT), 600_000);

/** The run's PostgreSQL, through a wire that can fall silent. */
async function aSilencableDatabase(): Promise<{ readonly url: string; silence(): void }> {
  const url = new URL(await newDatabaseUrl());
  const { port, hostname } = url;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
    }
    client.pipe(upstream).pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  url.port = String(typeof address === 'object' ? address?.port : '');
  url.hostname = '127.0.0.1';
  return {
    url: url.href,
    silence() {
      for (const socket of sockets) socket.unpipe().pause();
    },
  };
}

/** A namespace of one's own, as a control worker has its task queue for itself. */
async function aNamespace(): Promise<Client> {
  const connection = await Connection.connect({ address: inject('temporalAddress') });
  onTestFinished(() => connection.close());
  const namespace = `control-${randomUUID()}`;
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
  });
  return new Client({ connection, namespace });
}

/** A control worker in a process of its own, in force. */
async function aControlWorker({ client, databaseUrl }: { client: Client; databaseUrl: string }) {
  const home = await mkdtemp(join(tmpdir(), 'penstock-control-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  await writeFile(join(home, 'secret.key'), randomBytes(32).toString('base64'));
  const child = spawn(process.execPath, [MAIN], {
    env: {
      ...process.env,
      PENSTOCK_HOME: home,
      DATABASE_URL: databaseUrl,
      TEMPORAL_ADDRESS: inject('temporalAddress'),
      TEMPORAL_NAMESPACE: client.options.namespace,
      PENSTOCK_RESOURCES: 'none',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await expect.poll(() => output).toContain('control worker ready');
  await expect.poll(() => output).toContain('build in force');
  return { child, ended: once(child, 'exit'), output: () => output };
}

/** Until a worker has an activity of the run. */
async function untilWorkedOn(run: WorkflowHandle): Promise<void> {
  await expect
    .poll(async () => (await run.describe()).raw.pendingActivities?.map(({ state }) => state))
    .toEqual([STARTED]);
}

it('ends at a second SIGTERM though its store does not answer', async () => {
  const database = await aSilencableDatabase();
  const client = await aNamespace();
  const { child, ended, output } = await aControlWorker({ client, databaseUrl: database.url });
  database.silence();
  await untilWorkedOn(
    await client.workflow.start('startIntervals', {
      workflowId: 'waits',
      taskQueue: CONTROL_TASK_QUEUE,
      args: [{ pipelineId: 'df-X', scheduleId: 'S' }],
    }),
  );
  child.kill('SIGTERM');
  await expect.poll(output).toContain('stops');
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});

it('killed in a step of an activation, leaves it to another, which need not wait for minutes', async () => {
  const database = await aSilencableDatabase();
  const client = await aNamespace();
  const killed = await aControlWorker({ client, databaseUrl: database.url });
  database.silence();
  const run = await client.workflow.start('activatePipeline', {
    workflowId: 'activates',
    taskQueue: CONTROL_TASK_QUEUE,
    args: [{ pipelineId: 'df-X' }],
  });
  await untilWorkedOn(run);
  killed.child.kill('SIGKILL');
  const other = await aControlWorker({ client, databaseUrl: await newDatabaseUrl() });
  await expect.poll(async () => (await run.describe()).status.name).toBe('FAILED');
  await expect(run.result()).rejects.toMatchObject({ cause: { cause: { type: 'PipelineNotFound' } } });
  other.child.kill('SIGTERM');
});
