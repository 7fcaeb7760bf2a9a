import type { Task, TaskResult } from '../model/instance/task.js';
import { ec2Resource, type ResourceDeps } from './resources/ec2-resource.js';
import type { ShellDeps } from './shell/shell-command.js';
import { shellCommandActivity } from './shell/shell-command-activity.js';
import { shellCommandPrecondition } from './shell/shell-command-precondition.js';

/** Work by AWS's type name, which is also the name of the Temporal activity. */
export type WorkActivities = Readonly<Record<string, (task: Task) => Promise<TaskResult>>>;

/** What a task runner serves, for worker groups and resources alike. */
export function runnerActivities(deps: ShellDeps): WorkActivities {
  return {
    ShellCommandActivity: shellCommandActivity(deps),
    ShellCommandPrecondition: shellCommandPrecondition(deps),
  };
}

/** What the control worker serves of the work: resources, and all that needs no worker of the user's. */
export function controlActivities(deps: ResourceDeps): WorkActivities {
  return {
    Ec2Resource: ec2Resource(deps),
  };
}
