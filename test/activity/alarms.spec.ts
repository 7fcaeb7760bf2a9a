import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterEach, describe, expect, it } from 'vitest';
import { sendEmail } from '../../activities/actions/email-alarm.js';
import { createMailer, type Mailer, type MailServer } from '../../activities/actions/mailer.js';
import { controlDeps } from '../../activities/control-deps.js';
import { controlActivities } from '../../activities/index.js';
import { jsonLogger } from '../../activities/logs/json-logger.js';
import type { Task, TaskObject } from '../../model/instance/task.js';
import { readConfig } from '../../src/config/config.js';
import { aContext, aTask, anObject, failureOf } from './an-attempt.js';
import { aLog } from './copy-world.js';
import { aDeadPort, aMailServer, type TestMailServer } from './mail-server.js';

type Fields = Parameters<typeof anObject>[2];

const { signal } = new AbortController();
const closings: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closings.splice(0).toReversed()) await close();
});

async function aServer(options?: Parameters<typeof aMailServer>[0]): Promise<TestMailServer> {
  const server = await aMailServer(options);
  closings.push(() => server.close());
  return server;
}

function aMailer(port: number, settings: Partial<MailServer> = {}): Mailer {
  const mailer = createMailer({
    host: '127.0.0.1',
    port,
    secure: false,
    requireTls: false,
    verifyCertificate: false,
    ...settings,
  });
  closings.push(() => mailer.close());
  return mailer;
}

function anAlarm(fields: Fields = {}): TaskObject {
  return anObject('EmailAlarm', 'Mail', {
    to: 'ops@example.org',
    from: 'penstock@example.org',
    subject: 's',
    message: 'm',
    ...fields,
  });
}

function send(mailer: Mailer | undefined, object = anAlarm(), task: Task = aTask(object)): Promise<void> {
  return sendEmail(
    { mailer, mailFrom: 'Penstock <default@example.org>' },
    { task, object, signal, log: aLog() },
  );
}

describe('the control worker', () => {
  it('sends mail and calls webhooks as it is configured', async () => {
    const server = await aServer();
    const home = await mkdtemp(join(tmpdir(), 'penstock-alarms-'));
    closings.push(() => rm(home, { recursive: true, force: true }));
    const { mailServer, mailFrom, webhookHosts, secretKeyPath } = readConfig({
      DATABASE_URL: 'postgres://nobody@127.0.0.1/nowhere',
      PENSTOCK_HOME: home,
      PENSTOCK_SMTP_URL: `smtp://127.0.0.1:${server.port}?tls.rejectUnauthorized=false`,
      PENSTOCK_MAIL_FROM: 'Penstock <penstock@example.org>',
      PENSTOCK_WEBHOOK_HOSTS: 'hooks.example.org',
    });
    const deps = controlDeps({
      home,
      client: new Client({ connection: Connection.lazy() }),
      logger: jsonLogger(() => undefined),
      shutdownSignal: signal,
      alarms: { mailServer, mailFrom, webhookHosts, sealingKeyPath: secretKeyPath, environment: {} },
    });
    closings.push(() => deps.mailer?.close());
    const activities = controlActivities({ ...deps, context: () => aContext() });

    const result = await activities['EmailAlarm']?.(aTask(anAlarm({ from: '' })));
    expect(result).toMatchObject({ hostname: hostname() });
    expect(server.arrived.map(({ mail, from }) => [mail.subject, from])).toEqual([
      ['s', 'penstock@example.org'],
    ]);

    const hook = aTask(anObject('WebhookAlarm', 'Hook', { url: 'http://127.0.0.1/' }));
    expect(await failureOf(Promise.resolve(activities['WebhookAlarm']?.(hook)))).toMatchObject({
      type: 'NotificationFailed',
      message: expect.stringContaining('PENSTOCK_WEBHOOK_HOSTS'),
    });
  });
});

