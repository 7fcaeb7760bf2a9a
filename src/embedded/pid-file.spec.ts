import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  describeProcess,
  isStillRunning,
  readPidFile,
  releaseHomeLock,
  stopLeftovers,
  takeHomeLock,
  writePidFile,
  type PidRecord,
} from './pid-file.js';

let folder: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'penstock-pid-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** A living process that prints when it is up. */
async function aProcess(
  script = 'setInterval(() => {}, 1000)',
): Promise<{ child: ChildProcess; pid: number }> {
  const child = spawn(process.execPath, ['-e', `${script}; console.log('up')`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await once(child.stdout, 'data');
  return { child, pid: child.pid ?? 0 };
}

function note(name: string, record: PidRecord): void {
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(record));
}

function recordOf(pid: number): PidRecord {
  const record = describeProcess(pid);
  if (record === undefined) throw new Error(`no process ${pid}`);
  return record;
}

describe('processes left over from an earlier start', () => {
  it('are ended', async () => {
    const { child, pid } = await aProcess();
    writePidFile(folder, 'api', pid);
    const ended = once(child, 'exit');
    const said: string[] = [];
    await stopLeftovers(folder, { say: (line) => said.push(line) });
    expect(await ended).toEqual([null, 'SIGTERM']);
    expect(said).toEqual([`stopping api, left over from an earlier start (process ${pid})`]);
    expect(readPidFile(folder, 'api')).toBeUndefined();
  });

  it('are killed when they do not listen', async () => {
    const { child, pid } = await aProcess("process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)");
    writePidFile(folder, 'api', pid);
    const ended = once(child, 'exit');
    await stopLeftovers(folder, { say: () => undefined, stopWithinMs: 50 });
    expect(await ended).toEqual([null, 'SIGKILL']);
  });

  it.each([
    ['that started at another time', { startTime: 'earlier' }],
    ['with another command line', { command: 'node dist/src/main.js' }],
  ])('are not taken for a process with their number %s', async (_, change) => {
    const { pid } = await aProcess();
    note('api', { ...recordOf(pid), ...change });
    const said: string[] = [];
    await stopLeftovers(folder, { say: (line) => said.push(line) });
    expect([describeProcess(pid)?.pid, said, readPidFile(folder, 'api')]).toEqual([pid, [], undefined]);
  });

  it('may have left half a file', async () => {
    writeFileSync(join(folder, 'api.json'), '{"pid": 12');
    await stopLeftovers(folder, { say: () => undefined });
    expect(readPidFile(folder, 'api')).toBeUndefined();
  });
});

describe('lock of the home', () => {
  it('is held by one living process', async () => {
    const { pid } = await aProcess();
    note('supervisor', recordOf(pid));
    expect(takeHomeLock(folder)?.pid).toBe(pid);
  });

  it('is not given back by another process', async () => {
    const { pid } = await aProcess();
    note('supervisor', recordOf(pid));
    releaseHomeLock(folder);
    expect(readPidFile(folder, 'supervisor')?.pid).toBe(pid);
  });

  it('is taken from a process that is gone, and given back', () => {
    note('supervisor', { ...recordOf(process.pid), startTime: 'earlier' });
    expect(takeHomeLock(folder)).toBeUndefined();
    expect(readPidFile(folder, 'supervisor')).toEqual(recordOf(process.pid));
    releaseHomeLock(folder);
    expect(readPidFile(folder, 'supervisor')).toBeUndefined();
  });
});

describe('isStillRunning', () => {
  it('is false once the process has ended', async () => {
    const { child, pid } = await aProcess();
    const record = recordOf(pid);
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    expect(isStillRunning(record)).toBe(false);
  });
});
