import { ApplicationFailure, heartbeat } from '@temporalio/activity';
import { PipelineDeleted, PipelineNotFound } from '../../model/errors.js';
import { compilePipeline, type CompiledPipeline } from '../../model/instance/compile.js';
import { isoTime } from '../../model/instance/ids.js';
import { runOutlook } from '../../model/instance/run-outlook.js';
import { STATUS } from '../../model/instance/status.js';
import { intervalAt, type Interval } from '../../model/schedule/schedule.js';
import type { BackfillInput, BackfillPlace, BackfillRange } from '../../workflows/contract.js';
import type { BackfillState } from './backfill-book.js';
import { beginInterval, cancelInterval, type BackfillDeps } from './backfill-interval.js';
import type { PipelineLifecycle } from './pipeline-lifecycle.js';

/** A step begins no more after so long, so that what it has done is soon said. */
const STEP_MS = 1_000;

export interface BackfillActivities {
  /**
   * Takes note of the runs that have ended and begins others in their place, oldest first. May be repeated.
   * @throws retryable NotYet while there is nothing to do.
   */
  stepBackfill(input: BackfillInput): Promise<{ readonly place: BackfillPlace; readonly ended: boolean }>;
  endBackfill(input: BackfillInput & { readonly cancelRunning: boolean }): Promise<void>;
}

export function backfillActivities({
  pipelines,
  ...deps
}: BackfillDeps & { readonly pipelines: PipelineLifecycle }): BackfillActivities {
  const { book, ledger } = deps;

  /** The version in force, or why there is none to run; undefined when the pipeline was deleted. */
  const inForce = async (pipelineId: string): Promise<number | string | undefined> => {
    try {
      const { state, activeVersion } = await pipelines.get(pipelineId);
      if (activeVersion !== undefined && (state === 'SCHEDULED' || state === 'FINISHED'))
        return activeVersion;
      return `the pipeline is ${state}`;
    } catch (error) {
      if (error instanceof PipelineDeleted || error instanceof PipelineNotFound) return undefined;
      throw error;
    }
  };

  /** `place` without the runs that have ended. */
  const lookAtOpen = async ({ pipelineId, backfillId, place }: BackfillInput): Promise<BackfillPlace> => {
    if (place.open.length === 0) return place;
    const rows = await book.rows(pipelineId, backfillId, place.open);
    const ids = new Set(rows.map(({ id }) => id));
    const elsewhere = rows
      .filter(({ status }) => !STATUS[status].terminal)
      .flatMap(({ waitingOn }) => waitingOn.filter((id) => !ids.has(id)));
    const statuses = await book.statuses(pipelineId, [...new Set(elsewhere)]);
    let { finished, failed } = place.counts;
    const open = place.open.filter((run) => {
      const outlook = runOutlook(
        rows.filter((row) => isSameRun(row.run, run)),
        statuses,
      );
      if (outlook === 'finished') finished++;
      if (outlook === 'failed' || outlook === 'stuck') failed++;
      return outlook === 'open';
    });
    return { ...place, open, counts: { ...place.counts, finished, failed } };
  };

  const beginOthers = async (
    input: BackfillInput,
    place: BackfillPlace,
    definitionVersion: number,
  ): Promise<{ readonly place: BackfillPlace; readonly note?: string }> => {
    const { pipelineId, maxActive } = input;
    const pipeline = compilePipeline(await ledger.readDefinition(pipelineId, definitionVersion));
    const open = [...place.open];
    let { ranges, counts } = place;
    let note: string | undefined;
    const forgotten = await book.forgottenThrough(pipelineId);
    for (const until = Date.now() + STEP_MS; open.length < maxActive && Date.now() < until;) {
      const next = nextInterval(pipeline, ranges);
      if (next === undefined) {
        // What an edit has taken from the end of the Schedule has had its turn, too.
        counts = { ...counts, unchanged: counts.unchanged + leftOf(ranges) };
        ranges = [];
        break;
      }
      const { scheduleId, interval } = next;
      heartbeat();
      const begun = await beginInterval(deps, input, pipeline, scheduleId, interval, forgotten);
      if (begun === 'running') open.push({ scheduleId, intervalStart: isoTime(interval.start) });
      else if (begun === 'unchanged' || begun === 'forgotten') {
        counts = { ...counts, unchanged: counts.unchanged + 1 };
        if (begun === 'forgotten') note ??= areForgotten(scheduleId, forgotten.get(scheduleId) ?? '');
      } else {
        counts = { ...counts, failed: counts.failed + 1 };
        note = begun.refused;
      }
      ranges = ranges.map((range) =>
        range.scheduleId === scheduleId ? { ...range, nextIndex: interval.index + 1 } : range,
      );
    }
    return { place: { ranges, open, counts }, ...(note && { note }) };
  };

  const report = (
    { pipelineId, backfillId }: BackfillInput,
    state: BackfillState,
    { open, counts }: BackfillPlace,
    note?: string,
  ): Promise<void> =>
    book.report(pipelineId, backfillId, {
      state,
      counts,
      running: open.length,
      ...(note === undefined ? {} : { note }),
    });

  return {
    async stepBackfill(input) {
      const version = await inForce(input.pipelineId);
      if (typeof version !== 'number') {
        if (version !== undefined) await report(input, 'STOPPED', { ...input.place, open: [] }, version);
        return { place: input.place, ended: true };
      }
      const looked = await lookAtOpen(input);
      const { place, note } =
        input.paused === true || leftOf(looked.ranges) === 0
          ? { place: looked, note: undefined }
          : await beginOthers(input, looked, version);
      const ended = place.open.length === 0 && leftOf(place.ranges) === 0;
      await report(input, ended ? 'FINISHED' : input.paused === true ? 'PAUSED' : 'RUNNING', place, note);
      if (ended || JSON.stringify(place) !== JSON.stringify(input.place)) return { place, ended };
      throw ApplicationFailure.create({
        type: 'NotYet',
        message: `${place.open.length} runs are under way${input.paused === true ? ', and it is paused' : ''}`,
      });
    },

    async endBackfill(input) {
      const version = await inForce(input.pipelineId);
      if (input.cancelRunning && typeof version === 'number') {
        for (const run of input.place.open) {
          heartbeat();
          await cancelInterval(deps, input, { ...run, pipelineId: input.pipelineId }, version);
        }
      }
      await report(input, 'CANCELED', input.place);
    },
  };
}

