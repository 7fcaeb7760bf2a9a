import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { hasCode } from './postgres-binaries.js';

/** Fast shutdown: clients are cut off, a checkpoint is written. */
const FAST_STOP_MS = 20_000;
/** Immediate shutdown: recovery at the next start. */
const IMMEDIATE_STOP_MS = 10_000;
const POLL_MS = 25;

/**
 * Stops the server that a killed parent has left on `dataDir`; a stale postmaster.pid whose process is gone is left to
 * PostgreSQL, one whose number now belongs to another program is removed. Our choice: stopped and not adopted, so that
 * every server runs with the programs and settings of who started it last, and as its child.
 * @throws when the server's parent is alive: another Penstock uses the folder.
 */
export async function stopLeftServer(dataDir: string): Promise<void> {
  const pidFile = path.join(dataDir, 'postmaster.pid');
  const text = await readFile(pidFile, 'utf8').catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  });
  const pid = Number(text?.split('\n', 1)[0]);
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return;
  const server = await describeProcess(pid);
  if (server === undefined) return;
  if (!server.commandLine.includes(dataDir)) {
    await rm(pidFile, { force: true });
    return;
  }
  const owner = Number((await readFile(ownerFile(dataDir), 'utf8').catch(() => '')).trim());
  if (owner > 1 && owner === server.parentPid && isAlive(owner)) {
    throw new Error(
      `The data folder "${dataDir}" is in use by another Penstock (process ${owner}): stop it, or set PENSTOCK_HOME to another folder`,
    );
  }
  await stopServer(pid, () => !isAlive(pid));
}

/** Names who started the server on `dataDir`: a server whose parent is another process was left behind. */
export function ownerFile(dataDir: string): string {
  return `${dataDir}.owner`;
}

/** Stops a server: fast, then at once. @throws when it is still there after half a minute. */
export async function stopServer(pid: number, isGone: () => boolean): Promise<void> {
  for (const [signal, waitMs] of [
    ['SIGINT', FAST_STOP_MS],
    ['SIGQUIT', IMMEDIATE_STOP_MS],
  ] as const) {
    if (isGone()) return;
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (!hasCode(error, 'ESRCH')) throw error;
    }
    for (const deadline = Date.now() + waitMs; Date.now() < deadline;) {
      if (isGone()) return;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
  throw new Error(`The PostgreSQL server (process ${pid}) does not stop: end it by hand, then start again`);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: there is one, of another user.
    return hasCode(error, 'EPERM');
  }
}

async function describeProcess(
  pid: number,
): Promise<{ readonly parentPid: number; readonly commandLine: string } | undefined> {
  try {
    if (process.platform === 'linux') {
      const [status, commandLine] = await Promise.all([
        readFile(`/proc/${pid}/status`, 'utf8'),
        readFile(`/proc/${pid}/cmdline`, 'utf8'),
      ]);
      // A zombie whose parent has not asked for its end: it holds nothing any more.
      if (/^State:\s+Z/m.test(status)) return undefined;
      return { parentPid: Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]), commandLine };
    }
    const { stdout } = await promisify(execFile)('ps', ['-o', 'ppid=,command=', '-p', String(pid)]);
    const [, parentPid, commandLine = ''] = /^\s*(\d+)\s+(.*)/s.exec(stdout) ?? [];
    return { parentPid: Number(parentPid), commandLine };
  } catch {
    // It ended while we looked.
    return undefined;
  }
}
