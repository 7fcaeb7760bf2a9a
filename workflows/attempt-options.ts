import { ActivityCancellationType, type ActivityOptions } from '@temporalio/workflow';
import { attemptIdOf } from '../model/instance/ids.js';
import { isPlanned, type LiveInstance } from '../model/instance/live-instance.js';
import type { PlannedInstance } from '../model/instance/plan.js';
import { taskQueueOf } from '../model/instance/task-queue.js';

/** Temporal wants some limit; no attempt without attemptTimeout lives that long. */
const UNLIMITED_MS = 365 * 24 * 3_600_000;
/**
 * The worker itself ends an attempt at its attemptTimeout and reports when its processes are dead, so that the next attempt
 * cannot overlap it. The server's own limit, so much later, is for workers that do not.
 */
const TIMEOUT_GRACE_MS = 60_000;
/** One look of the service itself at S3 or the like. */
const SYSTEM_CHECK_TIMEOUT_MS = 120_000;
/** The service sends in seconds. */
const ACTION_TIMEOUT_MS = 60_000;
/** When nobody takes the message (ReceiverUnavailable) it is sent again for eleven minutes: mail servers put strangers off for some. */
const ACTION_RETRY = {
  initialInterval: '1s',
  backoffCoefficient: 3,
  maximumInterval: '5m',
  maximumAttempts: 8,
} as const;
/** The control worker sends a heartbeat for a machine every few seconds: another one takes over after this. */
const RESOURCE_HEARTBEAT_MS = 30_000;

/**
 * How the current attempt of `live` is given to Temporal. The retries that users ask for are the run's own, so an activity
 * has one try; preconditions are the exception: the server repeats their check, without a line of history.
 */
export function attemptOptions(pipelineId: string, live: LiveInstance, now: Date): ActivityOptions {
  const { plan } = live;
  const common: ActivityOptions = {
    // Whoever cancels must know that nothing works on it any more before it may run again.
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    // Whoever looks at the run's pending activities knows whose they are.
    activityId: attemptIdOf(live.id, live.record.attemptCount),
    summary: attemptIdOf(live.id, live.record.attemptCount),
    taskQueue: taskQueueOf(pipelineId, plan),
  };
  if (!isPlanned(plan)) {
    return {
      ...common,
      startToCloseTimeout: ACTION_TIMEOUT_MS,
      retry: ACTION_RETRY,
    };
  }
  switch (plan.kind) {
    case 'resource':
      return {
        ...common,
        startToCloseTimeout: UNLIMITED_MS,
        heartbeatTimeout: RESOURCE_HEARTBEAT_MS,
        // Another control worker adopts the machine; a machine that is lost says so, non-retryably.
        retry: { initialInterval: '1s', backoffCoefficient: 1.5, maximumInterval: '10s' },
      };
    case 'precondition':
      return { ...common, ...preconditionOptions(live, plan, now) };
    case 'activity':
    case 'dataNode':
      return {
        ...common,
        startToCloseTimeout: withGrace(plan.settings.attemptTimeoutMs) ?? UNLIMITED_MS,
        heartbeatTimeout: plan.settings.reportProgressTimeoutMs,
        retry: { maximumAttempts: 1 },
      };
  }
}

function preconditionOptions(live: LiveInstance, plan: PlannedInstance, now: Date): ActivityOptions {
  const { preconditionTimeoutMs, attemptTimeoutMs, retryDelayMs, reportProgressTimeoutMs } = plan.settings;
  const byService = plan.worker.kind === 'control';
  // From the first check on, over all attempts; before it, actualStart says when it became due. Source: semantics.md 6.3.
  const { actualStart } = live.record;
  const sinceMs = live.fresh || actualStart === undefined ? 0 : now.getTime() - Date.parse(actualStart);
  return {
    startToCloseTimeout: withGrace(attemptTimeoutMs) ?? (byService ? SYSTEM_CHECK_TIMEOUT_MS : UNLIMITED_MS),
    ...(byService ? {} : { heartbeatTimeout: reportProgressTimeoutMs }),
    ...(preconditionTimeoutMs === undefined
      ? {}
      : { scheduleToCloseTimeout: Math.max(1, preconditionTimeoutMs - sinceMs) }),
    retry: { initialInterval: retryDelayMs, backoffCoefficient: 1, maximumInterval: retryDelayMs },
  };
}

function withGrace(timeoutMs: number | undefined): number | undefined {
  return timeoutMs === undefined ? undefined : timeoutMs + TIMEOUT_GRACE_MS;
}
