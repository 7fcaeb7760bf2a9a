import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import pg from 'pg';
import { Config } from '../config/config.js';
import { errorFacts, log } from '../config/log.js';
import { EVENTS_CHANNEL } from '../store/event-bell.js';
import { printCursor, type EventCursor } from '../store/event-cursor.js';
import { EventStore, type EventPage } from '../store/event-store.js';

/** What a follower gets. */
export interface EventNews extends Omit<EventPage, 'full'> {
  /** Events before `cursor` were removed before they could be read: whoever follows must look at the state anew. */
  readonly lost: boolean;
}

/** Readers look so often when no bell rings: its writer may have died between commit and ring. */
const LOOK_MS = 1_000;
const REMOVE_MS = 60_000;

/**
 * Events as they come, for any number of followers in this process. Who is behind reads for itself at its own pace, so a slow
 * follower holds up nobody and piles up nothing; those at the same place share one read.
 */
@Injectable()
export class LiveEvents implements OnModuleInit, OnModuleDestroy {
  #generation = 0;
  #reads = new Map<string, Promise<EventPage>>();
  readonly #waiting = new Set<() => void>();
  #followers = 0;
  #bell: Bell | undefined;
  #removing: NodeJS.Timeout | undefined;

  constructor(
    private readonly config: Config,
    private readonly events: EventStore,
  ) {}

  onModuleInit(): void {
    this.#removing = setInterval(() => {
      this.events
        .removeOld(new Date())
        .catch((error: unknown) => log('warn', 'Old events could not be removed', errorFacts(error)));
    }, REMOVE_MS).unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.#removing);
    await this.#bell?.end();
  }

  /** What comes after now. */
  async now(): Promise<EventCursor> {
    return this.events.head();
  }

  /** News since `start`, until the signal fires; first one without events, that tells whether any were lost. */
  async *follow(start: EventCursor, signal: AbortSignal): AsyncGenerator<EventNews> {
    this.#open();
    try {
      const lost = await this.events.isLost(start);
      let cursor = lost ? await this.events.head() : start;
      yield { events: [], cursor, lost };
      while (!signal.aborted) {
        const generation = this.#generation;
        const page = await this.#read(cursor);
        if (page?.full === true && (await this.events.isLost(cursor))) {
          cursor = await this.events.head();
          yield { events: [], cursor, lost: true };
          continue;
        }
        if (page !== undefined) {
          cursor = page.cursor;
          if (page.events.length > 0) yield { events: page.events, cursor, lost: false };
          if (page.full) continue;
        }
        await this.#wake(generation, signal);
      }
    } finally {
      this.#close();
    }
  }

  /** Undefined while the store is away; said once in the log by the bell. */
  async #read(cursor: EventCursor): Promise<EventPage | undefined> {
    const key = printCursor(cursor);
    const reading = this.#reads.get(key) ?? this.events.after(cursor);
    this.#reads.set(key, reading);
    try {
      const page = await reading;
      // Only what is new just now is wanted by many; who catches up does so alone.
      if (page.full) this.#reads.delete(key);
      return page;
    } catch (error) {
      log('warn', 'Events could not be read; trying again', errorFacts(error));
      return undefined;
    }
  }

  /** Resolves when the bell has rung since `generation`, or the signal has fired. */
  async #wake(generation: number, signal: AbortSignal): Promise<void> {
    if (this.#generation !== generation || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }

  #open(): void {
    this.#followers += 1;
    this.#bell ??= new Bell(this.config.databaseUrl, () => {
      this.#generation += 1;
      this.#reads = new Map();
      for (const wake of this.#waiting) wake();
    });
  }

  #close(): void {
    this.#followers -= 1;
    if (this.#followers > 0) return;
    const bell = this.#bell;
    this.#bell = undefined;
    bell?.end().catch((error: unknown) => log('warn', 'A connection did not end', errorFacts(error)));
  }
}

/** Calls `ring` when somebody has written events, and once a second. There is one while there are followers. */
class Bell {
  readonly #timer: NodeJS.Timeout;
  #client: pg.Client | undefined;
  #ended = false;

  constructor(
    private readonly databaseUrl: string,
    private readonly ring: () => void,
  ) {
    void this.#listen();
    this.#timer = setInterval(() => {
      if (this.#client === undefined) void this.#listen();
      this.ring();
    }, LOOK_MS);
  }

  async end(): Promise<void> {
    this.#ended = true;
    clearInterval(this.#timer);
    await this.#client?.end();
  }

  /** Without a connection readers look once a second, which tries again. */
  async #listen(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.databaseUrl,
      application_name: 'penstock-events',
      connectionTimeoutMillis: LOOK_MS,
    });
    this.#client = client;
    const gone = (): void => {
      if (this.#client === client) this.#client = undefined;
    };
    client.on('error', gone);
    client.on('end', gone);
    client.on('notification', this.ring);
    try {
      await client.connect();
      await client.query(`listen ${EVENTS_CHANNEL}`);
      if (this.#ended) await client.end();
    } catch {
      gone();
      await client.end().catch(() => undefined);
    }
  }
}
