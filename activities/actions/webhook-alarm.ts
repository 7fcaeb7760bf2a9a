import { createHmac } from 'node:crypto';
import type { OutgoingHttpHeaders } from 'node:http';
import { textOf } from '../../model/definition/component.js';
import { isContentType, isReservedHeader, parseHeader } from '../../model/definition/http-fields.js';
import type { Task, TaskObject, TaskResult } from '../../model/instance/task.js';
import { isSealed } from '../../sealing/sealing.js';
import type { TaskDeps } from '../runner/attempt.js';
import { runTask } from '../runner/run-task.js';
import { forOneAttempt, openSecret, type SecretSources } from '../secrets/open-secret.js';
import { isWorkFailure, quoted, workFailure } from '../storage/work-failure.js';
import { isCertificateError, messageKey, notSent, oneLine, filledTexts, type AlarmAttempt } from './alarm.js';
import { checkHost, EgressRefused } from './egress.js';
import { sendRequest, type HttpAnswer } from './http-request.js';

/** What a webhook may use and reach. */
export interface WebhookDeps {
  readonly alarmSecrets: SecretSources;
  /** Hosts that may be called (`PENSTOCK_WEBHOOK_HOSTS`); absent = any that is not link-local. */
  readonly webhookHosts?: readonly string[] | undefined;
}

/** Shorter than the minute that an action has. */
const ANSWER_TIMEOUT_MS = 30_000;

/** WebhookAlarm. Penstock's own. */
export function webhookAlarm(deps: TaskDeps & WebhookDeps): (task: Task) => Promise<TaskResult> {
  return (task) => runTask(deps, task, (attempt) => callWebhook(deps, attempt));
}

/**
 * Makes one request. A repeated attempt makes it again with the same Idempotency-Key.
 * @throws NotificationFailed, ReceiverUnavailable, InvalidField, SecretUnavailable
 */
export async function callWebhook(
  deps: WebhookDeps,
  { task, object, signal, log }: AlarmAttempt,
): Promise<void> {
  const secrets = forOneAttempt(deps.alarmSecrets);
  const open = openerOf(task, object, secrets, log);
  const { url, shown } = await targetOf(object, open);
  const method = (textOf(object, 'method') ?? 'POST').trim().toUpperCase();
  if (method !== 'POST' && method !== 'PUT')
    throw invalid(object, `method ${quoted(method)} is neither POST nor PUT`);
  const text = textOf(object, 'message');
  const body = Buffer.from(text === undefined || text === '' ? defaultMessage(task) : text);
  const headers = await headersOf(task, object, body, open);
  const receiver = `call ${shown}`;
  try {
    checkHost(url, deps.webhookHosts);
    const until = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]);
    const answer = await sendRequest({ url, method, headers, body, signal: until });
    checkAnswer(answer, receiver, holdsSecrets(object));
    log.line(`${method} ${shown}: ${answer.status}`);
  } catch (error) {
    signal.throwIfAborted();
    throw failureOf(error, receiver);
  }
}

/** Where the request goes, and how it may be called in messages. @throws InvalidField, SecretUnavailable */
async function targetOf(object: TaskObject, open: OpenField): Promise<{ url: URL; shown: string }> {
  const [secret] = await open('*url');
  const text = (secret ?? textOf(object, 'url') ?? '').trim();
  const shownText = secret === undefined ? quoted(text) : '(secret, not shown)';
  if (!/^https?:/i.test(text) || !URL.canParse(text))
    throw invalid(object, `URL ${shownText} is not one that begins with http:// or https://`);
  const url = new URL(text);
  if (secret !== undefined) return { url, shown: 'the secret URL' };
  if (isSealed(text) || url.username !== '' || url.password !== '')
    throw invalid(object, 'field "url" holds a secret; expected it in "*url"');
  return { url, shown: quoted(`${url.origin}${url.pathname}`) };
}

