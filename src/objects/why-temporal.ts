import { Injectable } from '@nestjs/common';
import { isGrpcServiceError, ScheduleNotFoundError, WorkflowNotFoundError } from '@temporalio/client';
import type { ActivityFacts, IntervalFacts, QueueFacts, RunFacts } from '../../model/instance/why-facts.js';
import { describeRun, type PendingActivity } from '../../temporal/describe-run.js';
import { TemporalClient } from '../temporal/temporal.module.js';

/** How long Temporal may take for one answer: somebody sits and waits. */
const ANSWER_MS = 5_000;
/** gRPC's codes of a server that is away: DEADLINE_EXCEEDED, UNAVAILABLE. */
const AWAY = new Set([4, 14]);
/** temporal.api.enums.v1.PendingActivityState. */
const STATE = { started: 2, cancelRequested: 3 } as const;
/** temporal.api.enums.v1.TaskQueueType. */
const QUEUE_TYPE = { workflow: 1, activity: 2 } as const;

/** Temporal does not answer. */
export class TemporalAway extends Error {
  override readonly name = 'TemporalAway';
}

/** A run, and its pending activities by their ids, which are those of attempts. */
export interface DescribedRun {
  readonly run: RunFacts;
  readonly activities: ReadonlyMap<string, Omit<ActivityFacts, 'taskQueue'>>;
}

/** What Temporal says of runs, queues and clocks, at this moment. Every method throws TemporalAway when it does not answer. */
@Injectable()
export class WhyTemporal {
  constructor(private readonly temporal: TemporalClient) {}

  async describeRun(workflowId: string): Promise<DescribedRun> {
    try {
      const { status, raw, pending } = await this.ask(() => describeRun(this.temporal, workflowId));
      return {
        run: { status: status.name, taskTries: raw.pendingWorkflowTask?.attempt ?? 0 },
        activities: new Map(pending.map((each) => [each.activityId ?? '', activityOf(each)])),
      };
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      return { run: { status: 'NOT_FOUND', taskTries: 0 }, activities: new Map() };
    }
  }

  async describeQueue(taskQueue: string, type: keyof typeof QUEUE_TYPE): Promise<QueueFacts> {
    const answer = await this.ask(() =>
      this.temporal.workflowService.describeTaskQueue({
        namespace: this.temporal.options.namespace,
        taskQueue: { name: taskQueue },
        taskQueueType: QUEUE_TYPE[type],
        reportStats: true,
      }),
    );
    const backlog = answer.stats?.approximateBacklogCount;
    return {
      pollers: answer.pollers.flatMap(({ identity, lastAccessTime }) => {
        const lastPollAt = isoOf(lastAccessTime);
        return lastPollAt === undefined ? [] : [{ identity: identity ?? '', lastPollAt }];
      }),
      ...(backlog === undefined || backlog === null ? {} : { backlog: Number(backlog) }),
    };
  }

  async describeClock(scheduleId: string): Promise<NonNullable<IntervalFacts['clock']>> {
    try {
      const { state, info } = await this.ask(() => this.temporal.schedule.getHandle(scheduleId).describe());
      const next = info.nextActionTimes[0]?.toISOString();
      return { found: true, paused: state.paused, ...(next === undefined ? {} : { nextTickAt: next }) };
    } catch (error) {
      if (!(error instanceof ScheduleNotFoundError)) throw error;
      return { found: false, paused: false };
    }
  }

  private async ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await this.temporal.connection.withDeadline(Date.now() + ANSWER_MS, question);
    } catch (error) {
      // The client wraps what the connection says.
      for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
        if (isGrpcServiceError(cause) && AWAY.has(cause.code))
          throw new TemporalAway(cause.details, { cause: error });
      }
      throw error;
    }
  }
}

type Timestamp = PendingActivity['scheduledTime'];

function activityOf(pending: PendingActivity): Omit<ActivityFacts, 'taskQueue'> {
  const failure = pending.lastFailure;
  const times = {
    scheduledAt: isoOf(pending.scheduledTime),
    startedAt: isoOf(pending.lastStartedTime),
    lastTryEndedAt: isoOf(pending.lastAttemptCompleteTime),
    nextTryAt: isoOf(pending.nextAttemptScheduleTime),
    lastHeartbeatAt: isoOf(pending.lastHeartbeatTime),
  };
  const type = failure?.applicationFailureInfo?.type;
  return {
    started: pending.state === STATE.started || pending.state === STATE.cancelRequested,
    ...(pending.state === STATE.cancelRequested ? { canceling: true as const } : {}),
    tries: pending.attempt ?? 1,
    ...(Object.fromEntries(Object.entries(times).filter(([, at]) => at !== undefined)) as {
      [Key in keyof typeof times]?: string;
    }),
    ...(pending.lastWorkerIdentity ? { worker: pending.lastWorkerIdentity } : {}),
    ...(failure === undefined || failure === null
      ? {}
      : { lastFailure: { message: failure.message ?? '', ...(type ? { type } : {}) } }),
  };
}

/** Whole milliseconds: nobody needs more. */
function isoOf(timestamp: Timestamp): string | undefined {
  if (timestamp === undefined || timestamp === null) return undefined;
  const ms = Number(timestamp.seconds ?? 0) * 1000 + Math.floor((timestamp.nanos ?? 0) / 1e6);
  return ms <= 0 ? undefined : new Date(ms).toISOString();
}
