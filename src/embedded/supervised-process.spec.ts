import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { describeProcess, readPidFile } from './pid-file.js';
import { SupervisedProcess, type ProcessSpec } from './supervised-process.js';

let folder: string;
let said: string[];
let current: SupervisedProcess | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'penstock-supervised-'));
  said = [];
});
afterEach(async () => {
  await current?.stop();
  current = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const WAIT = { timeout: 20_000, interval: 20 };

/** A fake child: counts its starts in a file and is ready once it has written its number. */
function aChild(script: string, change: Partial<ProcessSpec> = {}): SupervisedProcess {
  const file = join(folder, 'child.mjs');
  writeFileSync(
    file,
    `import { appendFileSync, readFileSync } from 'node:fs';
     const started = (text) => appendFileSync(${JSON.stringify(startsFile())}, text + '\\n');
     const starts = () => { try { return readFileSync(${JSON.stringify(startsFile())}, 'utf8').trim().split('\\n').length } catch { return 0 } };
     ${script}`,
  );
  const spec: ProcessSpec = {
    name: 'child',
    title: 'the child',
    command: process.execPath,
    args: [file],
    env: process.env,
    ipc: true,
    isReady: (pid) => Promise.resolve(starts().includes(String(pid))),
    readyWithinMs: 20_000,
    stopWithinMs: 10_000,
    ...change,
  };
  current = new SupervisedProcess(spec, {
    runFolder: folder,
    logFile: join(folder, 'child.log'),
    say: (line) => said.push(line),
    backOffMs: (restarts) => restarts,
  });
  return current;
}

const startsFile = (): string => join(folder, 'starts');
const starts = (): string[] => readFileSync(startsFile(), 'utf8').trim().split('\n');

const LIVE = 'started(process.pid); setInterval(() => {}, 1000);';

describe('a supervised process', () => {
  it('is noted while it lives, in a process group of its own', async () => {
    const child = aChild(LIVE);
    await child.start();
    expect(readPidFile(folder, 'child')?.pid).toBe(child.pid);
    expect(starts()).toEqual([String(child.pid)]);
    await child.stop();
    expect(readPidFile(folder, 'child')).toBeUndefined();
  });

  it('is started again when it is killed, and this is said', async () => {
    const child = aChild(LIVE);
    await child.start();
    const first = child.pid ?? 0;
    process.kill(first, 'SIGKILL');
    await vi.waitFor(() => expect(said).toHaveLength(2), WAIT);
    expect(said).toEqual([
      `the child ended with SIGKILL; it is started again in 0.001 s (${join(folder, 'child.log')})`,
      `the child runs again (process ${child.pid})`,
    ]);
    expect(child.pid).not.toBe(first);
  });

  it('waits longer before each restart in a row', async () => {
    const child = aChild(LIVE);
    await child.start();
    for (const restart of [1, 2, 3]) {
      process.kill(child.pid ?? 0, 'SIGKILL');
      await vi.waitFor(() => expect(said).toHaveLength(2 * restart), WAIT);
    }
    expect(said.map((line) => /in 0.00\d s/.exec(line)?.[0]).filter(Boolean)).toEqual([
      'in 0.001 s',
      'in 0.002 s',
      'in 0.003 s',
    ]);
  });

  it('that ends before it was ready is an error with the end of its log, and is not started again', async () => {
    const child = aChild("started('x'); console.error('Port 1 is in use'); process.exit(1);");
    await expect(child.start()).rejects.toThrow(
      `the child ended with exit code 1, before it was ready (log ${join(folder, 'child.log')}):\nPort 1 is in use`,
    );
    expect(starts()).toEqual(['x']);
  });

  it('that cannot be started is an error', async () => {
    const child = aChild('', { command: join(folder, 'nothing') });
    await expect(child.start()).rejects.toThrow(/the child could not be started: .*ENOENT/);
  });

  it('that is never ready is an error', async () => {
    const child = aChild(LIVE, { isReady: () => Promise.resolve(false), readyWithinMs: 1 });
    await expect(child.start()).rejects.toThrow('the child is not ready after 0.001 s');
  });

  it('is killed when it does not end, and this is said', async () => {
    const child = aChild(`process.on('SIGTERM', () => {}); ${LIVE}`, { stopWithinMs: 20 });
    await child.start();
    const pid = child.pid ?? 0;
    await child.stop();
    expect(describeProcess(pid)).toBeUndefined();
    expect(said).toEqual(['the child did not end within 0.02 s: killed']);
  });

  it('that is stopped before it was started never starts', async () => {
    const child = aChild(LIVE);
    await child.stop();
    await expect(child.start()).rejects.toThrow('the child was stopped before it was started');
  });
});
