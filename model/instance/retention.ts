import type { Schedule } from '../schedule/schedule.js';
import type { CompiledPipeline, Worker } from './compile.js';

/** An interval run of which the ledger has instances. */
export interface OldRun {
  readonly scheduleId: string;
  readonly startMs: number;
  readonly endMs: number;
  /** Nothing of its own keeps it: it ended long enough ago, and nobody asks about it or waits for it. */
  readonly free: boolean;
}

/** Intervals [fromMs, toMs) of a Schedule of which runs are still to come, or to be looked at again: they count as runs that are kept. */
export interface KeptSpan {
  readonly scheduleId: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Runs of `from` need those of `to`, when one or the other begins again. */
export interface ScheduleNeed {
  readonly from: string;
  readonly to: string;
  /**
   * `overlap`: that have a moment in common (inputs, dependencies, producers); `startsIn`: in which they start (a resource);
   * `holds`: that start in them (a resource goes when its users have ended).
   */
  readonly by: 'overlap' | 'startsIn' | 'holds';
}

/** How the Schedules of a pipeline need each other. As `planInterval` has it. Source: semantics.md 4.6, docs/decisions/009. */
export function scheduleNeeds({ runnables }: Pick<CompiledPipeline, 'runnables'>): ScheduleNeed[] {
  const needs = new Map<string, ScheduleNeed>();
  const add = (from: string, to: string | undefined, by: ScheduleNeed['by']): void => {
    if (to !== undefined && from !== to) needs.set(JSON.stringify([from, to, by]), { from, to, by });
  };
  for (const { scheduleId, input, dependsOn, producers, worker, preconditions } of runnables.values()) {
    for (const id of [...input, ...dependsOn, ...producers])
      add(scheduleId, runnables.get(id)?.scheduleId, 'overlap');
    const workers: Worker[] = [worker, ...preconditions.map((each) => each.worker)];
    for (const each of workers) {
      const resource = each.kind === 'resource' ? runnables.get(each.componentId)?.scheduleId : undefined;
      add(scheduleId, resource, 'startsIn');
      if (resource !== undefined) add(resource, scheduleId, 'holds');
    }
  }
  return [...needs.values()];
}

/**
 * Which runs may go: those that nothing of their own keeps and no run that is kept needs, over any number of steps. Who needs
 * comes before what it needs, so that at no moment a run is there without what it needs; of one Schedule the oldest comes first.
 */
export function mayGo<Run extends OldRun>(
  runs: readonly Run[],
  needs: readonly ScheduleNeed[],
  spans: readonly KeptSpan[],
): Run[] {
  const bySchedule = grouped(runs, ({ scheduleId }) => scheduleId);
  for (const list of bySchedule.values()) list.sort((a, b) => a.startMs - b.startMs);
  const of = (scheduleId: string): readonly Run[] => bySchedule.get(scheduleId) ?? [];
  const needsOf = grouped(needs, ({ from }) => from);

  const kept = new Set<Run>(runs.filter(({ free }) => !free));
  for (const { scheduleId, fromMs, toMs } of spans) {
    for (const run of startingIn(of(scheduleId), fromMs, toMs)) kept.add(run);
    for (const need of needsOf.get(scheduleId) ?? [])
      for (const run of overlapping(of(need.to), fromMs, toMs)) kept.add(run);
  }
  // The set grows while it is walked.
  for (const run of kept) {
    for (const need of needsOf.get(run.scheduleId) ?? [])
      for (const other of needed(of(need.to), need.by, run)) kept.add(other);
  }
  return whoNeedsFirst([...bySchedule.keys()], needs).flatMap((id) => of(id).filter((run) => !kept.has(run)));
}

/** Index of the first interval that is to be started: neither started before nor forgotten by retention. */
export function firstToStart(
  schedule: Schedule,
  { nextIndex, forgottenThrough }: { readonly nextIndex: number; readonly forgottenThrough?: string },
): number {
  if (forgottenThrough === undefined || schedule.kind === 'ondemand') return nextIndex;
  return Math.max(nextIndex, schedule.timeline.countUntil(new Date(forgottenThrough)));
}

function needed<Run extends OldRun>(
  others: readonly Run[],
  by: ScheduleNeed['by'],
  { startMs, endMs }: OldRun,
): readonly Run[] {
  switch (by) {
    case 'overlap':
      return overlapping(others, startMs, endMs);
    case 'startsIn':
      return overlapping(others, startMs, startMs + 1);
    case 'holds':
      return startingIn(others, startMs, endMs);
  }
}

/** Of runs by start, whose intervals do not overlap each other. */
function overlapping<Run extends OldRun>(runs: readonly Run[], fromMs: number, toMs: number): Run[] {
  const first = firstFrom(runs, fromMs);
  const before = runs[first - 1];
  const straddling = before !== undefined && before.endMs > fromMs ? [before] : [];
  return [...straddling, ...startingIn(runs, fromMs, toMs)];
}

function startingIn<Run extends OldRun>(runs: readonly Run[], fromMs: number, toMs: number): readonly Run[] {
  return runs.slice(firstFrom(runs, fromMs), firstFrom(runs, toMs));
}

/** Index of the first run that starts at `ms` or later. */
function firstFrom(runs: readonly OldRun[], ms: number): number {
  let [low, high] = [0, runs.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((runs[middle]?.startMs ?? ms) < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The Schedules in an order in which each comes before those that it needs; where they need each other, in any. */
function whoNeedsFirst(scheduleIds: readonly string[], needs: readonly ScheduleNeed[]): string[] {
  // A resource is needed by its users; that it looks after them is no reason to go first.
  const neededBy = grouped(
    needs.filter(({ by }) => by !== 'holds'),
    ({ to }) => to,
  );
  const order = new Set<string>();
  const seen = new Set<string>();
  const place = (id: string): void => {
    if (seen.has(id)) return;
    seen.add(id);
    for (const { from } of neededBy.get(id) ?? []) place(from);
    order.add(id);
  };
  for (const id of scheduleIds) place(id);
  return [...order];
}

function grouped<T>(all: readonly T[], keyOf: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const group = groups.get(keyOf(one));
    if (group === undefined) groups.set(keyOf(one), [one]);
    else group.push(one);
  }
  return groups;
}
