import { Injectable } from '@nestjs/common';
import type { PipelineObject } from '../../model/definition/pipeline-definition.js';
import { compilePipeline, type CompiledPipeline } from '../../model/instance/compile.js';
import { dueTime, intervalAt } from '../../model/schedule/schedule.js';
import { temporalScheduleId } from '../../workflows/contract.js';
import { PipelineStore } from '../store/pipeline-store.js';
import { PostgresLedger } from '../store/postgres-ledger.js';
import { ScheduleStore, type ScheduleProgress } from '../store/schedule-store.js';
import { WhyTemporal } from './why-temporal.js';

/** A Schedule of a pipeline, in force or not. Instants are ISO-8601 UTC. */
export interface ScheduleFacts {
  readonly id: string;
  readonly name?: string;
  readonly period?: string;
  /** The pipeline is active, and an object in force uses it. */
  readonly inForce: boolean;
  readonly paused: boolean;
  readonly exhausted: boolean;
  readonly nextTime?: string;
  readonly lastIntervalStart?: string;
}

/** Schedules of a pipeline, with what the store and Temporal's clocks know of them. */
@Injectable()
export class Schedules {
  constructor(
    private readonly pipelines: PipelineStore,
    private readonly schedules: ScheduleStore,
    private readonly ledger: PostgresLedger,
    private readonly temporal: WhyTemporal,
  ) {}

  /**
   * Those of the definition in force, else of the latest; `ondemand` where that is how it runs.
   * @throws PipelineNotFound, PipelineDeleted, TemporalAway
   */
  async of(pipelineId: string): Promise<ScheduleFacts[]> {
    const { state, activeVersion } = await this.pipelines.get(pipelineId);
    const stored = await this.pipelines.readDefinition(
      pipelineId,
      activeVersion === undefined ? 'latest' : 'active',
    );
    const objects = (stored?.definition.pipelineObjects ?? []).filter(
      (object) => textOf(object, 'type') === 'Schedule',
    );
    const progress = new Map(
      (await this.schedules.progressOf(pipelineId)).map((each) => [each.scheduleId, each]),
    );
    const byId = new Map(objects.map((object) => [object.id, object]));
    const active = state === 'SCHEDULED' || state === 'ACTIVATING';
    const pipeline =
      active && activeVersion !== undefined
        ? compilePipeline(await this.ledger.readDefinition(pipelineId, activeVersion))
        : undefined;
    return await Promise.all(
      [...new Set([...byId.keys(), ...progress.keys()])].map((id) =>
        this.factsOf({ pipelineId, id, object: byId.get(id), progress: progress.get(id), pipeline }),
      ),
    );
  }

  private async factsOf({ pipelineId, id, object, progress, pipeline }: Known): Promise<ScheduleFacts> {
    const inForce = pipeline !== undefined && progress !== undefined;
    const nextTime =
      inForce && !progress.exhausted ? nextTimeOf(pipeline, id, progress.nextIndex) : undefined;
    const clock = inForce
      ? await this.temporal.describeClock(temporalScheduleId({ pipelineId, scheduleId: id }))
      : undefined;
    const period = object === undefined ? undefined : textOf(object, 'period');
    return {
      id,
      ...(object === undefined ? {} : { name: object.name }),
      ...(period === undefined ? {} : { period }),
      inForce,
      paused: clock?.paused ?? false,
      exhausted: progress?.exhausted ?? false,
      ...(nextTime === undefined ? {} : { nextTime: nextTime.toISOString() }),
      ...(progress?.lastIntervalStart === undefined ? {} : { lastIntervalStart: progress.lastIntervalStart }),
    };
  }
}

interface Known {
  readonly pipelineId: string;
  readonly id: string;
  readonly object: PipelineObject | undefined;
  readonly progress: ScheduleProgress | undefined;
  /** When it is active. */
  readonly pipeline: CompiledPipeline | undefined;
}

/** When the first instance of the next interval is due; its clock ticks about then. */
function nextTimeOf({ schedules, runnables }: CompiledPipeline, id: string, index: number): Date | undefined {
  const schedule = schedules.get(id);
  const interval = schedule === undefined ? undefined : intervalAt(schedule, index);
  if (interval === undefined) return undefined;
  const types = [...runnables.values()].flatMap((each) => (each.scheduleId === id ? each.scheduleType : []));
  return dueTime(interval, types.some((type) => type !== 'timeseries') ? 'cron' : 'timeseries');
}

function textOf({ fields }: PipelineObject, key: string): string | undefined {
  return fields.find((field) => field.key === key)?.stringValue;
}
