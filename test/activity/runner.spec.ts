import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CancelledFailure } from '@temporalio/common';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { processStartTime } from '../../activities/runner/process-identity.js';
import { penstockDataConverter } from '../../codec/data-converter.js';
import { workerGroupTaskQueue } from '../../workflows/contract.js';
import { anObject, aTask } from './an-attempt.js';
import { buildRunner } from './built-runner.js';
import { failureOfRun } from './failure-of-run.js';
import { oneActivity, SIGNALS_QUERY } from './one-activity.workflow.js';
import { type RunnerProcess, startRunner } from './runner-process.js';
import { WAIT } from '../wait.js';

const workflowQueue = `one-activity-${randomUUID()}`;
const temporalAddress = inject('temporalAddress');
let built: ReturnType<typeof buildRunner>;
let connection: NativeConnection;
let client: Client;
let worker: Worker;
let working: Promise<void>;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  built = buildRunner();
  connection = await NativeConnection.connect({ address: temporalAddress });
  client = new Client({
    connection: await Connection.connect({ address: temporalAddress }),
    dataConverter: penstockDataConverter(),
  });
  worker = await Worker.create({
    connection,
    taskQueue: workflowQueue,
    workflowsPath: new URL('./one-activity.workflow.ts', import.meta.url).pathname,
    dataConverter: penstockDataConverter(),
  });
  working = worker.run();
});
afterAll(async () => {
  worker.shutdown();
  await working;
  await client.connection.close();
  await connection.close();
  built.remove();
});

let home: string;
let group: string;
const runners: RunnerProcess[] = [];
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'penstock-test-'));
  group = randomUUID();
});
afterEach(async () => {
  for (const runner of runners.splice(0)) await runner.kill('SIGKILL');
  await rm(home, { recursive: true, force: true });
});

function runner(env: Readonly<Record<string, string>> = {}): RunnerProcess {
  const started = startRunner(built.main, {
    TEMPORAL_ADDRESS: temporalAddress,
    PENSTOCK_WORKER_GROUP: group,
    PENSTOCK_HOME: home,
    PENSTOCK_STOP_GRACE_SECONDS: '0',
    ...env,
  });
  runners.push(started);
  return started;
}

async function start(
  type: string,
  fields: Parameters<typeof anObject>[2],
  heartbeatTimeoutMs = 60_000,
): Promise<WorkflowHandle<typeof oneActivity>> {
  return client.workflow.start(oneActivity, {
    taskQueue: workflowQueue,
    workflowId: randomUUID(),
    args: [
      {
        task: aTask(anObject(type, 'A', fields)),
        taskQueue: workerGroupTaskQueue(group),
        heartbeatTimeoutMs,
        maximumAttempts: type === 'ShellCommandActivity' ? 1 : 100,
      },
    ],
  });
}

/** A command that says its process id in a file of the home, and goes on until `go` is there. Counts its starts. */
const holding = (): string =>
  `echo x >> ${home}/starts; (trap '' HUP; echo $BASHPID > ${home}/child.tmp; mv ${home}/child.tmp ${home}/child; ` +
  `while [ ! -e ${home}/go ]; do sleep .05; done) & wait`;

async function peakMemoryMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

/** Processes that `parent` has started. */
function children(parent: number): { readonly pid: number; readonly command: string }[] {
  return execFileSync('ps', ['-eo', 'ppid=,pid=,args='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)/.exec(line) ?? [])
    .filter(([, ppid]) => Number(ppid) === parent)
    .map(([, , pid, command]) => ({ pid: Number(pid), command: command ?? '' }));
}

async function childPid(): Promise<number> {
  return vi.waitFor(async () => Number(await readFile(join(home, 'child'), 'utf8')), WAIT);
}

