import { awsTime } from './ids.js';
import type { Reason } from './why-reasons.js';
import type { FactValue, InstanceFacts, IntervalFacts, WhyFacts } from './why-facts.js';
import { controlWorkerReason } from './why-queues.js';
import { timeText } from './why-words.js';

/** Why there is no such instance (yet). */
export function notMadeReason(facts: WhyFacts, { componentId, interval }: InstanceFacts): Reason {
  const { pipeline } = facts;
  const whatPipeline = `pipeline ${pipeline.id} (${pipeline.name})`;
  if (interval === undefined) {
    return {
      code: 'noSuchInterval',
      says: `is no instance of ${whatPipeline}: it is no object of the definition in force that has instances`,
      facts: {},
    };
  }
  const known: Record<string, FactValue> =
    interval.scheduleId === undefined ? {} : { schedule: interval.scheduleId };
  if (interval.start === undefined) return noInterval(componentId, interval, known);
  const begins = { ...known, intervalStart: interval.start };
  if (pipeline.activeVersion === undefined) {
    const errors = pipeline.latestErrored
      ? ', and its newest definition has errors, so it cannot be'
      : ': activate it';
    return {
      code: 'notActivated',
      says: `was not made: ${whatPipeline} is ${pipeline.state}, it was never activated${errors}`,
      facts: { ...begins, state: pipeline.state },
    };
  }
  if (interval.forgottenThrough !== undefined && interval.start <= interval.forgottenThrough)
    return removed(facts, interval, begins);
  if (interval.passed) {
    return {
      code: 'notMade',
      says: `was not made: its interval was started when ${componentId} was no part of the definition in force`,
      facts: begins,
    };
  }
  if (pipeline.state === 'INACTIVE' || pipeline.state === 'DEACTIVATING') {
    const since =
      pipeline.lastDeactivatedAt === undefined
        ? ''
        : ` since ${timeText(pipeline.lastDeactivatedAt, facts.now)}`;
    return {
      code: 'deactivated',
      says: `was not made: ${whatPipeline} is ${pipeline.state}${since}; the next activation goes on from there`,
      facts: { ...begins, state: pipeline.state },
    };
  }
  return awaited(facts, interval.start, interval, begins);
}

/** Which of its instances there were nobody knows any more: the mark is of the Schedule. */
function removed(
  { now }: WhyFacts,
  { scheduleId = '', forgottenThrough = '' }: IntervalFacts,
  known: Record<string, FactValue>,
): Reason {
  return {
    code: 'removed',
    says:
      `was removed by retention, with the runs of ${scheduleId} that began up to ${timeText(forgottenThrough, now)} and that ` +
      'nothing needed; a backfill that reruns all runs its interval anew',
    facts: { ...known, forgottenThrough },
  };
}

function noInterval(
  componentId: string,
  { scheduleId, before, after, forgottenThrough }: IntervalFacts,
  known: Record<string, FactValue>,
): Reason {
  const gone =
    forgottenThrough === undefined
      ? ''
      : `; retention has removed runs up to ${awsTime(new Date(forgottenThrough))}`;
  const near = [before, after].filter((each) => each !== undefined);
  const dates = near.map((each) => awsTime(new Date(each))).join(' and ');
  const around =
    near.length === 0 ? 'it has none' : `the nearest ${near.length === 1 ? 'is' : 'are'} ${dates}`;
  return {
    code: 'noSuchInterval',
    says:
      scheduleId === 'ondemand'
        ? `was not made: an ondemand pipeline has an instance for each activation, named by its time (UTC)${gone}`
        : `cannot be: ${scheduleId}, the schedule of ${componentId}, has no interval that starts then; ${around} (UTC)`,
    facts: { ...known, ...(near.length === 0 ? {} : { intervalsNear: near }) },
  };
}

function awaited(
  facts: WhyFacts,
  start: string,
  interval: IntervalFacts,
  known: Record<string, FactValue>,
): Reason {
  const { clock, nextStart } = interval;
  const more: Record<string, FactValue> = {
    ...known,
    ...(nextStart === undefined ? {} : { nextIntervalStart: nextStart }),
    ...(clock?.nextTickAt === undefined ? {} : { nextTickAt: clock.nextTickAt }),
  };
  const clockSays =
    clock === undefined
      ? ''
      : !clock.found
        ? '; its clock, the Temporal Schedule, is gone: activate the pipeline again'
        : clock.paused
          ? '; its clock, the Temporal Schedule, is paused'
          : '';
  if (new Date(start) > facts.now) {
    return {
      code: 'notYetDue',
      says: `is not made yet: its interval begins at ${timeText(start, facts.now)}${clockSays}`,
      facts: more,
    };
  }
  const behind =
    nextStart === undefined || nextStart === start
      ? 'it is the next to be started'
      : `the next to be started is that of ${timeText(nextStart, facts.now)}`;
  const control = controlWorkerReason(facts);
  return {
    code: control === undefined ? 'notMade' : control.code,
    says: `is not made yet: its interval began at ${timeText(start, facts.now)}, ${behind}${clockSays}`,
    ...(control === undefined ? {} : { ending: `; ${control.says}` }),
    facts: { ...more, ...control?.facts },
  };
}
