import type { Client } from '@temporalio/client';
import { giveOutAgain, unpauseLeftOver } from '../../temporal/give-out-again.js';
import type { RunKey } from './ledger.js';

/** A run with attempts that wait for a task runner, or whose runner has not been heard of. */
export interface UnconfirmedRun {
  readonly key: RunKey;
  readonly workflowId: string;
  readonly attemptIds: readonly string[];
}

/** What the ledger knows of attempts that wait for a runner. */
export interface UnconfirmedBook {
  /** At most `most` runs, in the order of their keys, after `after`, with attempts that have waited for `forMs` at least. */
  waiting(forMs: number, most: number, after?: RunKey): Promise<UnconfirmedRun[]>;
}

/** What `sweepUnconfirmed` needs. */
export interface UnconfirmedDeps {
  readonly client: Client;
  readonly book: UnconfirmedBook;
  /**
   * How long a runner may keep silent about a task that it was given. Source: semantics.md 10.1, two minutes; half a minute more,
   * so that whoever gave it, and checks by service (2 minutes), come first.
   */
  readonly confirmedWithinMs?: number;
  readonly onGivenOutAgain: (attemptId: string) => void;
}

const CONFIRMED_WITHIN_MS = 150_000;
/** Runs that one look asks Temporal about: a few milliseconds each. */
const RUNS_AT_ONCE = 200;

/**
 * Gives out again the attempts that Temporal gave to a task runner which has not said since that it has them: the runner, the API or
 * the connection was gone when the task came, or Temporal itself was too busy. Else they are missed only after reportProgressTimeout.
 * Looks at the runs after `after`; answers where to go on, undefined after the last one.
 */
export async function sweepUnconfirmed(
  { client, book, confirmedWithinMs = CONFIRMED_WITHIN_MS, onGivenOutAgain }: UnconfirmedDeps,
  after?: RunKey,
): Promise<RunKey | undefined> {
  if (after === undefined) await unpauseLeftOver(client, Date.now() - confirmedWithinMs);
  const runs = await book.waiting(confirmedWithinMs, RUNS_AT_ONCE, after);
  for (const { workflowId, attemptIds } of runs) {
    const before = Date.now() - confirmedWithinMs;
    for (const attemptId of await giveOutAgain(client, workflowId, attemptIds, before))
      onGivenOutAgain(attemptId);
  }
  return runs.length < RUNS_AT_ONCE ? undefined : runs.at(-1)?.key;
}

/** Looks again every `everyMs`; one look at a time. Answers how to end it. */
export function startUnconfirmedSweeps(
  deps: UnconfirmedDeps & { readonly everyMs: number; readonly onFailed: (error: unknown) => void },
): () => Promise<void> {
  let next: RunKey | undefined;
  let looking: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    try {
      next = await sweepUnconfirmed(deps, next);
    } catch (error) {
      deps.onFailed(error);
    } finally {
      looking = undefined;
    }
  };
  const timer = setInterval(() => void (looking ??= look()), deps.everyMs);
  return async () => {
    clearInterval(timer);
    await looking;
  };
}
