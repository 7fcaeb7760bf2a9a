import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { aContext, shellDeps } from '../../test/activity/an-attempt.js';
import { cleanUpAfterDeadRunners, type CleanUpDeps } from './clean-up.js';
import { journalDirectory, openJournal } from './journal.js';
import { groupMembers, ownIdentity, processStartTime } from './process-identity.js';
import { ATTEMPT_VARIABLE } from './attempt-marker.js';

const attemptId = '@A_Attempt=1';
const dead = { pid: process.pid, startTime: 'another boot:1', hostname: 'test-host' };

let fixture: Awaited<ReturnType<typeof shellDeps>>;
let deps: CleanUpDeps;
let lost: string[];
const started: number[] = [];
beforeEach(async () => {
  fixture = await shellDeps(aContext());
  lost = [];
  deps = {
    ...fixture.deps,
    directory: journalDirectory(fixture.home, 'wg:test'),
    failLost: async (token) => lost.push(Buffer.from(token).toString()) > 0,
  };
});
afterEach(async () => {
  for (const pid of started.splice(0)) if (processStartTime(pid) !== undefined) process.kill(-pid, 'SIGKILL');
  await fixture.remove();
});

/** A command in its own process group; its process id. */
async function aCommand(script: string): Promise<number> {
  const child = spawn('bash', ['-c', script], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { PATH: process.env['PATH'], [ATTEMPT_VARIABLE]: attemptId },
  });
  await once(child.stdout, 'data'); // the script says that it is there
  const pid = child.pid ?? 0;
  started.push(pid);
  return pid;
}

/** A page of the journal of `runner`, whose attempt runs `processGroup`. */
async function aPage(runner: typeof dead, processGroup?: number): Promise<string> {
  const workDirectory = join(fixture.home, 'work', 'w');
  await mkdir(join(workDirectory, 'log'), { recursive: true });
  await writeFile(join(workDirectory, 'log', 'stdout.log'), 'half');
  const page = openJournal(deps.directory, runner).open({
    taskToken: Buffer.from('token').toString('base64'),
    attemptId,
    workflowId: 'w',
    workDirectory,
    logLocation: `file://${fixture.home}/saved/`,
    startedAt: '2026-01-01T00:00:00Z',
  });
  if (processGroup !== undefined) page.processStarted(processGroup);
  return workDirectory;
}

describe('clean-up after dead task runners', () => {
  it('ends the command, fails the attempt, saves its log and removes what was left', async () => {
    const pid = await aCommand('sleep 600 & echo; wait');
    const workDirectory = await aPage(dead, pid);
    expect(await cleanUpAfterDeadRunners(deps)).toBe(1);
    expect(processStartTime(pid)).toBeUndefined();
    expect(lost).toEqual(['token']);
    expect(await readdir(deps.directory)).toEqual([]);
    await expect(readdir(workDirectory)).rejects.toThrow('ENOENT');
    expect(await readFile(join(fixture.home, 'saved/stdout.log'), 'utf8')).toBe('half');
    expect(await readFile(join(fixture.home, 'saved/activity.log'), 'utf8')).toContain('runner was killed');
  });

  it.runIf(process.platform === 'linux')('ends children whose leader is gone already', async () => {
    const pid = await aCommand('sleep 600 >&- & echo $! ; read -t 600 < <(sleep 600)');
    await aPage(dead, pid);
    process.kill(pid, 'SIGKILL');
    await vi.waitFor(() => expect(processStartTime(pid)).toBeUndefined());
    expect(groupMembers(pid)).not.toEqual([]);
    await cleanUpAfterDeadRunners(deps);
    expect(groupMembers(pid)).toEqual([]);
  });

  it('leaves a process alone whose number is the same and whose start is not', async () => {
    const pid = await aCommand('echo; exec sleep 600');
    await aPage(dead, pid);
    const [name = ''] = await readdir(deps.directory);
    const path = join(deps.directory, name);
    const text = await readFile(path, 'utf8');
    await writeFile(
      path,
      text
        .replace(processStartTime(pid) ?? '?', 'another boot:7')
        .replace(JSON.stringify(attemptId), '"@B_Attempt=1"'),
    );
    expect(await cleanUpAfterDeadRunners(deps)).toBe(1);
    expect(processStartTime(pid)).toBeDefined();
  });

  it('leaves the journals of live runners and of other hosts alone', async () => {
    const pid = await aCommand('echo; exec sleep 600');
    await aPage({ ...ownIdentity(), hostname: 'test-host' }, pid);
    expect(await cleanUpAfterDeadRunners(deps)).toBe(0);
    await aPage({ ...dead, hostname: 'other-host' }, pid);
    expect(await cleanUpAfterDeadRunners(deps)).toBe(0);
    expect(processStartTime(pid)).toBeDefined();
    expect(lost).toEqual([]);
  });

  it('keeps the page while the attempt cannot be failed', async () => {
    await aPage(dead);
    const failing = {
      ...deps,
      failLost: async (): Promise<boolean> => Promise.reject(new Error('Temporal is away')),
    };
    await expect(cleanUpAfterDeadRunners(failing)).rejects.toThrow('Temporal is away');
    expect(await cleanUpAfterDeadRunners(deps)).toBe(1);
    expect(lost).toEqual(['token']);
  });
});
