import {
  isCancellation,
  log,
  proxyActivities,
  setHandler,
  defineQuery,
  defineSignal,
  workflowInfo,
} from '@temporalio/workflow';
import type { Task, TaskResult } from '../../model/instance/task.js';
import { ATTEMPT_STARTED_SIGNAL, RESOURCE_READY_SIGNAL } from '../../workflows/contract.js';

export interface OneActivityInput {
  readonly task: Task;
  readonly taskQueue: string;
  readonly heartbeatTimeoutMs: number;
  readonly maximumAttempts: number;
}

/** Signals that the run has got, in order. */
export const SIGNALS_QUERY = 'signals';

/** Runs one work activity, as an interval run does, and keeps the signals that it sends. */
export async function oneActivity(input: OneActivityInput): Promise<TaskResult> {
  const signals: unknown[] = [];
  setHandler(defineQuery<unknown[]>(SIGNALS_QUERY), () => signals);
  for (const name of [ATTEMPT_STARTED_SIGNAL, RESOURCE_READY_SIGNAL])
    setHandler(defineSignal<[object]>(name), (signal) => void signals.push({ name, ...signal }));
  const type = input.task.objects[input.task.objectId]?.type ?? '';
  const activities = proxyActivities<Record<string, (task: Task) => Promise<TaskResult>>>({
    taskQueue: input.taskQueue,
    startToCloseTimeout: '1 hour',
    heartbeatTimeout: input.heartbeatTimeoutMs,
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: { maximumAttempts: input.maximumAttempts, initialInterval: 100, backoffCoefficient: 1 },
  });
  try {
    return await (activities[type] as (task: Task) => Promise<TaskResult>)(input.task);
  } catch (error) {
    if (isCancellation(error)) log.info('cancelled', { workflowId: workflowInfo().workflowId });
    throw error;
  }
}
