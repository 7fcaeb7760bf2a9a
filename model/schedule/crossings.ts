import type { Schedule } from './schedule.js';

/** Most instances of other schedules that one instance may refer to. A year of minutes is half of it. Our choice: some 150 MB of memory. */
export const MAXIMUM_CROSSINGS = 1_000_000;

/** How often a schedule comes, and about how often in all. */
export interface Pace {
  readonly averageMs: number;
  readonly intervals: number;
}

/** Undefined for ondemand. To count the intervals of a cron expression takes long, of very many too long. */
export function paceOf(schedule: Schedule): Pace | undefined {
  if (schedule.kind === 'ondemand') return undefined;
  const { averageMs } = schedule.timeline;
  const { occurrences = Number.POSITIVE_INFINITY, end, from } = schedule;
  const intervals = end === undefined ? occurrences : Math.ceil((end.getTime() - from.getTime()) / averageMs);
  return { averageMs, intervals };
}

/** About how many intervals of `other` one interval of `own` has a moment in common with. */
export function crossingsAt(own: Pace, other: Pace): number {
  return Math.min(own.averageMs / other.averageMs, other.intervals);
}

/** The same of two schedules; 0 for the same schedule and for ondemand. */
export function crossingsOf(own: Schedule, other: Schedule): number {
  if (own === other) return 0;
  const [ownPace, otherPace] = [paceOf(own), paceOf(other)];
  return ownPace === undefined || otherPace === undefined ? 0 : crossingsAt(ownPace, otherPace);
}

/** What is wrong with that many, and what was expected. */
export function tooManyCrossings(id: string, scheduleId: string, crossings: number): string {
  return `each instance of "${id}" would refer to some ${Math.ceil(crossings)} instances of other schedules. Expected at most ${MAXIMUM_CROSSINGS}: a shorter period for schedule "${scheduleId}", or longer ones for the others.`;
}
