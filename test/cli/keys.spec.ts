import { ListPipelinesCommand } from '@aws-sdk/client-data-pipeline';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCli } from '../../cli/program.js';
import { parseCredentials } from '../../src/config/credentials.js';
import { startApi, type TestApi } from '../api/api.js';

let api: TestApi;
beforeAll(async () => void (api = await startApi()));
afterAll(() => api.close());

const POLICY = {
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Action: ['datapipeline:List*', 's3:*'], Resource: '*' },
};
const FILES: Readonly<Record<string, string>> = {
  'policy.json': JSON.stringify(POLICY),
  'wrong.json': JSON.stringify({ Statement: { ...POLICY.Statement, Action: 'datapipeline:ListPipeline' } }),
  'no.json': '{',
};

interface Ended {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

async function keys(...argv: readonly string[]): Promise<Ended> {
  return keysAs(api.key.secretAccessKey, ...argv);
}
async function keysAs(token: string, ...argv: readonly string[]): Promise<Ended> {
  let [out, err] = ['', ''];
  const exit = await runCli(['keys', ...argv], {
    out: async (text) => void (out += text),
    err: (text) => void (err += text),
    read: async (path) => Buffer.from(FILES[path] ?? ''),
    env: { PENSTOCK_URL: api.url, PENSTOCK_TOKEN: token },
  });
  return { exit, out, err };
}
const signs = async (credentials: string): Promise<boolean> => {
  const client = api.client(parseCredentials(credentials)[0]);
  return client.send(new ListPipelinesCommand({})).then(
    () => true,
    () => false,
  );
};

it('makes a key as a profile, which an AWS client signs with, and rotates and revokes it', async () => {
  const made = await keys('create', 'alice', '--role', 'viewer', '--expires', '90 days');
  expect(made).toMatchObject({
    exit: 0,
    err: expect.stringMatching(/^PSK\w+ of alice: viewer\. The secret is shown this once/),
  });
  expect(made.out).toMatch(/^\[alice\]\naws_access_key_id = PSK\w+\naws_secret_access_key = \S+\n$/);
  expect(await signs(made.out)).toBe(true);
  const [id = ''] = /PSK\w+/.exec(made.out) ?? [];

  const rotated = await keys('rotate', 'alice', '--grace', '1 hour');
  expect(rotated.err).toContain(`${id} is valid until `);
  expect([await signs(made.out), await signs(rotated.out)]).toEqual([true, true]);
  expect((await keys('list')).out.match(/PSK\w+/g)).toHaveLength(2);
  expect((await keys('show', id)).out).toMatch(
    /access key: viewer\n {2}made .* by arn:\S+user\/default\n {2}ends .*\n {2}rotated to PSK/,
  );

  const revoked = await keys('revoke', 'alice');
  expect(revoked.out.match(/alice {2}revoked/g)).toHaveLength(2);
  expect([await signs(made.out), await signs(rotated.out)]).toEqual([false, false]);
  expect((await keys('revoke', 'alice')).err).toContain('nothing is revoked');
  expect((await keys('list')).err).toContain('has no keys but the profiles of its credentials file');
  expect((await keys('list', '--all')).out.match(/revoked/g)).toHaveLength(2);
});

it('makes tokens, temporary keys, and keys of policies and worker groups', async () => {
  const token = await keys('create', 'ci', '--role', 'operator', '--token');
  expect(token.out).toMatch(/^pst_\S+\n$/);
  expect((await keysAs(token.out.trim(), 'list')).err).toContain(
    'user/ci is not authorized to perform: penstock:ListKeys',
  );

  const temporary = await keys('create', 'tmp', '--role', 'viewer', '--temporary', '--expires', '1 hour');
  expect(temporary.out).toContain('aws_session_token = ');
  expect(await signs(temporary.out)).toBe(true);

  const policy = await keys('create', 'bob', '--policy', 'policy.json');
  expect(policy.err).toContain('note: policies[0]: Statement[0]: s3:*: of another service');
  expect(await signs(policy.out)).toBe(true);

  const runner = await keys('create', 'runner', '--worker-group', 'a', '--worker-group', 'b', '--json');
  expect(JSON.parse(runner.out)).toMatchObject({
    workerGroups: ['a', 'b'],
    secretAccessKey: expect.any(String),
  });
  expect((await keys('list')).out).toContain('serve a, b');
});

it.each([
  [['create', 'x', '--role', 'vewer'], /Allowed choices are viewer, operator, editor, admin/],
  [['create', 'x'], /the key could do nothing: expected role/],
  [
    ['create', 'x', '--policy', 'wrong.json'],
    /"datapipeline:ListPipeline" is no action; did you mean "datapipeline:ListPipelines"\?/,
  ],
  [['create', 'x', '--policy', 'no.json'], /--policy "no.json" is not JSON/],
  [
    ['create', 'x', '--role', 'viewer', '--expires', 'soon'],
    /--expires "soon": expected such as "12 hours" or "30 days"/,
  ],
  [
    ['create', 'x', '--role', 'viewer', '--expires', '2030-13-01'],
    /--expires "2030-13-01": expected a time such as/,
  ],
  [['create', 'default', '--role', 'viewer'], /"default" is a profile of the credentials file/],
  [['show', 'nobody'], /there is no key "nobody": expected the id or the name/],
  [['rotate', 'nobody', '--grace', 'x'], /--grace "x": expected such as/],
])('says what is wrong with %j', async (argv, text) => {
  const { exit, out, err } = await keys(...argv);
  expect({ exit, out }).toEqual({ exit: 2, out: '' });
  expect(err).toMatch(text);
});
