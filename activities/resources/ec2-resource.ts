import { createReadStream, existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Task, TaskResult } from '../../model/instance/task.js';
import { type ResourceReadySignal, resourceTaskQueue } from '../../workflows/contract.js';
import type { Attempt, TaskDeps, WorkflowRun } from '../runner/attempt.js';
import { AttemptEnded } from '../runner/end-of-attempt.js';
import { isAlive, type ProcessIdentity } from '../runner/process-identity.js';
import { runTask } from '../runner/run-task.js';
import { workFailure } from '../storage/work-failure.js';
import { type LocalProvider, startLocalRunner, stopProcess } from './local-provider.js';
import {
  prepareResourceDirectory,
  readRecord,
  removeResourceFiles,
  resourceFiles,
  type ResourceFiles,
  writeRecord,
} from './resource-record.js';

export interface ResourceDeps extends TaskDeps {
  /** Absent where this installation starts no machines (`PENSTOCK_RESOURCES`). */
  readonly localProvider?: LocalProvider;
  /** Tells the run that the machine is up; goes on trying until the signal fires. */
  readonly signalReady: (run: WorkflowRun, payload: ResourceReadySignal, ended: AbortSignal) => Promise<void>;
  /** Ends and fails what a killed task runner of that queue left. */
  readonly cleanUpQueue: (taskQueue: string) => Promise<void>;
}

/** How soon the death of a machine is noticed, and its being ready. */
const WATCH_MS = 250;

/**
 * An Ec2Resource on the local provider: a task runner process for one attempt of a resource instance. Runs until it is
 * cancelled, which is how the run says that no work is left: the machine is stopped and the attempt FINISHED.
 * A repeated call (the control worker was killed, or stops) adopts the machine that its record names; one that is gone
 * is ResourceLost, never started anew: the run must know that work on it was lost.
 */
export function ec2Resource(deps: ResourceDeps): (task: Task) => Promise<TaskResult> {
  return (task) => runTask(deps, task, (attempt) => runMachine(deps, attempt));
}

async function runMachine(deps: ResourceDeps, attempt: Attempt): Promise<void> {
  const { task } = attempt;
  const taskQueue = resourceTaskQueue(task.pipelineId, task.instanceId);
  const files = resourceFiles(deps.home, task.pipelineId, task.attemptId);
  const machine = adopted(deps, attempt, files) ?? started(deps, attempt, files, taskQueue);
  attempt.heartbeatWith({ resource: { ...machine, hostname: deps.hostname } });
  try {
    await untilReady(attempt.signal, machine, files);
    attempt.log.line(`process ${machine.pid} polls ${taskQueue}`);
    await announceReady(deps, attempt, machine);
    await untilGone(attempt.signal, machine);
    throw lost(attempt, `process ${machine.pid} ended by itself`);
  } catch (error) {
    // The control worker stops, the machine does not: the next try, here, adopts it.
    if (reasonOf(attempt.signal)?.kind === 'runner stops') throw error;
    await end(deps, attempt, machine, files, taskQueue);
    if (reasonOf(attempt.signal)?.kind !== 'cancelled') throw error;
    attempt.log.line('the machine was stopped: no work is left for it');
  }
}

function adopted(deps: ResourceDeps, attempt: Attempt, files: ResourceFiles): ProcessIdentity | undefined {
  const record = readRecord(files.record);
  if (record === undefined) {
    const earlier = earlierMachine(attempt.previousHeartbeat);
    if (earlier)
      throw lost(attempt, `process ${earlier.pid} on ${earlier.hostname} has no record on ${deps.hostname}`);
    return undefined;
  }
  if (record.hostname !== deps.hostname || !isAlive(record)) {
    removeResourceFiles(files);
    throw lost(attempt, `process ${record.pid} on ${record.hostname} is gone`);
  }
  attempt.log.line(`adopts process ${record.pid}, started at ${record.startedAt}`);
  return { pid: record.pid, startTime: record.startTime };
}

function started(
  deps: ResourceDeps,
  attempt: Attempt,
  files: ResourceFiles,
  taskQueue: string,
): ProcessIdentity {
  const { task, object } = attempt;
  if (!deps.localProvider)
    throw workFailure(
      'InvalidField',
      `${object.type} "${object.id}": this installation starts no machines (PENSTOCK_RESOURCES is not "local"); ` +
        'use workerGroup instead of runsOn',
    );
  prepareResourceDirectory(deps.home);
  let machine: ProcessIdentity;
  try {
    machine = startLocalRunner(deps.localProvider, files, taskQueue);
  } catch (error) {
    throw lost(attempt, String(error));
  }
  writeRecord(files, {
    ...machine,
    hostname: deps.hostname,
    pipelineId: task.pipelineId,
    attemptId: task.attemptId,
    taskQueue,
    startedAt: new Date().toISOString(),
  });
  attempt.log.line(`started process ${machine.pid}`);
  return machine;
}

async function untilReady(
  signal: AbortSignal,
  machine: ProcessIdentity,
  files: ResourceFiles,
): Promise<void> {
  while (!existsSync(files.ready) && isAlive(machine)) await delay(WATCH_MS, undefined, { signal });
}

async function untilGone(signal: AbortSignal, machine: ProcessIdentity): Promise<void> {
  while (isAlive(machine)) await delay(WATCH_MS, undefined, { signal });
}

async function announceReady(deps: ResourceDeps, attempt: Attempt, machine: ProcessIdentity): Promise<void> {
  if (!attempt.run || !isAlive(machine)) return;
  const { instanceId, attempt: number } = attempt.task;
  const readyAt = new Date().toISOString();
  const resourceId = `local-${deps.hostname}-${machine.pid}`;
  await deps.signalReady(attempt.run, { instanceId, attempt: number, readyAt, resourceId }, attempt.signal);
}

async function end(
  deps: ResourceDeps,
  attempt: Attempt,
  machine: ProcessIdentity,
  files: ResourceFiles,
  taskQueue: string,
): Promise<void> {
  if (!(await stopProcess(machine)))
    throw workFailure('RunnerFailed', `process ${machine.pid} does not end, not even by SIGKILL`);
  await deps.cleanUpQueue(taskQueue);
  // The machine's own log becomes the attempt's. Source: semantics.md 9.1, "Task Runner log pushed".
  // It is gone when the supervisor has stopped the machine.
  if (existsSync(files.log))
    for await (const chunk of createReadStream(files.log)) attempt.log.output('stdout', chunk as Buffer);
  removeResourceFiles(files);
}

function lost(attempt: Attempt, reason: string): Error {
  return workFailure('ResourceLost', `${attempt.object.type} "${attempt.object.id}" is lost: ${reason}`);
}

function reasonOf(signal: AbortSignal): AttemptEnded | undefined {
  return signal.reason instanceof AttemptEnded ? signal.reason : undefined;
}

function earlierMachine(heartbeat: unknown): { readonly pid: number; readonly hostname: string } | undefined {
  if (typeof heartbeat !== 'object' || heartbeat === null || !('resource' in heartbeat)) return undefined;
  return heartbeat.resource as { readonly pid: number; readonly hostname: string };
}
