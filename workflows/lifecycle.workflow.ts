import { condition, defineUpdate, proxyActivities, setHandler } from '@temporalio/workflow';
import type { LifecycleActivities } from '../activities/bookkeeping/lifecycle.activities.js';
import {
  DEACTIVATION_BEGUN_UPDATE,
  type ActivatePipelineInput,
  type DeactivatePipelineInput,
  type DeletePipelineInput,
} from './contract.js';

const lifecycle = proxyActivities<LifecycleActivities>({
  startToCloseTimeout: '10m',
  heartbeatTimeout: '15s',
  retry: {
    initialInterval: '200ms',
    backoffCoefficient: 2,
    maximumInterval: '10s',
    nonRetryableErrorTypes: ['InvalidRequest', 'PipelineNotFound', 'PipelineDeleted'],
  },
});

// Asked again by the server until the last run has closed, however long its work takes: no history grows.
const patient = proxyActivities<LifecycleActivities>({
  startToCloseTimeout: '1m',
  heartbeatTimeout: '15s',
  retry: { initialInterval: '500ms', backoffCoefficient: 1.5, maximumInterval: '10s' },
});

/** Brings the latest definition into force and begins, or goes on, scheduling. Source: semantics.md 14.1, 14.3. */
export async function activatePipeline(input: ActivatePipelineInput): Promise<void> {
  const activated = await lifecycle.bringIntoForce({ ...input, at: new Date().toISOString() });
  if (activated.ondemand) {
    const { pipelineId } = input;
    const { runsToCancel } = await lifecycle.chooseRunsToCancel(activated);
    if (runsToCancel.length > 0) {
      await lifecycle.signalDeactivated({ runs: runsToCancel, cancelActive: true });
      await patient.untilClosed({ runs: runsToCancel });
    }
    await lifecycle.startOndemand({
      pipelineId,
      intervalStart: await lifecycle.chooseOndemandStart({ pipelineId }),
    });
    return;
  }
  await lifecycle.resumeCanceled(activated);
  await lifecycle.startScheduling(activated);
}

/** Nothing new starts; what runs is cancelled, or ends by itself. Source: semantics.md 14.2. */
export async function deactivatePipeline(input: DeactivatePipelineInput): Promise<void> {
  let begun = false;
  setHandler(defineUpdate<void, []>(DEACTIVATION_BEGUN_UPDATE), () => condition(() => begun));
  await lifecycle.beginDeactivation(input);
  await lifecycle.stopScheduling(input);
  begun = true;
  const { runs } = await lifecycle.openRuns(input);
  await lifecycle.signalDeactivated({ runs, cancelActive: input.cancelActive });
  await patient.untilClosed({ runs });
  await lifecycle.finishDeactivation({ ...input, at: new Date().toISOString() });
}

/** Cancels what runs, then removes definition and history. Source: semantics.md 14.5. */
export async function deletePipeline(input: DeletePipelineInput): Promise<void> {
  await lifecycle.beginDeletion({ ...input, at: new Date().toISOString() });
  await lifecycle.removeSchedules(input);
  const { runs } = await lifecycle.openRuns(input);
  await lifecycle.signalDeactivated({ runs, cancelActive: true });
  await patient.untilClosed({ runs });
  await lifecycle.finishDeletion(input);
}
