import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDefinitionFile } from './definition-file.js';
import { isReservedHeader, parseHeader } from './http-fields.js';
import { parseMailAddress } from './mail-address.js';
import { validateDefinition } from './validate.js';

type FileObject = Record<string, unknown>;

const MAIL = { id: 'Mail', type: 'EmailAlarm', to: 'ops@example.org', subject: 's', message: 'm' };
const HOOK = { id: 'Hook', type: 'WebhookAlarm', url: 'https://example.org/hook' };

/** What is said of a valid pipeline whose activity uses the alarm on every event. */
function problemsOf(alarm: FileObject & { id: string }, rest: FileObject = {}): string[] {
  const ref = { ref: alarm.id };
  const { definition, problems } = readDefinitionFile(
    JSON.stringify({
      objects: [
        { id: 'Default', scheduleType: 'ondemand', workerGroup: 'wg' },
        { id: 'There', type: 'S3KeyExists', s3Key: 's3://b/k', role: 'R', onFail: ref },
        { id: 'Data', type: 'S3DataNode', filePath: 's3://b/k', onFail: ref, precondition: { ref: 'There' } },
        {
          id: 'Say',
          type: 'ShellCommandActivity',
          command: 'date',
          input: { ref: 'Data' },
          onFail: [ref],
          onSuccess: ref,
          onLateAction: ref,
          lateAfterTimeout: '1 hour',
        },
        alarm,
      ],
      ...rest,
    }),
  );
  expect(problems).toEqual([]);
  return validateDefinition(definition).map(
    ({ severity, objectId, field, message }) => `${severity} ${objectId}.${field}: ${message}`,
  );
}

