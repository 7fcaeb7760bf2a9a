import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { Connection } from '@temporalio/client';
import pg from 'pg';
import { describe, expect, inject, it } from 'vitest';

const exec = promisify(execFile);

describe('servers of the tests', () => {
  it.each([
    ['postgresUrl', /^PostgreSQL 15\./],
    ['postgresExternalUrl', /^PostgreSQL 18\./],
  ] as const)('%s is a superuser of its own version', async (name, version) => {
    const client = new pg.Client({ connectionString: inject(name) });
    await client.connect();
    const { rows } = await client.query<{ version: string; usesuper: boolean }>(
      'select version(), usesuper from pg_user where usename = current_user',
    );
    await client.end();
    expect(rows).toEqual([{ version: expect.stringMatching(version), usesuper: true }]);
  });

  it('s3 keeps what is put and refuses a wrong signature', async () => {
    const { endpoint, region, accessKeyId, secretAccessKey } = inject('s3');
    const client = (secret: string): S3Client =>
      new S3Client({
        endpoint,
        region,
        forcePathStyle: true,
        credentials: { accessKeyId, secretAccessKey: secret },
      });
    const right = client(secretAccessKey);
    const bucket = `bucket-${randomUUID()}`;
    await right.send(new CreateBucketCommand({ Bucket: bucket }));
    await right.send(new PutObjectCommand({ Bucket: bucket, Key: 'a/b.txt', Body: 'hello' }));
    const got = await right.send(new GetObjectCommand({ Bucket: bucket, Key: 'a/b.txt' }));
    expect(await got.Body?.transformToString()).toBe('hello');
    await expect(
      client('wrong').send(new GetObjectCommand({ Bucket: bucket, Key: 'a/b.txt' })),
    ).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
    });
  });

  it('awsMockEndpoint answers SNS', async () => {
    const client = new SNSClient({
      endpoint: inject('awsMockEndpoint'),
      region: 'us-east-1',
      credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    });
    expect((await client.send(new CreateTopicCommand({ Name: 'alarms' }))).TopicArn).toMatch(/:alarms$/);
  });

  it('temporalAddress serves the namespace "default"', async () => {
    const connection = await Connection.connect({ address: inject('temporalAddress') });
    const { namespaceInfo } = await connection.workflowService.describeNamespace({ namespace: 'default' });
    await connection.close();
    expect(namespaceInfo?.name).toBe('default');
  });

  it('awsCli and python know Data Pipeline', async () => {
    expect((await exec(inject('awsCli'), ['--version'])).stdout).toMatch(/^aws-cli\//);
    const script =
      "import boto3; print(boto3.client('datapipeline', 'us-east-1').meta.service_model.api_version)";
    expect((await exec(inject('python'), ['-c', script])).stdout.trim()).toBe('2012-10-29');
  });
});
