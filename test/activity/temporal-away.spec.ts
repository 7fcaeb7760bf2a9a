import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { penstockDataConverter } from '../../codec/data-converter.js';
import { freePort } from '../../src/embedded/ports.js';
import { anObject, aTask } from './an-attempt.js';
import { buildRunner } from './built-runner.js';
import { oneActivity } from './one-activity.workflow.js';
import { type RunnerProcess, startRunner } from './runner-process.js';
import { WAIT } from '../wait.js';

let built: ReturnType<typeof buildRunner>;
let home: string;
let port: number;
let server: ChildProcess;
let runner: RunnerProcess;

/** A server of our own, with its data in a file, so that it can be stopped and started again. */
async function startServer(): Promise<void> {
  const flags = [
    'server',
    'start-dev',
    '--ip',
    '127.0.0.1',
    '--port',
    String(port),
    '--headless',
    '--log-level',
    'never',
  ];
  server = spawn(inject('temporalBinary'), [...flags, '--db-filename', join(home, 'temporal.db')], {
    stdio: 'ignore',
  });
  await vi.waitFor(async () => {
    const probe = await Connection.connect({ address: `127.0.0.1:${port}`, connectTimeout: 1_000 });
    try {
      await probe.workflowService.describeNamespace({ namespace: 'default' });
    } finally {
      await probe.close();
    }
  }, WAIT);
}
async function killServer(): Promise<void> {
  server.kill('SIGKILL');
  await once(server, 'exit');
}

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  built = buildRunner();
  home = await mkdtemp(join(tmpdir(), 'penstock-test-'));
  port = await freePort();
});
afterAll(async () => {
  await runner.kill('SIGKILL');
  if (server.exitCode === null && server.signalCode === null) await killServer();
  await rm(home, { recursive: true, force: true });
  built.remove();
});

describe('task runner while Temporal is away', () => {
  it('waits for its start, goes on with its attempts while it is gone, and reports when it is back', async () => {
    const group = randomUUID();
    const address = `127.0.0.1:${port}`;
    runner = startRunner(built.main, {
      TEMPORAL_ADDRESS: address,
      PENSTOCK_WORKER_GROUP: group,
      PENSTOCK_HOME: home,
    });
    await runner.line('waiting for Temporal');
    await startServer();
    await runner.line('task runner ready');

    const dataConverter = penstockDataConverter();
    const connection = await NativeConnection.connect({ address });
    const worker = await Worker.create({
      connection,
      taskQueue: 'runs',
      workflowsPath: new URL('./one-activity.workflow.ts', import.meta.url).pathname,
      dataConverter,
    });
    const running = worker.run();
    const client = new Client({ connection: await Connection.connect({ address }), dataConverter });
    const command = `echo x >> ${home}/starts; while [ ! -e ${home}/go ]; do sleep .1; done`;
    const task = aTask(anObject('ShellCommandActivity', 'A', { command }));
    const handle = await client.workflow.start(oneActivity, {
      taskQueue: 'runs',
      workflowId: randomUUID(),
      args: [{ task, taskQueue: `wg:${group}`, heartbeatTimeoutMs: 120_000, maximumAttempts: 1 }],
    });
    await vi.waitFor(() => readFile(join(home, 'starts')), WAIT);
    await killServer();
    await writeFile(join(home, 'go'), '');
    await vi.waitFor(async () => {
      const log = join(
        home,
        'logs/attempts/df-TEST/A/@A_2026-01-01T00:00:00/@A_2026-01-01T00:00:00_Attempt=1/activity.log',
      );
      expect(await readFile(log, 'utf8')).toContain('finished');
    }, WAIT);
    await startServer();
    expect((await handle.result()).startedAt).toMatch(/Z$/);
    expect(await readFile(join(home, 'starts'), 'utf8')).toBe('x\n');
    worker.shutdown();
    await running;
    await client.connection.close();
    await connection.close();
  });
});
