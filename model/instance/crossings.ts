import type { DefinitionProblem } from '../definition/pipeline-definition.js';
import { problem } from '../definition/problem.js';
import { countIntervals } from '../schedule/schedule.js';
import type { CompiledPipeline, Runnable } from './compile.js';

/** A year of minutes is half of it. Our choice: some 150 MB of memory. */
const MAXIMUM_CROSSINGS = 1_000_000;

/**
 * Objects whose every instance would wait for, or write to, more instances of other schedules than a plan can hold:
 * an object that runs once in a thousand years over one that runs every minute.
 */
export function crossingProblems(pipeline: CompiledPipeline): DefinitionProblem[] {
  return [...pipeline.runnables.values()].flatMap((runnable) => {
    const crossings = crossingsOf(pipeline, runnable);
    if (crossings <= MAXIMUM_CROSSINGS) return [];
    const { id } = runnable.component;
    const text = `${id}: each instance would refer to some ${Math.ceil(crossings)} instances of other schedules. Expected at most ${MAXIMUM_CROSSINGS}: a shorter period for schedule "${runnable.scheduleId}", or longer ones for the others.`;
    return [problem('error', { objectId: id, field: 'schedule' }, text)];
  });
}

function crossingsOf(pipeline: CompiledPipeline, runnable: Runnable): number {
  const own = pipeline.schedules.get(runnable.scheduleId);
  if (own?.kind !== 'recurring') return 0;
  let count = 0;
  const { input, output, dependsOn, producers } = runnable;
  for (const id of [...input, ...output, ...dependsOn, ...producers]) {
    const other = pipeline.runnables.get(id);
    const schedule = other && pipeline.schedules.get(other.scheduleId);
    if (schedule?.kind !== 'recurring' || schedule === own) continue;
    count += Math.min(own.timeline.averageMs / schedule.timeline.averageMs, countIntervals(schedule));
  }
  return count;
}
