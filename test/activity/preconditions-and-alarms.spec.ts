import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { publishAlarm } from '../../activities/actions/sns-alarm.js';
import { checkExists } from '../../activities/preconditions/exists.js';
import { checkS3Key, checkS3Prefix } from '../../activities/preconditions/s3-preconditions.js';
import { createStorage } from '../../activities/storage/open-storage.js';
import { createS3Client } from '../../activities/storage/s3-client.js';
import type { TaskObject } from '../../model/instance/task.js';
import { aTask, anObject, failureOf } from './an-attempt.js';
import { aCopyWorld, aLog, type CopyWorld } from './copy-world.js';

let world: CopyWorld;
const { signal } = new AbortController();
beforeAll(async () => {
  world = await aCopyWorld();
  for (const kind of ['s3', 'files'] as const) {
    await world.put(`${world[kind]}/day/data.csv`, 'x');
    await world.put(`${world[kind]}/empty_$folder$`, '');
  }
  await world.client.query('CREATE SCHEMA s; CREATE TABLE s.t ()');
});
afterAll(() => world.remove());

describe.each(['s3', 'files'] as const)('preconditions on %s', (kind) => {
  const key = (path: string): Promise<void> =>
    checkS3Key(world.storage, {
      object: anObject('S3KeyExists', 'P', { s3Key: `${world[kind]}/${path}` }),
      signal,
    });
  const prefix = (path: string): Promise<void> =>
    checkS3Prefix(world.storage, {
      object: anObject('S3PrefixNotEmpty', 'P', { s3Prefix: `${world[kind]}/${path}` }),
      signal,
    });

  it('hold for what is there', async () => {
    await key('day/data.csv');
    await prefix('day/');
    await prefix('day');
    await prefix('da');
    await prefix('day/data');
  });

  it.each([
    ['an absent key', () => key('day/other.csv'), 'day/other.csv'],
    ['a key that is only a prefix', () => key('day'), '/day'],
    ['an absent prefix', () => prefix('night/'), 'night/'],
    ['a prefix with a folder marker only', () => prefix('empty'), 'empty'],
  ])('are not yet true for %s, and say so', async (_title, check, text) => {
    expect(await failureOf(check())).toMatchObject({
      type: 'NotYet',
      nonRetryable: false,
      message: expect.stringContaining(text),
    });
  });
});