function areForgotten(scheduleId: string, through: string): string {
  return (
    `Runs of ${scheduleId} up to ${through} were removed by retention: as they have run they are not missing and stay as they ` +
    'are; rerun all runs them anew'
  );
}

function leftOf(ranges: readonly BackfillRange[]): number {
  return ranges.reduce((left, { nextIndex, endIndex }) => left + Math.max(0, endIndex - nextIndex), 0);
}

/** The oldest interval that is left; of several Schedules that of the earliest start. */
function nextInterval(
  pipeline: CompiledPipeline,
  ranges: readonly BackfillRange[],
): { readonly scheduleId: string; readonly interval: Interval } | undefined {
  let first: { readonly scheduleId: string; readonly interval: Interval } | undefined;
  for (const { scheduleId, nextIndex, endIndex } of ranges) {
    const schedule = pipeline.schedules.get(scheduleId);
    // An edit may have ended the Schedule earlier.
    const interval =
      schedule === undefined || nextIndex >= endIndex ? undefined : intervalAt(schedule, nextIndex);
    if (interval === undefined) continue;
    if (first === undefined || interval.start < first.interval.start) first = { scheduleId, interval };
  }
  return first;
}

function isSameRun(
  a: { readonly scheduleId: string; readonly intervalStart: string },
  b: { readonly scheduleId: string; readonly intervalStart: string },
): boolean {
  return a.scheduleId === b.scheduleId && Date.parse(a.intervalStart) === Date.parse(b.intervalStart);
}