async function headersOf(
  task: Task,
  object: TaskObject,
  body: Buffer,
  open: OpenField,
): Promise<OutgoingHttpHeaders> {
  const contentType = textOf(object, 'contentType') ?? 'application/json';
  if (!isContentType(contentType)) throw invalid(object, `contentType ${quoted(contentType)} is none`);
  const own = new Map<string, string[]>([['user-agent', ['penstock']]]);
  const given = new Map<string, string[]>();
  for (const text of filledTexts(object, 'header')) {
    if (isSealed(text)) throw invalid(object, 'field "header" holds a secret; expected it in "*header"');
    addHeader(object, given, text, quoted(text));
  }
  for (const text of await open('*header')) addHeader(object, given, text, '(secret, not shown)');
  for (const [name, values] of given) own.set(name, values);
  const [signingSecret] = await open('*signingSecret');
  return {
    ...Object.fromEntries(own),
    'content-type': contentType,
    'content-length': body.length,
    'idempotency-key': messageKey(task),
    ...(signingSecret === undefined
      ? {}
      : {
          'x-penstock-signature-256': `sha256=${createHmac('sha256', signingSecret).update(body).digest('hex')}`,
        }),
  };
}

function addHeader(object: TaskObject, headers: Map<string, string[]>, text: string, shown: string): void {
  const header = parseHeader(text);
  if (header === undefined || isReservedHeader(header.name))
    throw invalid(object, `header ${shown} is not "Name: value" of a header that may be set`);
  const name = header.name.toLowerCase();
  headers.set(name, [...(headers.get(name) ?? []), header.value]);
}

/** The values of a secret field, opened and kept out of the log. @throws SecretUnavailable */
type OpenField = (field: string) => Promise<string[]>;

function openerOf(
  { pipelineId }: Task,
  object: TaskObject,
  secrets: SecretSources,
  log: AlarmAttempt['log'],
): OpenField {
  return (field) =>
    Promise.all(
      filledTexts(object, field).map(async (value) => {
        const secret = await openSecret(value, { pipelineId, objectId: object.id, field }, secrets);
        log.hide(secret);
        return secret;
      }),
    );
}

/** What is sent where the definition says nothing else. Fields may be added to it. */
export function defaultMessage(task: Task): string {
  const node = task.actionNode;
  const known = {
    pipelineId: task.pipelineId,
    pipelineName: task.pipelineName,
    objectId: task.nodeId ?? null,
    objectName: node?.name ?? null,
    objectType: node?.type ?? null,
    instanceId: node?.instanceId ?? null,
    status: node?.status ?? null,
    attempt: node?.attempt ?? null,
    errorId: node?.errorId ?? null,
    errorMessage: node?.errorMessage ?? null,
    scheduledStartTime: task.scheduledStartTime,
    scheduledEndTime: task.scheduledEndTime,
    alarmId: task.objectId,
    alarmAttempt: task.attempt,
  };
  return JSON.stringify(known);
}

/** True where an answer might repeat what nobody may read. */
function holdsSecrets(object: TaskObject): boolean {
  return ['*url', '*header', '*signingSecret'].some((field) => filledTexts(object, field).length > 0);
}

/** Too early, too slow, too many, or in trouble: the same request may be taken later. */
function isTransientStatus(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

function checkAnswer({ status, excerpt }: HttpAnswer, receiver: string, hasSecrets: boolean): void {
  if (status >= 200 && status < 300) return;
  const redirect = status >= 300 && status < 400 ? ', a redirect, and redirects are not followed' : '';
  const text = oneLine(excerpt);
  const said = hasSecrets || text === '' ? '' : `: ${quoted(text)}`;
  throw notSent(receiver, `the answer is ${status}${redirect}${said}`, isTransientStatus(status));
}

/** Errors of connections are told by their code: their texts name hosts and addresses, which may be secret. */
function failureOf(error: unknown, receiver: string): unknown {
  if (error instanceof EgressRefused) return notSent(receiver, error.message, false);
  if (!(error instanceof Error) || isWorkFailure(error)) return error;
  if (error.name === 'TimeoutError' || error.name === 'AbortError')
    return notSent(receiver, `no answer in ${ANSWER_TIMEOUT_MS / 1000} seconds`, true);
  const { code } = error as { code?: unknown };
  const known = typeof code === 'string' ? code : undefined;
  return notSent(receiver, known ?? error.name, !isCertificateError(known));
}

function invalid(object: TaskObject, problem: string): Error {
  return workFailure('InvalidField', `Object "${object.id}": ${problem}`);
}
