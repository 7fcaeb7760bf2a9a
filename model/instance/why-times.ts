import { nextOpen } from '../schedule/open-hours.js';
import type { Made, Reason } from './why-reasons.js';
import type { WhyFacts } from './why-facts.js';
import { timeText } from './why-words.js';

/** Its time has not come: the end of its interval with timeseries, or the opening of its hours. */
export function notDueReason({ now }: WhyFacts, made: Made): Reason | undefined {
  const { plan, scheduleType } = made;
  if (plan === undefined || plan.dueAt <= now) return undefined;
  const dueAt = plan.dueAt.toISOString();
  const at = timeText(dueAt, now);
  if (plan.hours !== undefined && nextOpen(plan.hours, now) > now) {
    return {
      code: 'closed',
      says: `waits for its run window, which opens at ${at}`,
      facts: { opensAt: dueAt },
    };
  }
  const why =
    scheduleType === 'timeseries'
      ? ', the end of its interval: with scheduleType timeseries it runs then, with cron at the beginning'
      : '';
  return {
    code: 'notYetDue',
    says: `is due at ${at}${why}`,
    facts: { dueAt, ...(scheduleType === undefined ? {} : { scheduleType }) },
  };
}

/** Nothing else keeps it, but no attempt may begin at this hour. */
export function closedReason({ now }: WhyFacts, { plan }: Made): Reason | undefined {
  if (plan?.hours === undefined) return undefined;
  const opens = nextOpen(plan.hours, now);
  if (opens <= now) return undefined;
  const opensAt = opens.toISOString();
  return {
    code: 'closed',
    says: `waits for its run window, which opens at ${timeText(opensAt, now)}`,
    facts: { opensAt },
  };
}
