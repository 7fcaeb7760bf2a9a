// Calls to Temporal that the API and the control worker make alike. Imports @temporalio/client and workflows/contract.ts only.

import { WithStartWorkflowOperation, type Client } from '@temporalio/client';
import {
  CONTROL_TASK_QUEUE,
  intervalRunId,
  SET_STATUS_UPDATE,
  WANT_RESOURCE_UPDATE,
  type RunIntervalInput,
  type SetStatusUpdate,
  type WantResourceUpdate,
} from '../workflows/contract.js';

/** Gives an operator's command to a run; one that has closed is opened again, from the ledger. */
export async function setStatusOfRun(
  client: Client,
  run: RunIntervalInput,
  update: SetStatusUpdate,
): Promise<void> {
  await client.workflow.executeUpdateWithStart(SET_STATUS_UPDATE, {
    args: [update],
    startWorkflowOperation: startOf(run),
  });
}

/** Tells the run of a resource, open or closed, that others need it. */
export async function wantResourceOfRun(
  client: Client,
  run: RunIntervalInput,
  update: WantResourceUpdate,
): Promise<void> {
  await client.workflow.executeUpdateWithStart(WANT_RESOURCE_UPDATE, {
    args: [update],
    startWorkflowOperation: startOf(run),
  });
}

function startOf(run: RunIntervalInput) {
  const { pipelineId, scheduleId, intervalStart, definitionVersion } = run;
  return new WithStartWorkflowOperation('runInterval', {
    workflowId: intervalRunId(run),
    taskQueue: CONTROL_TASK_QUEUE,
    args: [{ pipelineId, scheduleId, intervalStart, definitionVersion, again: true }],
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  });
}
