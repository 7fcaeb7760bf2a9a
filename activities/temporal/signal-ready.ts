import { setTimeout as delay } from 'node:timers/promises';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { RESOURCE_READY_SIGNAL } from '../../workflows/contract.js';
import type { ResourceDeps } from '../resources/ec2-resource.js';

const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 10_000;

/** Signals RESOURCE_READY_SIGNAL to the run until it arrives: without it no work ever comes to the machine. */
export function signalReady(client: () => Client): ResourceDeps['signalReady'] {
  return async ({ workflowId, runId }, payload, ended) => {
    for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(2 * waitMs, LAST_RETRY_MS)) {
      ended.throwIfAborted();
      try {
        return await client().workflow.getHandle(workflowId, runId).signal(RESOURCE_READY_SIGNAL, payload);
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return; // the cancel of this activity is on its way
      }
      await delay(waitMs, undefined, { signal: ended });
    }
  };
}
