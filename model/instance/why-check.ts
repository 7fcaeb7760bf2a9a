import type { ActivityFacts, FactValue, WhyFacts } from './why-facts.js';
import { controlWorkerReason, noRunnerReason } from './why-queues.js';
import type { Made, Reason } from './why-reasons.js';
import { CONTROL_TASK_QUEUE } from './task-queue.js';
import { counted, durationText, short, timeText } from './why-words.js';

/** A precondition that has not held yet, or an action that was not taken yet: Temporal's server asks again by itself. */
export function checkReason(facts: WhyFacts, made: Made, activity: ActivityFacts): Reason {
  const { now } = facts;
  const { lastFailure: last, tries, started } = activity;
  const action = made.row.kind === 'action';
  if (!started && last === undefined) {
    const nobody = nobodyAsks(facts, made, activity);
    if (nobody !== undefined) return nobody;
  }
  const asked = started ? tries : tries - 1;
  const lastAt = activity.lastTryEndedAt ?? activity.startedAt;
  const every = made.plan?.settings.retryDelayMs;
  const limit = made.plan?.settings.preconditionTimeoutMs;
  const parts = [
    `${action ? 'tried' : 'asked'} ${counted(asked, 'time')}`,
    ...(last === undefined || lastAt === undefined
      ? []
      : [`last at ${timeText(lastAt, now)}: ${short(last.message)}`]),
    started
      ? 'asked again right now'
      : activity.nextTryAt === undefined
        ? 'next at any moment'
        : `next at ${timeText(activity.nextTryAt, now)}`,
  ];
  const known: Record<string, FactValue> = {
    asked,
    ...(lastAt === undefined ? {} : { lastAskedAt: lastAt }),
    ...(last === undefined ? {} : { lastAnswer: last.message }),
    ...(last?.type === undefined ? {} : { lastAnswerType: last.type }),
    ...(activity.nextTryAt === undefined ? {} : { nextAskAt: activity.nextTryAt }),
    ...(every === undefined || action ? {} : { retryDelay: durationText(every) }),
    ...(limit === undefined ? {} : { preconditionTimeout: durationText(limit) }),
    ...(activity.worker === undefined ? {} : { worker: activity.worker }),
  };
  if (started && last === undefined) {
    const who = activity.worker === undefined ? '' : ` by ${activity.worker}`;
    return {
      code: 'running',
      says: `is being ${action ? 'sent' : 'asked'}${who} for the first time`,
      facts: known,
    };
  }
  const nobody = started ? undefined : nobodyAsks(facts, made, activity);
  return {
    code: 'notYet',
    says: `has not ${action ? 'been taken' : 'held'} yet (${parts.join(', ')})`,
    facts: known,
    ...(nobody === undefined ? {} : { also: [nobody] }),
  };
}

/** Nobody would ask even if its time came. */
function nobodyAsks(facts: WhyFacts, made: Made, activity: ActivityFacts): Reason | undefined {
  if (activity.taskQueue === CONTROL_TASK_QUEUE) {
    const control = controlWorkerReason(facts);
    return control === undefined
      ? undefined
      : { ...control, subject: made.id, says: `was not asked: ${control.says}` };
  }
  if (made.plan?.worker.kind === 'nobody') {
    return {
      code: 'nobody',
      says: 'is never asked: neither what uses it nor its neighbours have runsOn or workerGroup',
      facts: {},
    };
  }
  return noRunnerReason(facts, activity);
}