describe('EmailAlarm', () => {
  it('sends one mail, in UTF-8, to all its recipients', async () => {
    const server = await aServer();
    const object = anAlarm({
      to: ['"Ops, Team" <ops@example.org>', 'Jürgen Groß <jg@example.org>'],
      cc: ['boss@example.org', ''],
      bcc: ['audit@example.org'],
      from: '',
      subject: `Kopie fehlgeschlagen: Größe 漢字 🚰 ${'x'.repeat(200)}`,
      message: 'Zeile 1: ä\n.\nZeile 3: €\n',
    });
    await send(aMailer(server.port), object);

    const [{ mail, source, from, recipients } = expect.fail('no mail')] = server.arrived;
    expect(from).toBe('default@example.org');
    expect(recipients).toEqual([
      'ops@example.org',
      'jg@example.org',
      'boss@example.org',
      'audit@example.org',
    ]);
    expect(mail.subject).toBe(`Kopie fehlgeschlagen: Größe 漢字 🚰 ${'x'.repeat(200)}`);
    expect(mail.text).toBe('Zeile 1: ä\n.\nZeile 3: €\n');
    expect([mail.to].flat()[0]?.value.map(({ name }) => name)).toEqual(['Ops, Team', 'Jürgen Groß']);
    expect(mail.from?.text).toBe('"Penstock" <default@example.org>');
    expect(mail.headers.get('auto-submitted')).toBe('auto-generated');
    expect(source).not.toContain('audit@example.org');
  });

  it('is the same mail when the same attempt sends it again, and another one otherwise', async () => {
    const server = await aServer();
    const mailer = aMailer(server.port);
    const object = anAlarm();
    const task = aTask(object);
    await send(mailer, object, task);
    await send(mailer, object, task);
    await send(mailer, object, { ...task, attemptId: `${task.instanceId}_Attempt=2` });
    await send(mailer, object, { ...task, pipelineId: 'df-OTHER' });
    const ids = server.arrived.map(({ mail }) => mail.messageId);
    expect(ids[0]).toMatch(/^<[0-9a-f]{32}@example\.org>$/);
    expect(ids[1]).toBe(ids[0]);
    expect(new Set(ids).size).toBe(3);
  });

  it('lets nobody add a header, by the subject or by the message', async () => {
    const server = await aServer();
    const object = anAlarm({
      subject: 'a\r\nBcc: thief@example.org\r\n\r\nbody\u0085\u2028\0',
      message: 'x\r\n.\r\nMAIL FROM:<thief@example.org>\r\n',
    });
    await send(aMailer(server.port), object);
    expect(server.arrived).toHaveLength(1);
    expect(server.arrived[0]?.recipients).toEqual(['ops@example.org']);
    expect(server.arrived[0]?.mail.subject).toBe('a Bcc: thief@example.org body');
    expect(server.arrived[0]?.mail.headers.has('bcc')).toBe(false);
    expect(server.arrived[0]?.mail.text).toContain('MAIL FROM:<thief@example.org>');
  });

  it.each<[string, Fields, string]>([
    [
      'a line break in an address',
      { to: 'ops@example.org\r\nBcc: thief@example.org' },
      'to "ops@example.org\\r\\nBcc',
    ],
    ['a line break in a name', { cc: 'A\nBcc: b@c <a@example.org>' }, 'cc "A\\nBcc'],
    ['two addresses in one', { bcc: 'a@example.org, b@example.org' }, 'bcc "a@example.org, b@example.org"'],
    ['a line break in the sender', { from: 'a@example.org\r\n' + 'X: y' }, 'from "a@example.org\\r\\nX: y"'],
    ['no recipient', { to: [''] }, 'field "to" is missing'],
    ['no subject', { subject: '' }, 'field "subject" is missing'],
    ['no message', { message: '' }, 'field "message" is missing'],
  ])('sends nothing with %s', async (_title, fields, text) => {
    const server = await aServer();
    expect(await failureOf(send(aMailer(server.port), anAlarm(fields)))).toMatchObject({
      type: 'InvalidField',
      nonRetryable: true,
      message: expect.stringContaining(text),
    });
    expect(server.arrived).toEqual([]);
  });

  it('says what the operator has to set', async () => {
    expect(await failureOf(send(undefined))).toMatchObject({
      type: 'NotificationFailed',
      nonRetryable: true,
      message: expect.stringContaining('PENSTOCK_SMTP_URL'),
    });
    const object = anAlarm({ from: '' });
    const attempt = { task: aTask(object), object, signal, log: aLog() };
    expect(await failureOf(sendEmail({}, attempt))).toMatchObject({
      type: 'InvalidField',
      message: expect.stringContaining('PENSTOCK_MAIL_FROM'),
    });
  });

  it('logs in where the server wants it, and fails for good with another password', async () => {
    const server = await aServer({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _session, done) =>
        username === 'me' && password === 'pä:ss'
          ? done(null, { user: 'me' })
          : done(new Error('wrong login')),
    });
    await send(aMailer(server.port, { user: 'me', password: 'pä:ss' }));
    expect(server.arrived).toHaveLength(1);
    const failure = await failureOf(send(aMailer(server.port, { user: 'me', password: 'hunter2' })));
    expect(failure).toMatchObject({ type: 'NotificationFailed', nonRetryable: true });
    expect(failure.message).not.toContain('hunter2');
    expect(server.arrived).toHaveLength(1);
  });

  it.each(['STARTTLS', 'TLS'])(
    'refuses a certificate of nobody known over %s, unless it is told not to',
    async (kind) => {
      const secure = kind === 'TLS';
      const server = await aServer({ secure });
      expect(await failureOf(send(aMailer(server.port, { secure, verifyCertificate: true })))).toMatchObject({
        type: 'NotificationFailed',
        nonRetryable: true,
        message: expect.stringContaining('certificate'),
      });
      expect(server.arrived).toEqual([]);
      await send(aMailer(server.port, { secure, verifyCertificate: false }));
      expect(server.arrived.map((each) => each.secure)).toEqual([true]);
    },
  );

  it('tells no password to a server that offers no STARTTLS', async () => {
    const logins: unknown[] = [];
    const server = await aServer({
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth: (auth, _session, done) => {
        logins.push(auth);
        done(null, { user: 'me' });
      },
    });
    const settings = { user: 'me', password: 'hunter2', requireTls: true };
    expect(await failureOf(send(aMailer(server.port, settings)))).toMatchObject({
      type: 'NotificationFailed',
      nonRetryable: true,
    });
    expect(logins).toEqual([]);
  });

  it('is tried again when the server is down', async () => {
    expect(await failureOf(send(aMailer(await aDeadPort())))).toMatchObject({
      type: 'ReceiverUnavailable',
      nonRetryable: false,
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it.each([
    [550, 'NotificationFailed', true],
    [451, 'ReceiverUnavailable', false],
  ])('ends with the answer %i of the server as %s', async (responseCode, type, nonRetryable) => {
    const server = await aServer({
      onRcptTo: (_address, _session, done) => done(Object.assign(new Error('not here'), { responseCode })),
    });
    expect(await failureOf(send(aMailer(server.port)))).toMatchObject({
      type,
      nonRetryable,
      message: expect.stringContaining('not here'),
    });
  });

  it('names the recipients that were refused beside those that were not', async () => {
    const server = await aServer({
      onRcptTo: ({ address }, _session, done) =>
        done(address.startsWith('gone') ? Object.assign(new Error('who?'), { responseCode: 550 }) : null),
    });
    const object = anAlarm({ to: ['ops@example.org', 'gone@example.org'] });
    const failure = await failureOf(send(aMailer(server.port), object));
    expect(failure).toMatchObject({ type: 'NotificationFailed', nonRetryable: true });
    expect(failure.message).toMatch(/refused gone@example\.org \(.*who\?.*\); ops@example\.org got it/);
    expect(server.arrived).toHaveLength(1);
  });

  it('ends at once when its attempt must end', async () => {
    let connected = (): void => undefined;
    const connection = new Promise<void>((resolve) => (connected = resolve));
    const server = await aServer({ onConnect: () => connected() }); // and never greets
    const controller = new AbortController();
    const object = anAlarm();
    const sent = sendEmail(
      { mailer: aMailer(server.port) },
      { task: aTask(object), object, signal: controller.signal, log: aLog() },
    );
    await connection;
    controller.abort(new Error('must end'));
    await expect(sent).rejects.toThrow('must end');
  });
});
