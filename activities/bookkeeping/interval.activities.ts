import { ApplicationFailure, heartbeat } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { compilePipeline } from '../../model/instance/compile.js';
import { firstToStart } from '../../model/instance/retention.js';
import { dueIntervals, intervalAt, type Interval } from '../../model/schedule/schedule.js';
import { preparationMs } from '../../model/schedule/temporal-spec.js';
import { temporalScheduleId, type StartIntervalsInput } from '../../workflows/contract.js';
import { createInstances, startIntervalRun } from './interval-runs.js';
import type { Ledger } from './ledger.js';
import type { RunIndex } from './pipeline-lifecycle.js';
import { removeTemporalSchedule } from './temporal-schedules.js';

/** Intervals started by one activity: few enough that a repeated one does little again. */
const BATCH = 50;
/** Runs are made ahead of time and wait for their moment themselves: clocks of two hosts may differ by so much. */
const CLOCK_SKEW_MS = 5_000;
/** Where clocks differ by more, a tick finds its interval too far ahead: up to this it is waited for. */
const SOON_MS = 300_000;

/** Part of the window that must be free before catching up goes on: so each look at the ledger starts several runs. */
const ROOM_SHARE = 0.1;

export interface IntervalActivities {
  /**
   * Starts the next batch of due intervals, oldest first; `more` when another batch is due, `full` when it has to wait until
   * there is room for intervals of the past, `lookAgainMs` when the next is so near that no other tick may come for it. May be
   * repeated.
   */
  startDueIntervals(input: StartIntervalsInput): Promise<{
    readonly more: boolean;
    readonly full?: boolean;
    readonly lookAgainMs?: number;
  }>;
  /** @throws retryable NotYet while as many runs of the Schedule are busy as may be in catching up. */
  untilRoom(input: StartIntervalsInput): Promise<void>;
}

export function intervalActivities({
  ledger,
  runs,
  client,
  catchUpRuns,
  now = () => new Date(),
}: {
  readonly ledger: Ledger;
  readonly runs: RunIndex;
  readonly client: Client;
  /** How many runs of one Schedule may be busy for intervals that are over to start; 0 = any number. */
  readonly catchUpRuns: number;
  readonly now?: () => Date;
}): IntervalActivities {
  const roomOf = async ({ pipelineId, scheduleId }: StartIntervalsInput): Promise<number> =>
    catchUpRuns === 0
      ? Number.POSITIVE_INFINITY
      : Math.max(0, catchUpRuns - (await runs.busyRuns(pipelineId, scheduleId)));

  return {
    async startDueIntervals({ pipelineId, scheduleId }) {
      const cursor = await ledger.readSchedule(pipelineId, scheduleId);
      if (cursor === undefined) return { more: false };
      const pipeline = compilePipeline(await ledger.readDefinition(pipelineId, cursor.definitionVersion));
      const schedule = pipeline.schedules.get(scheduleId);
      if (schedule === undefined) return { more: false };
      const first = firstToStart(schedule, cursor);
      if (first > cursor.nextIndex) {
        // A cursor that was lost goes back to the beginning; what retention has removed has run.
        await ledger.advanceSchedule(pipelineId, scheduleId, cursor.nextIndex, first, false);
        return { more: true };
      }
      const at = now();
      const preparation = preparationMs(schedule);
      const until = new Date(at.getTime() + preparation + CLOCK_SKEW_MS);
      const { intervals, exhausted } = dueIntervals(schedule, cursor.nextIndex, until, BATCH);
      // Whatever waits, an interval on time starts on time; what is over (an old start, an outage) is caught up with in a window.
      const isOver = (interval: Interval | undefined): boolean =>
        interval !== undefined && interval.end.getTime() <= at.getTime();
      let room = isOver(intervals[0]) ? await roomOf({ pipelineId, scheduleId }) : Number.POSITIVE_INFINITY;
      for (const interval of intervals) {
        if (isOver(interval) && room-- <= 0) return { more: true, full: true };
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
      if (!exhausted) {
        if (intervals.length === BATCH) return { more: true };
        const next = intervalAt(schedule, cursor.nextIndex + intervals.length);
        const lookAgainMs = (next?.start.getTime() ?? Number.POSITIVE_INFINITY) - until.getTime();
        const isSoon = preparation > 0 && lookAgainMs <= SOON_MS;
        return { more: false, ...(isSoon ? { lookAgainMs } : {}) };
      }
      if (intervals.length === 0) {
        // Nothing is left to start, perhaps ever since the last activation: the pipeline may be FINISHED.
        await ledger.advanceSchedule(pipelineId, scheduleId, cursor.nextIndex, cursor.nextIndex, true);
      }
      await removeTemporalSchedule(client, temporalScheduleId({ pipelineId, scheduleId }));
      return { more: false };
    },

    async untilRoom(input) {
      if ((await ledger.readSchedule(input.pipelineId, input.scheduleId)) === undefined) return;
      if ((await roomOf(input)) >= Math.max(1, catchUpRuns * ROOM_SHARE)) return;
      throw ApplicationFailure.create({
        type: 'NotYet',
        message: `${catchUpRuns} runs of ${temporalScheduleId(input)} are busy: older intervals follow when some have ended`,
      });
    },
  };
}
