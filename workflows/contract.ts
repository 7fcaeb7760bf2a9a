/** Names, ids, inputs, signals and updates of the workflows: all that a caller needs to know of them. */

/** Task queue of the control workers: workflows and control-plane activities. */
export const CONTROL_TASK_QUEUE = 'penstock-control';

/** Task queue that serves `workerGroup`. Exact and case-sensitive, as AWS's. */
export function workerGroupTaskQueue(workerGroup: string): string {
  return `wg:${workerGroup}`;
}

/** Task queue that serves one instance of a resource (`runsOn`). */
export function resourceTaskQueue(pipelineId: string, resourceInstanceId: string): string {
  return `resource:${pipelineId}/${resourceInstanceId}`;
}

/** Signal of a runner to the run: the attempt has worked for longer than a second. */
export const ATTEMPT_STARTED_SIGNAL = 'attemptStarted';
export interface AttemptStartedSignal {
  readonly instanceId: string;
  readonly attempt: number;
  /** ISO-8601 UTC. */
  readonly startedAt: string;
  readonly hostname: string;
}

/** Signal of the resource activity: the machine is up and its task runner polls. */
export const RESOURCE_READY_SIGNAL = 'resourceReady';
export interface ResourceReadySignal {
  readonly instanceId: string;
  readonly attempt: number;
  /** ISO-8601 UTC. */
  readonly readyAt: string;
  /** Id of the machine as its provider names it. */
  readonly resourceId: string;
}
