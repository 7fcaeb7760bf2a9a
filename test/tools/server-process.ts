import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Reaper } from './reaper.js';

/** A server in a child process, ready. */
export interface ServerProcess {
  readonly pid: number;
  stop(): Promise<void>;
}

export interface ServerProcessOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Resolves to true once the server answers; false or a throw means not yet. */
  readonly isReady: () => Promise<boolean>;
}

/** Long for a server that is compiled Python on a busy machine. */
const READY_WITHIN_MS = 60_000;
/** Temporal takes up to three seconds to end. */
const STOP_WITHIN_MS = 10_000;

async function hasEnded(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise<void>((resolve) => child.once('exit', () => resolve()));
}

/** Starts a server and waits until it answers; its output is shown only when it fails. */
export async function startServer(reaper: Reaper, options: ServerProcessOptions): Promise<ServerProcess> {
  const child = spawn(options.command, [...options.args], {
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const keep = (chunk: Buffer): void => void (output = (output + chunk.toString()).slice(-4000));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const failed = new Promise<never>((_, reject) => child.once('error', reject));
  await Promise.race([new Promise<void>((resolve) => child.once('spawn', () => resolve())), failed]);
  const pid = child.pid ?? 0;
  reaper.watch('pid', pid);
  child.once('exit', () => reaper.forget('pid', pid));
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    const force = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
    await hasEnded(child);
    clearTimeout(force);
  };
  const deadline = Date.now() + READY_WITHIN_MS;
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(
        `${options.name} ended before it was ready (${child.signalCode ?? child.exitCode}): ${output}`,
      );
    }
    if (await options.isReady().catch(() => false)) return { pid, stop };
    if (Date.now() > deadline) {
      await stop();
      throw new Error(`${options.name} was not ready within ${READY_WITHIN_MS} ms: ${output}`);
    }
    await sleep(50);
  }
}
