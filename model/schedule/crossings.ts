import type { RecurringSchedule, Schedule } from './schedule.js';

/** Most instances of other schedules that one instance may refer to. A year of minutes is half of it. Our choice: some 150 MB of memory. */
export const MAXIMUM_CROSSINGS = 1_000_000;

/** About how many intervals of `other` one interval of `own` has a moment in common with; 0 for the same schedule and for ondemand. */
export function crossingsOf(own: Schedule, other: Schedule): number {
  if (own === other || own.kind !== 'recurring' || other.kind !== 'recurring') return 0;
  return Math.min(own.timeline.averageMs / other.timeline.averageMs, aboutAll(other));
}

/** About how many intervals a schedule has. To count those of a cron expression takes long, of very many too long. */
function aboutAll({ occurrences, end, from, timeline }: RecurringSchedule): number {
  if (end === undefined) return occurrences ?? Number.POSITIVE_INFINITY;
  return Math.ceil((end.getTime() - from.getTime()) / timeline.averageMs);
}

/** What is wrong with that many, and what was expected. */
export function tooManyCrossings(id: string, scheduleId: string, crossings: number): string {
  return `each instance of "${id}" would refer to some ${Math.ceil(crossings)} instances of other schedules. Expected at most ${MAXIMUM_CROSSINGS}: a shorter period for schedule "${scheduleId}", or longer ones for the others.`;
}
