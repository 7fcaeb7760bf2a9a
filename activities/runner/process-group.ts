import { setTimeout as delay } from 'node:timers/promises';
import { groupMembers } from './process-identity.js';

/** Between SIGTERM and SIGKILL. Our choice. */
export const KILL_GRACE_MS = 5_000;
const POLL_MS = 50;
/** How long SIGKILL may take: a process in an uninterruptible system call dies when that returns. */
const KILLED_MS = 5_000;

/** Sends `signal` to every member of the group; a group that is gone is no error. */
export function signalGroup(processGroupId: number, signal: NodeJS.Signals): void {
  // Group 0 is our own, and 1 with a minus means every process there is.
  if (!Number.isSafeInteger(processGroupId) || processGroupId <= 1)
    throw new Error(`${processGroupId} is no process group of a command`);
  try {
    process.kill(-processGroupId, signal);
  } catch (error) {
    // EPERM: macOS's answer for a group of zombies only.
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}

/** Ends the group: SIGTERM, then SIGKILL after `graceMs`. True when no member is left. */
export async function endGroup(processGroupId: number, graceMs = KILL_GRACE_MS): Promise<boolean> {
  signalGroup(processGroupId, 'SIGTERM');
  if (await isEmptyWithin(processGroupId, graceMs)) return true;
  signalGroup(processGroupId, 'SIGKILL');
  return isEmptyWithin(processGroupId, KILLED_MS);
}

async function isEmptyWithin(processGroupId: number, milliseconds: number): Promise<boolean> {
  const deadline = performance.now() + milliseconds;
  while (groupMembers(processGroupId).length > 0) {
    if (performance.now() >= deadline) return false;
    await delay(POLL_MS);
  }
  return true;
}
