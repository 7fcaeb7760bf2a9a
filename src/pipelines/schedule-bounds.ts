import type { CompiledPipeline } from '../../model/instance/compile.js';
import { countIntervals, intervalAt, printRule } from '../../model/schedule/schedule.js';

/** When a pipeline's schedules begin and end (ISO-8601), and their period, or cron expression, where all have the same. */
export interface ScheduleBounds {
  readonly start?: string;
  readonly end?: string;
  readonly period?: string;
}

/** Bounds over all schedules in use: the earliest start, the latest end (absent when one is endless). */
export function scheduleBounds(pipeline: CompiledPipeline): ScheduleBounds {
  const used = new Set([...pipeline.runnables.values()].map((runnable) => runnable.scheduleId));
  const schedules = [...used].flatMap((id) => {
    const schedule = pipeline.schedules.get(id);
    return schedule?.kind === 'recurring' ? [schedule] : [];
  });
  if (schedules.length === 0) return {};
  const ends = schedules.map(
    (schedule) => schedule.end ?? intervalAt(schedule, countIntervals(schedule) - 1)?.end,
  );
  const knownEnds = ends.filter((end) => end !== undefined);
  const periods = new Set(schedules.map(({ rule }) => printRule(rule)));
  const [period] = periods;
  return {
    start: earliest(schedules.map(({ start }) => start)).toISOString(),
    ...(knownEnds.length === ends.length ? { end: latest(knownEnds).toISOString() } : {}),
    ...(periods.size === 1 && period !== undefined ? { period } : {}),
  };
}

function earliest(instants: readonly Date[]): Date {
  return new Date(Math.min(...instants.map((instant) => instant.getTime())));
}

function latest(instants: readonly Date[]): Date {
  return new Date(Math.max(...instants.map((instant) => instant.getTime())));
}
