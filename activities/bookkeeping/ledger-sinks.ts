import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { InjectedSinks } from '@temporalio/worker';
import { deliver } from './deliver.js';
import type { Ledger, RunChanges, RunKey } from './ledger.js';

/** What an interval run tells the ledger. A type, not an interface: Temporal's Sinks have an index signature. */
export type LedgerSinks = {
  readonly ledger: {
    /** Stores what a run decided, before the decision takes effect. */
    record(input: { readonly run: RunKey; readonly changes: RunChanges }): void;
  };
};

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;

/**
 * The way from an interval run to the ledger: the worker calls it when a workflow task has decided and waits for it before it
 * answers Temporal. So what Temporal knows the ledger knows, and a crash in between decides the same task again (rows are
 * ordered by their sequence numbers). While the store is away the task waits, is given up by Temporal after its ten seconds and
 * decided anew: nothing is lost, nothing is skipped. Unlike a local activity it costs no event (docs/decisions/007).
 */
export function ledgerSinks({
  ledger,
  client,
  onError,
}: {
  readonly ledger: Ledger;
  readonly client: Client;
  /** Is told of each failure that is tried again, or left to the sweep. */
  readonly onError: (what: string, error: unknown) => void;
}): InjectedSinks<LedgerSinks> {
  /** The last write of each run under way: one task may have several, which are written in their order. */
  const under = new Map<string, Promise<void>>();

  const write = async (run: RunKey, changes: RunChanges): Promise<void> => {
    for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(2 * waitMs, LAST_RETRY_MS)) {
      try {
        const notifications = await ledger.record(run, changes);
        // The outbox has them: whoever dies now leaves them to the sweep, so nothing need wait for their delivery.
        deliver(client, ledger, notifications).catch((error: unknown) => onError('notifications', error));
        return;
      } catch (error) {
        onError('the ledger', error);
        await delay(waitMs);
      }
    }
  };

  return {
    ledger: {
      record: {
        async fn({ runId }, { run, changes }) {
          const writing = (under.get(runId) ?? Promise.resolve()).then(() => write(run, changes));
          under.set(runId, writing);
          await writing;
          if (under.get(runId) === writing) under.delete(runId);
        },
        callDuringReplay: false,
      },
    },
  };
}
