import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type Workflow,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import {
  type ApiError,
  InternalServiceError,
  InvalidRequest,
  PipelineDeleted,
  PipelineNotFound,
} from '../../model/errors.js';
import type { RunKey } from '../../activities/bookkeeping/ledger.js';
import { setStatusOfRun } from '../../temporal/set-status-of-run.js';
import { tellPausesChanged } from '../../temporal/tell-runs.js';
import {
  CONTROL_TASK_QUEUE,
  DEACTIVATION_BEGUN_UPDATE,
  intervalRunId,
  lifecycleWorkflowId,
  type ActivatePipelineInput,
  type DeactivatePipelineInput,
  type DeletePipelineInput,
} from '../../workflows/contract.js';
import { errorFacts, log } from '../config/log.js';
import { ObjectStore } from '../store/object-store.js';
import { PauseStore, type PauseChange } from '../store/pause-store.js';
import { PipelineStore } from '../store/pipeline-store.js';
import { TemporalClient } from '../temporal/temporal.module.js';
import { ConsumersElsewhere } from './consumers-elsewhere.js';
import { PipelineEngine, type ActivateOptions, type InstanceCommand } from './pipeline-engine.js';

/** How long a change of a pipeline's life cycle waits for the one before it. */
const PATIENCE_MS = 5_000;

/** How long a call waits for the control worker's answer: well below the minute after which the AWS CLI asks again. */
const ANSWER_MS = 20_000;
const LATE = Symbol('late');

/** Signals sent at a time. */
const SIGNALS_AT_ONCE = 50;

/**
 * Life cycle by workflows, so that what was asked for is done whatever dies meanwhile: from the moment that Temporal has taken
 * the request. One at a time for a pipeline.
 */
@Injectable()
export class TemporalPipelineEngine extends PipelineEngine {
  protected readonly answerMs: number = ANSWER_MS;

  constructor(
    private readonly temporal: TemporalClient,
    private readonly pipelines: PipelineStore,
    private readonly objects: ObjectStore,
    private readonly pauses: PauseStore,
    private readonly consumers: ConsumersElsewhere,
  ) {
    super();
  }

  override async activate(
    pipelineId: string,
    { parameterValues, startTimestamp }: ActivateOptions,
  ): Promise<void> {
    const input: ActivatePipelineInput = {
      pipelineId,
      ...(parameterValues === undefined ? {} : { parameterValues }),
      ...(startTimestamp === undefined ? {} : { startTimestamp: startTimestamp.toISOString() }),
    };
    const handle = await this.begin('activatePipeline', pipelineId, input);
    try {
      // Taken on is done, sooner or later: a caller need not wait for a control worker that is away.
      await within(this.answerMs, handle.result());
    } catch (error) {
      throw apiErrorOf(error, pipelineId) ?? error;
    }
  }

  override async deactivate(
    pipelineId: string,
    { cancelActive }: { readonly cancelActive: boolean },
  ): Promise<void> {
    const input: DeactivatePipelineInput = { pipelineId, cancelActive };
    const handle = await this.begin('deactivatePipeline', pipelineId, input);
    try {
      await within(this.answerMs, handle.executeUpdate(DEACTIVATION_BEGUN_UPDATE));
    } catch (error) {
      if (!(error instanceof WorkflowUpdateFailedError || error instanceof WorkflowNotFoundError))
        throw error;
      // It has ended before it could answer: its result says how.
      await within(this.answerMs, handle.result()).catch((failure: unknown) => {
        throw apiErrorOf(failure, pipelineId) ?? failure;
      });
    }
  }

  override async setStatus(
    pipelineId: string,
    instanceIds: readonly string[],
    command: InstanceCommand,
  ): Promise<void> {
    const pipeline = await this.pipelines.get(pipelineId);
    if (pipeline.activeVersion === undefined)
      throw new InvalidRequest(`Pipeline ${pipelineId} was never activated`);
    const { activeVersion } = pipeline;
    const done = new Set(instanceIds);
    const runs = await this.command(pipelineId, activeVersion, instanceIds, command);
    if (command !== 'RERUN') return;
    const compiled = await this.consumers.compiled(pipelineId, activeVersion);
    // The list grows while it is walked.
    for (const run of runs) {
      const ids = (await this.consumers.of(compiled, run)).filter((id) => !done.has(id));
      for (const id of ids) done.add(id);
      if (ids.length > 0) runs.push(...(await this.command(pipelineId, activeVersion, ids, command)));
    }
    await this.pipelines.reopen(pipelineId);
    // A run that opened while a component was being paused may have missed it.
    await this.announce(await this.pauses.reminders(pipelineId));
  }

