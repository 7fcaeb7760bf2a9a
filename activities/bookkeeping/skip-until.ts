import { ApplicationFailure } from '@temporalio/activity';
import type { CompiledPipeline } from '../../model/instance/compile.js';
import { firstToStart } from '../../model/instance/retention.js';
import { intervalAt, type Schedule } from '../../model/schedule/schedule.js';
import { createInstances } from './interval-runs.js';
import type { Ledger } from './ledger.js';

/** An attempt ends before its two minutes are over: one that is taken for lost would do the same beside the next. */
const ATTEMPT_MS = 60_000;

type Book = Pick<Ledger, 'readSchedule' | 'createInstances' | 'advanceSchedule'>;

/**
 * Intervals before `untilMs` that were not started become SKIPPED; when it returns there is none left. Where another moves the cursor
 * meanwhile (an attempt that was taken for lost) it goes on from there. Source: semantics.md 14.3.
 * @throws retryable NotYet when there are more than an attempt may take; the next one goes on.
 */
export async function skipUntil(
  ledger: Book,
  pipeline: CompiledPipeline,
  scheduleId: string,
  untilMs: number,
  attemptMs = ATTEMPT_MS,
): Promise<void> {
  const endMs = performance.now() + attemptMs;
  const { pipelineId } = pipeline;
  const schedule = pipeline.schedules.get(scheduleId);
  if (schedule === undefined) return;
  for (;;) {
    const cursor = await ledger.readSchedule(pipelineId, scheduleId);
    if (cursor === undefined) return;
    const first = firstToStart(schedule, cursor);
    const isThere =
      first === cursor.nextIndex ||
      (await ledger.advanceSchedule(pipelineId, scheduleId, cursor.nextIndex, first, false));
    if (isThere && (await skipFrom(ledger, pipeline, scheduleId, schedule, first, untilMs, endMs))) return;
  }
}

/** False when the cursor was moved by another. */
async function skipFrom(
  ledger: Book,
  pipeline: CompiledPipeline,
  scheduleId: string,
  schedule: Schedule,
  first: number,
  untilMs: number,
  endMs: number,
): Promise<boolean> {
  for (let at = first; ; at++) {
    const interval = intervalAt(schedule, at);
    if (interval === undefined || interval.start.getTime() >= untilMs) return true;
    await createInstances(ledger, pipeline, scheduleId, interval, 'SKIPPED');
    if (!(await ledger.advanceSchedule(pipeline.pipelineId, scheduleId, at, at + 1, false))) return false;
    if (performance.now() > endMs)
      throw ApplicationFailure.create({
        type: 'NotYet',
        message: `${at + 1 - first} more intervals of ${scheduleId} are passed over, and that was not all`,
      });
  }
}
