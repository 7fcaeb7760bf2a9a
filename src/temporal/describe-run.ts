import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { laneId, LANES_MEMO } from '../../workflows/contract.js';

type Described = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['describe']>>;
export type PendingActivity = NonNullable<Described['raw']['pendingActivities']>[number];

/** An interval run as Temporal describes it, with the pending activities of the run and of its lanes. @throws WorkflowNotFoundError */
export async function describeRun(
  temporal: Client,
  workflowId: string,
): Promise<Pick<Described, 'status' | 'raw'> & { readonly pending: readonly PendingActivity[] }> {
  const { status, raw, memo } = await temporal.workflow.getHandle(workflowId).describe();
  const own = raw.pendingActivities ?? [];
  const lanes = status.name === 'RUNNING' ? lanesOf(memo) : [];
  const carried = await Promise.all(lanes.map((lane) => pendingOf(temporal, laneId(workflowId, lane))));
  return { status, raw, pending: [own, ...carried].flat() };
}

async function pendingOf(temporal: Client, workflowId: string): Promise<readonly PendingActivity[]> {
  try {
    return (await temporal.workflow.getHandle(workflowId).describe()).raw.pendingActivities ?? [];
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return []; // it may have ended long ago
    throw error;
  }
}

function lanesOf(memo: Readonly<Record<string, unknown>> | undefined): number[] {
  const lanes = memo?.[LANES_MEMO];
  return Array.isArray(lanes) ? lanes.filter((lane) => Number.isSafeInteger(lane)) : [];
}
