import { nextOpen } from '../schedule/open-hours.js';
import { listed } from '../expression/suggest.js';
import { workerGroupOf } from './task-queue.js';
import { isTerminal } from './transitions.js';
import { checkReason } from './why-check.js';
import { errorFacts } from './why-ended.js';
import type { ActivityFacts, FactValue, WhyFacts } from './why-facts.js';
import { controlWorkerReason, isPolled, noRunnerReason } from './why-queues.js';
import type { Made, Reason } from './why-reasons.js';
import { closedReason } from './why-times.js';
import { durationText, errorText, timeText } from './why-words.js';

/** What an instance does, or what keeps it, once its dependencies hold. */
export function workReason(facts: WhyFacts, made: Made): Reason {
  const { activity, row } = made;
  if (activity === undefined) return betweenReason(facts, made);
  if (row.kind === 'precondition' || row.kind === 'action') return checkReason(facts, made, activity);
  if (row.kind === 'resource') return resourceReason(facts, made, activity);
  return activity.started ? runningReason(facts, made, activity) : queuedReason(facts, made, activity);
}

/** Nothing is with a worker: it waits for its next attempt, for its resource, or the engine does not go on. */
function betweenReason(facts: WhyFacts, made: Made): Reason {
  return (
    resourceNeeded(facts, made) ??
    retryReason(facts, made) ??
    closedReason(facts, made) ??
    engineReason(facts, made) ?? {
      code: 'goingOn',
      says: `is ${made.row.status}; Temporal is about to be given its next attempt`,
      facts: { since: made.row.changedAt },
    }
  );
}

function resourceNeeded(facts: WhyFacts, { plan, row }: Made): Reason | undefined {
  const id = plan?.resourceInstanceId;
  const resource = id === undefined ? undefined : facts.instances.get(id)?.row;
  if (id === undefined || resource === undefined || row.status !== 'WAITING_FOR_RUNNER') return undefined;
  if (resource.status === 'RUNNING' || isTerminal(resource.status)) return undefined;
  return {
    code: 'resource',
    says: `waits for its resource ${id}`,
    goesOn: true,
    facts: { resource: id, since: row.changedAt },
    because: [id],
  };
}

function retryReason({ now }: WhyFacts, made: Made): Reason | undefined {
  const { attempt, plan, row } = made;
  if (attempt?.status !== 'FAILED' || attempt.actualEnd === undefined || plan === undefined) return undefined;
  const { retryDelayMs } = plan.settings;
  const due = new Date(Date.parse(attempt.actualEnd) + retryDelayMs);
  const next = plan.hours === undefined ? due : nextOpen(plan.hours, due);
  if (next <= now) return undefined;
  const error = errorText(attempt.errorId, attempt.errorMessage);
  const window = next > due ? ', when its run window opens' : ` (retryDelay ${durationText(retryDelayMs)})`;
  return {
    code: 'retryDelay',
    says:
      `failed its attempt ${attempt.number} of ${row.attemptCount + row.triesLeft} at ` +
      `${timeText(attempt.actualEnd, now)}${error === '' ? '' : ` (${error})`}; the next begins at ` +
      `${timeText(next.toISOString(), now)}${window}`,
    facts: {
      nextAttemptAt: next.toISOString(),
      retryDelay: durationText(retryDelayMs),
      failedAt: attempt.actualEnd,
      ...errorFacts(made),
    },
  };
}

function runningReason(facts: WhyFacts, made: Made, activity: ActivityFacts): Reason {
  const { now } = facts;
  const { row, attempt } = made;
  const since = attempt?.actualStart ?? activity.startedAt ?? row.changedAt;
  const where = attempt?.hostname ?? row.hostname ?? activity.worker;
  const beat = activity.lastHeartbeatAt;
  const says =
    `is RUNNING${where === undefined ? '' : ` on ${where}`} since ${timeText(since, now)}, ` +
    `attempt ${row.attemptCount} of ${row.attemptCount + row.triesLeft}` +
    (beat === undefined
      ? '; no heartbeat has come yet'
      : `; its last heartbeat came at ${timeText(beat, now)}`);
  return {
    code: 'running',
    says,
    facts: {
      since,
      ...(where === undefined ? {} : { hostname: where }),
      ...(activity.worker === undefined ? {} : { worker: activity.worker }),
      ...(beat === undefined ? {} : { lastHeartbeatAt: beat }),
    },
  };
}

