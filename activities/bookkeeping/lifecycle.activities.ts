import { ApplicationFailure } from '@temporalio/activity';
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { textOf } from '../../model/definition/component.js';
import { withParameterValues } from '../../model/definition/parameters.js';
import { compilePipeline, type CompiledPipeline } from '../../model/instance/compile.js';
import { isoTime, ONDEMAND_SCHEDULE } from '../../model/instance/ids.js';
import { DEACTIVATED } from '../../model/instance/interval-run.js';
import {
  DEACTIVATED_SIGNAL,
  intervalRunId,
  temporalScheduleId,
  type ActivatePipelineInput,
  type DeactivatedSignal,
} from '../../workflows/contract.js';
import { setStatusOfRun } from '../../temporal/set-status-of-run.js';
import { heartbeating } from './heartbeating.js';
import { createInstances, startIntervalRun } from './interval-runs.js';
import type { Ledger, RunKey } from './ledger.js';
import type { PipelineLifecycle, RunIndex } from './pipeline-lifecycle.js';
import { skipUntil } from './skip-until.js';
import {
  pauseTemporalSchedule,
  removeTemporalSchedule,
  startTemporalSchedule,
} from './temporal-schedules.js';

/** What an activation has brought into force. */
export interface ActivationInForce {
  readonly pipelineId: string;
  readonly definitionVersion: number;
  readonly ondemand: boolean;
  /** Runs of an ondemand pipeline at a time. */
  readonly maxActiveInstances: number;
  readonly scheduleIds: readonly string[];
  readonly startTimestamp?: string;
}

type PipelineOnly = { readonly pipelineId: string };
type At = { readonly at: string };

/** Steps of a pipeline's activation, deactivation and deletion. Each may be repeated, and sends heartbeats. */
export interface LifecycleActivities {
  bringIntoForce(input: ActivatePipelineInput & At): Promise<ActivationInForce>;
  /** Takes up what the last deactivation has cancelled, oldest first. Source: semantics.md 14.3. */
  resumeCanceled(input: ActivationInForce): Promise<void>;
  startScheduling(input: ActivationInForce): Promise<void>;
  chooseRunsToCancel(input: ActivationInForce): Promise<{ readonly runsToCancel: readonly RunKey[] }>;
  chooseOndemandStart(input: PipelineOnly): Promise<string>;
  startOndemand(input: PipelineOnly & { readonly intervalStart: string }): Promise<void>;
  beginDeactivation(input: PipelineOnly): Promise<void>;
  stopScheduling(input: PipelineOnly): Promise<void>;
  openRuns(input: PipelineOnly): Promise<{ readonly runs: readonly RunKey[] }>;
  signalDeactivated(input: {
    readonly runs: readonly RunKey[];
    readonly cancelActive: boolean;
  }): Promise<void>;
  /** @throws retryable NotYet while one of the runs is open. */
  untilClosed(input: { readonly runs: readonly RunKey[] }): Promise<void>;
  finishDeactivation(input: PipelineOnly & At): Promise<void>;
  beginDeletion(input: PipelineOnly & At): Promise<void>;
  removeSchedules(input: PipelineOnly): Promise<void>;
  finishDeletion(input: PipelineOnly): Promise<void>;
}

