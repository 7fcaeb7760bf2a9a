import { Injectable } from '@nestjs/common';
import { WorkflowNotFoundError } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { AttemptProgress, HeartbeatDetails } from '../../activities/runner/heartbeat-details.js';
import { penstockCodec } from '../../codec/payload-codec.js';
import { Config } from '../config/config.js';
import { describeRun, type PendingActivity } from '../../temporal/describe-run.js';
import { payloadKeyOf, TemporalClient } from '../temporal/temporal.module.js';

/** What the last heartbeat of a running attempt said. */
export type LiveAttempt = HeartbeatDetails;

/** Those who watch attempts of the same run share one answer of Temporal that is no older. */
const SHARED_MS = 500;
/** How long Temporal may take for one answer. */
const ANSWER_MS = 5_000;

type Pending = readonly PendingActivity[];

/** The attempts that run, as their heartbeats describe them: through Temporal, so that no runner needs a port. */
@Injectable()
export class LiveActivities {
  readonly #asked = new Map<string, { readonly at: number; readonly pending: Promise<Pending> }>();
  #codec: ReturnType<typeof penstockCodec> | undefined;

  constructor(
    private readonly config: Config,
    private readonly temporal: TemporalClient,
  ) {}

  /** The attempt; undefined when it is not running or has not sent a heartbeat yet. @throws when Temporal does not answer. */
  async find(workflowId: string, attemptId: string): Promise<LiveAttempt | undefined> {
    // An attempt's activity has its id: workflows/attempt-options.ts.
    const activity = (await this.#pending(workflowId)).find((each) => each.activityId === attemptId);
    const payloads = activity?.heartbeatDetails?.payloads ?? [];
    this.#codec ??= penstockCodec(payloadKeyOf(this.config));
    const [payload] = await this.#codec.decode(payloads);
    return payload === undefined ? undefined : liveAttemptOf(defaultPayloadConverter.fromPayload(payload));
  }

  #pending(workflowId: string): Promise<Pending> {
    const now = performance.now();
    const known = this.#asked.get(workflowId);
    if (known !== undefined && now - known.at < SHARED_MS) return known.pending;
    for (const [id, { at }] of this.#asked) if (now - at >= SHARED_MS) this.#asked.delete(id);
    const pending = this.#ask(workflowId);
    this.#asked.set(workflowId, { at: now, pending });
    return pending;
  }

  async #ask(workflowId: string): Promise<Pending> {
    try {
      const { pending } = await this.temporal.connection.withDeadline(Date.now() + ANSWER_MS, () =>
        describeRun(this.temporal, workflowId),
      );
      return pending;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return [];
      throw error;
    }
  }
}

/** What a heartbeat holds, as far as it is ours: a runner of another make may send anything. */
export function liveAttemptOf(value: unknown): LiveAttempt | undefined {
  const details = membersOf(value);
  const log = membersOf(details['log']);
  const { startedAt, hostname } = details;
  const { text, to } = log;
  if (typeof startedAt !== 'string' || typeof hostname !== 'string') return undefined;
  if (typeof text !== 'string' || !isCount(to)) return undefined;
  const files = membersOf(log['files']);
  const progress = progressOf(membersOf(details['progress']));
  return {
    startedAt,
    hostname,
    log: { text, to: Math.max(to, Buffer.byteLength(text)), files: countsOf(files, FILES) },
    ...(Object.keys(progress).length === 0 ? {} : { progress }),
  };
}

const FILES = ['activity', 'stdout', 'stderr'] as const;

function progressOf(members: Readonly<Record<string, unknown>>): AttemptProgress {
  return countsOf(members, ['percentComplete', 'records', 'bytes', 'statements']);
}

function countsOf<Name extends string>(
  members: Readonly<Record<string, unknown>>,
  names: readonly Name[],
): Partial<Record<Name, number>> {
  const counts = names.flatMap((name) => (isCount(members[name]) ? [[name, members[name]]] : []));
  return Object.fromEntries(counts) as Partial<Record<Name, number>>;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
