import type { Status } from '../../model/instance/status.js';
import type { RunIntervalInput } from '../../workflows/contract.js';
import type { ActivatedDefinition, InstanceSnapshot, Ledger } from './ledger.js';

/** What a run begins, or goes on, from. */
export interface OpenedRun {
  readonly definition: ActivatedDefinition;
  /** End of the interval, ISO-8601. */
  readonly intervalEnd: string;
  readonly instances: readonly InstanceSnapshot[];
  /** Ids of the components that are paused; absent in histories of before there were pauses. */
  readonly paused?: readonly string[];
}

/** Local activities of an interval run: its conversation with the ledger. Each may be repeated. */
export interface BookkeepingActivities {
  /** Undefined when the pipeline, or the interval, is not there any more. */
  openRun(input: RunIntervalInput): Promise<OpenedRun | undefined>;
  awaitInstances(input: {
    readonly pipelineId: string;
    readonly workflowId: string;
    readonly instanceIds: readonly string[];
  }): Promise<readonly { readonly instanceId: string; readonly status: Status }[]>;
  /** The run waits for nothing any more. */
  closeRun(input: { readonly pipelineId: string; readonly workflowId: string }): Promise<void>;
}

export function bookkeepingActivities({ ledger }: { readonly ledger: Ledger }): BookkeepingActivities {
  return {
    async openRun(input) {
      const instances = await ledger.readRun(input);
      const intervalEnd = instances[0]?.scheduledEnd;
      if (intervalEnd === undefined) return undefined;
      const [definition, paused] = await Promise.all([
        ledger.readDefinition(input.pipelineId, input.definitionVersion),
        ledger.readPauses(input.pipelineId),
      ]);
      return { definition, intervalEnd, instances, ...(paused.length === 0 ? {} : { paused }) };
    },
    async awaitInstances({ pipelineId, workflowId, instanceIds }) {
      return ledger.awaitInstances(pipelineId, workflowId, instanceIds);
    },
    async closeRun({ pipelineId, workflowId }) {
      await ledger.forgetWaits(pipelineId, workflowId);
    },
  };
}
