import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, expect } from 'vitest';
import { ROLES } from '../../model/access/principal.js';
import { startApi, type TestApi } from './api.js';

/** A credential, as POST /v1/keys answers it. */
export interface MadeKey {
  readonly id: string;
  readonly name: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly token?: string;
  readonly expiresAt?: string;
  readonly notes: readonly string[];
}

/** An answer of either protocol, parsed. */
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A policy that allows these actions, everywhere unless there is a condition. */
export const allow = (Action: string | string[], Condition?: object) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action, Resource: '*', ...(Condition === undefined ? {} : { Condition }) }],
});

/** The API of a spec, called by the holders of keys: one of each role, and `runner`, of worker group `wg`. It ends with the spec. */
export function useKeyHolders() {
  let started: TestApi | undefined;
  const running = (): TestApi => {
    if (started === undefined) throw new Error('The API is there from beforeAll on');
    return started;
  };
  const keyOf = new Map<string, MadeKey>();
  beforeAll(async () => {
    started = await startApi();
    for (const role of ROLES) keyOf.set(role, await makeKey({ name: role, role }));
    keyOf.set('runner', await makeKey({ name: 'runner', workerGroups: ['wg'] }));
  });
  afterAll(() => started?.close());

  async function rest(
    method: string,
    path: string,
    token?: string,
    body?: object,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const gone = new AbortController();
    const answer = await fetch(`${running().url}${path}`, {
      method,
      signal: gone.signal,
      headers: {
        ...headers,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const isJson = /^application\/(problem\+)?json(;|$)/.test(answer.headers.get('content-type') ?? '');
    const json = isJson ? ((await answer.json()) as Answer['body']) : {};
    gone.abort(); // a stream would go on
    return { status: answer.status, body: json };
  }

  /** One call of the AWS endpoint, signed by AWS's own signer. */
  async function aws(
    operation: string,
    { id, secretAccessKey, sessionToken }: Pick<MadeKey, 'id' | 'secretAccessKey' | 'sessionToken'>,
    input: object = {},
    { headers = {}, url = running().url }: { headers?: Record<string, string>; url?: string } = {},
  ): Promise<Answer> {
    const { hostname, port } = new URL(url);
    const credentials = {
      accessKeyId: id,
      secretAccessKey,
      ...(sessionToken === undefined ? {} : { sessionToken }),
    };
    const signer = new SignatureV4({
      credentials,
      region: 'eu-west-1',
      service: 'datapipeline',
      sha256: Sha256,
    });
    const signed = await signer.sign({
      method: 'POST',
      protocol: 'http:',
      hostname,
      port: Number(port),
      path: '/',
      headers: {
        host: `${hostname}:${port}`,
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `DataPipeline.${operation}`,
        ...headers,
      },
      body: JSON.stringify(input),
    });
    const answer = await fetch(`${url}/`, {
      method: 'POST',
      headers: signed.headers,
      body: JSON.stringify(input),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? {} : (JSON.parse(text) as Answer['body']) };
  }

  async function makeKey(wanted: object): Promise<MadeKey> {
    const { status, body } = await rest('POST', '/v1/keys', running().key.secretAccessKey, wanted);
    expect(status, JSON.stringify(body)).toBe(201);
    return body as unknown as MadeKey;
  }
  const key = (name: string): MadeKey => {
    const found = keyOf.get(name);
    if (found === undefined) throw new Error(`There is no key ${name}`);
    return found;
  };
  async function pipelineOf(owner: MadeKey, tags: object[] = []): Promise<string> {
    const { body } = await aws('CreatePipeline', owner, { name: 'p', uniqueId: crypto.randomUUID(), tags });
    expect(body['pipelineId'], JSON.stringify(body)).toMatch(/^df-/);
    return String(body['pipelineId']);
  }

  return {
    get api() {
      return running();
    },
    keyOf,
    key,
    rest,
    aws,
    makeKey,
    pipelineOf,
  };
}