describe('an alarm', () => {
  it.each<[string, FileObject & { id: string }, FileObject?]>([
    ['by mail', MAIL],
    [
      'by mail to several, with expressions',
      {
        ...MAIL,
        to: ['Ops <ops@example.org>', '#{myMail}'],
        cc: '"Straße, Ä." <ä.b+c@münchen.example>',
        bcc: ['x@y'],
        from: 'Penstock <p@example.org>',
        subject: '#{node.name} #{node.@status}',
        message: '#{node.errorId}: #{node.errorMessage} at #{node.@scheduledStartTime}',
      },
      { parameters: [{ id: 'myMail', type: 'String' }], values: { myMail: 'a@example.org' } },
    ],
    ['by webhook', HOOK],
    [
      'by webhook with everything',
      {
        ...HOOK,
        method: 'put',
        message: '{"text": "#{node.name} is #{node.@status}"}',
        contentType: 'application/json; charset=utf-8',
        header: ['X-Team: data', 'Accept: */*'],
        '*header': ['Authorization: Bearer #{*myToken}', 'aws-secretsmanager:hook#header'],
        '*signingSecret': 'env:PENSTOCK_ALARM_SECRET',
      },
      { parameters: [{ id: '*myToken', type: 'String' }], values: { '*myToken': 'abc' } },
    ],
    ['by a secret URL', { id: 'Hook', type: 'WebhookAlarm', '*url': 'https://user:pw@example.org/x' }],
    [
      'by a secret URL that stands elsewhere',
      { id: 'Hook', type: 'WebhookAlarm', '*url': 'env:PENSTOCK_ALARM_URL' },
    ],
    ['by a secret URL that is masked', { id: 'Hook', type: 'WebhookAlarm', '*url': '********' }],
    ['to an IPv6 address', { ...HOOK, url: 'http://[::1]:8080' }],
  ])('is accepted without a word: %s', (_, alarm, rest) => {
    expect(problemsOf(alarm, rest)).toEqual([]);
  });

  it.each<[string, FileObject & { id: string }, string, FileObject?]>([
    [
      'no recipient',
      { id: 'Mail', type: 'EmailAlarm', subject: 's', message: 'm' },
      `error Mail.to: MISSING_FIELD:  'to' is required on EmailAlarm: Address, one a value: name@example.org or Name <name@example.org>.`,
    ],
    [
      'no address',
      { ...MAIL, to: ['ops@example.org', 'ops'] },
      `error Mail.to: INVALID_FIELD_VALUE:  'to' value "ops" is not a mail address: expected name@example.org or Name <name@example.org>.`,
    ],
    [
      'two addresses in one value',
      { ...MAIL, cc: 'a@example.org, b@example.org' },
      `error Mail.cc: INVALID_FIELD_VALUE:  'cc' value "a@example.org, b@example.org" is not a mail address: expected name@example.org or Name <name@example.org>, one address a value.`,
    ],
    [
      'a second header in an address',
      { ...MAIL, bcc: 'a@example.org\r\nBcc: b@example.org' },
      `error Mail.bcc: INVALID_FIELD_VALUE:  'bcc' value "a@example.org Bcc: b@example.org" is not a mail address: expected name@example.org or Name <name@example.org>.`,
    ],
    [
      'a sender that a parameter makes wrong',
      { ...MAIL, from: '#{myFrom}' },
      `error Mail.from: INVALID_FIELD_VALUE:  'from' value "nobody" (from "#{myFrom}") is not a mail address: expected name@example.org or Name <name@example.org>.`,
      { parameters: [{ id: 'myFrom', type: 'String', default: 'nobody' }] },
    ],
    [
      'a field of SnsAlarm',
      { ...MAIL, topicArn: 'arn:aws:sns:eu-west-1:1:x' },
      `error Mail.topicArn: INVALID_FIELD:  'topicArn' is not a field of EmailAlarm. Fields of your own begin with "my" and a capital letter or "_".`,
    ],
    [
      'no URL',
      { id: 'Hook', type: 'WebhookAlarm' },
      `error Hook.url: MISSING_FIELD:  'url' or '*url' is required on WebhookAlarm. Found neither.`,
    ],
    [
      'two URLs',
      { ...HOOK, '*url': 'https://example.org' },
      `error Hook.*url: INVALID_FIELD:  'url' or '*url' may be set on WebhookAlarm, not both.`,
    ],
    [
      'another scheme',
      { ...HOOK, url: 'ftp://example.org/x' },
      `error Hook.url: INVALID_FIELD_VALUE:  'url' value "ftp://example.org/x" is not a URL that begins with http:// or https://.`,
    ],
    [
      'no host',
      { ...HOOK, url: 'https:///x' },
      `error Hook.url: INVALID_FIELD_VALUE:  'url' value "https:///x" names no host: expected https://host/path.`,
    ],
    [
      'a password in a URL that everybody sees',
      { ...HOOK, url: 'https://user:pw@example.org/' },
      `error Hook.url: INVALID_FIELD_VALUE:  'url' value "https://user:pw@example.org/" holds a user or a password: expected '*url', which is kept secret.`,
    ],
    [
      'a secret URL that is none',
      { id: 'Hook', type: 'WebhookAlarm', '*url': 'hush hush' },
      `error Hook.*url: INVALID_FIELD_VALUE:  '*url' value (secret, not shown) is not a URL that begins with http:// or https://.`,
    ],
    [
      'another method',
      { ...HOOK, method: 'GET' },
      `error Hook.method: INVALID_FIELD_VALUE:  'method' value "GET" is not one of POST, PUT.`,
    ],
    [
      'no content type',
      { ...HOOK, contentType: 'json' },
      `error Hook.contentType: INVALID_FIELD_VALUE:  'contentType' value "json" is not a content type: expected for example "application/json".`,
    ],
    [
      'a header without a name',
      { ...HOOK, header: 'hello' },
      `error Hook.header: INVALID_FIELD_VALUE:  'header' value "hello" is not a header: expected "Name: value", in one line.`,
    ],
    [
      'two headers in one',
      { ...HOOK, '*header': 'A: b\r\nC: d' },
      `error Hook.*header: INVALID_FIELD_VALUE:  '*header' value (secret, not shown) is not a header: expected "Name: value", in one line.`,
    ],
    [
      'a header of the request itself',
      { ...HOOK, header: 'Content-Length: 0' },
      `error Hook.header: INVALID_FIELD_VALUE:  'header' value "Content-Length: 0" sets "Content-Length", which Penstock sets itself.`,
    ],
    [
      'a credential that everybody sees',
      { ...HOOK, header: 'Authorization: Bearer abc' },
      `warning Hook.header: INVALID_FIELD_VALUE:  'header' sets "Authorization", and everybody who may see the definition can read it. Expected '*header', which is kept secret.`,
    ],
    [
      'a secret in a file',
      { ...HOOK, '*header': 'file:/etc/passwd' },
      `error Hook.*header: INVALID_FIELD_VALUE:  '*header' value (secret, not shown) names a file, and alarms read no files: expected the secret itself, env:PENSTOCK_ALARM_… or aws-secretsmanager:….`,
    ],
    [
      'a variable of the server',
      { ...HOOK, '*signingSecret': 'env:DATABASE_URL' },
      `error Hook.*signingSecret: INVALID_FIELD_VALUE:  '*signingSecret' value (secret, not shown) names a variable that alarms may not read: expected env:PENSTOCK_ALARM_…, a variable of the control worker.`,
    ],
  ])('is refused with %s', (_, alarm, expected, rest) => {
    expect(problemsOf(alarm, rest)).toEqual([expected]);
  });
});

