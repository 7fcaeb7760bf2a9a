import { randomUUID } from 'node:crypto';
import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { AuditEntry, AuditOutcome } from '../../model/audit/audit-record.js';
import { FailureBudget } from '../../model/audit/failure-budget.js';
import { InternalServiceError } from '../../model/errors.js';
import { errorFacts, log } from '../config/log.js';
import { awayOf } from '../rest/away.js';
import { AuditStore, type AuditAddition } from '../store/audit-store.js';

/** How long refused calls are counted before the count is written down. */
const WINDOW_MS = 60_000;
/** A call that began so long ago and has not ended belongs to a process that died. Our choice: longer than any call takes. */
const OVERDUE_MS = 15 * 60_000;
/** Records of one transaction: what has come while the one before was written. */
const MOST_AT_ONCE = 200;

interface Waiting extends AuditAddition {
  readonly written: () => void;
  readonly failed: (error: unknown) => void;
}

/**
 * The audit log of this process: what comes while records are being written goes into the next transaction together, so that the lock of
 * the chain is asked for once, however many calls there are (docs/decisions/014-audit.md).
 */
@Injectable()
export class AuditLog implements OnApplicationBootstrap, BeforeApplicationShutdown {
  /** How many records this process could not write. */
  failures = 0;
  /** How many it wrote. */
  written = 0;
  readonly #waiting: Waiting[] = [];
  #isWriting = false;
  #timer: NodeJS.Timeout | undefined;
  /** Those whom nobody knows must not use up the records of those who are known. */
  readonly #budgets = { unauthenticated: new FailureBudget(), denied: new FailureBudget() };

  constructor(private readonly store: AuditStore) {}

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => {
      this.closeWindow();
      this.store
        .appendOverdue(new Date(Date.now() - OVERDUE_MS))
        .catch((error: unknown) => log('warn', 'Overdue audit records cannot be written', errorFacts(error)));
    }, WINDOW_MS);
    this.#timer.unref();
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.#timer);
    this.closeWindow();
  }

  /** Notes that a change is about to begin. @throws when that cannot be noted: the change must not begin. */
  async begin(entry: AuditEntry): Promise<void> {
    try {
      await this.store.begin(entry);
    } catch (error) {
      // Nothing can be changed without the store anyway; that it is away is said as everywhere else.
      if (awayOf(error) !== undefined) throw error;
      this.#isLost(entry, error);
      throw new InternalServiceError(
        'The call was refused and has changed nothing, because no audit record of it can be written',
        { cause: error },
      );
    }
  }

  /** Adds the record of a call; resolves when it is written. @throws InternalServiceError when it cannot be. */
  async end(entry: AuditEntry, { begun }: { readonly begun: boolean }): Promise<void> {
    try {
      await this.#append({ entry, begun });
    } catch (error) {
      this.#isLost(entry, error);
      throw new InternalServiceError(
        entry.outcome === 'ok' && begun
          ? 'The call was carried out, but its audit record cannot be written; what became of it has to be looked up'
          : 'The audit record of the call cannot be written',
        { cause: error },
      );
    }
  }

  /** A call that began has changed nothing, and is told of elsewhere. */
  async forget(entry: AuditEntry): Promise<void> {
    // What stays is told of as `unknown` later: too much, and nothing is missing.
    await this.store
      .forget(entry.id)
      .catch((error: unknown) => log('warn', 'An audit note stays', errorFacts(error)));
  }

  /** Takes note of a refused call of `source`: as a record, or, when there are too many, as one more of a count. Never fails. */
  refused(entry: AuditEntry, source: string): void {
    const budget = this.#budgets[entry.outcome === 'denied' ? 'denied' : 'unauthenticated'];
    if (budget.take(source, entry.at)) this.#later(entry);
  }

  /** Writes down what was counted since the last time. */
  closeWindow(): void {
    for (const outcome of ['unauthenticated', 'denied'] as const satisfies AuditOutcome[]) {
      const repeated = this.#budgets[outcome].close();
      if (repeated === undefined) continue;
      const [id, at] = [randomUUID(), new Date().toISOString()];
      this.#later({ id, at, action: 'unknown', outcome, repeated });
    }
  }

  #later(entry: AuditEntry): void {
    this.#append({ entry, begun: false }).catch((error: unknown) => this.#isLost(entry, error));
  }

  /** The log of the process is the last place for it. */
  #isLost(entry: AuditEntry, error: unknown): void {
    this.failures++;
    log('error', 'An audit record cannot be written', { record: entry, ...errorFacts(error) });
  }

  #append(addition: AuditAddition): Promise<void> {
    return new Promise((written, failed) => {
      this.#waiting.push({ ...addition, written, failed });
      void this.#write();
    });
  }

  async #write(): Promise<void> {
    if (this.#isWriting) return;
    this.#isWriting = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, MOST_AT_ONCE);
      try {
        await this.store.append(batch);
        this.written += batch.length;
        for (const { written } of batch) written();
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
    }
    this.#isWriting = false;
  }
}