describe('task runner', () => {
  it('serves a worker group with nothing but an address, and signals long attempts only', async () => {
    await runner().line('task runner ready');
    const short = await start('ShellCommandActivity', { command: 'echo hi' });
    expect((await short.result()).logLocation).toContain('/logs/attempts/df-TEST/A/');
    expect(await short.query(SIGNALS_QUERY)).toEqual([]);
    const long = await start('ShellCommandActivity', { command: holding() });
    await vi.waitFor(
      async () =>
        expect(await long.query(SIGNALS_QUERY)).toEqual([
          expect.objectContaining({ name: 'attemptStarted', attempt: 1 }),
        ]),
      WAIT,
    );
    await writeFile(join(home, 'go'), '');
    await long.result();
  });

  it('asks a precondition again until it holds', async () => {
    await runner().line('task runner ready');
    const asked = await start('ShellCommandPrecondition', {
      command: `echo x >> ${home}/asked; [ $(wc -l < ${home}/asked) -ge 3 ]`,
    });
    await asked.result();
    expect(await readFile(join(home, 'asked'), 'utf8')).toBe('x\nx\nx\n');
  });

  it('ends the command when the run cancels the attempt', async () => {
    await runner().line('task runner ready');
    const handle = await start('ShellCommandActivity', { command: holding() });
    const pid = await childPid();
    await handle.cancel();
    expect(await failureOfRun(handle.result())).toBeInstanceOf(CancelledFailure);
    expect(processStartTime(pid)).toBeUndefined();
  });

  it('neither begins nor goes on with attempts that were given up while it was stopped', async () => {
    const started = runner();
    await started.line('task runner ready');
    const working = await start('ShellCommandActivity', { command: holding() }, 1_000);
    const pid = await childPid(); // it polls
    started.child.kill('SIGSTOP');
    const log = join(home, 'log-of-the-second');
    const fields = { command: `echo x > ${home}/ran`, pipelineLogUri: `file://${log}` };
    const handle = await start('ShellCommandActivity', fields, 1_000);
    for (const each of [working, handle])
      await expect(each.result()).rejects.toMatchObject({ cause: { cause: { timeoutType: 'HEARTBEAT' } } });
    started.child.kill('SIGCONT');
    await vi.waitFor(() => expect(processStartTime(pid)).toBeUndefined(), WAIT);
    await vi.waitFor(async () => {
      const names = await readdir(log, { recursive: true });
      const name = names.find((each) => each.endsWith('activity.log')) ?? '';
      expect(await readFile(join(log, name), 'utf8')).toContain('cancelled');
    }, WAIT);
    expect(existsSync(join(home, 'ran'))).toBe(false);
  });

  it('after kill -9 the next runner ends the orphan and fails the attempt at once', async () => {
    const first = runner();
    await first.line('task runner ready');
    const handle = await start('ShellCommandActivity', { command: holding() });
    const pid = await childPid();
    const guards = children(first.pid).filter((child) => child.command.startsWith('/bin/sh'));
    expect(guards).toHaveLength(1);
    for (const guard of guards) process.kill(guard.pid, 'SIGKILL'); // the machine lost power, as it were
    await first.kill('SIGKILL');
    expect(processStartTime(pid)).toBeDefined();
    const second = runner();
    const failure = await failureOfRun(handle.result());
    expect(failure).toMatchObject({
      type: 'RunnerLost',
      message: 'the task runner was killed while it worked on the attempt',
      details: [{ startedAt: expect.any(String) as string, logLocation: expect.any(String) as string }],
    });
    expect(processStartTime(pid)).toBeUndefined();
    await second.line('task runner ready');
    expect(await readFile(join(home, 'starts'), 'utf8')).toBe('x\n');
  });

  it('takes its commands with it when it is killed and nobody starts it again', async () => {
    const started = runner();
    await started.line('task runner ready');
    await start('ShellCommandActivity', { command: holding() });
    const pid = await childPid();
    const guards = children(started.pid);
    await started.kill('SIGKILL');
    await vi.waitFor(() => expect(processStartTime(pid)).toBeUndefined(), WAIT);
    for (const guard of guards)
      await vi.waitFor(() => expect(processStartTime(guard.pid)).toBeUndefined(), WAIT);
  });

  it.runIf(existsSync('/proc/self/status'))(
    'stays as small as it is while a command prints 1 GB',
    async () => {
      const started = runner();
      await started.line('task runner ready');
      await (await start('ShellCommandActivity', { command: 'echo warm-up' })).result();
      const before = await peakMemoryMiB(started.pid);
      const handle = await start('ShellCommandActivity', { command: 'head -c 1000000000 /dev/zero' });
      await handle.result();
      const after = await peakMemoryMiB(started.pid);
      expect(after - before, `${before} -> ${after} MiB`).toBeLessThan(64);
    },
  );

  it('a second runner of the same home and group leaves the attempts of the first alone', async () => {
    await runner().line('task runner ready');
    const handle = await start('ShellCommandActivity', { command: holding() });
    const pid = await childPid();
    await runner().line('task runner ready');
    expect(processStartTime(pid)).toBeDefined();
    await writeFile(join(home, 'go'), '');
    await handle.result();
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'on %s ends what runs, reports it and exits with 0',
    async (signal) => {
      const started = runner();
      await started.line('task runner ready');
      const handle = await start('ShellCommandActivity', { command: holding() });
      const pid = await childPid();
      expect(await started.kill(signal)).toBe(0);
      expect(processStartTime(pid)).toBeUndefined();
      expect(await failureOfRun(handle.result())).toMatchObject({ type: 'RunnerLost' });
    },
  );

  it('lets running attempts end within the grace', async () => {
    const started = runner({ PENSTOCK_STOP_GRACE_SECONDS: '60' });
    await started.line('task runner ready');
    const handle = await start('ShellCommandActivity', { command: holding() });
    await childPid();
    started.child.kill('SIGTERM');
    await started.line('task runner stops');
    await writeFile(join(home, 'go'), '');
    await handle.result();
    expect(await started.ended()).toBe(0);
  });

  it('ends when the process that started it is gone', async () => {
    const started = runner();
    await started.line('task runner ready');
    started.child.disconnect();
    expect(await started.ended()).toBe(0);
  });

  it.each([
    ['a home that cannot be', { PENSTOCK_HOME: '/dev/null/home' }],
    ['a wrong setting', { PENSTOCK_RUNNER_TASKS: 'many' }],
  ])('exits with 1 for %s', async (_what, env) => {
    expect(await runner(env).ended()).toBe(1);
  });

  it('waits for Temporal, says so, and can be stopped meanwhile', async () => {
    const started = runner({ TEMPORAL_ADDRESS: '127.0.0.1:1' });
    expect(await started.line('waiting for Temporal')).toMatchObject({ address: '127.0.0.1:1' });
    expect(await started.kill('SIGTERM')).toBe(0);
    expect(existsSync(join(home, 'work'))).toBe(false);
  });
});
