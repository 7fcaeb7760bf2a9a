import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { GUARD_SCRIPT } from './guard.js';
import { groupMembers } from './process-identity.js';

const WAIT = { timeout: 15_000, interval: 50 };
const started: number[] = [];
afterEach(() => {
  for (const pid of started.splice(0)) if (groupMembers(pid).length > 0) process.kill(-pid, 'SIGKILL');
});

/** A process group of a shell that ignores SIGTERM when it is stubborn. */
async function aGroup(stubborn = false): Promise<number> {
  const script = `${stubborn ? "trap '' TERM;" : ''} echo; while :; do sleep .05; done`;
  const child = spawn('bash', ['-c', script], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  await once(child.stdout, 'data');
  started.push(child.pid ?? 0);
  return child.pid ?? 0;
}

describe('guard', () => {
  it('ends what is still listed when its input ends, and only that', async () => {
    const [plain, stubborn, ended] = [await aGroup(), await aGroup(true), await aGroup()];
    const guard = spawn('/bin/sh', ['-c', GUARD_SCRIPT], { stdio: ['pipe', 'ignore', 'inherit'] });
    guard.stdin.end(`+ ${ended}\n+ ${plain}\n+ ${stubborn}\n- ${ended}\n- 99999\n`);
    expect(await once(guard, 'exit')).toEqual([0, null]);
    await vi.waitFor(() => expect(groupMembers(plain)).toEqual([]), WAIT);
    await vi.waitFor(() => expect(groupMembers(stubborn)).toEqual([]), WAIT);
    expect(groupMembers(ended)).not.toEqual([]);
  });

  it('is a script that every shell reads', () => {
    execFileSync('/bin/sh', ['-n', '-c', GUARD_SCRIPT]);
  });
});
