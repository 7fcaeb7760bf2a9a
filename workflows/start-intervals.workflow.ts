import { continueAsNew, proxyActivities, sleep, workflowInfo } from '@temporalio/workflow';
import type { IntervalActivities } from '../activities/bookkeeping/interval.activities.js';
import type { StartIntervalsInput } from './contract.js';

// Many intervals may be due at once (a start in the past), so a batch may take a while; each of its steps may be repeated.
const intervals = proxyActivities<IntervalActivities>({
  startToCloseTimeout: '5m',
  heartbeatTimeout: '30s',
  retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '10s' },
});

// Asked again by the server until there is room, however long the work of those before takes: no history grows.
const patient = proxyActivities<IntervalActivities>({
  startToCloseTimeout: '1m',
  retry: { initialInterval: '200ms', backoffCoefficient: 1.3, maximumInterval: '3s' },
});

/**
 * Starts every interval of a Schedule that is due and was not started, oldest first: on time, after a start in the past and
 * after an outage alike, the latter two in a window of busy runs. Fired by the Temporal Schedule ahead of each interval's start (docs/decisions/002).
 */
export async function startIntervals(input: StartIntervalsInput): Promise<void> {
  for (;;) {
    const { more, full, lookAgainMs } = await intervals.startDueIntervals(input);
    if (!more && lookAgainMs === undefined) return;
    if (lookAgainMs !== undefined) await sleep(lookAgainMs);
    if (full === true) await patient.untilRoom(input);
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof startIntervals>(input);
  }
}
