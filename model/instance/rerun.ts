import { isPlanned, type LiveInstance } from './live-instance.js';
import type { RunBook } from './run-book.js';
import { STATUS } from './status.js';
import { isTerminal } from './transitions.js';

/**
 * What a RERUN of `asked` runs again. Only what is over, or waits for its next attempt; with it what it cannot do without (its unmet preconditions, its failed
 * resource), of a resource the work that failed with it, and, with failureAndRerunMode `cascade` on the object, the consumers that
 * are CASCADE_FAILED and have no other failed dependency. Source: semantics.md 7.5. Our choice: what a condition has left out is
 * taken along like CASCADE_FAILED, and what has a condition of its own decides anew, whatever its other dependencies are.
 */
export function instancesToRerun(book: RunBook, asked: readonly LiveInstance[]): ReadonlySet<LiveInstance> {
  const again = new Set<LiveInstance>();
  const queue = asked.filter(
    (live) => isPlanned(live.plan) && (isTerminal(live.record.status) || live.phase === 'pausing'),
  );
  const queueFailed = (live: LiveInstance): void => {
    if (STATUS[live.record.status].cascades) queue.push(live);
  };
  const willRun = (id: string): boolean => {
    const live = book.find(id);
    if (live === undefined) return false;
    return again.has(live) || !(STATUS[live.record.status].cascades || book.wasLeftOut(id));
  };
  // The list grows while it is walked.
  for (let head = 0; head < queue.length; head++) {
    const live = queue[head];
    if (live === undefined || again.has(live) || !isPlanned(live.plan)) continue;
    again.add(live);
    for (const precondition of book.preconditionsOf(live.id)) queueFailed(precondition);
    // One of another run is asked for by the machine.
    const resource = book.find(live.plan.resourceInstanceId ?? '');
    if (resource !== undefined) queueFailed(resource);
    if (live.plan.kind === 'resource') for (const user of book.usersOf(live.id)) queueFailed(user);
    if (!live.plan.settings.cascade) continue;
    for (const consumer of book.dependantsOf(live.id)) {
      const { plan, record } = consumer;
      if (!isPlanned(plan) || (record.status !== 'CASCADE_FAILED' && !book.wasLeftOut(consumer.id))) continue;
      const isFree =
        plan.condition !== undefined ||
        plan.needs.every(
          (need) => need.elsewhere || need.reason === 'precondition' || willRun(need.instanceId),
        );
      if (isFree) queue.push(consumer);
    }
  }
  return again;
}
