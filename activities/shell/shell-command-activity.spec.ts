import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CancelledFailure } from '@temporalio/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TaskFailureDetails, TaskObject, TaskResult } from '../../model/instance/task.js';
import {
  aContext,
  aSealingKey,
  anObject,
  aTask,
  type FakeContext,
  failureOf,
  logDirectory,
  shellDeps,
} from '../../test/activity/an-attempt.js';
import { seal } from '../../sealing/sealing.js';
import { processStartTime } from '../runner/process-identity.js';
import { shellCommandActivity } from './shell-command-activity.js';
import { shellCommandPrecondition } from './shell-command-precondition.js';

let context: FakeContext;
let fixture: Awaited<ReturnType<typeof shellDeps>>;
beforeEach(async () => {
  context = aContext();
  fixture = await shellDeps(context);
});
afterEach(() => fixture.remove());

type Fields = Parameters<typeof anObject>[2];
const activity = (fields: Fields): TaskObject => anObject('ShellCommandActivity', 'A', fields);
const run = (fields: Fields, ...nodes: TaskObject[]): Promise<TaskResult> =>
  shellCommandActivity(fixture.deps)(aTask(activity(fields), ...nodes));

const logOf = (name: string): Promise<string> => readFile(join(logDirectory(fixture.home), name), 'utf8');

