import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Reaper } from '../tools/reaper.js';

/** Something that can be killed, frozen and brought back, alone. */
export interface Managed {
  readonly name: string;
  /** SIGKILL; resolves when it is gone. It stays away until `up`. */
  kill(): Promise<void>;
  up(): Promise<void>;
  /** SIGSTOP and SIGCONT. */
  freeze(): void;
  thaw(): void;
}

export interface Command {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly logFile: string;
}

/** As a service manager would. */
const RESTART_AFTER_MS = 500;

/** A process that is started again when it ends by itself. */
export class ManagedProcess implements Managed {
  private child: ChildProcess | undefined;
  private wanted = false;

  constructor(
    private readonly options: Command,
    private readonly reaper: Reaper,
    private readonly note: (line: string) => void,
  ) {}

  get name(): string {
    return this.options.name;
  }

  async up(): Promise<void> {
    this.wanted = true;
    if (this.child !== undefined) return;
    const { command, args, env, logFile } = this.options;
    const log = openSync(logFile, 'a');
    const child = spawn(command, [...args], { env, stdio: ['ignore', log, log], detached: true });
    closeSync(log);
    const { pid } = child;
    if (pid === undefined) throw new Error(`${this.name} could not be started: ${command}`);
    this.child = child;
    this.reaper.watch('pid', pid);
    child.once('exit', (code, signal) => {
      this.reaper.forget('pid', pid);
      if (this.child === child) this.child = undefined;
      if (!this.wanted) return;
      this.note(`ended ${this.name} ${signal ?? code}`);
      void delay(RESTART_AFTER_MS).then(() => (this.wanted ? this.up() : undefined));
    });
  }

  async kill(): Promise<void> {
    this.wanted = false;
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  freeze(): void {
    this.child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.child?.kill('SIGCONT');
  }
}
