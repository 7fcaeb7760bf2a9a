import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { OutputName } from '../logs/attempt-log.js';
import { endGroup } from '../runner/process-group.js';
import { groupMembers } from '../runner/process-identity.js';
import { textOfError, workFailure } from '../storage/work-failure.js';

/** How a command ended: with an exit status, or by a signal. */
export type CommandOutcome =
  | { readonly exitStatus: number; readonly signal?: undefined }
  | { readonly signal: NodeJS.Signals; readonly exitStatus?: undefined };

export interface CommandOptions {
  readonly file: string;
  readonly arguments: readonly string[];
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Ends the whole process group: SIGTERM, then SIGKILL after five seconds. */
  readonly signal: AbortSignal;
  /** Gets all output; the command waits while the promise is pending. */
  readonly onOutput: (name: OutputName, chunk: Buffer) => void | Promise<void>;
  /** Called in the same tick as the spawn. */
  readonly onSpawn?: (processGroupId: number) => void;
  /** Between SIGTERM and SIGKILL; default 5 s. */
  readonly killGraceMs?: number;
}

/** How long output may still come after the command itself has ended, from children it left in the background. */
const LEFT_OUTPUT_MS = 2_000;

/**
 * Runs a program in its own process group until it ends. Then whatever it left in its group ends too: an attempt leaves
 * no process behind (our choice; `setsid` is the way out for a daemon that is meant to stay).
 * @throws CommandFailed when it cannot be started; `signal.reason` when it was ended by the signal.
 */
export async function runCommand(options: CommandOptions): Promise<CommandOutcome> {
  options.signal.throwIfAborted();
  const child = start(options);
  const exited = outcomeOf(child);
  if (child.pid === undefined) return exited; // rejects: no process was made
  const processGroupId = child.pid;
  let ending: Promise<boolean> | undefined;
  const end = (): void => {
    ending ??= endGroup(processGroupId, options.killGraceMs);
  };
  options.signal.addEventListener('abort', end, { once: true });
  const output = Promise.all([
    pump(child.stdout, (chunk) => options.onOutput('stdout', chunk)),
    pump(child.stderr, (chunk) => options.onOutput('stderr', chunk)),
  ]);
  output.catch(end); // its output cannot be kept (a full disk): do not let it go on
  try {
    options.onSpawn?.(processGroupId);
    const outcome = await exited;
    await settledWithin(output, LEFT_OUTPUT_MS);
    if (groupMembers(processGroupId).length > 0) end();
    if (ending && !(await ending))
      throw workFailure('RunnerFailed', `process group ${processGroupId} does not end, not even by SIGKILL`);
    // What is still open belongs to a process that left the group: not ours to wait for.
    child.stdout?.destroy();
    child.stderr?.destroy();
    await output;
    options.signal.throwIfAborted();
    return outcome;
  } catch (error) {
    end();
    await ending;
    throw error;
  } finally {
    options.signal.removeEventListener('abort', end);
  }
}

function start(options: CommandOptions): ChildProcess {
  try {
    return spawn(options.file, options.arguments, {
      cwd: options.directory,
      env: options.environment,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    throw notStarted(options.file, error);
  }
}

async function outcomeOf(child: ChildProcess): Promise<CommandOutcome> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(notStarted(child.spawnfile, error)));
    child.once('exit', (exitStatus, signal) =>
      resolve(signal === null ? { exitStatus: exitStatus ?? -1 } : { signal }),
    );
  });
}

function notStarted(file: string, error: unknown): Error {
  return workFailure('CommandFailed', `the command could not be started (${file}): ${textOfError(error)}`);
}

async function pump(stream: Readable | null, take: (chunk: Buffer) => void | Promise<void>): Promise<void> {
  if (!stream) return;
  try {
    for await (const chunk of stream) await take(chunk as Buffer);
  } catch (error) {
    if (!stream.destroyed || stream.errored === error) throw error;
    if (!isPrematureClose(error)) throw error;
  }
}

function isPrematureClose(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}

async function settledWithin(promise: Promise<unknown>, milliseconds: number): Promise<void> {
  const timer = new AbortController();
  const waited = delay(milliseconds, undefined, { signal: timer.signal }).catch(() => undefined);
  await Promise.race([promise.catch(() => undefined), waited]);
  timer.abort();
}
