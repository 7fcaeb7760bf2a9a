import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tlsOptions from 'smtp-server/lib/tls-options.js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { checkHost, EgressRefused, guardedLookup } from '../../activities/actions/egress.js';
import { callWebhook, type WebhookDeps } from '../../activities/actions/webhook-alarm.js';
import { alarmSecrets } from '../../activities/control-deps.js';
import type { ActionNode, Task, TaskObject } from '../../model/instance/task.js';
import { seal } from '../../sealing/sealing.js';
import { aSealingKey, aTask, anObject, failureOf } from './an-attempt.js';
import { aLog } from './copy-world.js';
import { aDeadPort } from './mail-server.js';

interface Call {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const { signal } = new AbortController();
const calls: Call[] = [];
let answer: (response: ServerResponse, call: Call) => void;
let server: Server;
let url: string;
let home: string;
let deps: WebhookDeps;

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url: path, headers } = request;
      const call = { method, path, headers, body: Buffer.concat(chunks).toString('utf8') };
      calls.push(call);
      answer(response, call);
    });
  });
  url = `http://127.0.0.1:${await listening(server)}`;
  home = await mkdtemp(join(tmpdir(), 'penstock-webhook-'));
  const sealingKeyPath = join(home, 'secret.key');
  await writeFile(sealingKeyPath, aSealingKey.toString('base64'));
  const environment = { PENSTOCK_ALARM_TOKEN: 'X-Token: from-env', DATABASE_URL: 'postgres://hunter2@db' };
  deps = { alarmSecrets: alarmSecrets({ sealingKeyPath, environment }) };
});
afterEach(() => void calls.splice(0));
afterAll(async () => {
  await closed(server);
  await rm(home, { recursive: true, force: true });
});

async function listening(started: Server): Promise<number> {
  await new Promise<void>((resolve) => void started.listen(0, '127.0.0.1', resolve));
  return (started.address() as AddressInfo).port;
}

async function closed(running: Server): Promise<void> {
  running.closeAllConnections();
  await new Promise((resolve) => void running.close(resolve));
}

const NODE: ActionNode = {
  instanceId: '@Copy_2026-01-01T00:00:00',
  name: 'Nightly copy',
  type: 'CopyActivity',
  status: 'FAILED',
  attempt: 3,
  errorId: 'BadRecord',
  errorMessage: 'line 7: "ä" is no number',
};

function aCall(fields: Parameters<typeof anObject>[2]): { task: Task; object: TaskObject } {
  const object = anObject('WebhookAlarm', 'Hook', fields);
  return { object, task: { ...aTask(object), nodeId: 'Copy', actionNode: NODE } };
}

/** Calls the webhook, answering its log. */
async function call(
  { task, object }: { task: Task; object: TaskObject },
  using: WebhookDeps = deps,
): Promise<string[]> {
  const log = aLog();
  await callWebhook(using, { task, object, signal, log });
  return log.lines;
}

function status(code: number, headers: Record<string, string> = {}, body = ''): typeof answer {
  return (response) => void response.writeHead(code, headers).end(body);
}

const sealed = (text: string): string => seal(text, aSealingKey, 'df-TEST');

