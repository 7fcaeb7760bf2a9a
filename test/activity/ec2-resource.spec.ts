import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { controlDeps } from '../../activities/control-deps.js';
import { jsonLogger } from '../../activities/logs/json-logger.js';
import { ec2Resource, type ResourceDeps } from '../../activities/resources/ec2-resource.js';
import { readRecord, recordedResources } from '../../activities/resources/resource-record.js';
import { stopLocalResources } from '../../activities/resources/stop-local-resources.js';
import { processStartTime } from '../../activities/runner/process-identity.js';
import { penstockDataConverter } from '../../codec/data-converter.js';
import type { Task } from '../../model/instance/task.js';
import { resourceTaskQueue } from '../../workflows/contract.js';
import { anObject, aTask } from './an-attempt.js';
import { buildRunner } from './built-runner.js';
import { failureOfRun } from './failure-of-run.js';
import { oneActivity, SIGNALS_QUERY } from './one-activity.workflow.js';
import { startRunner } from './runner-process.js';
import { WAIT } from '../wait.js';

const temporalAddress = inject('temporalAddress');
const logger = jsonLogger(() => undefined);
let built: ReturnType<typeof buildRunner>;
let connection: NativeConnection;
let client: Client;
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  built = buildRunner();
  connection = await NativeConnection.connect({ address: temporalAddress });
  client = new Client({
    connection: await Connection.connect({ address: temporalAddress }),
    dataConverter: penstockDataConverter(),
  });
});
afterAll(async () => {
  await client.connection.close();
  await connection.close();
  built.remove();
});

let home: string;
let queue: string;
const workers: (() => Promise<void>)[] = [];
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'penstock-test-'));
  queue = randomUUID();
});
afterEach(async () => {
  for (const stop of workers.splice(0)) await stop();
  await stopLocalResources(home, logger);
  await rm(home, { recursive: true, force: true });
});

/** A control worker; answers how to stop it. */
async function controlWorker(localResources = true): Promise<() => Promise<void>> {
  const stopping = new AbortController();
  const alarms = { sealingKeyPath: join(home, 'secret.key'), environment: {} };
  const options = { home, client, logger, shutdownSignal: stopping.signal, alarms };
  const environment = {
    PATH: process.env['PATH'],
    TEMPORAL_ADDRESS: temporalAddress,
    AWS_REGION: 'us-east-1',
  };
  const deps = controlDeps({
    ...options,
    ...(localResources && { localResources: { environment, parentPid: process.pid } }),
  });
  const provider: Pick<ResourceDeps, 'localProvider'> = deps.localProvider
    ? { localProvider: { ...deps.localProvider, runnerMain: built.main } }
    : {};
  const worker = await Worker.create({
    connection,
    taskQueue: queue,
    workflowsPath: new URL('./one-activity.workflow.ts', import.meta.url).pathname,
    activities: { Ec2Resource: ec2Resource({ ...deps, ...provider }) },
    dataConverter: penstockDataConverter(),
    maxHeartbeatThrottleInterval: '1s',
    shutdownGraceTime: '1 minute',
  });
  const running = worker.run();
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    stopped ??= (async () => {
      stopping.abort();
      worker.shutdown();
      await running;
    })();
    return stopped;
  };
  workers.push(stop);
  return stop;
}

type Run = WorkflowHandle<typeof oneActivity>;
async function start(task: Task, taskQueue: string, maximumAttempts: number): Promise<Run> {
  return client.workflow.start(oneActivity, {
    taskQueue: queue,
    workflowId: randomUUID(),
    args: [{ task, taskQueue, heartbeatTimeoutMs: 3_000, maximumAttempts }],
  });
}
const resource = (): Task => ({ ...aTask(anObject('Ec2Resource', 'R', {})), pipelineId: `df-${queue}` });
const startResource = (): Promise<Run> => start(resource(), queue, 10);

async function readySignals(run: Run, count: number): Promise<{ readonly resourceId: string }[]> {
  return vi.waitFor(async () => {
    const signals = (await run.query(SIGNALS_QUERY)) as {
      readonly name: string;
      readonly resourceId: string;
    }[];
    const ready = signals.filter(({ name }) => name === 'resourceReady');
    expect(ready).toHaveLength(count);
    return ready;
  }, WAIT);
}

