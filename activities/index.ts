import type { Task, TaskResult } from '../model/instance/task.js';
import { emailAlarm, type MailDeps } from './actions/email-alarm.js';
import { snsAlarm, type SnsDeps } from './actions/sns-alarm.js';
import { webhookAlarm, type WebhookDeps } from './actions/webhook-alarm.js';
import { copyActivity } from './copy/copy-activity.js';
import { exists } from './preconditions/exists.js';
import { s3KeyExists, s3PrefixNotEmpty } from './preconditions/s3-preconditions.js';
import { ec2Resource, type ResourceDeps } from './resources/ec2-resource.js';
import { forOneAttempt, type SecretSources } from './secrets/open-secret.js';
import type { ShellDeps } from './shell/shell-command.js';
import { shellCommandActivity } from './shell/shell-command-activity.js';
import { shellCommandPrecondition } from './shell/shell-command-precondition.js';
import { sqlActivity } from './sql/sql-activity.js';

/** Work by AWS's type name, which is also the name of the Temporal activity. */
export type WorkActivities = Readonly<Record<string, (task: Task) => Promise<TaskResult>>>;

/** What a task runner serves, for worker groups and resources alike. */
export function runnerActivities(deps: ShellDeps & { readonly secrets: SecretSources }): WorkActivities {
  const ofAttempt = () => ({ ...deps, secrets: forOneAttempt(deps.secrets) });
  return {
    CopyActivity: (task) => copyActivity(ofAttempt())(task),
    Exists: (task) => exists(ofAttempt())(task),
    ShellCommandActivity: (task) => shellCommandActivity(ofAttempt())(task),
    ShellCommandPrecondition: (task) => shellCommandPrecondition(ofAttempt())(task),
    SqlActivity: (task) => sqlActivity(ofAttempt())(task),
  };
}

/** What the alarms need. */
export type AlarmDeps = SnsDeps & MailDeps & WebhookDeps;

/** What the control worker serves of the work: resources, and all that needs no worker of the user's. */
export function controlActivities(deps: ResourceDeps & AlarmDeps): WorkActivities {
  return {
    Ec2Resource: ec2Resource(deps),
    EmailAlarm: emailAlarm(deps),
    S3KeyExists: s3KeyExists(deps),
    S3PrefixNotEmpty: s3PrefixNotEmpty(deps),
    SnsAlarm: snsAlarm(deps),
    WebhookAlarm: webhookAlarm(deps),
  };
}