describe('WebhookAlarm', () => {
  it('posts what happened as JSON, and the same key when the same attempt posts it again', async () => {
    answer = status(204);
    const what = aCall({ url: `${url}/hook?team=data` });
    expect(await call(what)).toEqual([`POST "${url}/hook": 204`]);
    await call(what);
    await call({
      ...what,
      task: { ...what.task, attemptId: `${what.task.instanceId}_Attempt=2`, attempt: 2 },
    });

    const [first, again, next] = calls;
    expect(first).toMatchObject({ method: 'POST', path: '/hook?team=data' });
    expect(first?.headers).toMatchObject({
      'content-type': 'application/json',
      'idempotency-key': 'df-TEST/@Hook_2026-01-01T00:00:00_Attempt=1',
      'user-agent': 'penstock',
    });
    expect(first?.headers).not.toHaveProperty('x-penstock-signature-256');
    expect(JSON.parse(first?.body ?? '')).toEqual({
      pipelineId: 'df-TEST',
      pipelineName: 'test',
      objectId: 'Copy',
      objectName: 'Nightly copy',
      objectType: 'CopyActivity',
      instanceId: '@Copy_2026-01-01T00:00:00',
      status: 'FAILED',
      attempt: 3,
      errorId: 'BadRecord',
      errorMessage: 'line 7: "ä" is no number',
      scheduledStartTime: '2026-01-01T00:00:00Z',
      scheduledEndTime: '2026-01-02T00:00:00Z',
      alarmId: 'Hook',
      alarmAttempt: 1,
    });
    expect(again?.body).toBe(first?.body);
    expect(again?.headers['idempotency-key']).toBe(first?.headers['idempotency-key']);
    expect(next?.headers['idempotency-key']).toBe('df-TEST/@Hook_2026-01-01T00:00:00_Attempt=2');
  });

  it('sends the headers and the message it is given, signed', async () => {
    answer = status(200, {}, 'thanks');
    const lines = await call(
      aCall({
        '*url': sealed(`${url.replace('//', '//user:pw@')}/T0/hush-url`),
        method: 'put',
        message: '{"text": "größer"}',
        contentType: 'application/vnd.x+json; charset=utf-8',
        header: ['X-Team: data', 'x-team: ops', 'User-Agent: ours'],
        '*header': [`Authorization: ${sealed('Bearer hush-token')}`, 'env:PENSTOCK_ALARM_TOKEN'],
        '*signingSecret': sealed('hush-key'),
      }),
    );
    const [{ method, path, headers, body } = expect.fail('no call')] = calls;
    expect([method, path, body]).toEqual(['PUT', '/T0/hush-url', '{"text": "größer"}']);
    expect(headers).toMatchObject({
      'content-type': 'application/vnd.x+json; charset=utf-8',
      authorization: 'Bearer hush-token',
      'x-team': 'data, ops',
      'x-token': 'from-env',
      'user-agent': 'ours',
      'x-penstock-signature-256': `sha256=${createHmac('sha256', 'hush-key').update(body).digest('hex')}`,
    });
    expect(lines).toEqual(['PUT the secret URL: 200']);
  });

  it.each([
    [200, undefined],
    [202, undefined],
    [301, 'NotificationFailed'],
    [307, 'NotificationFailed'],
    [400, 'NotificationFailed'],
    [401, 'NotificationFailed'],
    [404, 'NotificationFailed'],
    [410, 'NotificationFailed'],
    [408, 'ReceiverUnavailable'],
    [425, 'ReceiverUnavailable'],
    [429, 'ReceiverUnavailable'],
    [500, 'ReceiverUnavailable'],
    [503, 'ReceiverUnavailable'],
  ])('ends with the answer %i as %s', async (code, type) => {
    answer = status(code, { location: `${url}/elsewhere` }, `because\nof this${'!'.repeat(10_000)}`);
    const outcome = call(aCall({ url }));
    if (type === undefined) await outcome;
    else {
      const failure = await failureOf(outcome);
      expect(failure).toMatchObject({ type, nonRetryable: type === 'NotificationFailed' });
      expect(failure.message).toContain(`the answer is ${code}`);
      expect(failure.message).toContain('because of this!');
      expect(failure.message.length).toBeLessThan(400);
    }
    expect(calls.map(({ path }) => path)).toEqual(['/']);
  });

  it('shows no secret when the answer repeats it, the connection breaks, or nobody is there', async () => {
    const secrets = {
      '*header': sealed('Authorization: Bearer hush'),
      '*signingSecret': sealed('hush'),
    };
    const told: string[] = [];
    answer = (response, { headers }) => void response.writeHead(401).end(JSON.stringify(headers));
    told.push((await failureOf(call(aCall({ url, ...secrets })))).message);
    const secretUrl = { '*url': sealed(`${url}/hush`), ...secrets };
    told.push((await failureOf(call(aCall(secretUrl)))).message);

    answer = (response) => void response.destroy();
    const broken = await failureOf(call(aCall(secretUrl)));
    expect(broken).toMatchObject({
      type: 'ReceiverUnavailable',
      message: 'Cannot call the secret URL: ECONNRESET',
    });
    const nobody = { '*url': sealed(`http://127.0.0.1:${await aDeadPort()}/hush`) };
    const refused = await failureOf(call(aCall(nobody)));
    expect(refused).toMatchObject({
      type: 'ReceiverUnavailable',
      message: 'Cannot call the secret URL: ECONNREFUSED',
    });
    const nowhere = await failureOf(call(aCall({ '*url': sealed('http://hush.invalid/') })));
    expect(nowhere).toMatchObject({ type: 'ReceiverUnavailable', nonRetryable: false });
    told.push(nowhere.message, (await failureOf(call(aCall({ '*url': sealed('hush') })))).message);
    for (const message of told) expect(message).not.toContain('hush');
  });

  it('takes an answer that breaks off for what its status says', async () => {
    answer = (response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('half');
      setImmediate(() => response.destroy());
    };
    await call(aCall({ url }));
  });

  it('calls nobody whose certificate is of nobody known', async () => {
    const tls = createTlsServer(tlsOptions(), (_request, response) => void response.end());
    const port = await listening(tls);
    const failure = await failureOf(call(aCall({ url: `https://127.0.0.1:${port}/` })));
    expect(failure).toMatchObject({ type: 'NotificationFailed', nonRetryable: true });
    expect(failure.message).toMatch(/CERT/);
    await closed(tls);
  });

  it('ends at once when its attempt must end', async () => {
    let asked = (): void => undefined;
    const request = new Promise<void>((resolve) => (asked = resolve));
    answer = () => asked(); // and never answers
    const controller = new AbortController();
    const { task, object } = aCall({ url });
    const called = callWebhook(deps, { task, object, signal: controller.signal, log: aLog() });
    await request;
    controller.abort(new Error('must end'));
    await expect(called).rejects.toThrow('must end');
  });

  it.each<[string, Parameters<typeof anObject>[2], string]>([
    ['no URL', {}, 'InvalidField'],
    ['another scheme', { url: 'file:///etc/passwd' }, 'InvalidField'],
    ['a password in the URL', { url: 'http://me:pw@127.0.0.1/' }, 'InvalidField'],
    ['a secret in a URL that everybody sees', { url: `http://127.0.0.1/${sealed('x')}` }, 'InvalidField'],
    [
      'a secret in a header that everybody sees',
      { url: 'http://127.0.0.1/', header: `A: ${sealed('x')}` },
      'InvalidField',
    ],
    ['another method', { url: 'http://127.0.0.1/', method: 'DELETE' }, 'InvalidField'],
    ['no content type', { url: 'http://127.0.0.1/', contentType: 'a\r\nB: c' }, 'InvalidField'],
    ['two headers in one', { url: 'http://127.0.0.1/', header: 'A: b\r\nC: d' }, 'InvalidField'],
    [
      'two secret headers in one',
      { url: 'http://127.0.0.1/', '*header': sealed('A: b\r\nC: d') },
      'InvalidField',
    ],
    ['a header of the request itself', { url: 'http://127.0.0.1/', header: 'Host: b' }, 'InvalidField'],
    [
      'a secret of another pipeline',
      { '*url': seal('http://127.0.0.1/', aSealingKey, 'df-X') },
      'SecretUnavailable',
    ],
    [
      'a variable of the server',
      { url: 'http://127.0.0.1/', '*header': 'env:DATABASE_URL' },
      'SecretUnavailable',
    ],
    [
      'a file of the server',
      { url: 'http://127.0.0.1/', '*header': 'file:/etc/hostname' },
      'SecretUnavailable',
    ],
    ['a sealed name of a file', { '*url': sealed('file:/etc/hostname') }, 'SecretUnavailable'],
  ])('calls nobody with %s', async (_title, fields, type) => {
    expect(await failureOf(call(aCall(fields)))).toMatchObject({ type, nonRetryable: true });
  });

  it('opens nothing on a worker without a key', async () => {
    const using = { alarmSecrets: alarmSecrets({ sealingKeyPath: join(home, 'none'), environment: {} }) };
    const failure = await failureOf(call(aCall({ '*url': sealed(url) }), using));
    expect(failure).toMatchObject({ type: 'SecretUnavailable' });
  });
});

