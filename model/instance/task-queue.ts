import { isPlanned, type FiredAction } from './live-instance.js';
import type { PlannedInstance } from './plan.js';

/** Task queue of the control workers: workflows and control-plane activities. */
export const CONTROL_TASK_QUEUE = 'penstock-control';

/** Task queue that serves `workerGroup`. Exact and case-sensitive, as AWS's. */
export function workerGroupTaskQueue(workerGroup: string): string {
  return `wg:${workerGroup}`;
}

/** The worker group that a task queue serves, if it serves one. */
export function workerGroupOf(taskQueue: string): string | undefined {
  return taskQueue.startsWith('wg:') ? taskQueue.slice(3) : undefined;
}

/** Task queue that serves one instance of a resource (`runsOn`). */
export function resourceTaskQueue(pipelineId: string, resourceInstanceId: string): string {
  return `resource:${pipelineId}/${resourceInstanceId}`;
}

/** Task queue of the attempts of an instance. */
export function taskQueueOf(pipelineId: string, plan: PlannedInstance | FiredAction): string {
  if (!isPlanned(plan)) return CONTROL_TASK_QUEUE;
  switch (plan.worker.kind) {
    case 'control':
      return CONTROL_TASK_QUEUE;
    case 'workerGroup':
      return workerGroupTaskQueue(plan.worker.workerGroup);
    case 'resource':
      return resourceTaskQueue(pipelineId, plan.resourceInstanceId ?? '');
    case 'nobody':
      return workerGroupTaskQueue(''); // stays WAITING_FOR_RUNNER, as at AWS (semantics.md 9.3)
  }
}
