import type { Task } from '../../model/instance/task.js';
import type { ActivityContext, TaskDeps } from './attempt.js';

/** Work that takes no longer than this costs the run no signal; its start comes with its result. Source: design.md. */
const ANNOUNCED_AFTER_MS = 1_000;

/**
 * Tells the run, after one second of work, that the attempt is RUNNING. Of a precondition that Temporal repeats only
 * the first try does, so that a long wait adds nothing to the history.
 */
export function announceStart(
  deps: TaskDeps,
  context: ActivityContext,
  task: Task,
  startedAt: string,
  signal: AbortSignal,
): { stop(): void } {
  const run = context.info.workflowExecution;
  const isRepeated = task.nodeId !== undefined && context.info.attempt > 1;
  if (!run || !deps.signalStarted || isRepeated) return { stop: () => undefined };
  const stopped = new AbortController();
  const payload = {
    instanceId: task.instanceId,
    attempt: task.attempt,
    startedAt,
    hostname: deps.hostname,
  };
  const announce = async (): Promise<void> => {
    await deps.signalStarted?.(run, payload, AbortSignal.any([signal, stopped.signal]));
  };
  const timer = setTimeout(() => {
    announce().catch((error: unknown) =>
      deps.logger.warn('the start of an attempt could not be signalled', {
        attemptId: task.attemptId,
        error,
      }),
    );
  }, ANNOUNCED_AFTER_MS);
  return {
    stop() {
      clearTimeout(timer);
      stopped.abort();
    },
  };
}
