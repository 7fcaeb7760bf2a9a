import { setTimeout as delay } from 'node:timers/promises';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { ATTEMPT_STARTED_SIGNAL } from '../../workflows/contract.js';
import type { TaskDeps } from '../runner/attempt.js';

/** Waits between tries: a signal that comes later than half a minute tells nobody much. */
const RETRY_MS = [500, 2_000, 5_000, 10_000, 15_000];

/** Signals ATTEMPT_STARTED_SIGNAL to the run, a few times while it fails and the attempt goes on. Does not throw. */
export function signalStarted(client: () => Client): NonNullable<TaskDeps['signalStarted']> {
  return async ({ workflowId, runId }, payload, ended) => {
    for (const waitMs of RETRY_MS) {
      if (ended.aborted) return;
      try {
        return await client().workflow.getHandle(workflowId, runId).signal(ATTEMPT_STARTED_SIGNAL, payload);
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return; // the run is over: nobody is left to tell
      }
      // Best effort: the start also comes with the result, so what was not delivered is not lost.
      await delay(waitMs, undefined, { signal: ended }).catch(() => undefined);
    }
  };
}