describe('preconditions that cannot be checked', () => {
  it('fail for good when access is denied', async () => {
    const { endpoint, accessKeyId } = inject('s3');
    const credentials = { accessKeyId, secretAccessKey: 'wrong-secret' };
    const client = createS3Client({ endpointUrl: endpoint, region: 'us-east-1', credentials });
    const storage = createStorage(client);
    const object = anObject('S3KeyExists', 'P', {
      s3Key: `${world.s3}/day/data.csv`,
      s3Prefix: `${world.s3}/day`,
    });
    for (const check of [checkS3Key, checkS3Prefix]) {
      expect(await failureOf(check(storage, { object, signal }))).toMatchObject({
        type: 'AccessDenied',
        nonRetryable: true,
      });
    }
    client.destroy();
  });

  it('fail for good for a server that is not there and a key that is none', async () => {
    const client = createS3Client({
      endpointUrl: 'http://127.0.0.1:9',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    const check = (s3Key: string): Promise<void> =>
      checkS3Key(createStorage(client), { object: anObject('S3KeyExists', 'P', { s3Key }), signal });
    expect(await failureOf(check('s3://b/k'))).toMatchObject({
      type: 'ConnectionFailed',
      nonRetryable: true,
    });
    expect(await failureOf(check('b/k'))).toMatchObject({ type: 'InvalidField', nonRetryable: true });
    client.destroy();
  });
});

describe('Exists', () => {
  const check = (node: TaskObject, ...others: TaskObject[]): Promise<void> => {
    const object = anObject('Exists', 'E', {});
    const task = { ...aTask(object, node, ...others), nodeId: node.id };
    return checkExists(world.deps, { task, object, signal });
  };
  const table = (fields: Record<string, string>): [TaskObject, TaskObject] => {
    const database = world.sqlNode({}).uses?.['database'];
    if (database === undefined) throw new Error('the world has no database');
    return [anObject('SqlDataNode', 'N', { ...fields, database: [{ ref: database.id }] }), database];
  };

  it('holds for an object, a directory and a table', async () => {
    await check(anObject('S3DataNode', 'N', { filePath: `${world.s3}/day/data.csv` }));
    await check(anObject('S3DataNode', 'N', { directoryPath: `${world.s3}/day` }));
    await check(...table({ table: 't', schemaName: 's' }));
    await check(...table({ table: 's.t' }));
  });

  it.each<[string, () => Promise<void>]>([
    ['object', () => check(anObject('S3DataNode', 'N', { filePath: `${world.s3}/da` }))],
    ['directory', () => check(anObject('S3DataNode', 'N', { directoryPath: `${world.s3}/da` }))],
    ['table', () => check(...table({ table: 't' }))],
  ])('is not yet true for an absent %s', async (_title, run) => {
    expect(await failureOf(run())).toMatchObject({ type: 'NotYet', nonRetryable: false });
  });

  it('knows no other nodes', async () => {
    expect(await failureOf(check(anObject('DynamoDBDataNode', 'N', {})))).toMatchObject({
      type: 'InvalidField',
    });
  });
});

describe('SnsAlarm', () => {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

  it('publishes to its topic, with a subject that SNS takes', async () => {
    const endpoint = inject('awsMockEndpoint');
    const sns = new SNSClient({ endpoint, region: 'eu-west-1', credentials });
    const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: 'alarms' }));
    const queueUrl = await createQueue(endpoint, 'alarms');
    const Endpoint = 'arn:aws:sqs:eu-west-1:123456789012:alarms';
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }));
    sns.destroy();

    const log = aLog();
    const object = anObject('SnsAlarm', 'A', {
      topicArn: TopicArn,
      subject: `ä\n${'s'.repeat(200)}`,
      message: 'Ünfug\n2',
    });
    await withCredentials(() => publishAlarm({ awsEndpointUrl: endpoint }, { object, signal, log }));

    const { Message, Subject } = await receive(endpoint, queueUrl);
    expect(Message).toBe('Ünfug\n2');
    expect(Subject).toBe(`? ${'s'.repeat(94)}...`);
    expect(log.lines[0]).toContain('the subject was changed');
  });

  it.each([
    ['an unknown topic', { topicArn: 'arn:aws:sns:eu-west-1:123456789012:nobody' }, 'NotificationFailed'],
    ['no ARN', { topicArn: 'alarms' }, 'InvalidField'],
    ['no message', { message: '' }, 'InvalidField'],
  ])('fails for %s', async (_title, fields, type) => {
    const object = anObject('SnsAlarm', 'A', {
      topicArn: 'arn:aws:sns:eu-west-1:1:x',
      subject: 's',
      message: 'm',
      ...fields,
    });
    const awsEndpointUrl = inject('awsMockEndpoint');
    const failure = await withCredentials(() =>
      failureOf(publishAlarm({ awsEndpointUrl }, { object, signal, log: aLog() })),
    );
    expect(failure).toMatchObject({ type, nonRetryable: true });
  });

  async function withCredentials<T>(run: () => Promise<T>): Promise<T> {
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = process.env;
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });
    try {
      return await run();
    } finally {
      for (const [name, value] of Object.entries({ AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY })) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
  }

  async function createQueue(endpoint: string, name: string): Promise<string> {
    const answer = await sqs(endpoint, { Action: 'CreateQueue', QueueName: name });
    return /<QueueUrl>([^<]+)</.exec(answer)?.[1] ?? '';
  }

  async function receive(endpoint: string, QueueUrl: string): Promise<{ Message: string; Subject: string }> {
    const answer = await sqs(endpoint, { Action: 'ReceiveMessage', QueueUrl, WaitTimeSeconds: '5' });
    const body = /<Body>([^]*?)<\/Body>/.exec(answer)?.[1] ?? '';
    return JSON.parse(body.replaceAll('&quot;', '"').replaceAll('&#34;', '"').replaceAll('&amp;', '&')) as {
      Message: string;
      Subject: string;
    };
  }

  /** SQS's query protocol: no client for it is among the dependencies. moto finds the region in the signature. */
  async function sqs(endpoint: string, parameters: Record<string, string>): Promise<string> {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization:
          'AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-1/sqs/aws4_request, SignedHeaders=host, Signature=x',
      },
      body: new URLSearchParams({ ...parameters, Version: '2012-11-05' }),
    });
    return response.text();
  }
});
