import { continueAsNew, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { IntervalActivities } from '../activities/bookkeeping/interval.activities.js';
import type { StartIntervalsInput } from './contract.js';

// Many intervals may be due at once (a start in the past), so a batch may take a while; each of its steps may be repeated.
const intervals = proxyActivities<IntervalActivities>({
  startToCloseTimeout: '5m',
  heartbeatTimeout: '30s',
  retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '10s' },
});

/**
 * Starts every interval of a Schedule that is due and was not started, oldest first: on time, in backfill and after an outage
 * alike. Fired by the Temporal Schedule at each interval's start (docs/decisions/002).
 */
export async function startIntervals(input: StartIntervalsInput): Promise<void> {
  for (;;) {
    const { more } = await intervals.startDueIntervals(input);
    if (!more) return;
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof startIntervals>(input);
  }
}