describe('ShellCommandActivity', () => {
  it('runs a command with its arguments as $1… and logs both outputs', async () => {
    const result = await run({ command: 'echo "$1-$2"; echo oops >&2', scriptArgument: ['a b', 'c'] });
    expect(result.hostname).toBe('test-host');
    expect(result.logLocation).toMatch(/_Attempt=1\/$/);
    expect(await logOf('stdout.log')).toBe('a b-c\n');
    expect(await logOf('stderr.log')).toBe('oops\n');
    expect(await logOf('activity.log')).toContain('the command ended with exit status 0');
  });

  it('starts in an empty directory that is gone afterwards', async () => {
    await run({ command: 'ls -A; pwd > "$HOME/where"; touch left-over' });
    expect(await logOf('stdout.log').catch(() => '')).toBe('');
    const where = (await readFile(join(fixture.home, 'where'), 'utf8')).trim();
    await expect(readdir(where)).rejects.toThrow('ENOENT');
    expect(await readdir(join(fixture.home, 'work'))).toEqual([]);
  });

  it('fails with the exit status and the end of stderr', async () => {
    const failure = await failureOf(run({ command: 'seq 1 5000 >&2; exit 3' }));
    expect(failure.type).toBe('CommandFailed');
    expect(failure.nonRetryable).toBe(true);
    expect(failure.message).toMatch(/^the command ended with exit status 3: /);
    expect(failure.message).toMatch(/\n5000$/);
    expect(failure.message.length).toBeLessThan(1_100);
    const details = failure.details?.[0] as TaskFailureDetails;
    expect(details.errorStackTrace?.length).toBe(4096);
    expect(details.hostname).toBe('test-host');
    expect(details.logLocation).toContain('_Attempt=1/');
  });

  it('tells a command that was killed from one that failed', async () => {
    const failure = await failureOf(run({ command: 'kill -9 $$' }));
    expect([failure.type, failure.message]).toEqual([
      'CommandKilled',
      'the command was ended by SIGKILL (often the kernel, for want of memory)',
    ]);
  });

  it('opens sealed parts of command and arguments, and shows them in no error', async () => {
    const sealed = seal('hunter2', aSealingKey, 'df-TEST');
    const failure = await failureOf(
      run({ command: `echo "${sealed} $1" >&2; [ ${sealed} = hunter2 ]; exit 9`, scriptArgument: sealed }),
    );
    expect(failure.message).toBe('the command ended with exit status 9: *** ***');
    expect(JSON.stringify(failure.details)).not.toContain('hunter2');
  });

  it('names the field of a sealed part that it cannot open', async () => {
    const sealed = seal('hunter2', Buffer.alloc(32, 8), 'df-TEST');
    const failure = await failureOf(run({ command: `echo ${sealed}` }));
    expect([failure.type, failure.message]).toEqual([
      'SecretUnavailable',
      expect.stringContaining('field "command"'),
    ]);
  });

  it.each([
    [{}, 'has neither command nor scriptUri'],
    [{ command: 'true', scriptUri: 'file:///x' }, 'has both command and scriptUri'],
    [{ command: 'true', stage: 'perhaps' }, 'stage "perhaps"'],
    [{ command: 'true', stdout: 'relative/path' }, 'stdout "relative/path"'],
    [{ scriptUri: 'ftp://x/y' }, 'ftp://x/y'],
  ])('refuses %j', async (fields: Fields, message) => {
    const failure = await failureOf(run(fields));
    expect(failure.type).toBe('InvalidField');
    expect(failure.message).toContain(message);
  });

  it('says so when a script is not there', async () => {
    expect((await failureOf(run({ scriptUri: 'file:///nowhere/x.sh' }))).type).toBe('SourceNotFound');
  });

  it.each([
    ['by its #! line', '#!/bin/sh\necho "sh $1"\n', 'sh one\n'],
    ['with bash when it has none', 'echo "bash ${BASH_VERSION:+yes} $1"\n', 'bash yes one\n'],
  ])('runs a script %s', async (_title, text, expected) => {
    const path = join(fixture.home, 'a script.sh');
    await writeFile(path, text);
    await run({ scriptUri: `file://${path}`, scriptArgument: 'one' });
    expect(await logOf('stdout.log')).toBe(expected);
  });

  it('refuses a script with Windows line ends, instead of "no such file"', async () => {
    await writeFile(join(fixture.home, 'x.sh'), '#!/bin/bash\r\necho\r\n');
    const failure = await failureOf(run({ scriptUri: `file://${fixture.home}/x.sh` }));
    expect(failure.message).toContain('Windows line ends');
  });

  it('copies the whole output to the fields stdout and stderr, also when the command fails', async () => {
    const bytes = 5_000_000;
    const out = join(fixture.home, 'copies/out');
    const failed = run({
      command: `head -c ${bytes} /dev/zero; echo e >&2; exit 1`,
      stdout: `file://${out}`,
      stderr: `${out}.err`,
    });
    expect((await failureOf(failed)).type).toBe('CommandFailed');
    expect((await readFile(out)).length).toBe(bytes);
    expect(await readFile(`${out}.err`, 'utf8')).toBe('e\n');
  });

  it('keeps head and tail of a long output and says how much it left out', async () => {
    await run({ command: 'echo first; head -c 200000000 /dev/zero | tr "\\0" x; echo; echo last' });
    const log = await logOf('stdout.log');
    expect(log.length).toBeLessThan(2.1 * 1024 * 1024);
    expect(log).toMatch(/^first\n/);
    expect(log).toMatch(/\[… 197902\d{3} bytes left out of this log …\]/);
    expect(log).toMatch(/\nlast\n$/);
  });

  it('does not wait for a child in the background that keeps stdout open, and ends it', async () => {
    await run({ command: 'sleep 600 & echo $! ; echo done' });
    const [pid, done] = (await logOf('stdout.log')).split('\n');
    expect(done).toBe('done');
    expect(processStartTime(Number(pid))).toBeUndefined();
  });

  it('does not wait for a daemon that left the process group', async () => {
    await run({
      command:
        "setsid sh -c 'echo $$ | tee $HOME/daemon; exec sleep 600' & while [ ! -s $HOME/daemon ]; do sleep .05; done",
    });
    const pid = Number(await logOf('stdout.log'));
    expect(processStartTime(pid)).toBeDefined();
    process.kill(pid);
  });

  it('ends the whole process group on cancel, also what ignores SIGTERM', async () => {
    const pids = join(fixture.home, 'pids');
    const running = run({
      command: `trap '' TERM; (trap '' TERM; echo $BASHPID >> ${pids}; while :; do sleep .1; done) & echo $$ >> ${pids}; wait`,
    });
    const settled = running.catch((error: unknown) => error);
    await vi.waitFor(async () => expect((await readFile(pids, 'utf8')).trim().split('\n')).toHaveLength(2));
    context.cancel();
    expect(await settled).toBeInstanceOf(CancelledFailure);
    for (const pid of (await readFile(pids, 'utf8')).trim().split('\n'))
      expect(processStartTime(Number(pid))).toBeUndefined();
    expect(await logOf('activity.log')).toContain('cancelled');
  });

  it('does not begin what Temporal does not know any more, and ends as cancelled', async () => {
    const shell = shellCommandActivity({ ...fixture.deps, standingOf: async () => 'closed' });
    const settled = shell(aTask(activity({ command: 'echo x > "$HOME/ran"' })));
    await expect(settled).rejects.toBeInstanceOf(CancelledFailure);
    await expect(readFile(join(fixture.home, 'ran'))).rejects.toThrow('ENOENT');
  });

  it('ends an attempt at its attemptTimeout, and says so when nothing of it is left', async () => {
    const pid = join(fixture.home, 'pid');
    const failure = await failureOf(
      shellCommandActivity({ ...fixture.deps, context: () => context })({
        ...aTask(activity({ command: `echo $$ > ${pid}; sleep 600` })),
        attemptTimeoutMs: 500,
      }),
    );
    expect(failure.type).toBe('AttemptTimeout');
    expect(failure.message).toBe('the attempt took longer than its attemptTimeout of 0.5 seconds');
    expect(processStartTime(Number(await readFile(pid, 'utf8')))).toBeUndefined();
  });

  it('reports an attempt that the stopping runner ended as RunnerLost', async () => {
    const stop = new AbortController();
    const running = shellCommandActivity({ ...fixture.deps, shutdownSignal: stop.signal })(
      aTask(activity({ command: 'sleep 600' })),
    );
    const failure = failureOf(running);
    await vi.waitFor(() => expect(context.heartbeats.length).toBeGreaterThan(0));
    stop.abort();
    expect((await failure).type).toBe('RunnerLost');
  });

  it('sends the end of the output with its heartbeats', async () => {
    const running = run({ command: 'echo hello; while [ ! -e $HOME/go ]; do sleep .05; done' });
    await vi.waitFor(() => expect(JSON.stringify(context.heartbeats.at(-1))).toContain('hello'));
    await writeFile(join(fixture.home, 'go'), '');
    await running;
  });

  it('signals the start of an attempt after one second of work, and of a shorter one never', async () => {
    const starts: unknown[] = [];
    const signalStarted = async (_run: unknown, signal: unknown): Promise<void> => void starts.push(signal);
    await shellCommandActivity({ ...fixture.deps, signalStarted })(aTask(activity({ command: 'true' })));
    expect(starts).toEqual([]);
    const running = shellCommandActivity({ ...fixture.deps, signalStarted })(
      aTask(activity({ command: 'while [ ! -e $HOME/go ]; do sleep .05; done' })),
    );
    await vi.waitFor(() => expect(starts).toHaveLength(1), { timeout: 5_000 });
    expect(starts[0]).toMatchObject({
      instanceId: '@A_2026-01-01T00:00:00',
      attempt: 1,
      hostname: 'test-host',
    });
    await writeFile(join(fixture.home, 'go'), '');
    await running;
  });

  it('writes the log to the fallback when pipelineLogUri cannot be written, and says so', async () => {
    await writeFile(join(fixture.home, 'a-file'), '');
    const result = await run({ command: 'echo hi', pipelineLogUri: `file://${fixture.home}/a-file` });
    expect(result.logLocation).toContain(`${fixture.home}/logs/`);
    expect(await logOf('activity.log')).toContain('the log could not be written to');
    expect(fixture.lines.join()).toContain('the log could not be written to');
  });
});

