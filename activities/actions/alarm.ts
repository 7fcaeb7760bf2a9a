import { createHash } from 'node:crypto';
import type { ApplicationFailure } from '@temporalio/common';
import { textOf, textsOf } from '../../model/definition/component.js';
import type { Task, TaskObject } from '../../model/instance/task.js';
import type { Attempt } from '../runner/attempt.js';
import { workFailure } from '../storage/work-failure.js';

/** What an alarm needs of its attempt. */
export type AlarmAttempt = Pick<Attempt, 'task' | 'object' | 'signal' | 'log'>;

/** The text of a field that must have one. @throws InvalidField */
export function requiredText(object: TaskObject, field: string): string {
  const value = textOf(object, field);
  if (value !== undefined && value !== '') return value;
  throw workFailure('InvalidField', `Object "${object.id}": field "${field}" is missing`);
}

/** The texts of a list; blank ones, as parameters without a value leave them, do not count. */
export function filledTexts(object: TaskObject, field: string): string[] {
  return textsOf(object, field).filter((text) => text.trim() !== '');
}

/** `text` in one line, so that it cannot end a header. */
export function oneLine(text: string): string {
  return text.replace(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ').trim(); // oxlint-disable-line no-control-regex
}

/**
 * Names one message of one alarm, the same however often it is sent: what Temporal repeats is the same attempt; firing
 * again, after a rerun, is the next one. Printable ASCII.
 */
export function messageKey({ pipelineId, attemptId }: Task): string {
  return `${pipelineId}/${attemptId}`.replace(
    /[^\x21-\x24\x26-\x7e]/gu,
    (character) => `%${Buffer.from(character).toString('hex').toUpperCase()}`,
  );
}

/** The same as 32 hexadecimal digits, for places that allow no `@` or `:`. */
export function messageHash(task: Task): string {
  return createHash('sha256').update(messageKey(task)).digest('hex').slice(0, 32);
}

/** The failure of a message that `receiver` did not take: `again` where the same message may be taken later. */
export function notSent(receiver: string, reason: string, again: boolean): ApplicationFailure {
  return workFailure(again ? 'ReceiverUnavailable' : 'NotificationFailed', `Cannot ${receiver}: ${reason}`);
}

/** Codes of connections that are refused for good: nobody may be let in between. */
export function isCertificateError(code: string | undefined): boolean {
  return code !== undefined && /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|ALTNAME|^ERR_SSL|EPROTO/.test(code);
}
