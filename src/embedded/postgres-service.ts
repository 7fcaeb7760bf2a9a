import { setTimeout as sleep } from 'node:timers/promises';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../store/embedded-postgres.js';
import { describeProcess, isStillRunning } from './pid-file.js';
import { reasonOf } from './problem.js';
import type { Say } from './say.js';

export interface PostgresServiceOptions {
  readonly dataDir: string;
  readonly port: number;
  readonly logFile: string;
  readonly say: Say;
}

const LOOK_EVERY_MS = 500;
const START_AGAIN_AFTER_MS = 1_000;

/** The embedded PostgreSQL, started again on the same port when it ends. */
export class PostgresService {
  private server: EmbeddedPostgres | undefined;
  private starting: Promise<EmbeddedPostgres> | undefined;
  private readonly stopped = new AbortController();
  private watching: Promise<void> = Promise.resolve();

  constructor(private readonly options: PostgresServiceOptions) {}

  /** Starts the server. @returns the URL of the store, which holds the password. */
  async start(): Promise<string> {
    this.starting = startEmbeddedPostgres(this.options);
    this.server = await this.starting;
    this.watching = this.watch();
    return this.server.url;
  }

  /** Stops the server cleanly, and the watch over it. */
  async stop(): Promise<void> {
    this.stopped.abort();
    // A start under way ends first, or its server would be left over; whether it failed is told by `start`.
    await this.starting?.catch(() => undefined);
    await this.watching;
    await this.server?.stop();
  }

  /** Ends the server at once, its data to be recovered at the next start. */
  kill(): void {
    this.stopped.abort();
    if (this.server !== undefined && describeProcess(this.server.pid) !== undefined)
      process.kill(this.server.pid, 'SIGQUIT'); // PostgreSQL's immediate shutdown; SIGKILL would leave its backends
  }

  private async watch(): Promise<void> {
    const { signal } = this.stopped;
    while (!signal.aborted) {
      const record = this.server && describeProcess(this.server.pid);
      while (record !== undefined && isStillRunning(record)) {
        if (!(await pause(LOOK_EVERY_MS, signal))) return;
      }
      if (!(await pause(START_AGAIN_AFTER_MS, signal))) return;
      this.options.say(`PostgreSQL has ended; it is started again (${this.options.logFile})`);
      try {
        this.server = await startEmbeddedPostgres(this.options);
        this.options.say(`PostgreSQL runs again (process ${this.server.pid})`);
      } catch (error) {
        this.options.say(`PostgreSQL could not be started again: ${reasonOf(error)}`);
      }
    }
  }
}

/** @returns false when it was cut short. */
async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return await sleep(ms, true, { signal }).catch(() => false);
}
