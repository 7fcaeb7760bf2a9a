/** The user's cache folder, where big tools are kept between clones, and the lock over each of them. */
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Problem, say } from './say.mjs';

/** `$XDG_CACHE_HOME/penstock`, default `~/.cache/penstock`. */
export function cacheFolder(env = process.env) {
  return join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'penstock');
}

/** When process `pid` started, in the kernel's ticks; '' where /proc does not say; undefined when it is gone. */
export async function processStart(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code !== 'EPERM') return undefined;
  }
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may itself hold spaces: fields are counted after it. Start time is field 22.
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

/** A folder is made in one step or not at all, so that it is the lock; its file names the holder. */
async function takeLock(folder) {
  try {
    await mkdir(folder);
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw new Problem(`Cannot write to the cache folder "${folder}": ${error.message}`, { cause: error });
  }
  await writeFile(join(folder, 'holder'), `${process.pid} ${await processStart(process.pid)}`);
  return true;
}

/** Whether the holder of the lock is gone; a lock without a holder file for 10 s died between its two steps. */
async function isStale(folder) {
  try {
    const [pid, start] = (await readFile(join(folder, 'holder'), 'utf8')).split(' ');
    return (await processStart(Number(pid))) !== start;
  } catch {
    const made = await stat(folder).catch(() => undefined);
    return made !== undefined && Date.now() - made.mtimeMs > 10_000;
  }
}

/** Runs `work` while no other process holds the lock `name` of `cacheDir`; waits for a living holder. */
export async function withLock(cacheDir, name, work) {
  await mkdir(cacheDir, { recursive: true }).catch((error) => {
    throw new Problem(`Cannot make the cache folder "${cacheDir}": ${error.message}`, { cause: error });
  });
  const folder = join(cacheDir, `${name}.lock`);
  let said = false;
  while (!(await takeLock(folder))) {
    if (await isStale(folder)) {
      await rm(folder, { recursive: true, force: true });
      continue;
    }
    if (!said) say(`  another process prepares ${name}: waiting for it`);
    said = true;
    await sleep(250);
  }
  try {
    return await work();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
