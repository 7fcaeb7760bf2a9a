import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { textOf } from '../../model/definition/component.js';
import type { Task, TaskResult } from '../../model/instance/task.js';
import type { TaskDeps } from '../runner/attempt.js';
import { runTask } from '../runner/run-task.js';
import { quoted, textOfError, workFailure } from '../storage/work-failure.js';
import { notSent, oneLine, requiredText, type AlarmAttempt } from './alarm.js';

/** How SNS is reached, beside the SDK's own environment. */
export interface SnsDeps {
  /** A server that speaks SNS instead of AWS (`PENSTOCK_AWS_ENDPOINT_URL`). */
  readonly awsEndpointUrl?: string | undefined;
}

/** SNS takes fewer than 100 characters, in one line of ASCII. Source: SNS API reference, Publish. */
const LONGEST_SUBJECT = 99;

/** SnsAlarm. Source: reference/objects.yaml, SnsAlarm. */
export function snsAlarm(deps: TaskDeps & SnsDeps): (task: Task) => Promise<TaskResult> {
  return (task) => runTask(deps, task, (attempt) => publishAlarm(deps, attempt));
}

/**
 * Publishes one message to the alarm's topic, in the topic's own region. A repeated attempt publishes again.
 * @throws NotificationFailed, ReceiverUnavailable, InvalidField
 */
export async function publishAlarm(
  { awsEndpointUrl }: SnsDeps,
  { object, signal, log }: Pick<AlarmAttempt, 'object' | 'signal' | 'log'>,
): Promise<void> {
  const TopicArn = requiredText(object, 'topicArn');
  const Message = requiredText(object, 'message');
  const region = /^arn:[^:]+:sns:([a-z0-9-]+):\d*:.+$/.exec(TopicArn)?.[1];
  if (region === undefined) {
    throw workFailure(
      'InvalidField',
      `Object "${object.id}": topicArn ${quoted(TopicArn)} is not the ARN of an SNS topic`,
    );
  }
  const given = textOf(object, 'subject') ?? '';
  const Subject = subjectOf(given);
  if (Subject !== given) log.line(`the subject was changed to what SNS takes: ${quoted(Subject)}`);
  const client = new SNSClient({
    region,
    ...(awsEndpointUrl === undefined ? {} : { endpoint: awsEndpointUrl }),
  });
  try {
    const { MessageId } = await client.send(
      new PublishCommand({ TopicArn, Message, ...(Subject === '' ? {} : { Subject }) }),
      { abortSignal: signal },
    );
    log.line(`published message ${MessageId} to ${TopicArn}`);
  } catch (error) {
    signal.throwIfAborted();
    throw notSent(`publish to ${quoted(TopicArn)}`, textOfError(error), isTransient(error));
  } finally {
    client.destroy();
  }
}

/** A subject that SNS takes: one line, printable ASCII that begins with no blank, at most 99 characters. */
function subjectOf(text: string): string {
  const line = oneLine(text).replace(/[^\x20-\x7e]/g, '?');
  return line.length <= LONGEST_SUBJECT ? line : `${line.slice(0, LONGEST_SUBJECT - 3)}...`;
}

/** True for an answer of a server in trouble, and for none at all; the SDK has then tried three times. */
function isTransient(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { name, $metadata } = error as { name?: unknown; $metadata?: { httpStatusCode?: number } };
  if (name === 'CredentialsProviderError' || $metadata === undefined) return false;
  const status = $metadata.httpStatusCode;
  return status === undefined || status >= 500 || status === 429 || String(name).startsWith('Throttl');
}
