import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateBucketCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { expect, inject, it } from 'vitest';
import { install } from '../../examples/web-logs/install.mjs';
import {
  aHome,
  eventually,
  parseListRuns,
  startPenstock,
  type ListedRun,
  type Penstock,
} from './penstock.js';

const count = (runs: readonly ListedRun[], name: string, status = 'FINISHED'): number =>
  runs.filter((run) => run.name === name && run.status === status).length;

async function pipelineOf(penstock: Penstock): Promise<string> {
  const listed = (await penstock.aws('list-pipelines')) as { pipelineIdList: { id: string }[] };
  return listed.pipelineIdList[0]?.id ?? '';
}

it('npm start runs the example to its end, on files: 14 daily copies, 2 weekly reports, the second after the late file', async () => {
  const home = await aHome();
  const penstock = await startPenstock(home, { PENSTOCK_EXAMPLE: 'on' });
  await eventually(
    () => Promise.resolve(penstock.output()),
    (output) => output.includes('waits:'),
  );
  const pipelineId = await pipelineOf(penstock);
  const waiting = await penstock.runsOnce(
    pipelineId,
    (runs) => count(runs, 'ArchiveLog') === 13 && count(runs, 'WeeklyReport') === 1,
  );
  expect(count(waiting, 'WeeklyReport', 'WAITING_ON_DEPENDENCIES')).toBe(1);
  const done = await penstock.runsOnce(pipelineId, (runs) => count(runs, 'WeeklyReport') === 2);
  expect(count(done, 'ArchiveLog')).toBe(14);
  const reports = join(home, 'examples', 'web-logs', 'reports');
  const weeks = (await readdir(reports)).toSorted();
  expect(weeks).toHaveLength(2);
  for (const week of weeks) {
    expect(await readFile(join(reports, week, 'report.html'), 'utf8')).toContain('</html>');
  }
  await eventually(
    () => penstock.awsText('describe-pipelines', '--pipeline-ids', pipelineId),
    (text) => text.includes('"FINISHED"'),
  );
  await penstock.stop();
}, 300_000);

it('the example runs on S3 as well', async () => {
  const { endpoint, accessKeyId, secretAccessKey, region } = inject('s3');
  const credentials = { accessKeyId, secretAccessKey };
  const s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  const bucket = `example-${Date.now()}`;
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  const home = await aHome();
  const aws = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: region };
  const penstock = await startPenstock(home, { ...aws, PENSTOCK_AWS_ENDPOINT_URL: endpoint });
  const before = { ...process.env };
  Object.assign(process.env, aws); // the installer puts the logs with the SDK's own environment, as its user would
  try {
    await install({
      endpoint: penstock.url,
      home,
      s3: { location: `s3://${bucket}/web-logs`, endpoint },
      lateSeconds: 3,
      log: () => undefined,
    });
  } finally {
    for (const name of Object.keys(aws)) delete process.env[name];
    Object.assign(process.env, before);
  }
  const pipelineId = await pipelineOf(penstock);
  const runs = parseListRuns(await penstock.awsText('list-runs', '--pipeline-id', pipelineId));
  expect([count(runs, 'ArchiveLog'), count(runs, 'WeeklyReport')]).toEqual([14, 2]);
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: 'web-logs/' }));
  const keys = Contents.map(({ Key = '' }) => Key);
  expect(keys.filter((key) => key.endsWith('report.html'))).toHaveLength(2);
  await penstock.stop();
}, 300_000);
