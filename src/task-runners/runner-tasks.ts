import { createHash } from 'node:crypto';
import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import {
  ActivityNotFoundError,
  isGrpcCancelledError,
  isGrpcDeadlineError,
  isGrpcServiceError,
} from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { penstockCodec } from '../../codec/payload-codec.js';
import { InvalidRequest, TaskNotFound } from '../../model/errors.js';
import type { Task, TaskResult } from '../../model/instance/task.js';
import {
  ATTEMPT_STARTED_SIGNAL,
  workerGroupTaskQueue,
  type AttemptStartedSignal,
} from '../../workflows/contract.js';
import { Config } from '../config/config.js';
import { errorFacts, log } from '../config/log.js';
import { giveOutAgain } from '../../temporal/give-out-again.js';
import { protocolIdentity } from '../../temporal/runner-identity.js';
import { payloadKeyOf, TemporalClient } from '../temporal/temporal.module.js';
import { standingOf } from '../../temporal/standing-of.js';
import { TaskIds, type HeldTask } from './task-id.js';
import { detailsOf, failed, failureOf, type TaskEnd } from './task-outcome.js';
import { wireTask, type WireTask } from './task-object.js';

/** Below the minute after which AWS's own clients give up an answer; AWS's limit is 90 s. Source: semantics.md 10.1. */
const POLL_MS = 45_000;
/** A task that nobody has confirmed by then goes to another. Source: semantics.md 10.1. */
const CONFIRMED_WITHIN_MS = 120_000;
/** How long a runner that was told to stop has for it, before its task counts as cancelled. Our choice. */
const STOPS_WITHIN_MS = 30_000;
/** Most tasks that one API remembers to have heard of. */
const MAXIMUM_HEARD = 10_000;

/**
 * AWS's protocol of task runners over Temporal's own calls. Temporal has the queue, the timeouts and the outcome; the task travels
 * in its id. So any API takes any report, and one that dies loses nothing but two short waits, whose place the timeouts of the
 * attempt take. Source: design.md; semantics.md 10.1.
 */
@Injectable()
export class RunnerTasks implements BeforeApplicationShutdown {
  /** Test hooks: how long is waited. */
  pollMs = POLL_MS;
  confirmedWithinMs = CONFIRMED_WITHIN_MS;
  stopsWithinMs = STOPS_WITHIN_MS;

  readonly #ending = new AbortController();
  readonly #timers = new Map<string, { readonly timer: NodeJS.Timeout; readonly why: 'confirm' | 'stop' }>();
  /** Tasks of which a report has come to this process, so that their runs are told once. */
  readonly #heard = new Set<string>();
  #codec: ReturnType<typeof penstockCodec> | undefined;

  constructor(
    private readonly config: Config,
    private readonly temporal: TemporalClient,
    private readonly taskIds: TaskIds,
  ) {}

