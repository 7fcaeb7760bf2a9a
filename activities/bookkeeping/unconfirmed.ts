import {
  ActivityNotFoundError,
  isGrpcServiceError,
  WorkflowNotFoundError,
  type Client,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { FailureType } from '../../model/instance/failure.js';
import { describeRun, type PendingActivity } from '../../temporal/describe-run.js';
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

/** What `failUnconfirmed` needs. */
export interface UnconfirmedDeps {
  readonly client: Client;
  readonly book: UnconfirmedBook;
  /**
   * How long a runner may keep silent about a task that it was given. Source: semantics.md 10.1, two minutes; half a minute more,
   * so that whoever gave it, and checks by service (2 minutes), come first.
   */
  readonly confirmedWithinMs?: number;
  readonly onLost: (attemptId: string) => void;
}

const CONFIRMED_WITHIN_MS = 150_000;
/** Runs that one look asks Temporal about: a few milliseconds each. */
const RUNS_AT_ONCE = 200;
/** gRPC. */
const NOT_FOUND = 5;

/**
 * Fails, as RunnerLost, the attempts that Temporal gave to a task runner which has not said since that it has them: the runner, the
 * API or the connection was gone when the task came. Without this they would be missed only after reportProgressTimeout.
 * Looks at the runs after `after`; answers where to go on, undefined after the last one.
 */
export async function failUnconfirmed(
  { client, book, confirmedWithinMs = CONFIRMED_WITHIN_MS, onLost }: UnconfirmedDeps,
  after?: RunKey,
): Promise<RunKey | undefined> {
  const runs = await book.waiting(confirmedWithinMs, RUNS_AT_ONCE, after);
  for (const { workflowId, attemptIds } of runs) {
    const isLost = lostAmong(new Set(attemptIds), Date.now() - confirmedWithinMs);
    const lost = (await pendingOf(client, workflowId)).filter(isLost);
    if (lost.length === 0) continue;
    // A runner that stood still may ask for leave to begin at this very moment. Paused, its attempt gets none from here on; if it
    // had got it before, it has sent a heartbeat, which shows in the second look.
    for (const activity of lost) await pause(client, activity);
    const still = (await pendingOf(client, workflowId)).filter(isLost);
    for (const activity of still) if (await fail(client, activity)) onLost(activity.activityId ?? '');
    // Those that did begin go on; a precondition is asked again.
    for (const activity of lost) await unpause(client, activity);
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
      next = await failUnconfirmed(deps, next);
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

/** Given to a runner before `before`, which has sent no heartbeat for it. */
function lostAmong(attemptIds: ReadonlySet<string>, before: number): (activity: PendingActivity) => boolean {
  return ({ activityId, lastStartedTime, lastHeartbeatTime }) =>
    attemptIds.has(activityId ?? '') &&
    lastHeartbeatTime == null &&
    lastStartedTime != null &&
    Number(lastStartedTime.seconds) * 1000 <= before;
}

async function pendingOf(client: Client, workflowId: string): Promise<readonly PendingActivity[]> {
  try {
    return (await describeRun(client, workflowId)).pending;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return [];
    throw error;
  }
}

async function pause(client: Client, { workflowId, activityId }: PendingActivity): Promise<void> {
  await ifThere(() =>
    client.workflowService.pauseActivity({
      namespace: client.options.namespace,
      execution: { workflowId },
      id: activityId ?? null,
      identity: client.options.identity,
      reason: 'its task runner has not confirmed it',
    }),
  );
}

async function unpause(client: Client, { workflowId, activityId }: PendingActivity): Promise<void> {
  await ifThere(() =>
    client.workflowService.unpauseActivity({
      namespace: client.options.namespace,
      execution: { workflowId },
      id: activityId ?? null,
      identity: client.options.identity,
    }),
  );
}

async function fail(
  client: Client,
  { workflowId, activityId, maximumAttempts }: PendingActivity,
): Promise<boolean> {
  const failure = ApplicationFailure.create({
    type: 'RunnerLost' satisfies FailureType,
    message: 'the task runner that the attempt was given to did not confirm it',
    // Measured: a paused activity that fails is tried again by the server, though it may be tried once only.
    nonRetryable: maximumAttempts === 1,
  });
  try {
    await client.activity.fail({ workflowId, activityId: activityId ?? '' }, failure);
    return true;
  } catch (error) {
    if (!(error instanceof ActivityNotFoundError)) throw error;
    return false;
  }
}

/** What has ended meanwhile needs nothing. */
async function ifThere(call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (!isGrpcServiceError(error) || error.code !== NOT_FOUND) throw error;
  }
}
