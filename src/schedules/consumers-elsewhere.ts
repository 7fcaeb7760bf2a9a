import { Injectable } from '@nestjs/common';
import type { RunKey } from '../../activities/bookkeeping/ledger.js';
import { compilePipeline, type CompiledPipeline } from '../../model/instance/compile.js';
import { planInterval, type PlannedInstance } from '../../model/instance/plan.js';
import { STATUS } from '../../model/instance/status.js';
import { isTerminal } from '../../model/instance/transitions.js';
import { ObjectStore } from '../store/object-store.js';
import type { InstanceRow } from '../store/object-selector.js';
import { PostgresLedger } from '../store/postgres-ledger.js';

/**
 * The way of a rerun over the borders of schedules. Inside its run a rerun with failureAndRerunMode `cascade` takes its consumers
 * along (model/instance/rerun.ts); here are those in the runs of other schedules, by the same three conditions. Source: semantics.md 7.5.
 */
@Injectable()
export class ConsumersElsewhere {
  constructor(
    private readonly objects: ObjectStore,
    private readonly ledger: PostgresLedger,
  ) {}

  async compiled(pipelineId: string, definitionVersion: number): Promise<CompiledPipeline> {
    return compilePipeline(await this.ledger.readDefinition(pipelineId, definitionVersion));
  }

  /** Instances of other runs that are to be rerun after instances of `run` were. */
  async of(pipeline: CompiledPipeline, run: RunKey): Promise<string[]> {
    const others = [...pipeline.runnables.values()].filter((each) => each.scheduleId !== run.scheduleId);
    if (others.length === 0) return [];
    const rows = await this.ledger.readRun(run);
    // What is not over (again): whether by this rerun or not, its consumers may wait for it instead of having failed by it.
    const cascading = new Set(
      rows
        .filter((row) => !isTerminal(row.status))
        .filter((row) => pipeline.runnables.get(row.componentId)?.settings.cascade === true)
        .map((row) => row.componentId),
    );
    const consumers = others.filter((each) =>
      [each.input, each.dependsOn, each.producers].flat().some((id) => cascading.has(id)),
    );
    const [first] = rows;
    if (first === undefined || consumers.length === 0) return [];
    const failed = await this.objects.cascadeFailed(
      run.pipelineId,
      consumers.map(({ component }) => component.id),
      { from: first.scheduledStart, before: first.scheduledEnd },
    );
    const free: string[] = [];
    for (const row of failed) if (await this.isFree(pipeline, row)) free.push(row.id);
    return free;
  }

  /** Whether nothing that it needs is FAILED, CANCELED, TIMEDOUT or CASCADE_FAILED. */
  private async isFree(pipeline: CompiledPipeline, row: InstanceRow): Promise<boolean> {
    const needs = planOf(pipeline, row)?.needs.filter(({ reason }) => reason !== 'precondition') ?? [];
    const needed = await this.objects.instances(
      row.pipelineId,
      needs.map(({ instanceId }) => instanceId),
    );
    return needed.every(({ status }) => !STATUS[status].cascades);
  }
}

function planOf(pipeline: CompiledPipeline, row: InstanceRow): PlannedInstance | undefined {
  const interval = { index: 0, start: new Date(row.scheduledStart), end: new Date(row.scheduledEnd) };
  return planInterval(pipeline, row.scheduleId, interval).instances.find(({ id }) => id === row.id);
}