/** Its attempt lies in a task queue. */
function queuedReason(facts: WhyFacts, made: Made, activity: ActivityFacts): Reason {
  if (made.plan?.worker.kind === 'nobody') {
    return {
      code: 'nobody',
      says: `waits for ever: ${made.componentId} has neither runsOn nor workerGroup, so nobody comes for it`,
      facts: { since: activity.scheduledAt ?? made.row.changedAt },
    };
  }
  return noRunnerReason(facts, activity) ?? waitsInLine(facts, activity);
}

function waitsInLine(facts: WhyFacts, { scheduledAt, taskQueue }: ActivityFacts): Reason {
  const queue = facts.queues.get(taskQueue);
  const pollers = (queue?.pollers ?? [])
    .filter((poller) => isPolled(facts, poller))
    .map(({ identity }) => identity);
  const since = scheduledAt === undefined ? '' : ` since ${timeText(scheduledAt, facts.now)}`;
  const group = workerGroupOf(taskQueue);
  const of = group === undefined ? 'its resource' : `worker group "${group}"`;
  const line = [
    ...(pollers.length === 0
      ? []
      : [`${listed(pollers, SHOWN_POLLERS)} ${pollers.length === 1 ? 'polls' : 'poll'} it`]),
    ...((queue?.backlog ?? 0) > 1 ? [`about ${queue?.backlog} tasks wait there`] : []),
  ];
  return {
    code: 'queued',
    says: `waits${since} for a task runner of ${of}${line.length === 0 ? '' : `: ${line.join(', and ')}`}`,
    facts: {
      taskQueue,
      pollers,
      ...(scheduledAt === undefined ? {} : { since: scheduledAt }),
      ...(queue?.backlog === undefined ? {} : { backlog: queue.backlog }),
    },
  };
}

const SHOWN_POLLERS = 3;

/** A machine: being made, up, or going down. */
function resourceReason(facts: WhyFacts, made: Made, activity: ActivityFacts): Reason {
  const { now } = facts;
  const { row } = made;
  const since = made.attempt?.actualStart ?? activity.startedAt ?? activity.scheduledAt ?? row.changedAt;
  const machine = row.resourceId === undefined ? '' : ` (${row.resourceId})`;
  const known: Record<string, FactValue> = {
    since,
    ...(row.resourceId === undefined ? {} : { resourceId: row.resourceId }),
    ...(activity.worker === undefined ? {} : { worker: activity.worker }),
    ...(activity.lastHeartbeatAt === undefined ? {} : { lastHeartbeatAt: activity.lastHeartbeatAt }),
  };
  if (row.status === 'SHUTTING_DOWN') {
    const at = timeText(row.changedAt, now);
    return { code: 'shuttingDown', says: `is going down since ${at}${machine}`, facts: known };
  }
  if (row.status === 'RUNNING') {
    return { code: 'running', says: `is up since ${timeText(since, now)}${machine}`, facts: known };
  }
  if (!activity.started) {
    const control = controlWorkerReason(facts);
    if (control !== undefined) return { ...control, says: `${control.says}, and it makes the machine` };
  }
  const failure = activity.lastFailure;
  const tried =
    failure === undefined ? '' : `; the last try failed: ${errorText(failure.type, failure.message)}`;
  return {
    code: 'creating',
    says: `is being made since ${timeText(since, now)}, attempt ${row.attemptCount} of ${row.attemptCount + row.triesLeft}${tried}`,
    facts: failure === undefined ? known : { ...known, lastFailure: failure.message },
  };
}

/** What is wrong with the engine itself, when nothing of the pipeline's own keeps an instance. */
export function engineReason(facts: WhyFacts, { runId, row }: Made): Reason | undefined {
  if (facts.temporalProblem !== undefined) {
    return {
      code: 'temporal',
      says: `is ${row.status}; Temporal does not answer (${facts.temporalProblem}), and without it nothing goes on`,
      facts: { temporal: facts.temporalProblem },
    };
  }
  const control = controlWorkerReason(facts);
  if (control !== undefined) {
    return { ...control, says: `is ${row.status}; ${control.says}, and nothing goes on without one` };
  }
  const run = runId === undefined ? undefined : facts.runs.get(runId);
  if (run === undefined || runId === undefined) return undefined;
  if (run.status !== 'RUNNING') {
    return {
      code: 'run',
      says: `is ${row.status}, but its interval run is ${run.status} in Temporal: a RERUN begins it again`,
      facts: { runStatus: run.status },
    };
  }
  if (run.taskTries <= 1) return undefined;
  return {
    code: 'run',
    says:
      `is ${row.status}; its interval run does not go on: Temporal has tried its workflow task ${run.taskTries} ` +
      `times, and the log of the control worker says why it fails`,
    facts: { runStatus: run.status, taskTries: run.taskTries },
  };
}
