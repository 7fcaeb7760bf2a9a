import { ApplicationFailure } from '@temporalio/activity';
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { LANE_REPORT_SIGNAL, type LaneReport } from '../../workflows/contract.js';

/** What a lane and its run must do to hear of each other. Each may be repeated. */
export interface LaneActivities {
  /** Local. False when the run is not there any more. */
  tellRun(input: { readonly runId: string; readonly report: LaneReport }): Promise<boolean>;
  /** @throws retryable NotYet while the run that the lane belongs to is open, in whichever history. */
  untilRunEnds(input: { readonly runId: string; readonly chain: string }): Promise<void>;
  /** Those of the lanes that have ended. @throws retryable NotYet while all are open. */
  untilLanesEnd(input: { readonly laneIds: readonly string[] }): Promise<readonly string[]>;
}

export function laneActivities({ client }: { readonly client: Client }): LaneActivities {
  /** The first run id of the open workflow of that id. */
  const openChain = async (workflowId: string): Promise<string | undefined> => {
    try {
      const { status, raw } = await client.workflow.getHandle(workflowId).describe();
      return status.name === 'RUNNING' ? (raw.workflowExecutionInfo?.firstRunId ?? '') : undefined;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    }
  };
  return {
    async tellRun({ runId, report }) {
      try {
        await client.workflow.getHandle(runId).signal<[LaneReport]>(LANE_REPORT_SIGNAL, report);
        return true;
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false;
        throw error;
      }
    },
    async untilRunEnds({ runId, chain }) {
      if ((await openChain(runId)) === chain) throw notYet(`Interval run ${runId} is open`);
    },
    async untilLanesEnd({ laneIds }) {
      const ended: string[] = [];
      for (const id of laneIds) if ((await openChain(id)) === undefined) ended.push(id);
      if (ended.length === 0) throw notYet('All lanes are open');
      return ended;
    },
  };
}

function notYet(message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: 'NotYet', message });
}
