import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, NotFoundException } from '@nestjs/common';
import { WorkflowNotFoundError } from '@temporalio/client';
import { InvalidRequest } from '../../model/errors.js';
import { didYouMean } from '../../model/expression/suggest.js';
import type { BackfillRerun } from '../../model/instance/backfill.js';
import { compilePipeline, type CompiledPipeline } from '../../model/instance/compile.js';
import { awsTime } from '../../model/instance/ids.js';
import { countIntervals, type RecurringSchedule } from '../../model/schedule/schedule.js';
import {
  BACKFILL_SIGNAL,
  backfillWorkflowId,
  CONTROL_TASK_QUEUE,
  type BackfillInput,
  type BackfillRange,
  type BackfillSignal,
} from '../../workflows/contract.js';
import {
  BackfillStore,
  type BackfillPage,
  type BackfillRequest,
  type StoredBackfill,
} from '../store/backfill-store.js';
import { PipelineStore } from '../store/pipeline-store.js';
import { PostgresLedger } from '../store/postgres-ledger.js';
import { TemporalClient } from '../temporal/temporal.module.js';

/** What a user asks for. */
export interface NewBackfill {
  /** Absent = every Schedule in use. */
  readonly scheduleId?: string;
  readonly from: Date;
  /** Absent = now. */
  readonly to?: Date;
  readonly objects?: readonly string[];
  readonly maxActive: number;
  readonly rerun: BackfillRerun;
}

/** How long a command waits until the backfill shows it. */
const FOLLOWS_MS = 3_000;
const LOOK_MS = 50;

/** Starts, shows and steers backfills. Unknown pipelines and backfills, and what cannot be, are errors with their reason. */
@Injectable()
export class Backfills {
  /** Steps of one history; absent = the workflow's own choice. */
  protected readonly stepsPerHistory: number | undefined = undefined;

  constructor(
    private readonly temporal: TemporalClient,
    private readonly pipelines: PipelineStore,
    private readonly ledger: PostgresLedger,
    private readonly backfills: BackfillStore,
  ) {}

  /** @throws InvalidRequest saying what cannot be backfilled, and why */
  async start(pipelineId: string, asked: NewBackfill, now = new Date()): Promise<StoredBackfill> {
    const { state, activeVersion } = await this.pipelines.get(pipelineId);
    if (activeVersion === undefined)
      throw new InvalidRequest(`Pipeline ${pipelineId} was never activated: there is nothing to backfill`);
    if (state !== 'SCHEDULED' && state !== 'FINISHED')
      throw new InvalidRequest(
        `Pipeline ${pipelineId} is ${state}: only SCHEDULED and FINISHED pipelines can be backfilled`,
      );
    const pipeline = compilePipeline(await this.ledger.readDefinition(pipelineId, activeVersion));
    const { request, ranges } = backfillOf(pipeline, asked, now);
    const id = `bf-${randomBytes(6).toString('hex')}`;
    const total = ranges.reduce((sum, { nextIndex, endIndex }) => sum + endIndex - nextIndex, 0);
    await this.backfills.create(pipelineId, id, request, total);
    const input: BackfillInput = {
      pipelineId,
      backfillId: id,
      rerun: asked.rerun,
      ...(asked.objects === undefined ? {} : { objects: asked.objects }),
      maxActive: asked.maxActive,
      ...(this.stepsPerHistory === undefined ? {} : { stepsPerHistory: this.stepsPerHistory }),
      place: { ranges, open: [], counts: { finished: 0, failed: 0, unchanged: 0 } },
    };
    try {
      await this.temporal.workflow.start('backfill', {
        workflowId: backfillWorkflowId(pipelineId, id),
        taskQueue: CONTROL_TASK_QUEUE,
        args: [input],
        staticSummary: `${pipeline.pipelineName}: ${request.from} to ${request.to}`,
      });
    } catch (error) {
      await this.backfills.forget(pipelineId, id);
      throw error;
    }
    return this.get(pipelineId, id);
  }

  async get(pipelineId: string, id: string): Promise<StoredBackfill> {
    await this.pipelines.get(pipelineId);
    // The store would refuse the text itself.
    const found = id.includes('\0') ? undefined : await this.backfills.get(pipelineId, id);
    if (found !== undefined) return found;
    throw new NotFoundException(`Pipeline ${pipelineId} has no backfill "${id.slice(0, 100)}"`);
  }

  /** One page of them, newest first. @throws InvalidRequest when `after` is none of ours */
  async list(
    pipelineId: string,
    page: { readonly after?: string; readonly limit: number },
  ): Promise<BackfillPage> {
    await this.pipelines.get(pipelineId);
    return this.backfills.page(pipelineId, page);
  }

