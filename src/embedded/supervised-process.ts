import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readSync, fstatSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { removePidFile, writePidFile } from './pid-file.js';
import { Problem, reasonOf } from './problem.js';
import type { Say } from './say.js';

/** One process of the embedded mode, as data. */
export interface ProcessSpec {
  /** Of its log and pid file. */
  readonly name: string;
  /** For people: `API`, `task runner`. */
  readonly title: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** An IPC channel, whose end tells a process of ours that the supervisor is gone. */
  readonly ipc: boolean;
  /** Whether the process `pid` does its work; a throw counts as not yet. */
  readonly isReady: (pid: number) => Promise<boolean>;
  readonly readyWithinMs: number;
  /** Between SIGTERM and SIGKILL. */
  readonly stopWithinMs: number;
}

export interface SupervisedProcessOptions {
  readonly runFolder: string;
  readonly logFile: string;
  readonly say: Say;
  /** Wait before the nth restart in a row, 1-based. */
  readonly backOffMs?: (restarts: number) => number;
}

/** A process that has lived for so long begins its back-off anew. */
const STABLE_MS = 60_000;
const READY_LOOK_MS = 50;
const LOG_TAIL_BYTES = 2_000;
const LOG_TAIL_LINES = 5;

/** Half a second, doubled each time, half a minute at most. */
function defaultBackOffMs(restarts: number): number {
  return Math.min(500 * 2 ** (restarts - 1), 30_000);
}

/** A child process that is started again whenever it ends, until it is stopped. */
export class SupervisedProcess {
  private child: ChildProcess | undefined;
  private stopping = false;
  private restarts = 0;
  /** Size of the log when the latest child began. */
  private logStart = 0;
  private readonly stopped = new AbortController();

  constructor(
    readonly spec: ProcessSpec,
    private readonly options: SupervisedProcessOptions,
  ) {}

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Starts the process and waits until it is ready. @throws Problem when it ends before, or is too slow. */
  async start(): Promise<void> {
    const { child, startedAt } = await this.launch();
    const ended = endOf(child);
    let how: string | undefined;
    void ended.then((text) => (how = text));
    const deadline = startedAt + this.spec.readyWithinMs;
    for (;;) {
      if (how !== undefined) throw this.startProblem(how);
      if (this.stopping) throw new Problem(`${this.spec.title} was stopped before it was ready.`);
      if (await this.answers(child)) break;
      if (Date.now() > deadline)
        throw this.startProblem(`is not ready after ${this.spec.readyWithinMs / 1000} s`);
      await Promise.race([sleep(READY_LOOK_MS), ended]);
    }
    void ended.then((text) => this.restart(text, startedAt));
  }

  /** Ends the process: SIGTERM, SIGKILL when that takes too long. Resolves when it is gone. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.stopped.abort();
    const child = this.child;
    if (child === undefined || hasEnded(child)) return;
    const ended = endOf(child);
    child.kill('SIGTERM');
    const timer = setTimeout(() => {
      this.options.say(`${this.spec.title} did not end within ${this.spec.stopWithinMs / 1000} s: killed`);
      child.kill('SIGKILL');
    }, this.spec.stopWithinMs);
    await ended;
    clearTimeout(timer);
  }

  /** SIGKILL, now. */
  kill(): void {
    this.stopping = true;
    this.stopped.abort();
    this.child?.kill('SIGKILL');
  }

  private async answers(child: ChildProcess): Promise<boolean> {
    if (child.pid === undefined) return false;
    try {
      return await this.spec.isReady(child.pid);
    } catch {
      return false; // it does not listen yet
    }
  }

  private async launch(): Promise<{ child: ChildProcess; startedAt: number }> {
    const { spec } = this;
    if (this.stopping) throw new Problem(`${spec.title} was stopped before it was started.`);
    const startedAt = Date.now();
    // Straight into the file: what it says last, when all is killed, is not lost in a pipe.
    const log = openSync(this.options.logFile, 'a', 0o600);
    this.logStart = fstatSync(log).size;
    try {
      const child = spawn(spec.command, [...spec.args], {
        env: { ...spec.env },
        stdio: spec.ipc ? ['ignore', log, log, 'ipc'] : ['ignore', log, log],
        // A process group of its own: Ctrl-C reaches the supervisor alone, which stops everything in order.
        detached: true,
      });
      this.child = child;
      // The end is noticed in endOf; without a listener a failed spawn would throw into the event loop.
      child.on('error', () => undefined);
      const { pid } = child;
      if (pid !== undefined) {
        writePidFile(this.options.runFolder, spec.name, pid);
        child.once('exit', () => removePidFile(this.options.runFolder, spec.name));
      }
      return { child, startedAt };
    } finally {
      closeSync(log);
    }
  }

  private async restart(how: string, startedAt: number): Promise<void> {
    if (this.stopping) return;
    if (Date.now() - startedAt > STABLE_MS) this.restarts = 0;
    this.restarts += 1;
    const waitMs = (this.options.backOffMs ?? defaultBackOffMs)(this.restarts);
    this.options.say(
      `${this.spec.title} ${how}; it is started again in ${waitMs / 1000} s (${this.options.logFile})`,
    );
    try {
      await sleep(waitMs, undefined, { signal: this.stopped.signal });
    } catch {
      return; // stopped while it waited
    }
    try {
      await this.start();
      this.options.say(`${this.spec.title} runs again (process ${this.pid})`);
    } catch (error) {
      if (this.stopping) return;
      if (this.child !== undefined && !hasEnded(this.child)) {
        const ended = endOf(this.child);
        this.child.kill('SIGKILL');
        await ended;
      }
      await this.restart(`could not be started again: ${reasonOf(error)}`, startedAt);
    }
  }

  private startProblem(how: string): Problem {
    const tail = logTail(this.options.logFile, this.logStart);
    const said = tail === '' ? '' : `:\n${tail}`;
    return new Problem(`${this.spec.title} ${how}, before it was ready (log ${this.options.logFile})${said}`);
  }
}

/** How a child ended, as the end of a sentence that begins with its title. */
function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null)
      return resolve(`ended with ${child.signalCode ?? `exit code ${child.exitCode}`}`);
    child.once('exit', (code, signal) => resolve(`ended with ${signal ?? `exit code ${code}`}`));
    child.once('error', (error) => {
      if (child.pid === undefined) resolve(`could not be started: ${error.message}`);
    });
    return undefined;
  });
}

function hasEnded(child: ChildProcess): boolean {
  // One that could not be started has no number, and never ends.
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

/** The last lines that were written to `file` since `start`. */
function logTail(file: string, start: number): string {
  const log = openSync(file, 'r');
  try {
    const { size } = fstatSync(log);
    const from = Math.max(start, size - LOG_TAIL_BYTES);
    const buffer = Buffer.alloc(Math.max(size - from, 0));
    readSync(log, buffer, 0, buffer.length, from);
    return buffer.toString('utf8').trim().split('\n').slice(-LOG_TAIL_LINES).join('\n');
  } finally {
    closeSync(log);
  }
}
