import { heartbeat } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { compilePipeline } from '../../model/instance/compile.js';
import { dueIntervals } from '../../model/schedule/schedule.js';
import { temporalScheduleId, type StartIntervalsInput } from '../../workflows/contract.js';
import { createInstances, startIntervalRun } from './interval-runs.js';
import type { Ledger } from './ledger.js';
import { removeTemporalSchedule } from './temporal-schedules.js';

/** Intervals started by one activity: few enough that a repeated one does little again. */
const BATCH = 50;
/** Runs are made a little ahead of time and wait for their moment themselves: clocks of two hosts may differ by so much. */
const AHEAD_MS = 5_000;

export interface IntervalActivities {
  /** Starts the next batch of due intervals, oldest first; `more` when another batch is due. May be repeated. */
  startDueIntervals(input: StartIntervalsInput): Promise<{ readonly more: boolean }>;
}

export function intervalActivities({
  ledger,
  client,
  now = () => new Date(),
}: {
  readonly ledger: Ledger;
  readonly client: Client;
  readonly now?: () => Date;
}): IntervalActivities {
  return {
    async startDueIntervals({ pipelineId, scheduleId }) {
      const cursor = await ledger.readSchedule(pipelineId, scheduleId);
      if (cursor === undefined) return { more: false };
      const pipeline = compilePipeline(await ledger.readDefinition(pipelineId, cursor.definitionVersion));
      const schedule = pipeline.schedules.get(scheduleId);
      if (schedule === undefined) return { more: false };
      const until = new Date(now().getTime() + AHEAD_MS);
      const { intervals, exhausted } = dueIntervals(schedule, cursor.nextIndex, until, BATCH);
      for (const interval of intervals) {
        heartbeat(interval.index);
        await createInstances(ledger, pipeline, scheduleId, interval);
        await startIntervalRun(client, pipeline, scheduleId, interval);
        // The cursor follows the start: a crash between them starts the same interval again, which does nothing.
        const last = exhausted && interval === intervals.at(-1);
        const moved = await ledger.advanceSchedule(
          pipelineId,
          scheduleId,
          interval.index,
          interval.index + 1,
          last,
        );
        if (!moved) return { more: true }; // somebody else was faster: read again
      }
      if (!exhausted) return { more: intervals.length === BATCH };
      if (intervals.length === 0) {
        // Nothing is left to start, perhaps ever since the last activation: the pipeline may be FINISHED.
        await ledger.advanceSchedule(pipelineId, scheduleId, cursor.nextIndex, cursor.nextIndex, true);
      }
      await removeTemporalSchedule(client, temporalScheduleId({ pipelineId, scheduleId }));
      return { more: false };
    },
  };
}
