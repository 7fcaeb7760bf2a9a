import { countIntervals, intervalAt, type Schedule } from './schedule.js';

/** Intervals of one Schedule that have begun and were not started. */
export interface Backlog {
  readonly scheduleId: string;
  /** Start of the oldest. */
  readonly from: Date;
  readonly intervals: number;
}

/** Source: semantics.md 4.5, "more than 1 day ago". */
const LONG_AGO_MS = 86_400_000;

/** What an activation at `now` starts at once of a Schedule whose first `nextIndex` intervals were started; undefined when nothing. */
export function backlogOf(
  scheduleId: string,
  schedule: Schedule,
  nextIndex: number,
  now: Date,
): Backlog | undefined {
  if (schedule.kind === 'ondemand') return undefined;
  const from = intervalAt(schedule, nextIndex)?.start;
  const begun = Math.min(countIntervals(schedule), schedule.timeline.countUntil(now));
  if (from === undefined || begun <= nextIndex) return undefined;
  return { scheduleId, from, intervals: begun - nextIndex };
}

/** True for what AWS does not activate: its first scheduledStartTime would be more than one day ago. Source: semantics.md 4.5. */
export function beginsLongAgo(backlog: Backlog, now: Date): boolean {
  return now.getTime() - backlog.from.getTime() > LONG_AGO_MS;
}
