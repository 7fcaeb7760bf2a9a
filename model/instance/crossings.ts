import type { DefinitionProblem } from '../definition/pipeline-definition.js';
import { problem } from '../definition/problem.js';
import { crossingsOf, MAXIMUM_CROSSINGS, tooManyCrossings } from '../schedule/crossings.js';
import type { CompiledPipeline, Runnable } from './compile.js';

/**
 * Objects whose every instance would wait for, or write to, more instances of other schedules than a plan can hold:
 * an object that runs once in a thousand years over one that runs every minute. Validation says so too; here the moment
 * of the first activation is known.
 */
export function crossingProblems(pipeline: CompiledPipeline): DefinitionProblem[] {
  return [...pipeline.runnables.values()].flatMap((runnable) => {
    const crossings = allCrossings(pipeline, runnable);
    if (crossings <= MAXIMUM_CROSSINGS) return [];
    const { id } = runnable.component;
    const text = tooManyCrossings(id, runnable.scheduleId, crossings);
    return [problem('error', { objectId: id, field: 'schedule' }, text)];
  });
}

function allCrossings(pipeline: CompiledPipeline, runnable: Runnable): number {
  const own = pipeline.schedules.get(runnable.scheduleId);
  if (own === undefined) return 0;
  let count = 0;
  const { input, output, dependsOn, producers } = runnable;
  // Of a resource: the instances that start in its interval.
  const users = runnable.kind === 'resource' ? usersOf(pipeline, runnable.component.id) : [];
  for (const id of users) {
    const schedule = pipeline.schedules.get(pipeline.runnables.get(id)?.scheduleId ?? '');
    if (schedule !== undefined) count += crossingsOf(own, schedule);
  }
  for (const id of [...input, ...output, ...dependsOn, ...producers]) {
    const other = pipeline.runnables.get(id);
    const schedule = other && pipeline.schedules.get(other.scheduleId);
    if (schedule !== undefined) count += crossingsOf(own, schedule);
  }
  return count;
}

function usersOf(pipeline: CompiledPipeline, resourceId: string): string[] {
  const runsOnIt = ({ worker }: Pick<Runnable, 'worker'>): boolean =>
    worker.kind === 'resource' && worker.componentId === resourceId;
  return [...pipeline.runnables.values()].flatMap((user) =>
    [user, ...user.preconditions].filter(runsOnIt).map(() => user.component.id),
  );
}