  /** Polls are answered empty-handed, so that the server can close, and their runners poll another. */
  beforeApplicationShutdown(): void {
    this.#ending.abort();
    for (const { timer } of this.#timers.values()) clearTimeout(timer);
  }

  /** The next task of the group; undefined when none comes, or when `gone` says that nobody waits any more. */
  async poll(workerGroup: string, hostname: string, gone: AbortSignal): Promise<WireTask | undefined> {
    const signal = AbortSignal.any([gone, this.#ending.signal]);
    const given = await this.#next(workerGroup, hostname, signal);
    if (given === undefined) return undefined;
    const { task, held } = given;
    if (gone.aborted) {
      await this.#giveOutAgain(held, Number.POSITIVE_INFINITY); // it is ours alone, whatever the clocks say
      return undefined;
    }
    const { token } = held;
    this.#after('confirm', this.confirmedWithinMs, token, () =>
      this.#giveOutAgain(held, Date.now() - this.confirmedWithinMs),
    );
    return wireTask(task, this.taskIds.of(held), workerGroup, held.startedAt);
  }

  /** Takes a sign of life. True: the task was cancelled, and the runner is to stop. @throws TaskNotFound */
  async progress(taskId: string, fields: readonly { key: string; value: string }[]): Promise<boolean> {
    const held = this.taskIds.read(taskId);
    const standing = await standingOf(this.temporal, tokenOf(held), detailsOf(held, fields));
    if (standing === 'closed') throw tooLate(held);
    const canceled = standing === 'ending';
    const key = keyOf(held.token);
    if (canceled) {
      this.#after('stop', this.stopsWithinMs, held.token, () => this.#cancelled(held));
    } else if (!this.#heard.has(key)) {
      this.#forgetTimer(held.token);
      await this.#announce(held);
    }
    if (this.#heard.size >= MAXIMUM_HEARD) this.#heard.clear();
    this.#heard.add(key);
    return canceled;
  }

  /** Takes the outcome. @throws TaskNotFound when it is too late for one; InvalidRequest */
  async end(taskId: string, end: TaskEnd): Promise<void> {
    const held = this.taskIds.read(taskId);
    if (end.taskStatus === 'FALSE' && !held.isPrecondition) {
      throw new InvalidRequest(
        `taskStatus FALSE is the answer of a precondition, and ${held.attemptId} is none: expected FINISHED or FAILED`,
      );
    }
    const { startedAt, hostname } = held;
    const token = tokenOf(held);
    const isTaken = await this.#ifOpen(() =>
      end.taskStatus === 'FINISHED'
        ? this.temporal.activity.complete(token, { startedAt, hostname } satisfies TaskResult)
        : this.temporal.activity.fail(token, failureOf(held, end)),
    );
    if (!isTaken) throw tooLate(held);
    this.#forgetTimer(held.token);
    this.#heard.delete(keyOf(held.token));
  }

  async #next(
    workerGroup: string,
    hostname: string,
    signal: AbortSignal,
  ): Promise<{ readonly task: Task; readonly held: HeldTask } | undefined> {
    const { connection, workflowService } = this.temporal;
    const queue = workerGroupTaskQueue(workerGroup);
    try {
      const answer = await connection.withAbortSignal(signal, () =>
        connection.withDeadline(Date.now() + this.pollMs, () =>
          workflowService.pollActivityTaskQueue({
            namespace: this.config.temporalNamespace,
            taskQueue: { name: queue },
            identity: protocolIdentity(hostname),
          }),
        ),
      );
      if (answer.taskToken.length === 0) return undefined;
      this.#codec ??= penstockCodec(payloadKeyOf(this.config));
      const [payload] = await this.#codec.decode(answer.input?.payloads ?? []);
      if (payload === undefined) throw new Error(`A task of the queue ${queue} holds nothing`);
      const task: Task = defaultPayloadConverter.fromPayload(payload);
      const held: HeldTask = {
        token: Buffer.from(answer.taskToken).toString('base64'),
        workerGroup,
        pipelineId: task.pipelineId,
        workflowId: answer.workflowExecution?.workflowId ?? '',
        runId: answer.workflowExecution?.runId ?? '',
        attemptId: task.attemptId,
        instanceId: task.instanceId,
        attempt: task.attempt,
        isPrecondition: task.nodeId !== undefined,
        isRepeated: task.nodeId !== undefined && answer.attempt > 1,
        startedAt: new Date().toISOString(),
        hostname,
      };
      return { task, held };
    } catch (error) {
      if (isGrpcDeadlineError(error) || (signal.aborted && isGrpcCancelledError(error))) return undefined;
      throw error;
    }
  }

  /** Tells the run that the attempt is RUNNING. Best effort: its start comes with its outcome too. */
  async #announce({ workflowId, runId, isRepeated, ...held }: HeldTask): Promise<void> {
    if (isRepeated) return;
    const { instanceId, attempt, startedAt, hostname, attemptId } = held;
    const payload: AttemptStartedSignal = { instanceId, attempt, startedAt, hostname };
    try {
      await this.temporal.workflow.getHandle(workflowId, runId).signal(ATTEMPT_STARTED_SIGNAL, payload);
    } catch (error) {
      log('warn', 'the start of an attempt could not be signalled', { attemptId, ...errorFacts(error) });
    }
  }

  async #giveOutAgain({ workflowId, attemptId }: HeldTask, before: number): Promise<void> {
    await giveOutAgain(this.temporal, workflowId, [attemptId], before);
  }

  async #cancelled(held: HeldTask): Promise<void> {
    const token = tokenOf(held);
    await this.#ifOpen(async () => {
      try {
        const { identity, namespace } = this.temporal.options;
        await this.temporal.workflowService.respondActivityTaskCanceled({
          namespace,
          identity,
          taskToken: token,
        });
      } catch (error) {
        if (!wasNotAsked(error)) throw error;
        // Somebody paused or reset it in Temporal. Ended, it is tried again when they let it.
        const message = 'Ended: the attempt was paused or reset in Temporal';
        await this.temporal.activity.fail(token, failed(held, 'RunnerLost', message, false));
      }
    });
  }

  #after(why: 'confirm' | 'stop', ms: number, token: string, work: () => Promise<void>): void {
    const key = keyOf(token);
    if (this.#timers.get(key)?.why === why) return; // who reports on and on gets no more time for it
    this.#forgetTimer(token);
    const timer = setTimeout(() => {
      this.#timers.delete(key);
      work().catch((error: unknown) => log('warn', 'A task could not be ended', errorFacts(error)));
    }, ms);
    timer.unref();
    this.#timers.set(key, { timer, why });
  }

  #forgetTimer(token: string): void {
    const key = keyOf(token);
    clearTimeout(this.#timers.get(key)?.timer);
    this.#timers.delete(key);
  }

  /** False when the attempt is over. */
  async #ifOpen(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      if (!isClosed(error)) throw error;
      return false;
    }
  }
}

function tooLate({ attemptId }: HeldTask): TaskNotFound {
  return new TaskNotFound(
    `The task of ${attemptId} is over: it was ended, cancelled, or took longer than it may, and may be with another task runner`,
  );
}

const keyOf = (token: string): string => createHash('sha256').update(token).digest('base64');
const tokenOf = ({ token }: HeldTask): Uint8Array => Buffer.from(token, 'base64');

/** gRPC INVALID_ARGUMENT: nobody has asked for the cancellation. The client's own call does not tell the code. */
function wasNotAsked(error: unknown): boolean {
  return isGrpcServiceError(error) && error.code === 3;
}

/** gRPC NOT_FOUND: the attempt is over. */
function isClosed(error: unknown): boolean {
  return error instanceof ActivityNotFoundError || (isGrpcServiceError(error) && error.code === 5);
}
