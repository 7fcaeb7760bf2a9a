import { execFileSync } from 'node:child_process';
import { linkSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { processStartTime } from '../../activities/runner/process-identity.js';
import { codeOf } from './problem.js';

/** A process that we started, known well enough never to take another one for it. */
export interface PidRecord {
  readonly pid: number;
  /** See processStartTime. */
  readonly startTime: string;
  /** Its command line as the operating system tells it. */
  readonly command: string;
}

const LOCK_NAME = 'supervisor';

/** What `pid` is now; undefined when there is no such process. */
export function describeProcess(pid: number): PidRecord | undefined {
  const startTime = processStartTime(pid);
  const command = commandLine(pid);
  return startTime === undefined || command === undefined ? undefined : { pid, startTime, command };
}

/** Whether the recorded process still lives: same number, same start, same command line. */
export function isStillRunning(record: PidRecord): boolean {
  const now = describeProcess(record.pid);
  return now !== undefined && now.startTime === record.startTime && now.command === record.command;
}

/** Notes that `pid` is the process `name`; nothing is written when it has ended already. */
export function writePidFile(runFolder: string, name: string, pid: number): void {
  const record = describeProcess(pid);
  if (record === undefined) return;
  const path = pidFile(runFolder, name);
  writeFileSync(`${path}.new`, JSON.stringify(record), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** Forgets the process `name`. */
export function removePidFile(runFolder: string, name: string): void {
  rmSync(pidFile(runFolder, name), { force: true });
}

/** What is noted of `name`; undefined when nothing, or nothing readable, is. */
export function readPidFile(runFolder: string, name: string): PidRecord | undefined {
  return readRecord(pidFile(runFolder, name));
}

/**
 * Takes the home for this process.
 * @returns undefined when it was taken, else the living holder.
 */
export function takeHomeLock(runFolder: string): PidRecord | undefined {
  const own = describeProcess(process.pid);
  if (own === undefined) throw new Error(`cannot read the start time of this process, ${process.pid}`);
  const path = pidFile(runFolder, LOCK_NAME);
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(own), { mode: 0o600 });
  try {
    for (;;) {
      try {
        linkSync(draft, path); // whole or not at all, and only if nobody has it
        return undefined;
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error;
      }
      const holder = readRecord(path);
      if (holder !== undefined && isStillRunning(holder)) return holder;
      setAsideStale(path);
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Gives the home back. */
export function releaseHomeLock(runFolder: string): void {
  if (readPidFile(runFolder, LOCK_NAME)?.pid === process.pid) removePidFile(runFolder, LOCK_NAME);
}

// Between our look and our move another starter may have replaced the stale lock by its own: then it goes back.
function setAsideStale(path: string): void {
  const aside = `${path}.stale-${process.pid}`;
  try {
    renameSync(path, aside);
    const moved = readRecord(aside);
    if (moved !== undefined && isStillRunning(moved)) linkSync(aside, path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

/**
 * Ends every process that an earlier supervisor of this home noted and that still lives, and forgets the rest.
 * A number that now belongs to another process is never touched.
 */
export async function stopLeftovers(
  runFolder: string,
  options: { readonly say: (line: string) => void; readonly stopWithinMs?: number },
): Promise<void> {
  const names = readdirSync(runFolder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => basename(file, '.json'))
    .filter((name) => name !== LOCK_NAME);
  await Promise.all(
    names.map(async (name) => {
      const record = readPidFile(runFolder, name);
      if (record !== undefined && isStillRunning(record)) {
        options.say(`stopping ${name}, left over from an earlier start (process ${record.pid})`);
        await endProcess(record, options.stopWithinMs ?? 10_000);
      }
      removePidFile(runFolder, name);
    }),
  );
}

/** SIGTERM, then SIGKILL after `withinMs`; resolves when the process is gone. */
export async function endProcess(record: PidRecord, withinMs: number): Promise<void> {
  signalIfSame(record, 'SIGTERM');
  const forceAt = Date.now() + withinMs;
  let forced = false;
  while (isStillRunning(record)) {
    if (!forced && Date.now() >= forceAt) {
      forced = true;
      signalIfSame(record, 'SIGKILL');
    }
    await sleep(50);
  }
}

function signalIfSame(record: PidRecord, signal: NodeJS.Signals): void {
  if (!isStillRunning(record)) return;
  try {
    process.kill(record.pid, signal);
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error;
  }
}

function pidFile(runFolder: string, name: string): string {
  return join(runFolder, `${name}.json`);
}

function readRecord(path: string): PidRecord | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return isRecord(value) ? value : undefined;
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isRecord(value: unknown): value is PidRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { pid, startTime, command }: { pid?: unknown; startTime?: unknown; command?: unknown } = value;
  return Number.isSafeInteger(pid) && typeof startTime === 'string' && typeof command === 'string';
}

function commandLine(pid: number): string | undefined {
  try {
    if (process.platform === 'linux')
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return undefined; // gone
  }
}