  /** Gives a command, and answers how it stands when that has taken effect, or after a few seconds. @throws InvalidRequest */
  async command(pipelineId: string, id: string, signal: BackfillSignal): Promise<StoredBackfill> {
    const found = await this.get(pipelineId, id);
    if (found.state !== 'RUNNING' && found.state !== 'PAUSED')
      throw new InvalidRequest(`Backfill ${id} is ${found.state}: there is nothing to ${signal.command}`);
    const handle = this.temporal.workflow.getHandle(backfillWorkflowId(pipelineId, id));
    try {
      await handle.signal<[BackfillSignal]>(BACKFILL_SIGNAL, signal);
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      // It ended just now, or its start was lost with the process that asked for it.
      const { finished, failed, unchanged } = found;
      const counts = { finished, failed, unchanged };
      await this.backfills.report(pipelineId, id, { state: 'CANCELED', counts, running: 0 });
      return this.get(pipelineId, id);
    }
    const wanted = ({ pause: 'PAUSED', resume: 'RUNNING', cancel: 'CANCELED' } as const)[signal.command];
    for (const deadline = Date.now() + FOLLOWS_MS; ; await delay(LOOK_MS)) {
      const now = await this.get(pipelineId, id);
      if (now.state === wanted || now.endedAt !== undefined || Date.now() > deadline) return now;
    }
  }
}

function backfillOf(
  pipeline: CompiledPipeline,
  { scheduleId, from, to, objects, maxActive, rerun }: NewBackfill,
  now: Date,
): { readonly request: BackfillRequest; readonly ranges: BackfillRange[] } {
  const until = to ?? now;
  if (until.getTime() > now.getTime())
    throw new InvalidRequest(
      `to ${awsTime(until)} is in the future: a backfill runs intervals that have begun`,
    );
  if (from.getTime() >= until.getTime())
    throw new InvalidRequest(`from ${awsTime(from)} is not before to ${awsTime(until)}`);
  const schedules = schedulesOf(pipeline, scheduleId);
  const [first] = [...schedules.values()].toSorted((a, b) => a.start.getTime() - b.start.getTime());
  if (first !== undefined && from.getTime() < first.start.getTime()) {
    const ids = [...schedules].filter(([, { start }]) => start.getTime() === first.start.getTime());
    throw new InvalidRequest(
      `from ${awsTime(from)} is before the first interval of Schedule "${ids[0]?.[0] ?? ''}", which begins at ` +
        `${awsTime(first.start)}: only intervals of a Schedule's own series can be backfilled`,
    );
  }
  for (const id of objects ?? []) checkObject(pipeline, id, [...schedules.keys()]);
  const ranges = [...schedules].flatMap(([id, schedule]): BackfillRange[] => {
    // The number of starts before an instant is the index of the first that is not.
    const before = (instant: Date): number => schedule.timeline.countUntil(new Date(instant.getTime() - 1));
    const [nextIndex, endIndex] = [before(from), Math.min(countIntervals(schedule), before(until))];
    return nextIndex < endIndex ? [{ scheduleId: id, nextIndex, endIndex }] : [];
  });
  if (ranges.length === 0) {
    throw new InvalidRequest(
      `No interval of ${[...schedules.keys()].map((id) => `"${id}"`).join(', ')} begins in ${awsTime(from)} to ${awsTime(until)}`,
    );
  }
  const request: BackfillRequest = {
    scheduleIds: [...schedules.keys()],
    from: from.toISOString(),
    to: until.toISOString(),
    ...(objects === undefined ? {} : { objects }),
    maxActive,
    rerun,
  };
  return { request, ranges };
}

function schedulesOf(pipeline: CompiledPipeline, only: string | undefined): Map<string, RecurringSchedule> {
  const used = new Set([...pipeline.runnables.values()].map(({ scheduleId }) => scheduleId));
  const schedules = new Map(
    [...used].flatMap((id): [string, RecurringSchedule][] => {
      const schedule = pipeline.schedules.get(id);
      return schedule?.kind === 'recurring' ? [[id, schedule]] : [];
    }),
  );
  if (schedules.size === 0) {
    throw new InvalidRequest(
      `Pipeline ${pipeline.pipelineId} is ondemand: it has no intervals to backfill, activate it for another run`,
    );
  }
  if (only === undefined) return schedules;
  const schedule = schedules.get(only);
  if (schedule !== undefined) return new Map([[only, schedule]]);
  throw new InvalidRequest(
    `"${only}" is no Schedule in use: expected ${[...schedules.keys()].join(', ')}${didYouMean(only, schedules.keys())}`,
  );
}

function checkObject(pipeline: CompiledPipeline, id: string, scheduleIds: readonly string[]): void {
  const runnable = pipeline.runnables.get(id);
  if (runnable === undefined) {
    throw new InvalidRequest(
      `objects: "${id}" is no activity, data node or resource of the definition in force${didYouMean(id, pipeline.runnables.keys())}`,
    );
  }
  if (!scheduleIds.includes(runnable.scheduleId))
    throw new InvalidRequest(
      `objects: "${id}" is on Schedule "${runnable.scheduleId}", not on ${scheduleIds.join(', ')}`,
    );
}