/** Process id of the one machine that is recorded. */
function machinePid(): number {
  const [files] = recordedResources(home);
  return (files && readRecord(files.record)?.pid) ?? 0;
}

async function startCommand(): Promise<{ readonly run: Run; readonly pid: number }> {
  const { pipelineId, instanceId } = resource();
  const task = aTask(
    anObject('ShellCommandActivity', 'A', { command: `echo $$ > ${home}/pid; exec sleep 600` }),
  );
  const run = await start(task, resourceTaskQueue(pipelineId, instanceId), 1);
  const pid = await vi.waitFor(async () => {
    const text = await readFile(join(home, 'pid'), 'utf8');
    expect(text).toMatch(/\d\n/);
    return Number(text);
  }, WAIT);
  return { run, pid };
}

describe('Ec2Resource on the local provider', () => {
  it('starts a task runner for its own work, and ends when it is cancelled', async () => {
    await controlWorker();
    const run = await startResource();
    await readySignals(run, 1);
    const pid = machinePid();
    const { pipelineId, instanceId } = resource();
    const work = aTask(anObject('ShellCommandActivity', 'A', { command: 'echo done' }));
    await (await start(work, resourceTaskQueue(pipelineId, instanceId), 1)).result();
    await run.cancel();
    const { logLocation = '' } = await run.result();
    expect(processStartTime(pid)).toBeUndefined();
    expect(await readdir(join(home, 'resources'))).toEqual([]);
    const log = await readFile(join(logLocation.replace('file://', ''), 'stdout.log'), 'utf8');
    expect(log).toContain('task runner ready');
  });

  it('is adopted by the next control worker, not started twice', async () => {
    const stop = await controlWorker();
    const run = await startResource();
    await readySignals(run, 1);
    const pid = machinePid();
    await stop();
    expect(processStartTime(pid)).toBeDefined();
    await controlWorker();
    const [first, second] = await readySignals(run, 2);
    expect(second?.resourceId).toBe(first?.resourceId);
    await run.cancel();
    await run.result();
    expect(processStartTime(pid)).toBeUndefined();
  });

  it('is lost when its process dies, and its commands die with it', async () => {
    await controlWorker();
    const run = await startResource();
    await readySignals(run, 1);
    const command = await startCommand();
    process.kill(machinePid(), 'SIGKILL');
    expect(await failureOfRun(run.result())).toMatchObject({ type: 'ResourceLost' });
    expect(await failureOfRun(command.run.result())).toMatchObject({ type: 'RunnerLost' });
    expect(processStartTime(command.pid)).toBeUndefined();
  });

  it('is lost when the next control worker finds its process gone', async () => {
    const stop = await controlWorker();
    const run = await startResource();
    await readySignals(run, 1);
    const pid = machinePid();
    await stop();
    process.kill(pid, 'SIGKILL');
    await vi.waitFor(() => expect(processStartTime(pid)).toBeUndefined(), WAIT);
    await controlWorker();
    expect(await failureOfRun(run.result())).toMatchObject({ type: 'ResourceLost' });
  });

  it('is ended, with its commands, by the supervisor', async () => {
    await controlWorker();
    const run = await startResource();
    await readySignals(run, 1);
    const command = await startCommand();
    const pid = machinePid();
    await stopLocalResources(home, logger);
    expect([processStartTime(pid), processStartTime(command.pid)]).toEqual([undefined, undefined]);
    expect(await failureOfRun(run.result())).toMatchObject({ type: 'ResourceLost' });
  });

  it('ends by itself when its supervisor is gone', async () => {
    const parent = spawn('sleep', ['600']);
    const runner = startRunner(built.main, {
      TEMPORAL_ADDRESS: temporalAddress,
      PENSTOCK_TASK_QUEUE: queue,
      PENSTOCK_HOME: home,
      PENSTOCK_PARENT_PID: String(parent.pid),
    });
    await runner.line('task runner ready');
    parent.kill('SIGKILL');
    expect(await runner.ended()).toBe(0);
  });

  it('says what to do where no machines are started', async () => {
    await controlWorker(false);
    const failure = await failureOfRun((await startResource()).result());
    expect(failure).toMatchObject({ type: 'InvalidField' });
    expect(failure.message).toContain('use workerGroup instead of runsOn');
  });
});
