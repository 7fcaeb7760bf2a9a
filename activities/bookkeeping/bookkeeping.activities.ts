import type { Status } from '../../model/instance/status.js';
import type { RunIntervalInput } from '../../workflows/contract.js';
import type { ActivatedDefinition, InstanceSnapshot, Ledger } from './ledger.js';

/** What a run begins, or goes on, from. */
export interface OpenedRun {
  readonly definition: ActivatedDefinition;
  /** End of the interval, ISO-8601. */
  readonly intervalEnd: string;
  readonly instances: readonly InstanceSnapshot[];
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
      const definition = await ledger.readDefinition(input.pipelineId, input.definitionVersion);
      return { definition, intervalEnd, instances };
    },
    async awaitInstances({ pipelineId, workflowId, instanceIds }) {
      return ledger.awaitInstances(pipelineId, workflowId, instanceIds);
    },
    async closeRun({ pipelineId, workflowId }) {
      await ledger.forgetWaits(pipelineId, workflowId);
    },
  };
}
