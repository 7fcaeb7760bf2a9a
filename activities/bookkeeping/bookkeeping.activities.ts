import type { Client } from '@temporalio/client';
import type { PipelineObject } from '../../model/definition/pipeline-definition.js';
import { NEVER_MADE, type Elsewhere, type WatchedInstance } from '../../model/instance/events.js';
import type { RunPlace, UserPlace } from '../../model/instance/plan.js';
import { recordOf, type StoredInstance } from '../../model/instance/run-book.js';
import { STATUS } from '../../model/instance/status.js';
import { setStatusOfRun, wantResourceOfRun } from '../../temporal/set-status-of-run.js';
import type { RunBounds, RunIntervalInput } from '../../workflows/contract.js';
import { laneActivities, type LaneActivities } from './lane.activities.js';
import type { ActivatedDefinition, InstanceSnapshot, Ledger } from './ledger.js';
import { partsOf } from './object-parts.js';

/** What a run begins, or goes on, from. */
export interface OpenedRun {
  readonly definition: ActivatedDefinition;
  /** End of the interval, ISO-8601. */
  readonly intervalEnd: string;
  readonly instances: readonly StoredInstance[];
  /** Ids of the components that are paused; absent in histories of before there were pauses. */
  readonly paused?: readonly string[];
  /** The objects of the definition, when they are too many for one answer, are in so many others: `readObjects`. */
  readonly parts?: number;
  /** What one history holds, when that is not as usual. */
  readonly bounds?: RunBounds;
}

/** Local activities of an interval run: its conversation with the ledger. Each may be repeated. */
export interface BookkeepingActivities {
  /** Undefined when the pipeline, or the interval, is not there any more. */
  openRun(input: RunIntervalInput): Promise<OpenedRun | undefined>;
  /** Objects of a definition; `part` from 0. */
  readObjects(input: {
    readonly pipelineId: string;
    readonly definitionVersion: number;
    readonly part: number;
  }): Promise<readonly PipelineObject[]>;
  awaitInstances(input: {
    readonly pipelineId: string;
    readonly workflowId: string;
    readonly instanceIds: readonly string[];
    readonly watched?: readonly WatchedInstance[];
  }): Promise<readonly Elsewhere[]>;
  /** The run waits for nothing any more. */
  closeRun(input: { readonly pipelineId: string; readonly workflowId: string }): Promise<void>;
}

/** Activities by which a run reaches others: they may wait for those, so they are not local. Each may be repeated. */
export interface RunToRunActivities {
  /** Has the run of a resource make it again if it has ended. How it stands then; undefined while it has not been made. */
  wantResource(input: {
    readonly pipelineId: string;
    readonly definitionVersion: number;
    readonly workflowId: string;
    readonly resourceId: string;
    readonly run: RunPlace;
    readonly userIds: readonly string[];
    readonly rerun: boolean;
  }): Promise<Elsewhere | undefined>;
  /** Reruns those of the instances that have failed. */
  rerunElsewhere(input: {
    readonly pipelineId: string;
    readonly definitionVersion: number;
    readonly workflowId: string;
    readonly users: readonly UserPlace[];
  }): Promise<void>;
}

export function bookkeepingActivities({
  ledger,
  client,
  bounds,
}: {
  readonly ledger: Ledger;
  readonly client: Client;
  /** @default those of workflows/run-bounds.ts */
  readonly bounds?: RunBounds;
}): BookkeepingActivities & RunToRunActivities & LaneActivities {
  return {
    ...laneActivities({ client }),
    async openRun(input) {
      const instances = await ledger.readRun(input, { opening: input.again === true });
      const intervalEnd = instances[0]?.scheduledEnd;
      if (intervalEnd === undefined) return undefined;
      const [definition, paused] = await Promise.all([
        ledger.readDefinition(input.pipelineId, input.definitionVersion),
        ledger.readPauses(input.pipelineId),
      ]);
      const parts = partsOf(definition.definition.pipelineObjects).length;
      return {
        ...(parts === 1 ? { definition } : { definition: withoutObjects(definition), parts }),
        intervalEnd,
        instances: instances.map(storedOf),
        ...(paused.length === 0 ? {} : { paused }),
        ...(bounds === undefined ? {} : { bounds }),
      };
    },
    async readObjects({ pipelineId, definitionVersion, part }) {
      const { definition } = await ledger.readDefinition(pipelineId, definitionVersion);
      return partsOf(definition.pipelineObjects)[part] ?? [];
    },
    async awaitInstances({ pipelineId, workflowId, instanceIds, watched = [] }) {
      return ledger.awaitInstances(pipelineId, workflowId, instanceIds, watched);
    },
    async closeRun({ pipelineId, workflowId }) {
      await ledger.forgetWaits(pipelineId, workflowId);
    },
    async wantResource({ pipelineId, definitionVersion, workflowId, resourceId, run, userIds, rerun }) {
      const look = async (): Promise<Elsewhere | undefined> => {
        const watched = [{ instanceId: resourceId, scheduleId: run.scheduleId }];
        return (await ledger.awaitInstances(pipelineId, workflowId, [], watched))[0];
      };
      const found = await look();
      if (found === undefined || found.seq === NEVER_MADE || !STATUS[found.status].terminal) return found;
      const input = { pipelineId, ...run, definitionVersion };
      await wantResourceOfRun(client, input, { resourceId, userIds, rerun });
      return look();
    },
    async rerunElsewhere({ pipelineId, definitionVersion, workflowId, users }) {
      const ids = users.map(({ instanceId }) => instanceId);
      const found = await ledger.awaitInstances(pipelineId, workflowId, ids);
      const failed = new Set(
        found.filter(({ status }) => STATUS[status].cascades).map(({ instanceId }) => instanceId),
      );
      const runs = new Map<string, UserPlace[]>();
      for (const user of users) {
        if (!failed.has(user.instanceId)) continue;
        const key = JSON.stringify([user.scheduleId, user.intervalStart]);
        runs.set(key, [...(runs.get(key) ?? []), user]);
      }
      for (const group of runs.values()) {
        const [{ scheduleId, intervalStart }] = group as [UserPlace, ...UserPlace[]];
        const instanceIds = group.map(({ instanceId }) => instanceId);
        const input = { pipelineId, scheduleId, intervalStart, definitionVersion };
        await setStatusOfRun(client, input, { command: 'RERUN', instanceIds });
      }
    },
  };
}

/** What a run goes on from; the rest it plans. A run of 5,000 instances has it in its history, where a payload has at most 2 MB. */
function storedOf(row: InstanceSnapshot): StoredInstance {
  const { id, componentId, kind, type, nodeId, leaseGranted } = row;
  return {
    id,
    componentId,
    kind,
    type,
    ...(nodeId === undefined ? {} : { nodeId }),
    leaseGranted,
    ...recordOf(row),
  };
}

function withoutObjects(activated: ActivatedDefinition): ActivatedDefinition {
  return { ...activated, definition: { ...activated.definition, pipelineObjects: [] } };
}
