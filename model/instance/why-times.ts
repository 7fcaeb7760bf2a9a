import { nextOpen } from '../schedule/open-hours.js';
import type { Made, Reason } from './why-reasons.js';
import type { WhyFacts } from './why-facts.js';
import { timeText } from './why-words.js';

/** Its time has not come: the end of its interval with timeseries, or the opening of its hours. */
export function notDueReason({ now }: WhyFacts, { plan, row, scheduleType }: Made): Reason | undefined {
  if (plan === undefined || plan.dueAt <= now) return undefined;
  const opensAt = plan.dueAt.toISOString();
  const atEnd = scheduleType === 'timeseries' && row.kind !== 'resource';
  const due = new Date(atEnd ? row.scheduledEnd : row.scheduledStart);
  const opens = plan.dueAt > due ? `its run window, which opens at ${timeText(opensAt, now)}` : undefined;
  if (opens !== undefined && due <= now) {
    return { code: 'closed', says: `waits for ${opens}`, facts: { opensAt } };
  }
  const dueAt = due.toISOString();
  const why = atEnd
    ? ', the end of its interval: with scheduleType timeseries it runs then, with cron at the beginning'
    : '';
  return {
    code: 'notYetDue',
    says: `is due at ${timeText(dueAt, now)}${why}${opens === undefined ? '' : `; then it waits for ${opens}`}`,
    facts: {
      dueAt,
      ...(opens === undefined ? {} : { opensAt }),
      ...(scheduleType === undefined ? {} : { scheduleType }),
    },
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
