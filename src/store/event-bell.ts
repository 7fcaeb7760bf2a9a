import { sql } from 'kysely';
import type { Database } from './database.js';

/** Channel on which whoever writes events tells those who read them. */
export const EVENTS_CHANNEL = 'penstock_events';

/** The bell of one process rings no more often. */
const PAUSE_MS = 50;

/**
 * Tells readers of events, in all processes, that there are new ones. Not part of the writer's transaction on purpose: commits
 * that notify queue for one lock of the whole server until they are on disk. This one writes nothing, so it holds the lock for
 * no time, and however much is written there are at most twenty a second. A ring that is lost delays readers until their next
 * look (live-events.ts).
 */
export class EventBell {
  #resting = false;
  #again = false;

  constructor(private readonly database: Database) {}

  /** To be called after the commit. Returns at once. */
  ring(): void {
    if (this.#resting) {
      this.#again = true;
      return;
    }
    this.#resting = true;
    setTimeout(() => {
      this.#resting = false;
      if (!this.#again) return;
      this.#again = false;
      this.ring();
    }, PAUSE_MS).unref();
    sql`select pg_notify(${EVENTS_CHANNEL}, '')`
      .execute(this.database.kysely)
      // The store went away, or this process ends: readers look by themselves.
      .catch(() => undefined);
  }
}
