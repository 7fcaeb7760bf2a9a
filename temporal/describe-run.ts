import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { laneId, LANES_MEMO } from '../workflows/contract.js';

type Described = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['describe']>>;
type Raw = NonNullable<Described['raw']['pendingActivities']>[number];

/** An attempt that is under way, and the workflow that carries it: the run or a lane of it. */
export type PendingActivity = Raw & { readonly workflowId: string };

/** An interval run as Temporal describes it, with the pending activities of the run and of its lanes. @throws WorkflowNotFoundError */
export async function describeRun(
  temporal: Client,
  workflowId: string,
): Promise<Pick<Described, 'status' | 'raw'> & { readonly pending: readonly PendingActivity[] }> {
  const { status, raw, memo } = await temporal.workflow.getHandle(workflowId).describe();
  const own = carriedBy(workflowId, raw.pendingActivities);
  const lanes = status.name === 'RUNNING' ? lanesOf(memo) : [];
  const carried = await Promise.all(lanes.map((lane) => pendingOf(temporal, laneId(workflowId, lane))));
  return { status, raw, pending: [own, ...carried].flat() };
}

async function pendingOf(temporal: Client, workflowId: string): Promise<readonly PendingActivity[]> {
  try {
    const { raw } = await temporal.workflow.getHandle(workflowId).describe();
    return carriedBy(workflowId, raw.pendingActivities);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return []; // it may have ended long ago
    throw error;
  }
}

function carriedBy(workflowId: string, activities: readonly Raw[] | null | undefined): PendingActivity[] {
  return (activities ?? []).map((activity) => Object.assign(activity, { workflowId }));
}

function lanesOf(memo: Readonly<Record<string, unknown>> | undefined): number[] {
  const lanes = memo?.[LANES_MEMO];
  return Array.isArray(lanes) ? lanes.filter((lane) => Number.isSafeInteger(lane)) : [];
}