export function lifecycleActivities({
  pipelines,
  runs: index,
  ledger,
  client,
}: {
  readonly pipelines: PipelineLifecycle;
  readonly runs: RunIndex;
  readonly ledger: Ledger;
  readonly client: Client;
}): LifecycleActivities {
  const compileVersion = async (pipelineId: string, definitionVersion: number): Promise<CompiledPipeline> =>
    compilePipeline(await ledger.readDefinition(pipelineId, definitionVersion));

  return heartbeating<LifecycleActivities>({
    async bringIntoForce({ pipelineId, parameterValues, startTimestamp, at }) {
      const pipeline = await pipelines.get(pipelineId);
      const latest = await pipelines.readDefinition(pipelineId, 'latest');
      if (latest === undefined) throw invalid(`Pipeline ${pipelineId} has no definition`);
      const compiled = compilePipeline({
        pipelineId,
        pipelineName: pipeline.name,
        definitionVersion: latest.definitionVersion,
        activation: pipeline.activation ?? 0,
        definition: withParameterValues(latest.definition, parameterValues ?? []),
        firstActivationTime: pipeline.firstActivatedAt ?? at,
      });
      const scheduleIds = [
        ...new Set([...compiled.runnables.values()].map((runnable) => runnable.scheduleId)),
      ];
      const { definitionVersion } = await pipelines.activate(pipelineId, {
        definitionVersion: latest.definitionVersion,
        ...(parameterValues === undefined ? {} : { parameterValues }),
        at: new Date(at),
        schedules: scheduleIds.map((scheduleId) => ({
          scheduleId,
          exhausted: scheduleId === ONDEMAND_SCHEDULE,
        })),
      });
      const common = compiled.components.get('Default');
      return {
        pipelineId,
        definitionVersion,
        ondemand: scheduleIds.includes(ONDEMAND_SCHEDULE),
        maxActiveInstances:
          Number(common === undefined ? 1 : (textOf(common, 'maxActiveInstances') ?? 1)) || 1,
        scheduleIds,
        ...(startTimestamp === undefined ? {} : { startTimestamp }),
      };
    },

    async resumeCanceled({ pipelineId, definitionVersion, startTimestamp }) {
      const from = startTimestamp === undefined ? Number.NEGATIVE_INFINITY : Date.parse(startTimestamp);
      for (const { run, instanceIds } of await index.canceledFor(pipelineId, DEACTIVATED)) {
        if (Date.parse(run.intervalStart) < from) continue;
        await setStatusOfRun(client, { ...run, definitionVersion }, { command: 'RERUN', instanceIds });
      }
    },

    async startScheduling({ pipelineId, definitionVersion, scheduleIds, startTimestamp }) {
      const pipeline = await compileVersion(pipelineId, definitionVersion);
      for (const scheduleId of scheduleIds) {
        const schedule = pipeline.schedules.get(scheduleId);
        if (schedule === undefined) continue;
        if (startTimestamp !== undefined)
          await skipUntil(ledger, pipeline, scheduleId, Date.parse(startTimestamp));
        await startTemporalSchedule(client, { pipelineId, scheduleId }, schedule, pipeline.pipelineName);
      }
    },

    async chooseRunsToCancel({ pipelineId, maxActiveInstances }) {
      const open = await index.openRuns(pipelineId);
      // Our choice between two texts (semantics.md 4.4): running runs go only when there is no room for another.
      return { runsToCancel: open.slice(0, Math.max(0, open.length - maxActiveInstances + 1)) };
    },

    async chooseOndemandStart({ pipelineId }) {
      for (let seconds = Math.floor(Date.now() / 1000); ; seconds++) {
        const intervalStart = isoTime(new Date(seconds * 1000));
        const taken = await ledger.readRun({ pipelineId, scheduleId: ONDEMAND_SCHEDULE, intervalStart });
        if (taken.length === 0) return intervalStart;
      }
    },

    async startOndemand({ pipelineId, intervalStart }) {
      const { state, activeVersion } = await pipelines.get(pipelineId);
      // FINISHED it is when its last run was cancelled to make room for this one.
      const isActive = state === 'SCHEDULED' || state === 'FINISHED';
      if (!isActive || activeVersion === undefined) return; // it is being deleted
      const pipeline = await compileVersion(pipelineId, activeVersion);
      const start = new Date(intervalStart);
      const interval = { index: 0, start, end: start };
      await createInstances(ledger, pipeline, ONDEMAND_SCHEDULE, interval);
      await startIntervalRun(client, pipeline, ONDEMAND_SCHEDULE, interval);
    },

    async beginDeactivation({ pipelineId }) {
      await pipelines.deactivating(pipelineId);
    },

    async stopScheduling({ pipelineId }) {
      for (const scheduleId of await index.scheduleIds(pipelineId)) {
        await pauseTemporalSchedule(client, temporalScheduleId({ pipelineId, scheduleId }), DEACTIVATED);
      }
    },

    async openRuns({ pipelineId }) {
      return { runs: await index.openRuns(pipelineId) };
    },

    async signalDeactivated({ runs, cancelActive }) {
      for (const run of runs) {
        try {
          await client.workflow
            .getHandle(intervalRunId(run))
            .signal<[DeactivatedSignal]>(DEACTIVATED_SIGNAL, { cancelActive });
        } catch (error) {
          if (!(error instanceof WorkflowNotFoundError)) throw error;
        }
      }
    },

    async untilClosed({ runs }) {
      for (const run of runs) {
        if (await isOpen(client, intervalRunId(run))) {
          throw ApplicationFailure.create({
            type: 'NotYet',
            message: `Interval run ${intervalRunId(run)} is open`,
          });
        }
      }
    },

    async finishDeactivation({ pipelineId, at }) {
      await pipelines.deactivated(pipelineId, new Date(at));
    },

    async beginDeletion({ pipelineId, at }) {
      await pipelines.markDeleting(pipelineId, new Date(at));
    },

    async removeSchedules({ pipelineId }) {
      for (const scheduleId of await index.scheduleIds(pipelineId)) {
        await removeTemporalSchedule(client, temporalScheduleId({ pipelineId, scheduleId }));
      }
    },

    async finishDeletion({ pipelineId }) {
      await pipelines.delete(pipelineId);
    },
  });
}

async function isOpen(client: Client, workflowId: string): Promise<boolean> {
  try {
    return (await client.workflow.getHandle(workflowId).describe()).status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

function invalid(message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: 'InvalidRequest', message, nonRetryable: true });
}