describe('parseMailAddress', () => {
  it.each([
    ['a@b', { name: '', address: 'a@b' }],
    ['  Ops Team <ops@example.org> ', { name: 'Ops Team', address: 'ops@example.org' }],
    ['"Team, Ops" <ops@example.org>', { name: 'Team, Ops', address: 'ops@example.org' }],
    ['<a@b>', { name: '', address: 'a@b' }],
    ['', undefined],
    ['a@b@c', undefined],
    ['a b@c', undefined],
    ['a@b c', undefined],
    ['.a@b', undefined],
    ['a@b.', undefined],
    ['a@b>', undefined],
    ['A <a@b>, B <b@c>', undefined],
    ['A, B <b@c>', undefined],
    ['a@b\n', { name: '', address: 'a@b' }],
    ['A\r\nBcc: x <a@b>', undefined],
    [`A\u2028 <a@b>`, undefined],
    ['\ud800 <a@b>', undefined],
    [`${'a'.repeat(400)}@b`, undefined],
  ])('reads %j', (text, expected) => {
    expect(parseMailAddress(text)).toEqual(expected);
  });

  it('never lets a line break or a second address through', () => {
    const pieces = fc.constantFrom(
      'a',
      '@',
      'b.c',
      ' ',
      '<',
      '>',
      '"',
      ',',
      ';',
      '\r\n',
      '\n',
      '\0',
      ':',
      '(',
      'ß',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const read = parseMailAddress(parts.join(''));
        if (read === undefined) return;
        expect(read.address.split('@')).toHaveLength(2);
        expect(/[\s<>"(),:;\0]/.test(read.address)).toBe(false);
        expect(/[\r\n\0<>"]/.test(read.name)).toBe(false);
      }),
    );
  });

  it('is done with a long text at once', () => {
    for (const text of [
      'a'.repeat(1_000_000),
      'a.'.repeat(400),
      `${'"'.repeat(900)}<a@b>`,
      `${' '.repeat(900)}@`,
    ])
      expect(parseMailAddress(text)).toBeUndefined();
  });
});

describe('parseHeader', () => {
  it.each([
    ['Name: value', { name: 'Name', value: 'value' }],
    ['Name:', { name: 'Name', value: '' }],
    ['X-A:  b: c  ', { name: 'X-A', value: 'b: c' }],
    ['Name value', undefined],
    ['Na me: value', undefined],
    [': value', undefined],
    ['A: b\nC: d', undefined],
    ['A: b\0', undefined],
    ['A: €', undefined],
  ])('reads %j', (text, expected) => {
    expect(parseHeader(text)).toEqual(expected);
  });

  it('knows what a definition may not set', () => {
    expect(['HOST', 'x-penstock-signature-256', 'Idempotency-Key'].every(isReservedHeader)).toBe(true);
    expect(['Authorization', 'X-Team'].some(isReservedHeader)).toBe(false);
  });
});
