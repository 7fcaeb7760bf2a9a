import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose';
import Provider from 'oidc-provider';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi, type TestApi } from './api.js';

const AUDIENCE = 'urn:penstock';

/** A real OIDC server (oidc-provider) whose clients get access tokens as JWTs, with the groups that their ids name. */
let issuer: Server;
let url: string;
let api: TestApi;
/** The issuer's own key, for tokens that it would not make. */
let privateKey: CryptoKey;

beforeAll(async () => {
  const pair = await generateKeyPair('RS256', { extractable: true });
  privateKey = pair.privateKey;
  const jwk = { ...(await exportJWK(privateKey)), kid: 'k1', alg: 'RS256', use: 'sig' };
  issuer = createServer((request, response) => void provider.callback()(request, response));
  await new Promise<void>((resolve) => void issuer.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`;
  const provider = new Provider(url, {
    jwks: { keys: [jwk] },
    clients: ['data-eng', 'guest', 'data-ops'].map((client_id) => ({
      client_id,
      client_secret: 'secret',
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    })),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context, resource) => ({
          scope: 'api',
          audience: resource,
          accessTokenTTL: 300,
          accessTokenFormat: 'jwt',
        }),
      },
    },
    extraTokenClaims: (_context, token) => ({
      realm_access: { groups: [token.clientId, 'everybody'] },
      preferred_username: `${token.clientId} of the night`,
    }),
  });
  provider.proxy = false;
  api = await startApi({
    PENSTOCK_OIDC_ISSUER: url,
    PENSTOCK_OIDC_AUDIENCE: AUDIENCE,
    PENSTOCK_OIDC_ROLE_CLAIM: 'realm_access.groups',
    PENSTOCK_OIDC_ROLES: 'data-eng=editor,data-ops=operator,everyone=viewer',
  });
});
afterAll(async () => {
  await api.close();
  issuer.closeAllConnections();
  issuer.close();
});

async function tokenOf(client: string, resource = AUDIENCE): Promise<string> {
  const answer = await fetch(`${url}/token`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Basic ${Buffer.from(`${client}:secret`).toString('base64')}`,
    },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource }),
  });
  const body = (await answer.json()) as { readonly access_token?: string };
  if (body.access_token === undefined) throw new Error(JSON.stringify(body));
  return body.access_token;
}

async function call(method: string, path: string, token: string) {
  const answer = await fetch(`${api.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(method === 'GET' ? {} : { body: JSON.stringify({ name: 'p', uniqueId: 'u' }) }),
  });
  return { status: answer.status, body: (await answer.json()) as Readonly<Record<string, unknown>> };
}

describe('tokens of an OIDC server', () => {
  it.each([
    ['data-eng', 'editor', 201],
    ['data-ops', 'operator', 403],
  ])('of %s give the role %s', async (client, role, status) => {
    const token = await tokenOf(client);
    const { body } = await call('GET', '/v1/caller', token);
    expect(body).toMatchObject({
      arn: `arn:aws:sts::000000000000:federated-user/${client}`,
      name: `${client} of the night`,
      by: 'oidc',
      role,
    });
    expect((await call('POST', '/v1/pipelines', token)).status).toBe(status);
  });

  it('give no rights where no value of the claim is mapped', async () => {
    expect((await call('GET', '/v1/caller', await tokenOf('guest'))).status).toBe(403);
  });

  it('are not taken for another audience', async () => {
    const { status, body } = await call('GET', '/v1/caller', await tokenOf('data-eng', 'urn:other'));
    expect(status).toBe(401);
    expect(body['detail']).toBe('The OIDC token is not taken: unexpected "aud" claim value');
  });

  const made = (claims: object, at = '5 minutes', alg = 'RS256') =>
    new SignJWT({ realm_access: { groups: ['data-eng'] }, ...claims })
      .setProtectedHeader({ alg, kid: 'k1' })
      .setIssuer(url)
      .setAudience(AUDIENCE)
      .setSubject('alice')
      .setExpirationTime(at);

  it('are taken until they expire, and for their own issuer', async () => {
    const signed = [
      await made({}).sign(privateKey),
      await made({}, '-5 minutes').sign(privateKey),
      await made({}).setIssuer('https://other.example.org').sign(privateKey),
      await made({}).sign((await generateKeyPair('RS256')).privateKey),
      await made({}, '5 minutes', 'HS256').sign(new TextEncoder().encode('secret'.repeat(10))),
      await made({}).setSubject('a\nb').sign(privateKey),
    ];
    const answers = await Promise.all(signed.map((token) => call('GET', '/v1/caller', token)));
    expect(answers.map(({ status, body }) => `${status} ${String(body['detail'] ?? body['arn'])}`)).toEqual([
      '200 arn:aws:sts::000000000000:federated-user/alice',
      '401 The OIDC token is not taken: "exp" claim timestamp check failed',
      '401 The OIDC token is not taken: unexpected "iss" claim value',
      '401 The OIDC token is not taken: signature verification failed',
      '401 The OIDC token is not taken: "alg" (Algorithm) Header Parameter value not allowed',
      '401 The OIDC token has no "sub" that could be a user',
    ]);
  });

  it('do not stand in the way of other bearer tokens', async () => {
    expect((await call('GET', '/v1/caller', api.key.secretAccessKey)).status).toBe(200);
    expect((await call('GET', '/v1/caller', 'nothing')).status).toBe(401);
  });

  it('cannot be checked while the issuer does not answer, and nobody is let in', async () => {
    const free = createServer();
    await new Promise<void>((resolve) => void free.listen(0, '127.0.0.1', resolve));
    const nobody = `http://127.0.0.1:${(free.address() as AddressInfo).port}`;
    await new Promise((resolve) => free.close(resolve));
    const other = await startApi({ PENSTOCK_OIDC_ISSUER: nobody, PENSTOCK_OIDC_AUDIENCE: AUDIENCE });
    try {
      const token = await made({}).sign(privateKey);
      const answer = await fetch(`${other.url}/v1/caller`, { headers: { authorization: `Bearer ${token}` } });
      expect(answer.status).toBe(503);
    } finally {
      await other.close();
    }
  });
});
