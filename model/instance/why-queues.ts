import { CONTROL_TASK_QUEUE, workerGroupOf } from './task-queue.js';
import { nearestName } from '../expression/suggest.js';
import type { ActivityFacts, FactValue, WhyFacts } from './why-facts.js';
import type { Reason } from './why-reasons.js';
import { quotedList, timeText } from './why-words.js';

/** A poll of a worker lasts a minute; Temporal remembers pollers for five. Who has not asked for this long is not there. */
const POLL_FRESH_MS = 90_000;

/** Whether the poller is there at the moment. One whose slots are all busy does not poll either. */
export function isPolled(
  { now }: Pick<WhyFacts, 'now'>,
  { lastPollAt }: { readonly lastPollAt: string },
): boolean {
  return now.getTime() - Date.parse(lastPollAt) <= POLL_FRESH_MS;
}

/** No control worker is there: workflows and the service's own work stand still. */
export function controlWorkerReason(facts: WhyFacts): Reason | undefined {
  const queue = facts.queues.get(CONTROL_TASK_QUEUE);
  if (queue === undefined || queue.pollers.some((poller) => isPolled(facts, poller))) return undefined;
  const last = lastPoller(queue.pollers);
  const seen =
    last === undefined ? '' : ` (the last, ${last.identity}, did at ${timeText(last.lastPollAt, facts.now)})`;
  return {
    code: 'controlWorker',
    says: `no control worker polls ${CONTROL_TASK_QUEUE}${seen}`,
    facts: last === undefined ? {} : { lastPoller: last.identity, lastPollAt: last.lastPollAt },
  };
}

/** Nobody polls the task queue of the attempt. */
export function noRunnerReason(facts: WhyFacts, activity: ActivityFacts): Reason | undefined {
  const { taskQueue, scheduledAt } = activity;
  const queue = facts.queues.get(taskQueue);
  if (queue === undefined || queue.pollers.some((poller) => isPolled(facts, poller))) return undefined;
  const since = scheduledAt === undefined ? '' : ` since ${timeText(scheduledAt, facts.now)}`;
  const last = lastPoller(queue.pollers);
  const known: Record<string, FactValue> = {
    ...(scheduledAt === undefined ? {} : { since: scheduledAt }),
    ...(last === undefined ? {} : { lastPoller: last.identity, lastPollAt: last.lastPollAt }),
  };
  const gone =
    last === undefined
      ? ''
      : `; the last was ${last.identity} at ${timeText(last.lastPollAt, facts.now)}: it is gone, or all its slots are busy`;
  const group = workerGroupOf(taskQueue);
  if (group === undefined) {
    return {
      code: 'noRunner',
      says: `waits${since} for the task runner of its resource, and nobody polls ${taskQueue}${gone}`,
      facts: { ...known, taskQueue },
    };
  }
  const { polledGroups } = facts;
  const near = nearMisses(group, polledGroups);
  const others =
    polledGroups.length === 0 ? 'no known group is polled' : `polled are ${quotedList(polledGroups)}`;
  const [nearest] = near;
  const hint =
    nearest === undefined
      ? ''
      : nearest.toLowerCase() === group.toLowerCase()
        ? `; names of groups are case-sensitive, and "${nearest}" is polled`
        : `; did you mean "${nearest}"?`;
  return {
    code: 'noRunner',
    says: `waits${since} for a task runner: nobody polls worker group "${group}"${gone}; ${others}${hint}`,
    facts: { ...known, workerGroup: group, polledGroups, ...(near.length === 0 ? {} : { nearMisses: near }) },
  };
}

function nearMisses(group: string, polled: readonly string[]): string[] {
  const folded = (name: string): string => name.toLowerCase().replaceAll(/[\s_.-]+/g, '');
  const same = polled.filter((name) => name !== group && folded(name) === folded(group));
  if (same.length > 0) return same.toSorted();
  const near = nearestName(group, polled);
  return near === undefined ? [] : [near];
}

function lastPoller<P extends { readonly lastPollAt: string }>(pollers: readonly P[]): P | undefined {
  return pollers.toSorted((a, b) => Date.parse(b.lastPollAt) - Date.parse(a.lastPollAt))[0];
}