describe('ShellCommandPrecondition', () => {
  const ask = (fields: Fields): Promise<TaskResult> =>
    shellCommandPrecondition(fixture.deps)(aTask(anObject('ShellCommandPrecondition', 'A', fields)));

  it('holds with exit status 0', async () => {
    expect((await ask({ command: 'true' })).hostname).toBe('test-host');
  });

  it('is asked again with any other, and leaves no log until its last answer', async () => {
    const failure = await failureOf(ask({ command: 'echo not there >&2; exit 4' }));
    expect([failure.type, failure.nonRetryable]).toEqual(['NotYet', false]);
    expect(failure.message).toBe('the command ended with exit status 4: not there');
    await expect(logOf('activity.log')).rejects.toThrow('ENOENT');
  });

  it.each([['kill -9 $$'], ['kill -TERM $$']])('fails when it is killed: %s', async (command) => {
    expect((await failureOf(ask({ command }))).type).toBe('CommandFailed');
  });

  it('fails when its script cannot be started', async () => {
    const path = join(fixture.home, 'x.sh');
    await writeFile(path, '#!/no/such/interpreter\n');
    await chmod(path, 0o700);
    expect((await failureOf(ask({ scriptUri: `file://${path}` }))).type).toBe('CommandFailed');
  });
});
