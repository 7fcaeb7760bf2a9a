import { randomUUID } from 'node:crypto';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { shellCommandActivity } from '../../activities/shell/shell-command-activity.js';
import { createStorage } from '../../activities/storage/open-storage.js';
import { createS3Client } from '../../activities/storage/s3-client.js';
import { aContext, anObject, aTask, failureOf, shellDeps } from './an-attempt.js';

const { endpoint, region, accessKeyId, secretAccessKey } = inject('s3');
const bucket = `shell-${randomUUID()}`;
let client: S3Client;
let fixture: Awaited<ReturnType<typeof shellDeps>>;
beforeAll(async () => {
  client = createS3Client({ endpointUrl: endpoint, region, credentials: { accessKeyId, secretAccessKey } });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
});
afterAll(() => client.destroy());
beforeEach(async () => {
  fixture = await shellDeps(aContext());
});
afterEach(() => fixture.remove());

const put = (key: string, body: string): Promise<unknown> =>
  client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
async function contentOf(key: string): Promise<string | undefined> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return Body?.transformToString();
}
async function keysUnder(prefix: string): Promise<string[]> {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
  return Contents.map(({ Key }) => Key ?? '');
}

type Fields = Parameters<typeof anObject>[2];
const run = (fields: Fields, input: string, output: string): Promise<unknown> =>
  shellCommandActivity({ ...fixture.deps, storage: createStorage(client) })(
    aTask(
      anObject('ShellCommandActivity', 'A', {
        stage: 'true',
        input: [{ ref: 'I' }],
        output: [{ ref: 'O' }],
        ...fields,
      }),
      anObject('S3DataNode', 'I', { directoryPath: `s3://${bucket}/${input}` }),
      anObject('S3DataNode', 'O', { directoryPath: `s3://${bucket}/${output}/` }),
    ),
  );

describe('ShellCommandActivity on S3', () => {
  it('runs a script from S3 over staged inputs and writes outputs, stdout and log to S3', async () => {
    await put('in/2026/a b.txt', 'GET\nPOST\n');
    await put('in/2026/deep/c.txt', 'GET\n');
    await put('in/2026x/not-this.txt', 'GET\n');
    await put(
      'scripts/count.sh',
      'grep -rhc "$1" "$INPUT1_STAGING_DIR" | paste -sd+ | bc > "$OUTPUT1_STAGING_DIR/count"; echo said',
    );
    const scriptUri = `s3://${bucket}/scripts/count.sh`;
    const fields = {
      scriptUri,
      scriptArgument: 'GET',
      stdout: `s3://${bucket}/said.txt`,
      pipelineLogUri: `s3://${bucket}/logs/`,
    };
    await run({ ...fields }, 'in/2026', 'out');
    expect(await keysUnder('out')).toEqual(['out/count']);
    expect(await contentOf('out/count')).toBe('2\n');
    expect(await contentOf('said.txt')).toBe('said\n');
    const folder = 'logs/df-TEST/A/@A_2026-01-01T00:00:00/@A_2026-01-01T00:00:00_Attempt=1';
    expect(await keysUnder('logs')).toEqual([`${folder}/activity.log`, `${folder}/stdout.log`]);
  });

  it('leaves no object of the output when the command fails', async () => {
    const failed = run({ command: 'touch $OUTPUT1_STAGING_DIR/x; exit 1' }, 'none', 'failed');
    expect((await failureOf(failed)).type).toBe('CommandFailed');
    expect(await keysUnder('failed')).toEqual([]);
  });

  it('fails when the output cannot be written, and says where', async () => {
    const task = aTask(
      anObject('ShellCommandActivity', 'A', {
        stage: 'true',
        command: 'touch $OUTPUT1_STAGING_DIR/x',
        output: [{ ref: 'O' }],
      }),
      anObject('S3DataNode', 'O', { directoryPath: 's3://no-such-bucket-here/x' }),
    );
    const failure = await failureOf(
      shellCommandActivity({ ...fixture.deps, storage: createStorage(client) })(task),
    );
    expect(failure.message).toContain('no-such-bucket-here');
  });
});
