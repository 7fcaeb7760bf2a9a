import type { CompiledPipeline } from '../../model/instance/compile.js';
import { firstToStart } from '../../model/instance/retention.js';
import { intervalAt, type Schedule } from '../../model/schedule/schedule.js';
import { createInstances } from './interval-runs.js';
import type { Ledger } from './ledger.js';

type Book = Pick<Ledger, 'readSchedule' | 'createInstances' | 'advanceSchedule'>;

/**
 * Intervals before `untilMs` that were not started become SKIPPED; when it returns there is none left. Where another moves the cursor
 * meanwhile (this very activity, taken for lost because there are so many) it goes on from there. Source: semantics.md 14.3.
 */
export async function skipUntil(
  ledger: Book,
  pipeline: CompiledPipeline,
  scheduleId: string,
  untilMs: number,
): Promise<void> {
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
    if (isThere && (await skipFrom(ledger, pipeline, scheduleId, schedule, first, untilMs))) return;
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
): Promise<boolean> {
  for (let at = first; ; at++) {
    const interval = intervalAt(schedule, at);
    if (interval === undefined || interval.start.getTime() >= untilMs) return true;
    await createInstances(ledger, pipeline, scheduleId, interval, 'SKIPPED');
    if (!(await ledger.advanceSchedule(pipeline.pipelineId, scheduleId, at, at + 1, false))) return false;
  }
}