  /** Gives a command to the runs of the instances. @returns the runs */
  private async command(
    pipelineId: string,
    definitionVersion: number,
    instanceIds: readonly string[],
    command: InstanceCommand,
  ): Promise<RunKey[]> {
    const runs = new Map<string, { readonly run: RunKey; readonly instanceIds: string[] }>();
    for (const [instanceId, run] of await this.objects.runsOf(pipelineId, instanceIds)) {
      const group = runs.get(intervalRunId(run));
      if (group === undefined) runs.set(intervalRunId(run), { run, instanceIds: [instanceId] });
      else group.instanceIds.push(instanceId);
    }
    const unknown = instanceIds.filter(
      (id) => ![...runs.values()].some((group) => group.instanceIds.includes(id)),
    );
    if (unknown.length > 0) {
      throw new InvalidRequest(`Pipeline ${pipelineId} has no instance ${unknown.join(', ')}`);
    }
    for (const group of runs.values()) {
      const run = { ...group.run, definitionVersion };
      const answer = setStatusOfRun(this.temporal, run, { command, instanceIds: group.instanceIds });
      if ((await within(this.answerMs, answer)) === LATE) {
        throw new InternalServiceError(
          `${command} of ${group.instanceIds.join(', ')} was not answered within ${this.answerMs / 1000} seconds: is a control worker running?`,
        );
      }
    }
    return [...runs.values()].map(({ run }) => run);
  }

  override async announce({ paused, notifications }: PauseChange): Promise<void> {
    const tell = async (): Promise<void> => {
      for (let at = 0; at < notifications.length; at += SIGNALS_AT_ONCE) {
        const some = notifications.slice(at, at + SIGNALS_AT_ONCE);
        await Promise.all(some.map((each) => tellPausesChanged(this.temporal, each, paused)));
        await this.pauses.delivered(some.map(({ id }) => id));
      }
    };
    const told = tell().catch((error: unknown) =>
      log('warn', 'runs were not told of a pause; the control worker will tell them', errorFacts(error)),
    );
    await within(this.answerMs, told);
  }

  /** Deletion goes before everything else: a deactivation that still waits for running work makes room for it. */
  override async remove(pipelineId: string): Promise<void> {
    const input: DeletePipelineInput = { pipelineId };
    const current = this.temporal.workflow.getHandle(lifecycleWorkflowId(pipelineId));
    for (;;) {
      try {
        await this.start('deletePipeline', pipelineId, input);
        return;
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
        if ((await current.describe()).type === 'deletePipeline') return;
        await current.terminate('The pipeline is deleted');
      }
    }
  }

  private async begin(type: string, pipelineId: string, input: { readonly pipelineId: string }) {
    try {
      return await this.start(type, pipelineId, input);
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    // Most changes take a blink, and one may be over but for its last breath.
    await this.untilLifecycleIsQuiet(pipelineId);
    try {
      return await this.start(type, pipelineId, input);
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      throw new InvalidRequest(
        `Pipeline ${pipelineId} is being activated, deactivated or deleted at the moment: try again when that is done`,
      );
    }
  }

  private async untilLifecycleIsQuiet(pipelineId: string): Promise<void> {
    const current = this.temporal.workflow.getHandle(lifecycleWorkflowId(pipelineId));
    for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await delay(50)) {
      if ((await current.describe()).status.name !== 'RUNNING') return;
    }
  }

  private async start(type: string, pipelineId: string, input: { readonly pipelineId: string }) {
    return this.temporal.workflow.start<Workflow>(type, {
      workflowId: lifecycleWorkflowId(pipelineId),
      taskQueue: CONTROL_TASK_QUEUE,
      args: [input],
    });
  }
}

/** The result of `work`, or LATE when it takes longer than `ms`; what it then does or throws nobody hears. */
async function within<T>(ms: number, work: Promise<T>): Promise<T | typeof LATE> {
  const timer = new AbortController();
  try {
    return await Promise.race([work, delay(ms, LATE, { signal: timer.signal })]);
  } finally {
    timer.abort();
  }
}

/** What a caller is told of the failure of a step: it may have been deleted by another meanwhile. */
function apiErrorOf(error: unknown, pipelineId: string): ApiError | undefined {
  if (!(error instanceof WorkflowFailedError)) return undefined;
  let cause: unknown = error.cause;
  while (cause instanceof Error && !(cause instanceof ApplicationFailure)) cause = cause.cause;
  if (!(cause instanceof ApplicationFailure)) return undefined;
  switch (cause.type) {
    case 'InvalidRequest':
      return new InvalidRequest(cause.message);
    case 'PipelineDeleted':
      return new PipelineDeleted(pipelineId);
    case 'PipelineNotFound':
      return new PipelineNotFound(pipelineId);
    default:
      return undefined;
  }
}