describe('what a webhook may reach', () => {
  it.each([
    'http://169.254.169.254/latest/meta-data/',
    'http://2852039166/',
    'http://0xa9.0xfe.0xa9.0xfe/',
    'http://[::ffff:169.254.169.254]/',
    'http://[fe80::1]/',
    'http://[fd00:ec2::254]/',
  ])('is never %s', async (target) => {
    for (const webhookHosts of [undefined, [new URL(target).hostname]]) {
      expect(await failureOf(call(aCall({ url: target }), { ...deps, webhookHosts }))).toMatchObject({
        type: 'NotificationFailed',
        nonRetryable: true,
        message: expect.stringContaining('link-local'),
      });
    }
  });

  it('is no name that stands for such an address', async () => {
    for (const options of [{}, { all: true }]) {
      const error = await new Promise((resolve) => guardedLookup('169.254.169.254', options, resolve));
      expect(error).toBeInstanceOf(EgressRefused);
    }
  });

  it('is what the operator allows', async () => {
    answer = status(200);
    await call(aCall({ url }), { ...deps, webhookHosts: ['hooks.example.org', '127.0.0.1'] });
    const failure = await failureOf(call(aCall({ url }), { ...deps, webhookHosts: ['hooks.example.org'] }));
    expect(failure).toMatchObject({
      type: 'NotificationFailed',
      message: expect.stringContaining('PENSTOCK_WEBHOOK_HOSTS'),
    });
    expect(calls).toHaveLength(1);
  });

  it.each([
    ['https://hooks.example.org/', ['hooks.example.org'], true],
    ['https://HOOKS.example.org/', ['Hooks.Example.org'], true],
    ['https://a.b.example.org/', ['*.example.org'], true],
    ['https://example.org/', ['*.example.org'], false],
    ['https://evil-example.org/', ['*.example.org'], false],
    ['https://hooks.example.org.evil.net/', ['hooks.example.org'], false],
    ['https://hooks.example.org@evil.net/', ['hooks.example.org'], false],
    ['http://[::1]:8080/', ['::1'], true],
    ['http://anybody/', undefined, true],
  ])('%s of %j: %s', (target, allowed, expected) => {
    const check = (): void => checkHost(new URL(target), allowed);
    if (expected) expect(check).not.toThrow();
    else expect(check).toThrow(EgressRefused);
  });
});
