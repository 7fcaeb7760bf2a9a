import { Sha256 } from '@aws-crypto/sha256-js';
import {
  CreatePipelineCommand,
  GetPipelineDefinitionCommand,
  ListPipelinesCommand,
} from '@aws-sdk/client-data-pipeline';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi, type TestApi } from './api.js';
import { BAD_REQUESTS } from './bad-requests.js';
import { hourly } from './definitions.js';
import { call, errorOf, send } from './raw-request.js';
import { SPOILS, field } from './spoiled-definitions.js';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const createdId = async (): Promise<string> => {
  const command = new CreatePipelineCommand({ name: 'p', uniqueId: crypto.randomUUID() });
  return (await api.client().send(command)).pipelineId ?? '';
};

describe('the wire', () => {
  it('answers compact JSON with request id, content type and the right CRC32', async () => {
    const answer = await call(api, { target: 'DataPipeline.ListPipelines', body: '{}' });
    expect(answer.status).toBe(200);
    expect(answer.body).toBe('{"pipelineIdList":[],"hasMoreResults":false}');
    expect(answer.headers['content-type']).toBe('application/x-amz-json-1.1');
    expect(answer.headers['x-amzn-requestid']).toMatch(/^[0-9a-f-]{36}$/);
    // CRC32 of the body above, by Python's zlib.
    expect(answer.headers['x-amz-crc32']).toBe('206322675');
  });

  it('takes the older target and content type, and an empty body', async () => {
    const answer = await call(api, {
      target: 'DataPipeline_20121129.ListPipelines',
      body: '',
      contentType: 'application/x-amz-json-1.0',
    });
    expect(answer.status).toBe(200);
  });

  it('answers DeletePipeline with no byte, ActivatePipeline with {}', async () => {
    const pipelineId = await createdId();
    await call(api, {
      target: 'DataPipeline.PutPipelineDefinition',
      body: JSON.stringify({ pipelineId, ...hourly() }),
    });
    const activated = await call(api, {
      target: 'DataPipeline.ActivatePipeline',
      body: JSON.stringify({ pipelineId }),
    });
    expect(activated).toMatchObject({ status: 200, body: '{}' });
    const deleted = await call(api, {
      target: 'DataPipeline.DeletePipeline',
      body: JSON.stringify({ pipelineId }),
    });
    expect(deleted).toMatchObject({ status: 200, body: '' });
    expect(deleted.headers['content-length']).toBe('0');
  });

  it('ignores members that it does not know, and takes null for absent', async () => {
    const body = '{"name":"n","uniqueId":"u","description":null,"tags":null,"color":{"a":1}}';
    const answer = await call(api, { target: 'DataPipeline.CreatePipeline', body });
    expect(answer.status).toBe(200);
  });
});

