import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CancelledFailure, Context } from '@temporalio/activity';
import type { Task, TaskObject, TaskResult } from '../../model/instance/task.js';
import { openAttemptLog } from '../logs/attempt-log.js';
import { publishLog } from '../logs/publish-log.js';
import { attemptFolder, logLocation } from '../logs/log-location.js';
import { textOfError, workFailure } from '../storage/work-failure.js';
import type { Attempt, TaskDeps } from './attempt.js';
import { confirmation } from './confirm.js';
import { describeFailure, isNotYet } from './describe-failure.js';
import { endOfAttempt } from './end-of-attempt.js';
import { startHeartbeats } from './heartbeats.js';
import { announceStart } from './announce-start.js';
import type { JournalPage } from './journal.js';
import { safeName } from './safe-name.js';

/**
 * Runs the work of one attempt with all that surrounds it: work directory, log, journal, heartbeats, the signal that it
 * has started, its end on cancel, timeout and stop, and its result. The body of every work activity. Nothing begins before Temporal has
 * confirmed that the attempt is still wanted.
 * At-least-once: an attempt is one Temporal activity of one try; a runner that dies is noticed by its journal.
 * @throws ApplicationFailure of a type in FAILURE with TaskFailureDetails, or CancelledFailure when it was cancelled.
 */
export async function runTask(
  deps: TaskDeps,
  task: Task,
  work: (attempt: Attempt) => Promise<void>,
): Promise<TaskResult> {
  const context = deps.context?.() ?? Context.current();
  const startedAt = new Date().toISOString();
  const location = logLocation(task, deps.defaultLogUri);
  const taskToken = Buffer.from(context.info.taskToken).toString('base64');
  const root = join(deps.home, 'work', safeName(`${task.attemptId} ${taskToken}`));
  const directories = { work: join(root, 'files'), log: join(root, 'log') };
  await mkdir(directories.work, { recursive: true, mode: 0o700 });
  const log = await openAttemptLog(directories.log, location);
  const page = deps.journal?.open({
    taskToken,
    attemptId: task.attemptId,
    workflowId: context.info.workflowExecution?.workflowId ?? '',
    workDirectory: root,
    logLocation: location,
    startedAt,
  });
  const end = endOfAttempt(context, task.attemptTimeoutMs, deps.shutdownSignal);
  const heartbeats = startHeartbeats(context, log, { startedAt, hostname: deps.hostname });
  const announced = announceStart(deps, context, task, startedAt, end.signal);
  const processes = watchedProcesses(deps, page);
  const { standingOf } = deps;
  const confirm = standingOf
    ? confirmation({
        ask: () => standingOf(context.info.taskToken, heartbeats.details()),
        heartbeatTimeoutMs: context.info.heartbeatTimeoutMs,
        signal: end.signal,
        end: () => end.cancel(),
        beat: () => heartbeats.beat(),
        logger: deps.logger,
        attemptId: task.attemptId,
      })
    : async () => end.signal.throwIfAborted();
  const publish = async (): Promise<TaskResult> => {
    log.close();
    const fallback = attemptFolder(task, deps.defaultLogUri);
    const at = await publishLog(deps.storage, deps.logger, directories.log, location, fallback);
    return { startedAt, hostname: deps.hostname, ...(at !== undefined && { logLocation: at }) };
  };
  try {
    const object = objectOf(task);
    log.line(`attempt ${task.attempt} of ${object.type} ${task.objectId} on ${deps.hostname}`);
    await confirm();
    await end.race(
      work({
        task,
        object,
        signal: end.signal,
        log,
        workDirectory: directories.work,
        ...processes,
        confirm,
        heartbeatWith: (details) => heartbeats.with(details),
        previousHeartbeat: context.info.heartbeatDetails,
        run: context.info.workflowExecution,
      }),
    );
    log.line('finished');
    return await publish();
  } catch (error) {
    const thrown = end.failure(error);
    log.line(`${thrown instanceof CancelledFailure ? 'cancelled' : 'failed'}: ${textOfError(thrown)}`);
    // A precondition is asked again and again: only its last answer is worth its log.
    if (isNotYet(thrown)) throw describeFailure(thrown, { startedAt, hostname: deps.hostname });
    throw describeFailure(thrown, await publish());
  } finally {
    processes.forget();
    end.release();
    heartbeats.stop();
    announced.stop();
    log.close();
    await removeAll(deps, root);
    page?.ended();
  }
}

/** Keeps journal and guard informed of the one process group that an attempt has at a time. */
function watchedProcesses(deps: TaskDeps, page: JournalPage | undefined) {
  let group: number | undefined;
  const forget = (): void => {
    if (group !== undefined) deps.guard?.remove(group);
    group = undefined;
  };
  return {
    processStarted(processGroupId: number): void {
      group = processGroupId;
      page?.processStarted(processGroupId);
      deps.guard?.add(processGroupId);
    },
    processEnded(): void {
      page?.processEnded();
      forget();
    },
    forget,
  };
}

function objectOf(task: Task): TaskObject {
  const object = Object.hasOwn(task.objects, task.objectId) ? task.objects[task.objectId] : undefined;
  if (object === undefined) throw workFailure('InvalidField', `task has no object "${task.objectId}"`);
  return object;
}

async function removeAll(deps: TaskDeps, directory: string): Promise<void> {
  try {
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    deps.logger.warn(`work directory ${directory} could not be removed: ${textOfError(error)}`);
  }
}
