import {
  ActivityCancellationType,
  CancellationScope,
  condition,
  defineSignal,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
} from '@temporalio/workflow';
import type { LaneActivities } from '../activities/bookkeeping/lane.activities.js';
import {
  ATTEMPT_STARTED_SIGNAL,
  attemptKey,
  LANE_SIGNAL,
  RESOURCE_READY_SIGNAL,
  type AttemptStartedSignal,
  type LaneAttempt,
  type LaneMessage,
  type LaneNews,
  type ResourceReadySignal,
  type RunAttemptsInput,
} from './contract.js';
import { outcomeOf, workOn } from './run-attempt.js';
import { NEWS_PER_REPORT, REPORTS_UNDER_WAY } from './run-bounds.js';

const { tellRun } = proxyLocalActivities<LaneActivities>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '100ms', backoffCoefficient: 2, maximumInterval: '5s' },
  localRetryThreshold: '1m',
});

// Asked again by the server for as long as the run is there: no history grows.
const patient = proxyActivities<LaneActivities>({
  startToCloseTimeout: '1m',
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: { initialInterval: '2s', backoffCoefficient: 2, maximumInterval: '1m' },
});

/** Carries attempts of one interval run: does what the run's messages say, and reports what becomes of it. Decides nothing. */
export async function runAttempts({ runId, chain, lane, first }: RunAttemptsInput): Promise<void> {
  const scopes = new Map<string, CancellationScope>();
  const news: LaneNews[] = [];
  let sent = 0;
  let acked = 0;
  let last = false;
  /** Nobody waits for the answers any more. What still works ends with its workflow. */
  let over = false;

  const carry = async (given: LaneAttempt): Promise<void> => {
    const key = attemptKey(given);
    const scope = new CancellationScope();
    scopes.set(key, scope);
    const outcome = await outcomeOf(scope.run(() => workOn(given)));
    scopes.delete(key);
    const { instanceId, attempt } = given;
    news.push({ kind: 'attemptEnded', instanceId, attempt, outcome });
  };
  const take = (message: LaneMessage): void => {
    for (const attempt of message.attempts) void carry(attempt);
    for (const key of message.cancel) scopes.get(key)?.cancel();
    acked = Math.max(acked, message.acked);
    last ||= message.last;
    over ||= message.close;
  };
  setHandler(defineSignal<[LaneMessage]>(LANE_SIGNAL), take);
  setHandler(
    defineSignal<[AttemptStartedSignal]>(ATTEMPT_STARTED_SIGNAL),
    (signal) => void news.push({ kind: 'attemptStarted', ...signal }),
  );
  setHandler(
    defineSignal<[ResourceReadySignal]>(RESOURCE_READY_SIGNAL),
    (signal) => void news.push({ kind: 'resourceReady', ...signal }),
  );
  take(first);

  // Who cancels a lane by hand cancels what it carries, and the run hears of it.
  await CancellationScope.nonCancellable(async () => {
    void patient.untilRunEnds({ runId, chain }).then(() => (over = true));
    const mayReport = (): boolean => news.length > 0 && sent - acked < REPORTS_UNDER_WAY;
    const isDone = (): boolean => over || (last && scopes.size === 0 && news.length === 0);
    for (;;) {
      await condition(() => isDone() || mayReport());
      if (isDone()) return;
      sent += 1;
      const report = { lane, number: sent, news: news.splice(0, NEWS_PER_REPORT) };
      over ||= !(await tellRun({ runId, report }));
    }
  });
}