describe('bad requests', () => {
  it.each(BAD_REQUESTS)('%s is refused by name', async (_title, request, status, type, message) => {
    const answer = await call(api, request);
    expect(answer.status).toBe(status);
    const error = errorOf(answer);
    expect(error.__type).toBe(type);
    if (typeof message === 'string') expect(error.message).toBe(message);
    else expect(error.message).toMatch(message);
  });

  it('a body that is too large is refused after it was read, and the process stays up', async () => {
    const answer = await call(api, {
      target: 'DataPipeline.PutPipelineDefinition',
      body: Buffer.alloc(33 * 1024 * 1024, 0x20),
    });
    expect(answer.status).toBe(413);
    expect(errorOf(answer)).toMatchObject({
      __type: 'RequestEntityTooLargeException',
      message: expect.stringContaining('33554432'),
    });
    expect((await call(api, { target: 'DataPipeline.ListPipelines', body: '{}' })).status).toBe(200);
  });

  it.each([
    '{"__proto__":{"pipelineId":"df-X"}}',
    '{"constructor":{"prototype":{"pipelineId":"df-X"}}}',
    '{"pipelineId":{"length":4}}',
    '{"pipelineId":["df-X"]}',
    '{"hasOwnProperty":1,"toString":2,"then":3,"validate":4}',
  ])('%s has no pipelineId', async (body) => {
    const answer = await call(api, { target: 'DataPipeline.GetPipelineDefinition', body });
    expect(errorOf(answer)).toMatchObject({
      __type: 'InvalidRequestException',
      message: expect.stringContaining("'pipelineId'"),
    });
  });

  it('JSON that is nested too deeply is refused', async () => {
    const body = `{"deep":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
    const answer = await call(api, { target: 'DataPipeline.ListPipelines', body });
    expect(errorOf(answer)).toMatchObject({
      __type: 'SerializationException',
      message: expect.stringContaining('100 levels'),
    });
  });

  it('names path, object and rule of each wrong member of a definition, without secrets', async () => {
    const pipelineId = await createdId();
    const body = JSON.stringify({
      pipelineId,
      pipelineObjects: [
        { id: 'A', name: 'A', fields: [{ key: 'x' }, { key: 'y', stringValue: 'a', refValue: 'b' }] },
        { id: 'B', name: 'B', fields: [{ key: '*password', stringValue: `hunter2${'x'.repeat(10_240)}` }] },
        { name: 'C', fields: 'none' },
      ],
    });
    const answer = await call(api, { target: 'DataPipeline.PutPipelineDefinition', body });
    expect(answer.status).toBe(400);
    const { message } = errorOf(answer);
    for (const part of [
      "'pipelineObjects[0].fields[0].key'",
      'has none',
      'has both',
      "'pipelineObjects[1].fields[0].stringValue'",
      "'pipelineObjects[2].id'",
      "'pipelineObjects[2].fields'",
    ]) {
      expect(message).toContain(part);
    }
    expect(message).not.toContain('hunter2');
    const stored = await api.client().send(new GetPipelineDefinitionCommand({ pipelineId }));
    expect(stored.pipelineObjects).toEqual([]);
  });
});

describe('bad definitions', () => {
  it.each(SPOILS)(
    '%s: stored as errored, names object and value, cannot be activated',
    async (_title, spoil, message) => {
      const pipelineId = await createdId();
      const definition = hourly();
      spoil(definition);
      const put = await call(api, {
        target: 'DataPipeline.PutPipelineDefinition',
        body: JSON.stringify({ pipelineId, ...definition }),
      });
      expect(put.status).toBe(200);
      expect(JSON.parse(put.body)).toMatchObject({ errored: true });
      expect(JSON.stringify((JSON.parse(put.body) as { validationErrors: object }).validationErrors)).toMatch(
        message,
      );
      const activated = await call(api, {
        target: 'DataPipeline.ActivatePipeline',
        body: JSON.stringify({ pipelineId }),
      });
      expect(activated.status).toBe(400);
      expect(errorOf(activated).__type).toBe('InvalidRequestException');
      expect(errorOf(activated).message).toMatch(message);
      const validated = await call(api, {
        target: 'DataPipeline.ValidatePipelineDefinition',
        body: JSON.stringify({ pipelineId, ...definition }),
      });
      expect(JSON.parse(validated.body)).toEqual(JSON.parse(put.body));
    },
  );

  it('an empty value is fatal: 400 and nothing stored', async () => {
    const pipelineId = await createdId();
    const definition = hourly();
    field(definition, 'Say', 'command').stringValue = '';
    const put = await call(api, {
      target: 'DataPipeline.PutPipelineDefinition',
      body: JSON.stringify({ pipelineId, ...definition }),
    });
    expect(put.status).toBe(400);
    expect(errorOf(put).message).toMatch(
      /^Pipeline definition has errors: Could not save the pipeline definition due to FATAL errors: \[.*Say.*\] Please call Validate to validate your pipeline$/,
    );
    const stored = await api.client().send(new GetPipelineDefinitionCommand({ pipelineId }));
    expect(stored.pipelineObjects).toEqual([]);
  });

  it('a type that cannot run yet stops activation and is named with its object', async () => {
    const pipelineId = await createdId();
    const definition = hourly();
    definition.pipelineObjects.push({
      id: 'Pig',
      name: 'Pig',
      fields: [
        { key: 'type', stringValue: 'PigActivity' },
        { key: 'schedule', refValue: 'Hourly' },
        { key: 'script', stringValue: 'x' },
        { key: 'workerGroup', stringValue: 'wg' },
      ],
    });
    await call(api, {
      target: 'DataPipeline.PutPipelineDefinition',
      body: JSON.stringify({ pipelineId, ...definition }),
    });
    const activated = await call(api, {
      target: 'DataPipeline.ActivatePipeline',
      body: JSON.stringify({ pipelineId }),
    });
    expect(activated.status).toBe(400);
    expect(errorOf(activated).message).toMatch(/Pig.*PigActivity|PigActivity.*Pig/);
  });
});

describe('signatures', () => {
  const list = { target: 'DataPipeline.ListPipelines', body: '{}' };

  it.each([
    [
      'a wrong secret',
      { secretAccessKey: 'x'.repeat(40) },
      'InvalidSignatureException',
      /^The request signature we calculated does not match/,
    ],
    [
      'an unknown key',
      { accessKeyId: 'AKIAIOSFODNN7EXAMPLE' },
      'UnrecognizedClientException',
      /^The security token included in the request is invalid\.$/,
    ],
    [
      'a session token that nobody gave out',
      { sessionToken: 'token' },
      'UnrecognizedClientException',
      /invalid/,
    ],
  ])('%s is refused', async (_title, overrides, name, message) => {
    await expect(api.client(overrides).send(new ListPipelinesCommand())).rejects.toMatchObject({
      name,
      message: expect.stringMatching(message),
      $metadata: { httpStatusCode: 400 },
    });
  });

  it('a body that was changed on its way is refused', async () => {
    const answer = await call(api, { ...list, sentBody: '{ }' });
    expect(errorOf(answer).__type).toBe('InvalidSignatureException');
  });

  it.each([
    ['16 minutes ago', -16, /^Signature expired: \d{8}T\d{6}Z is now earlier than/],
    ['in 16 minutes', 16, /^Signature not yet current: \d{8}T\d{6}Z is still later than/],
  ])('a signature of %s is refused', async (_title, minutes, message) => {
    const answer = await call(api, { ...list, signedAt: new Date(Date.now() + minutes * 60_000) });
    expect(errorOf(answer)).toMatchObject({
      __type: 'InvalidSignatureException',
      message: expect.stringMatching(message),
    });
  });

  it('one of 14 minutes ago is accepted', async () => {
    expect((await call(api, { ...list, signedAt: new Date(Date.now() - 14 * 60_000) })).status).toBe(200);
  });

  it.each([
    ['nothing', {}, 'MissingAuthenticationTokenException', /^Missing Authentication Token$/],
    ['another scheme', { authorization: 'Bearer hunter2' }, 'IncompleteSignatureException', /"Bearer"/],
    [
      'half a header',
      { authorization: 'AWS4-HMAC-SHA256 Credential=a/20300101/us-east-1/datapipeline/aws4_request' },
      'IncompleteSignatureException',
      /'Signature'.*'SignedHeaders'/,
    ],
    [
      'a wrong scope',
      {
        authorization: 'AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=00',
        'x-amz-date': '20300101T000000Z',
      },
      'IncompleteSignatureException',
      /5 slash-delimited elements/,
    ],
    [
      'another service',
      {
        authorization:
          'AWS4-HMAC-SHA256 Credential=a/20300101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=00',
        'x-amz-date': '20300101T000000Z',
      },
      'InvalidSignatureException',
      /correct service: 'datapipeline'/,
    ],
    [
      'a date that is none',
      {
        authorization:
          'AWS4-HMAC-SHA256 Credential=a/20300101/us-east-1/datapipeline/aws4_request, SignedHeaders=host, Signature=00',
        'x-amz-date': 'today',
      },
      'IncompleteSignatureException',
      /'today'/,
    ],
  ])('%s is refused without being quoted in full', async (_title, headers, type, message) => {
    const answer = await send(
      Number(new URL(api.url).port),
      '/',
      { 'x-amz-target': list.target, ...headers },
      '{}',
    );
    expect(answer.status).toBe(400);
    expect(errorOf(answer).__type).toBe(type);
    expect(errorOf(answer).message).toMatch(message);
    expect(answer.body).not.toContain('hunter2');
  });

  it('a target that was not signed is refused: it could have been exchanged', async () => {
    const { host, hostname, port } = new URL(api.url);
    const signer = new SignatureV4({
      credentials: api.key,
      region: 'eu-west-1',
      service: 'datapipeline',
      sha256: Sha256,
    });
    const headers = { host, 'content-type': 'application/x-amz-json-1.1' };
    const signed = await signer.sign({
      method: 'POST',
      protocol: 'http:',
      hostname,
      path: '/',
      headers,
      body: '{}',
    });
    const answer = await send(Number(port), '/', { ...signed.headers, 'x-amz-target': list.target }, '{}');
    expect(errorOf(answer)).toMatchObject({
      __type: 'InvalidSignatureException',
      message: expect.stringContaining('x-amz-target'),
    });
  });

  it.each([
    ['accepted in time', -1, 200],
    ['refused after it has expired', -10, 400],
  ])('a presigned request is %s', async (_title, minutes, status) => {
    const { host, hostname, port } = new URL(api.url);
    const signer = new SignatureV4({
      credentials: api.key,
      region: 'eu-west-1',
      service: 'datapipeline',
      sha256: Sha256,
    });
    const headers = { host, 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': list.target };
    const presigned = await signer.presign(
      { method: 'POST', protocol: 'http:', hostname, path: '/', headers, body: '{}' },
      { signingDate: new Date(Date.now() + minutes * 60_000), expiresIn: 300 },
    );
    const query = new URLSearchParams(presigned.query as Record<string, string>)
      .toString()
      .replaceAll('+', '%20');
    const answer = await send(Number(port), `/?${query}`, { ...presigned.headers }, '{}');
    expect(answer.status).toBe(status);
  });
});

it('the log names request, operation and status, never bodies or secrets', async () => {
  await call(api, {
    target: 'DataPipeline.CreatePipeline',
    body: '{"name":"secret-name","uniqueId":"secret-unique-id"}',
  });
  const text = api.logLines.join('');
  expect(text).toMatch(/"operation":"CreatePipeline".*"status":200/);
  // Words that no random request id can hold.
  expect(text).not.toContain('secret-name');
  expect(text).not.toContain('secret-unique-id');
  expect(text).not.toContain('hunter2');
  expect(text).not.toContain(api.key.secretAccessKey);
});
