import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/**
 * When the process `pid` began, as a text that no other process of that number ever has; undefined when there is none
 * (a zombie counts as none). Linux: boot id and start in clock ticks, from /proc; elsewhere what `ps` says, to the second.
 */
export function processStartTime(pid: number): string | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  return process.platform === 'linux' ? linuxStartTime(pid) : psStartTime(pid);
}

/** A process by number and start, so that a reused number is not taken for it. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: string;
}

/** True while that very process lives. */
export function isAlive(process: ProcessIdentity): boolean {
  return processStartTime(process.pid) === process.startTime;
}

/** This process. */
export function ownIdentity(): ProcessIdentity {
  const startTime = processStartTime(process.pid);
  if (startTime === undefined) throw new Error(`cannot read the start time of this process, ${process.pid}`);
  return { pid: process.pid, startTime };
}

/** Live members of a process group; only on Linux, elsewhere the leader alone can be looked up. Zombies do not count. */
export function groupMembers(processGroupId: number): number[] {
  if (!groupExists(processGroupId)) return []; // mostly so, and saves a walk over all of /proc
  if (process.platform !== 'linux')
    return processStartTime(processGroupId) === undefined ? [] : [processGroupId];
  return allPids().filter((pid) => {
    const stat = procStat(pid);
    return stat?.processGroupId === processGroupId && stat.state !== 'Z' && stat.state !== 'X';
  });
}

/**
 * Members of the process group that have `marker` (`NAME=value`) in the environment they were started with.
 * Linux only: empty elsewhere, where a group without its leader is left alone.
 */
export function groupMembersWith(processGroupId: number, marker: string): number[] {
  if (process.platform !== 'linux') return [];
  return groupMembers(processGroupId).filter((pid) => environmentHas(pid, marker));
}

function groupExists(processGroupId: number): boolean {
  try {
    return process.kill(-processGroupId, 0);
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}

function allPids(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isSafeInteger(pid) && pid > 0);
}

function linuxStartTime(pid: number): string | undefined {
  const stat = procStat(pid);
  return stat === undefined || stat.state === 'Z' || stat.state === 'X'
    ? undefined
    : `${bootId()}:${stat.startTicks}`;
}

function procStat(
  pid: number,
): { readonly state: string; readonly processGroupId: number; readonly startTicks: string } | undefined {
  const text = readOrUndefined(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The command name, in parentheses, may hold anything: count from its end. proc(5): fields 3, 5 and 22.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', processGroupId: Number(fields[2]), startTicks: fields[19] ?? '' };
}

let cachedBootId: string | undefined;
function bootId(): string {
  cachedBootId ??= readOrUndefined('/proc/sys/kernel/random/boot_id')?.trim() ?? 'unknown-boot';
  return cachedBootId;
}

function environmentHas(pid: number, marker: string): boolean {
  return readOrUndefined(`/proc/${pid}/environ`)?.split('\0').includes(marker) ?? false;
}

// Gone, or somebody else's: either way not ours to know.
function readOrUndefined(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function psStartTime(pid: number): string | undefined {
  try {
    const text = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C' }, // lstart in one spelling
    }).trim();
    return text === '' || text.startsWith('Z') ? undefined : text.replace(/^\S+\s+/, '');
  } catch {
    return undefined; // ps ends with 1 when there is no such process
  }
}
