import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
} from '../../src/store/embedded-postgres.js';
import type { Reaper } from '../tools/reaper.js';
import type { Managed } from './managed-process.js';

const TRY_FOR_MS = 60_000;

/** The store's server: killed without warning, its postmaster alone, as the kernel would. */
export class ManagedPostgres implements Managed {
  readonly name = 'postgres';
  private server: EmbeddedPostgres | undefined;

  constructor(
    private readonly options: EmbeddedPostgresOptions,
    private readonly reaper: Reaper,
  ) {}

  get url(): string {
    if (this.server === undefined) throw new Error('PostgreSQL was never started');
    return this.server.url;
  }

  async up(): Promise<void> {
    for (const deadline = Date.now() + TRY_FOR_MS; ; await delay(200)) {
      try {
        this.server = await startEmbeddedPostgres(this.options);
        this.reaper.watch('pid', this.server.pid);
        return;
      } catch (error) {
        if (Date.now() > deadline) throw error;
      }
    }
  }

  async kill(): Promise<void> {
    const { server } = this;
    if (server === undefined) return;
    signal(server.pid, 'SIGKILL');
    while (signal(server.pid, 0)) await delay(20);
    this.reaper.forget('pid', server.pid);
  }

  freeze(): void {
    this.signalAll('SIGSTOP');
  }

  thaw(): void {
    this.signalAll('SIGCONT');
  }

  async stop(): Promise<void> {
    this.thaw();
    await this.server?.stop();
  }

  private signalAll(name: NodeJS.Signals): void {
    if (this.server === undefined || !signal(this.server.pid, name)) return;
    for (const backend of childrenOf(this.server.pid)) signal(backend, name);
  }
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter(Boolean)
    .map(Number);
}

/** False when there is no such process. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
