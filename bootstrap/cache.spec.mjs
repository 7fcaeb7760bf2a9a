import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cacheFolder, processStart, withLock } from './cache.mjs';

let folder;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'penstock-cache-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function leaveLock(holder) {
  await mkdir(join(folder, 'tool.lock'));
  await writeFile(join(folder, 'tool.lock', 'holder'), holder);
}

describe('cacheFolder', () => {
  it.each([
    [{ XDG_CACHE_HOME: '/x', HOME: '/h' }, '/x/penstock'],
    [{ XDG_CACHE_HOME: '', HOME: '/h' }, '/h/.cache/penstock'],
  ])('%o -> %s', (env, expected) => expect(cacheFolder(env)).toBe(expected));
});

describe('withLock', () => {
  it('lets one at a time through', async () => {
    let inside = 0;
    let most = 0;
    const work = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
    };
    await Promise.all([1, 2, 3].map(() => withLock(folder, 'tool', work)));
    expect(most).toBe(1);
  });

  it('breaks the lock of a process that is gone', async () => {
    await leaveLock('999999999 1');
    expect(await withLock(folder, 'tool', async () => 'through')).toBe('through');
  });

  it.runIf(process.platform === 'linux')(
    'breaks the lock of an earlier process with the number of a living one',
    async () => {
      await leaveLock(`${process.pid} ${Number(await processStart(process.pid)) - 1}`);
      expect(await withLock(folder, 'tool', async () => 'through')).toBe('through');
    },
  );

  it('gives the lock back when the work fails', async () => {
    const failing = async () => {
      throw new Error('no');
    };
    await expect(withLock(folder, 'tool', failing)).rejects.toThrow('no');
    expect(await withLock(folder, 'tool', async () => 'through')).toBe('through');
  });
});
