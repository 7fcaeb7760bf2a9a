import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { Task, TaskObject } from '../../model/instance/task.js';
import { jsonLogger } from '../../activities/logs/json-logger.js';
import type { ActivityContext } from '../../activities/runner/attempt.js';
import type { ShellDeps } from '../../activities/shell/shell-command.js';
import { createStorage } from '../../activities/storage/open-storage.js';
import { createS3Client } from '../../activities/storage/s3-client.js';

type Fields = TaskObject['fields'];

/** A task of one object, with the objects it refers to. */
export function aTask(object: TaskObject, ...others: readonly TaskObject[]): Task {
  return {
    pipelineId: 'df-TEST',
    pipelineName: 'test',
    instanceId: `@${object.id}_2026-01-01T00:00:00`,
    attemptId: `@${object.id}_2026-01-01T00:00:00_Attempt=1`,
    attempt: 1,
    objectId: object.id,
    objects: Object.fromEntries([object, ...others].map((each) => [each.id, each])),
    scheduledStartTime: '2026-01-01T00:00:00Z',
    scheduledEndTime: '2026-01-02T00:00:00Z',
  };
}

/** An object of a task; a text stands for a list of one. */
export function anObject(
  type: string,
  id: string,
  fields: Readonly<Record<string, string | Fields[string]>>,
): TaskObject {
  const lists = Object.entries(fields).map(([key, value]) => [
    key,
    typeof value === 'string' ? [value] : value,
  ]);
  return { id, name: id, type, fields: Object.fromEntries(lists) as Fields };
}

/** Temporal's context of an activity, with a cancel of the test's. */
export interface FakeContext extends ActivityContext {
  readonly heartbeats: unknown[];
  cancel(): void;
}

let tokens = 0;
export function aContext(info: Partial<ActivityContext['info']> = {}): FakeContext {
  const controller = new AbortController();
  const heartbeats: unknown[] = [];
  return {
    info: {
      taskToken: Buffer.from(`token ${++tokens}`),
      attempt: 1,
      heartbeatTimeoutMs: 300,
      heartbeatDetails: undefined,
      workflowExecution: { workflowId: 'w', runId: 'r' },
      ...info,
    },
    cancellationSignal: controller.signal,
    heartbeat: (details) => void heartbeats.push(details),
    heartbeats,
    cancel: () => controller.abort(new CancelledFailure('CANCELLED')),
  };
}

/** Key of sealed fields in tests. */
export const aSealingKey = Buffer.alloc(32, 7);

/** A home in a new folder, and dependencies over real files. `lines` is what the runner logs. */
export async function shellDeps(
  context: ActivityContext,
): Promise<{ deps: ShellDeps; home: string; lines: string[]; remove: () => Promise<void> }> {
  const home = await mkdtemp(join(tmpdir(), 'penstock-test-'));
  const lines: string[] = [];
  const deps: ShellDeps = {
    storage: createStorage(createS3Client({ endpointUrl: 'http://127.0.0.1:9', region: 'us-east-1' })),
    hostname: 'test-host',
    home,
    defaultLogUri: `file://${home}/logs`,
    logger: jsonLogger((line) => lines.push(line)),
    commandEnvironment: { PATH: process.env['PATH'] ?? '', HOME: home },
    secrets: { environment: {}, sealingKey: aSealingKey },
    context: () => context,
  };
  return { deps, home, lines, remove: () => rm(home, { recursive: true, force: true }) };
}

/** Where the log of `aTask` with object A is by default. */
export function logDirectory(home: string): string {
  return join(home, 'logs/df-TEST/A/@A_2026-01-01T00:00:00/@A_2026-01-01T00:00:00_Attempt=1');
}

/** The failure that the work ends with. @throws when it ends otherwise. */
export async function failureOf(result: Promise<unknown>): Promise<ApplicationFailure> {
  try {
    await result;
  } catch (error) {
    if (error instanceof ApplicationFailure) return error;
    throw error;
  }
  throw new Error('expected a failure, but the work succeeded');
}
