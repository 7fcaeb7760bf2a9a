import type { Task, TaskResult } from '../../model/instance/task.js';
import { runTask } from '../runner/run-task.js';
import { commandFailure, runShellCommand, type ShellDeps } from './shell-command.js';
import { prepareStaging } from './staging.js';

/**
 * Runs a command or script; exit status 0 is success. With `stage`, S3 inputs are downloaded before and outputs uploaded
 * after success. Source: reference/objects.yaml, ShellCommandActivity; reference/semantics.md 11 and 13.
 * A repeated attempt starts in a fresh directory and writes the same outputs again; what else the command does is its own.
 */
export function shellCommandActivity(deps: ShellDeps): (task: Task) => Promise<TaskResult> {
  return (task) =>
    runTask(deps, task, async (attempt) => {
      const staging = await prepareStaging(deps.storage, attempt);
      const outcome = await runShellCommand(deps, attempt, staging.variables);
      if (outcome.signal !== undefined) throw commandFailure('CommandKilled', attempt, outcome);
      if (outcome.exitStatus !== 0) throw commandFailure('CommandFailed', attempt, outcome);
      await staging.upload();
    });
}
