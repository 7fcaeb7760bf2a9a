import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import type { CompiledPipeline } from '../../model/instance/compile.js';
import { isoTime } from '../../model/instance/ids.js';
import { newInstanceOf, planInterval } from '../../model/instance/plan.js';
import type { Status } from '../../model/instance/status.js';
import type { Interval } from '../../model/schedule/schedule.js';
import { CONTROL_TASK_QUEUE, intervalRunId, type RunIntervalInput } from '../../workflows/contract.js';
import type { Ledger } from './ledger.js';

/** Makes the instances of one interval. What is there already stays as it is. */
export async function createInstances(
  ledger: Pick<Ledger, 'createInstances'>,
  pipeline: CompiledPipeline,
  scheduleId: string,
  interval: Interval,
  status: Status = 'WAITING_ON_DEPENDENCIES',
): Promise<void> {
  const plan = planInterval(pipeline, scheduleId, interval);
  const run = { pipelineId: pipeline.pipelineId, scheduleId, intervalStart: isoTime(interval.start) };
  await ledger.createInstances(
    run,
    plan.instances.map((planned) => ({ ...newInstanceOf(planned, plan, pipeline), status })),
  );
}

/** Starts one interval run; does nothing when it was started before, with `again` only when it is open. */
export async function startIntervalRun(
  client: Client,
  pipeline: CompiledPipeline,
  scheduleId: string,
  interval: Interval,
  { again = false }: { readonly again?: boolean } = {},
): Promise<void> {
  const input: RunIntervalInput = {
    pipelineId: pipeline.pipelineId,
    scheduleId,
    intervalStart: isoTime(interval.start),
    definitionVersion: pipeline.definitionVersion,
    ...(again ? { again } : {}),
  };
  try {
    await client.workflow.start('runInterval', {
      workflowId: intervalRunId(input),
      taskQueue: CONTROL_TASK_QUEUE,
      args: [input],
      workflowIdReusePolicy: again ? 'ALLOW_DUPLICATE' : 'REJECT_DUPLICATE',
      staticSummary: `${pipeline.pipelineName}: ${scheduleId}, ${input.intervalStart}`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
