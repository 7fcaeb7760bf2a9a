import {
  ActivityNotFoundError,
  isGrpcServiceError,
  WorkflowNotFoundError,
  type Client,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { FailureType } from '../model/instance/failure.js';
import type { TaskFailureDetails } from '../model/instance/task.js';
import { describeRun, type PendingActivity } from './describe-run.js';
import { hostnameOf } from './runner-identity.js';

/** gRPC. */
const NOT_FOUND = 5;
/** Of a pending activity: scheduled; paused, and not with a worker. Source: PendingActivityState of Temporal's API. */
const WITH_NOBODY: readonly number[] = [1, 4];
/** Why `giveOutAgain` pauses an attempt. */
const REASON = 'its task runner has not confirmed it';

/**
 * Has Temporal give to another task runner those of the attempts that it gave to one before `before` (milliseconds since 1970) and of
 * which nothing has been heard since. Nobody has begun them, so they are the same attempts and use no try; what the first runner reports
 * then is refused. Answers their ids. Source: semantics.md 10.1.
 */
export async function giveOutAgain(
  client: Client,
  workflowId: string,
  attemptIds: readonly string[],
  before: number,
): Promise<string[]> {
  const isLost = lostAmong(new Set(attemptIds), before);
  const lost = (await pendingOf(client, workflowId)).filter(isLost);
  if (lost.length === 0) return [];
  // A runner that stood still may ask for leave to begin at this very moment. Paused, its attempt gets none from here on; if it
  // had got it before, it has sent a heartbeat, which shows in the second look.
  for (const activity of lost) await pause(client, activity);
  const still = (await pendingOf(client, workflowId)).filter(isLost);
  const given: string[] = [];
  for (const activity of still) if (await takeBack(client, activity)) given.push(activity.activityId ?? '');
  // Those that did begin go on; a precondition is asked again.
  for (const activity of lost) await unpause(client, activity);
  return given;
}

/** Lets attempts go on that `giveOutAgain` paused before `before`: who did so has died before it could. */
export async function unpauseLeftOver(client: Client, before: number): Promise<void> {
  const query = `ExecutionStatus = 'Running' AND TemporalPauseInfo IS NOT NULL`;
  for await (const { workflowId } of client.workflow.list({ query })) {
    for (const activity of await pendingOf(client, workflowId)) {
      const { paused, pauseInfo } = activity;
      const isOurs = pauseInfo?.manual?.reason === REASON;
      if (paused && isOurs && pauseInfo.pauseTime != null && msOf(pauseInfo.pauseTime) <= before)
        await unpause(client, activity);
    }
  }
}

function lostAmong(attemptIds: ReadonlySet<string>, before: number): (activity: PendingActivity) => boolean {
  return ({ activityId, state, lastStartedTime, lastHeartbeatTime }) =>
    attemptIds.has(activityId ?? '') &&
    !WITH_NOBODY.includes(Number(state)) &&
    lastHeartbeatTime == null &&
    lastStartedTime != null &&
    msOf(lastStartedTime) <= before;
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
      reason: REASON,
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

/** An activity that fails while it is paused is tried again when it is no longer, also one that may be tried once only. */
async function takeBack(client: Client, activity: PendingActivity): Promise<boolean> {
  const { workflowId, activityId, lastStartedTime, lastWorkerIdentity } = activity;
  const details: TaskFailureDetails = {
    startedAt: new Date(lastStartedTime == null ? Date.now() : msOf(lastStartedTime)).toISOString(),
    hostname: hostnameOf(lastWorkerIdentity ?? ''),
  };
  const failure = ApplicationFailure.create({
    type: 'RunnerLost' satisfies FailureType,
    message: 'Lost: the task runner that it was given to did not confirm it',
    details: [details],
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

function msOf({ seconds, nanos }: NonNullable<PendingActivity['lastStartedTime']>): number {
  return Number(seconds ?? 0) * 1000 + (nanos ?? 0) / 1e6;
}
