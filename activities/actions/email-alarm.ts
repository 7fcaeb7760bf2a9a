import { domainToASCII } from 'node:url';
import { textOf } from '../../model/definition/component.js';
import { parseMailAddress, type MailAddress } from '../../model/definition/mail-address.js';
import type { Task, TaskObject, TaskResult } from '../../model/instance/task.js';
import type { TaskDeps } from '../runner/attempt.js';
import { runTask } from '../runner/run-task.js';
import { quoted, workFailure } from '../storage/work-failure.js';
import { messageHash, oneLine, requiredText, filledTexts, type AlarmAttempt } from './alarm.js';
import type { Mailer } from './mailer.js';

/** Who sends the mail. */
export interface MailDeps {
  /** Absent where the operator has named no mail server. */
  readonly mailer?: Mailer | undefined;
  /** Sender of mail whose object names none (`PENSTOCK_MAIL_FROM`). */
  readonly mailFrom?: string | undefined;
}

/** EmailAlarm. Penstock's own. */
export function emailAlarm(deps: TaskDeps & MailDeps): (task: Task) => Promise<TaskResult> {
  return (task) => runTask(deps, task, (attempt) => sendEmail(deps, attempt));
}

/**
 * Sends one e-mail. A repeated attempt sends it again with the same Message-ID, by which mailboxes know it.
 * @throws NotificationFailed, ReceiverUnavailable, InvalidField
 */
export async function sendEmail(
  { mailer, mailFrom }: MailDeps,
  { task, object, signal, log }: AlarmAttempt,
): Promise<void> {
  const to = addressesOf(object, 'to');
  if (to.length === 0) throw workFailure('InvalidField', `Object "${object.id}": field "to" is missing`);
  const subject = oneLine(requiredText(object, 'subject'));
  const text = requiredText(object, 'message');
  const from = senderOf(object, mailFrom);
  const [cc, bcc] = [addressesOf(object, 'cc'), addressesOf(object, 'bcc')];
  if (mailer === undefined) {
    throw workFailure(
      'NotificationFailed',
      `Object "${object.id}": this installation has no mail server; its operator sets PENSTOCK_SMTP_URL for the control worker`,
    );
  }
  const messageId = messageIdOf(task, from);
  const answer = await mailer.send({ from, to, cc, bcc, subject, text, messageId }, signal);
  const recipients = [...to, ...cc, ...bcc].map(({ address }) => address).join(', ');
  log.line(`sent ${messageId} to ${recipients}: ${oneLine(answer)}`);
}

function addressesOf(object: TaskObject, field: string): MailAddress[] {
  return filledTexts(object, field).map((text) => addressOf(object.id, field, text));
}

/** Checked again: an expression may have made it, and what an address holds goes into a header. */
function addressOf(objectId: string, field: string, text: string): MailAddress {
  const address = parseMailAddress(text);
  if (address !== undefined) return address;
  throw workFailure(
    'InvalidField',
    `Object "${objectId}": ${field} ${quoted(text)} is not a mail address; expected name@example.org or Name <name@example.org>`,
  );
}

function senderOf(object: TaskObject, mailFrom: string | undefined): MailAddress {
  const own = textOf(object, 'from');
  const text = own === undefined || own === '' ? mailFrom : own;
  if (text !== undefined) return addressOf(object.id, 'from', text);
  throw workFailure(
    'InvalidField',
    `Object "${object.id}": no sender; expected field "from", or PENSTOCK_MAIL_FROM set for the control worker`,
  );
}

function messageIdOf(task: Task, from: MailAddress): string {
  const domain = domainToASCII(from.address.slice(from.address.lastIndexOf('@') + 1));
  return `<${messageHash(task)}@${domain === '' ? 'penstock.invalid' : domain}>`;
}
