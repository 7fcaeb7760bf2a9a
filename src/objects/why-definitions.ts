import { Injectable } from '@nestjs/common';
import { compilePipeline, type CompiledPipeline, type Runnable } from '../../model/instance/compile.js';
import { isoTime } from '../../model/instance/ids.js';
import { planInterval, type IntervalPlan, type PlannedInstance } from '../../model/instance/plan.js';
import type { IntervalFacts } from '../../model/instance/why-facts.js';
import { countIntervals, indexAt, intervalAt } from '../../model/schedule/schedule.js';
import { Database } from '../store/database.js';
import { forgottenThrough } from '../store/forgotten.js';
import type { InstanceRow } from '../store/object-selector.js';
import { PostgresLedger } from '../store/postgres-ledger.js';

/** Definitions and plans of one pipeline, each made once for one question. */
export class PlansOfPipeline {
  readonly #pipelines = new Map<number, Promise<CompiledPipeline>>();
  readonly #plans = new Map<string, Promise<ReadonlyMap<string, PlannedInstance>>>();

  constructor(
    readonly pipelineId: string,
    private readonly ledger: PostgresLedger,
  ) {}

  pipeline(definitionVersion: number): Promise<CompiledPipeline> {
    let known = this.#pipelines.get(definitionVersion);
    known ??= this.ledger.readDefinition(this.pipelineId, definitionVersion).then(compilePipeline);
    this.#pipelines.set(definitionVersion, known);
    return known;
  }

  /** What the run of the instance planned, by id. */
  planOf(row: InstanceRow): Promise<ReadonlyMap<string, PlannedInstance>> {
    const { scheduleId, intervalStart, scheduledEnd, definitionVersion } = row;
    const key = `${definitionVersion}/${scheduleId}/${intervalStart}`;
    const known = this.#plans.get(key) ?? this.plan(row, new Date(intervalStart), new Date(scheduledEnd));
    this.#plans.set(key, known);
    return known;
  }

  private async plan({ scheduleId, definitionVersion }: InstanceRow, start: Date, end: Date) {
    const plan: IntervalPlan = planInterval(await this.pipeline(definitionVersion), scheduleId, {
      index: 0,
      start,
      end,
    });
    return new Map(plan.instances.map((planned) => [planned.id, planned]));
  }
}

/** Looks up what is known of instances that were not made. */
@Injectable()
export class WhyIntervals {
  constructor(
    private readonly ledger: PostgresLedger,
    private readonly database: Database,
  ) {}

  /** Undefined when the id can be of no instance of the definition. */
  async ofId(
    id: string,
    pipeline: CompiledPipeline,
  ): Promise<
    | { readonly runnable: Runnable; readonly interval: IntervalFacts & { readonly scheduleId: string } }
    | undefined
  > {
    const named = nameOf(id);
    const runnable = named === undefined ? undefined : runnableOf(pipeline, named.name);
    if (named === undefined || runnable === undefined) return undefined;
    const { scheduleId } = runnable;
    const schedule = pipeline.schedules.get(scheduleId);
    const through = (await forgottenThrough(this.database.kysely, pipeline.pipelineId)).get(scheduleId);
    const forgotten = through === undefined ? {} : { forgottenThrough: through };
    if (schedule === undefined || schedule.kind === 'ondemand')
      return { runnable, interval: { scheduleId, passed: false, ...forgotten } };
    const startOf = (index: number | undefined): string | undefined => {
      const interval = index === undefined ? undefined : intervalAt(schedule, index);
      return interval === undefined ? undefined : isoTime(interval.start);
    };
    const index = indexAt(schedule, named.start);
    if (index === undefined || startOf(index) !== isoTime(named.start)) {
      const ended = index === undefined && named.start >= schedule.start;
      const before = startOf(ended ? countIntervals(schedule) - 1 : index);
      const after = startOf(ended ? undefined : index === undefined ? 0 : index + 1);
      const near = { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
      return { runnable, interval: { scheduleId, passed: false, ...near } };
    }
    const cursor = await this.ledger.readSchedule(pipeline.pipelineId, scheduleId);
    const nextStart = startOf(cursor?.nextIndex);
    const passed = cursor !== undefined && index < cursor.nextIndex;
    return {
      runnable,
      interval: {
        scheduleId,
        start: isoTime(named.start),
        ...(nextStart === undefined ? {} : { nextStart }),
        passed: passed || (through !== undefined && named.start.getTime() <= Date.parse(through)),
        ...forgotten,
      },
    };
  }
}

/** `@<name>_<YYYY-MM-DDTHH:MM:SS>`, of an attempt too. */
export function nameOf(id: string): { readonly name: string; readonly start: Date } | undefined {
  const [, name, text] = /^@(.+)_(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)$/s.exec(id) ?? [];
  const start = new Date(`${text ?? ''}Z`);
  return name === undefined || Number.isNaN(start.getTime()) ? undefined : { name, start };
}

/** The object whose instance it is, or whose precondition. */
function runnableOf(pipeline: CompiledPipeline, name: string): Runnable | undefined {
  const own = pipeline.runnables.get(name);
  if (own !== undefined) return own;
  return [...pipeline.runnables.values()].find(({ component, preconditions }) =>
    preconditions.some((each) => `${each.component.id}_${component.id}` === name),
  );
}
