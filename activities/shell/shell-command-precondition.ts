import type { Task, TaskResult } from '../../model/instance/task.js';
import { runTask } from '../runner/run-task.js';
import { commandFailure, runShellCommand, type ShellDeps } from './shell-command.js';

/**
 * True when the command exits with 0; any other status is "not yet", which Temporal's server repeats at the poll
 * interval. Source: reference/objects.yaml, ShellCommandPrecondition. Asking twice must be harmless: it is the user's.
 */
export function shellCommandPrecondition(deps: ShellDeps): (task: Task) => Promise<TaskResult> {
  return (task) =>
    runTask(deps, task, async (attempt) => {
      const outcome = await runShellCommand(deps, attempt, {});
      if (outcome.signal !== undefined) throw commandFailure('CommandFailed', attempt, outcome);
      if (outcome.exitStatus !== 0) throw commandFailure('NotYet', attempt, outcome);
    });
}
