import { ApplicationFailure } from '@temporalio/common';
import type { HeartbeatDetails } from '../../activities/runner/heartbeat-details.js';
import type { FailureType } from '../../model/instance/failure.js';
import type { TaskFailureDetails } from '../../model/instance/task.js';
import type { HeldTask } from './task-id.js';

/** How a runner says that a task has ended. */
export type TaskEnd =
  | { readonly taskStatus: 'FINISHED' }
  | { readonly taskStatus: 'FALSE' }
  | {
      readonly taskStatus: 'FAILED';
      readonly errorId?: string | undefined;
      readonly errorMessage?: string | undefined;
      readonly errorStackTrace?: string | undefined;
    };

/** Characters of an error's message that are kept: Temporal refuses failures of megabytes. Our choice. */
const LONGEST_MESSAGE = 10_240;

/** What Temporal is told of a task that did not finish. */
export function failureOf(
  held: HeldTask,
  end: Exclude<TaskEnd, { taskStatus: 'FINISHED' }>,
): ApplicationFailure {
  if (end.taskStatus === 'FALSE') return failed(held, 'NotYet', 'The precondition does not hold yet', false);
  const { errorId, errorMessage = '', errorStackTrace } = end;
  return failed(held, errorId || 'TaskFailed', errorMessage, true, errorStackTrace);
}

/** The failure of an attempt, with what is known of it. */
export function failed(
  { startedAt, hostname }: HeldTask,
  type: FailureType | (string & Record<never, never>),
  message: string,
  nonRetryable: boolean,
  errorStackTrace?: string,
): ApplicationFailure {
  const details: TaskFailureDetails = {
    startedAt,
    hostname,
    ...(errorStackTrace === undefined ? {} : { errorStackTrace }),
  };
  return ApplicationFailure.create({
    type,
    message: message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}…` : message,
    nonRetryable,
    details: [details],
  });
}

/** What a report says, as our own runners say it: its fields are the log that can be watched. */
export function detailsOf(
  { startedAt, hostname }: HeldTask,
  fields: readonly { key: string; value: string }[],
): HeartbeatDetails {
  const text = fields.map(({ key, value }) => `${key}: ${value}\n`).join('');
  const percent = Number(fields.find(({ key }) => key === 'percentComplete')?.value ?? Number.NaN);
  return {
    startedAt,
    hostname,
    log: { text, to: Buffer.byteLength(text), files: {} },
    ...(percent >= 0 && percent <= 100 ? { progress: { percentComplete: Math.round(percent) } } : {}),
  };
}
