import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Database } from '../../src/store/database.js';
import { anotherApi } from './another-api.js';
import { useKeyHolders, type MadeKey } from './key-holders.js';

const holders = useKeyHolders();
const { rest, aws, makeKey, key } = holders;

describe('keys', () => {
  it('keep no secret in the store that could be read', async () => {
    const made = [
      await makeKey({ name: 'sealed', role: 'viewer' }),
      await makeKey({ name: 'token', kind: 'api-token', role: 'viewer' }),
      await makeKey({
        name: 'temporary',
        role: 'viewer',
        temporary: true,
        expiresAt: '2100-01-01T00:00:00Z',
      }),
    ];
    const rows = await holders.api.app.get(Database).kysely.selectFrom('keys').selectAll().execute();
    const secrets = made
      .flatMap(({ secretAccessKey, token, sessionToken }) => [secretAccessKey, token, sessionToken])
      .filter((each) => each !== undefined);
    expect(secrets).toHaveLength(4);
    const stored = JSON.stringify(rows) + holders.api.logLines.join('');
    for (const secret of secrets) expect(stored).not.toContain(secret);
    const listed = await rest('GET', '/v1/keys', holders.api.key.secretAccessKey);
    for (const secret of secrets) expect(JSON.stringify(listed.body)).not.toContain(secret);
  });

  it('are refused from the next call on when they are revoked, by every API', async () => {
    const replica = await anotherApi(holders.api);
    try {
      const made = await makeKey({ name: 'revoked', role: 'viewer' });
      const calls = () => [aws('ListPipelines', made, {}, { url: replica.url }), aws('ListPipelines', made)];
      expect((await Promise.all(calls())).map(({ status }) => status)).toEqual([200, 200]);
      await rest('POST', `/v1/keys/${made.id}/revoke`, holders.api.key.secretAccessKey);
      for (const { body } of await Promise.all(calls()))
        expect(body['__type']).toBe('UnrecognizedClientException');
      expect((await rest('GET', '/v1/caller', made.secretAccessKey)).status).toBe(401);
    } finally {
      await replica.app.close();
    }
  });

  it('are rotated: the old one is valid for its grace, and no longer', async () => {
    const old = await makeKey({ name: 'rotated', role: 'operator' });
    const rotate = (id: string, graceSeconds: number) =>
      rest('POST', `/v1/keys/${id}/rotate`, holders.api.key.secretAccessKey, { graceSeconds });
    const second = (await rotate(old.id, 3600)).body as unknown as MadeKey;
    for (const made of [old, second]) expect((await aws('ListPipelines', made)).status).toBe(200);
    expect((await rotate(old.id, 0)).status).toBe(409);
    const third = (await rotate(second.id, 0)).body as unknown as MadeKey;
    expect((await aws('ListPipelines', second)).body['__type']).toBe('ExpiredTokenException');
    expect((await aws('ListPipelines', { ...second, secretAccessKey: 'guessed' })).body['__type']).toBe(
      'InvalidSignatureException',
    );
    const { body } = await rest('GET', '/v1/caller', third.secretAccessKey);
    expect(body).toMatchObject({
      name: 'rotated',
      role: 'operator',
      arn: 'arn:aws:iam::000000000000:user/rotated',
    });
  });

  it('are valid with their session token only, when they are temporary, and as no bearer token', async () => {
    const made = await makeKey({
      name: 'session',
      role: 'viewer',
      temporary: true,
      expiresAt: '2100-01-01T00:00:00Z',
    });
    const { sessionToken = '', ...without } = made;
    expect((await aws('ListPipelines', made)).status).toBe(200);
    for (const wrong of [without, { ...made, sessionToken: `${sessionToken}x` }])
      expect((await aws('ListPipelines', wrong)).body['__type']).toBe('UnrecognizedClientException');
    expect((await rest('GET', '/v1/caller', made.secretAccessKey)).status).toBe(401);
  });

  it('show when they were used last', async () => {
    const made = await makeKey({ name: 'used', kind: 'api-token', role: 'viewer' });
    const lastUsed = async () =>
      (await rest('GET', `/v1/keys/${made.id}`, holders.api.key.secretAccessKey)).body['lastUsedAt'];
    expect(await lastUsed()).toBeUndefined();
    expect((await rest('GET', '/v1/caller', made.token)).body['by']).toBe('api-token');
    // It is written beside the call.
    await expect.poll(lastUsed).toMatch(/^\d{4}-/);
  });

  it.each([
    [{ name: 'x' }, 'the key could do nothing'],
    [{ name: 'x', role: 'root' }, 'role must be one of'],
    [{ name: 'x y', role: 'viewer' }, 'expected 1 to 64 letters'],
    [{ name: 'x', role: 'viewer', workerGroups: ['a'] }, 'expected workerGroups alone'],
    [{ name: 'x', workerGroups: [] }, 'workerGroups is empty'],
    [{ name: 'x', role: 'viewer', expiresAt: '2020-01-01T00:00:00Z' }, 'is past'],
    [{ name: 'x', role: 'viewer', temporary: true }, 'temporary without expiresAt'],
    [
      {
        name: 'x',
        policies: [{ Statement: { Effect: 'Allow', Action: 'datapipeline:Nope', Resource: '*' } }],
      },
      'policies[0]: Statement[0]: Action "datapipeline:Nope" is no action',
    ],
  ])('refuse %j', async (wanted, text) => {
    const { status, body } = await rest('POST', '/v1/keys', holders.api.key.secretAccessKey, wanted);
    expect(status).toBe(400);
    expect(body['detail']).toContain(text);
  });

  it('refuse a name that is taken', async () => {
    for (const name of ['viewer', 'default'])
      expect(
        (await rest('POST', '/v1/keys', holders.api.key.secretAccessKey, { name, role: 'viewer' })).status,
      ).toBe(409);
  });

  it('let nobody in by a body in signed chunks', async () => {
    for (const headers of [
      { 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' },
      {
        'content-encoding': 'aws-chunked',
        'x-amz-content-sha256': createHash('sha256').update('{}').digest('hex'),
      },
    ])
      expect((await aws('ListPipelines', key('viewer'), {}, { headers })).body).toMatchObject({
        __type: 'InvalidSignatureException',
        message: expect.stringContaining('only Amazon S3 takes bodies in signed chunks'),
      });
  });
});
