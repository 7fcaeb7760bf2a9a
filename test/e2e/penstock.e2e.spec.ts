import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CreateBucketCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  aHome,
  definitionFile,
  eventually,
  parseListRuns,
  processesOf,
  startPenstock,
  type ListedRun,
  type Penstock,
} from './penstock.js';

// One `npm start` for all of this: to start it is what costs most.

const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const INSTALLER = fileURLToPath(new URL('../../examples/web-logs/install.mjs', import.meta.url));
const RUNNER = fileURLToPath(new URL('../../dist/activities/main.js', import.meta.url));

let penstock: Penstock;
beforeAll(async () => {
  penstock = await startPenstock(await aHome(afterAll), {
    PENSTOCK_EXAMPLE: 'on',
    PENSTOCK_AWS_ENDPOINT_URL: inject('s3').endpoint,
    ...environmentOf(inject('s3')),
  });
});

type S3 = Readonly<Record<'accessKeyId' | 'secretAccessKey' | 'region', string>>;
const environmentOf = ({ accessKeyId, secretAccessKey, region }: S3) => ({
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  AWS_REGION: region,
});

/** The pipeline that the installer of the example says to have made. */
const exampleIn = (output: string): string => /example web-logs is active: (df-\w+)/.exec(output)?.[1] ?? '';

const count = (runs: readonly ListedRun[], name: string, status = 'FINISHED'): number =>
  runs.filter((run) => run.name === name && run.status === status).length;

it('npm start runs the example to its end, on files: 14 daily copies, 2 weekly reports, the second after the late file', async () => {
  await eventually(
    () => Promise.resolve(penstock.output()),
    (output) => output.includes('waits:'),
  );
  const pipelineId = exampleIn(penstock.output());
  const waiting = await penstock.runsOnce(
    pipelineId,
    (runs) => count(runs, 'ArchiveLog') === 13 && count(runs, 'WeeklyReport') === 1,
  );
  expect(count(waiting, 'WeeklyReport', 'WAITING_ON_DEPENDENCIES')).toBe(1);
  const done = await penstock.runsOnce(pipelineId, (runs) => count(runs, 'WeeklyReport') === 2);
  expect(count(done, 'ArchiveLog')).toBe(14);
  const reports = join(penstock.home, 'examples', 'web-logs', 'reports');
  const weeks = (await readdir(reports)).toSorted();
  expect(weeks).toHaveLength(2);
  for (const week of weeks) {
    expect(await readFile(join(reports, week, 'report.html'), 'utf8')).toContain('</html>');
  }
  await eventually(
    () => penstock.awsText('describe-pipelines', '--pipeline-ids', pipelineId),
    (text) => text.includes('"FINISHED"'),
  );
});

describe.concurrent('a started Penstock', () => {
  it('the example runs on S3 as well', async () => {
    const { endpoint, accessKeyId, secretAccessKey, region } = inject('s3');
    const credentials = { accessKeyId, secretAccessKey };
    const s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
    const bucket = `example-${Date.now()}`;
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
    const onS3 = ['--s3', `s3://${bucket}/web-logs`, '--s3-endpoint', endpoint];
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [INSTALLER, '--endpoint', penstock.url, '--home', penstock.home, ...onS3],
      // The installer puts the logs with its user's environment.
      { env: { ...process.env, ...environmentOf(inject('s3')) } },
    );
    const pipelineId = exampleIn(stdout);
    const runs = parseListRuns(await penstock.awsText('list-runs', '--pipeline-id', pipelineId));
    expect([count(runs, 'ArchiveLog'), count(runs, 'WeeklyReport')]).toEqual([14, 2]);
    const { Contents = [] } = await s3.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: 'web-logs/' }),
    );
    const keys = Contents.map(({ Key = '' }) => Key);
    expect(keys.filter((key) => key.endsWith('report.html'))).toHaveLength(2);
  });

  it("AWS's templates for shell and AWS CLI commands run as `penstock init` writes them", async () => {
    const input = join(penstock.home, 'input');
    const output = join(penstock.home, 'output');
    await mkdir(input);
    await writeFile(join(input, 'a.log'), 'GET /\nPOST /\nGET /about\n');
    await writeFile(join(input, 'b.log'), 'POST /\n');

    // Intervals of the past: all four are due at once.
    const shell = ['--start', '2026-11-01T06:00:00', '--period', '15 minutes'];
    const places = ['--set', `myS3InputLoc=file://${input}`, '--set', `myS3OutputLoc=file://${output}`];
    const objects = ['EC2ResourceObj', 'S3InputLocation', 'S3OutputLocation', 'ShellCommandActivityObj'];
    const four = objects.flatMap((id) => [id, id, id, id]);
    await runTemplate('getting-started-with-shell-command', [...shell, ...places], four);
    const folders = ['06-00', '06-15', '06-30', '06-45'].map((time) => `2026-11-01-${time}-00`);
    expect((await readdir(output)).sort()).toEqual(folders);
    for (const folder of folders) {
      const counted = await readFile(join(output, folder, 'output.txt'), 'utf8');
      expect(
        counted
          .trim()
          .split('\n')
          .map((line) => line.replace(/^.*\//, ''))
          .sort(),
      ).toEqual(['a.log:2', 'b.log:0']);
    }

    const said = join(penstock.home, 'said');
    const command = ['--schedule', 'ondemand', '--set', `myAWSCLICmd=echo done > ${said}`];
    await runTemplate('run-aws-cli-command', command, ['CliActivity', 'Ec2Instance']);
    expect(await readFile(said, 'utf8')).toBe('done\n');
  });

  it("a task runner on another host needs only Temporal's address and its worker group", async ({
    onTestFinished,
  }) => {
    const elsewhere = join(await aHome(onTestFinished), 'other-host');
    await mkdir(elsewhere);
    const runner = (): ChildProcess =>
      spawn(process.execPath, [RUNNER, '--worker-group', 'onprem', '--temporal', penstock.temporalAddress], {
        cwd: elsewhere,
        stdio: 'ignore',
        env: { PATH: process.env['PATH'] ?? '', HOME: elsewhere },
      });
    const marker = join(elsewhere, 'ran-here');
    const { pipelineId } = (await penstock.aws(
      'create-pipeline',
      '--name',
      'onprem',
      '--unique-id',
      'onprem',
    )) as {
      pipelineId: string;
    };
    const file = await definitionFile(penstock.home, {
      objects: [
        { id: 'Default', scheduleType: 'ondemand' },
        {
          id: 'Work',
          type: 'ShellCommandActivity',
          workerGroup: 'onprem',
          command: `pwd >> ${marker}; echo $HOME`,
        },
      ],
    });
    await penstock.aws('put-pipeline-definition', '--pipeline-id', pipelineId, '--pipeline-definition', file);
    const statusesOnce = (expected: string) =>
      penstock.runsOnce(
        pipelineId,
        (runs) =>
          runs
            .map(({ status }) => status)
            .toSorted()
            .join() === expected,
      );

    const first = runner();
    await penstock.aws('activate-pipeline', '--pipeline-id', pipelineId);
    await statusesOnce('FINISHED');

    first.kill('SIGTERM');
    await once(first, 'exit');
    await penstock.aws('activate-pipeline', '--pipeline-id', pipelineId);
    await statusesOnce('FINISHED,WAITING_FOR_RUNNER');

    const second = runner();
    await statusesOnce('FINISHED,FINISHED');
    second.kill('SIGTERM');
    await once(second, 'exit');
  });

  it('is driven by the unmodified AWS CLI, from creation to deletion', async () => {
    const today = new Date().toISOString().slice(0, 10);
    const objects = [
      {
        id: 'Default',
        name: 'Default',
        scheduleType: 'cron',
        schedule: { ref: 'Hourly' },
        workerGroup: 'local',
      },
      {
        id: 'Hourly',
        name: 'Every hour',
        type: 'Schedule',
        period: '1 hour',
        startDateTime: `${today}T00:00:00`,
        occurrences: '1',
      },
      {
        id: 'Say',
        name: 'Say',
        type: 'ShellCommandActivity',
        command: "echo \"ü#{myWord} $1\" '\\t' #{format(@scheduledStartTime, 'YYYY-MM-dd')}",
        scriptArgument: ['one', 'two'],
        myNote: 'kept as it is',
      },
      { id: 'Broken', name: 'Broken', type: 'ShellCommandActivity', command: 'exit 3', maximumRetries: '0' },
      { id: 'Wait', name: 'Wait', type: 'ShellCommandActivity', command: 'true', workerGroup: 'nobody' },
      {
        id: 'Machine',
        name: 'Machine',
        type: 'Ec2Resource',
        role: 'r',
        resourceRole: 'r',
        terminateAfter: '1 hour',
      },
      {
        id: 'OnMachine',
        name: 'OnMachine',
        type: 'ShellCommandActivity',
        command: 'true',
        runsOn: { ref: 'Machine' },
      },
    ];
    const parameters = [{ id: 'myWord', type: 'String', default: 'hello' }];
    const file = await definitionFile(penstock.home, { objects, parameters, values: { myWord: 'welt' } });

    const created = await penstock.aws(
      'create-pipeline',
      '--name',
      'cli',
      '--unique-id',
      'cli-1',
      '--tags',
      'key=team,value=data',
    );
    const { pipelineId } = created as { pipelineId: string };
    expect(pipelineId).toMatch(/^df-[A-Z0-9]{20}$/);
    expect(await penstock.aws('create-pipeline', '--name', 'cli', '--unique-id', 'cli-1')).toEqual({
      pipelineId,
    });
    const id = ['--pipeline-id', pipelineId];

    const put = await penstock.aws('put-pipeline-definition', ...id, '--pipeline-definition', file);
    expect(put).toMatchObject({ errored: false, validationErrors: [] });
    // This verb alone takes objects as the API has them (the CLI's own translation does not cover it).
    const wire = [{ id: 'Odd', name: 'Odd', fields: [{ key: 'type', stringValue: 'ShelCommandActivity' }] }];
    const validated = await penstock.aws(
      'validate-pipeline-definition',
      ...id,
      '--pipeline-objects',
      JSON.stringify(wire),
    );
    expect(validated).toMatchObject({ errored: true });
    expect(JSON.stringify(validated)).toContain('ShellCommandActivity');
    const got = (await penstock.aws('get-pipeline-definition', ...id)) as { objects: { id: string }[] };
    const sorted = (all: readonly { readonly id: string }[]) =>
      all.toSorted((a, b) => a.id.localeCompare(b.id));
    expect(sorted(got.objects)).toEqual(sorted(objects));
    expect(got).toMatchObject({ values: { myWord: 'welt' } });

    await penstock.aws('activate-pipeline', ...id);
    const list = async (...more: string[]) =>
      parseListRuns(await penstock.awsText('list-runs', ...id, ...more));
    const rows = await penstock.runsOnce(
      pipelineId,
      (runs) => runs.length === 5 && runs.filter((run) => /FINISHED|FAILED/.test(run.status)).length === 4,
    );
    expect(Object.fromEntries(rows.map((run) => [run.name, run.status]))).toEqual({
      Say: 'FINISHED',
      Broken: 'FAILED',
      Wait: 'WAITING_FOR_RUNNER',
      OnMachine: 'FINISHED',
      Machine: 'FINISHED',
    });
    expect((await list('--status', 'finished')).map((run) => run.name)).toEqual([
      'Machine',
      'OnMachine',
      'Say',
    ]);
    expect((await list('--status', 'failed,waiting_for_runner')).map((run) => run.name)).toEqual([
      'Broken',
      'Wait',
    ]);
    const now = Date.now();
    const at = (ms: number) => new Date(ms).toISOString().slice(0, 19);
    expect(await list('--start-interval', `${at(now - 3_600_000)},${at(now + 60_000)}`)).toHaveLength(5);
    expect(await list('--start-interval', `${at(now - 7_200_000)},${at(now - 3_600_000)}`)).toHaveLength(0);
    expect(await list('--schedule-interval', `${today}T00:00:00,${today}T00:00:00`)).toHaveLength(5);

    const listed = (await penstock.aws('list-pipelines')) as { pipelineIdList: unknown[] };
    expect(listed.pipelineIdList).toContainEqual({ id: pipelineId, name: 'cli' });
    const described = (await penstock.aws('describe-pipelines', '--pipeline-ids', pipelineId)) as {
      pipelineDescriptionList: { fields: { key: string; stringValue: string }[]; tags: unknown }[];
    };
    const description = described.pipelineDescriptionList[0];
    expect(description?.tags).toEqual([{ key: 'team', value: 'data' }]);
    expect(description?.fields).toContainEqual({ key: '@pipelineState', stringValue: 'SCHEDULED' });

    const attempt = (await penstock.aws(
      'describe-objects',
      ...id,
      '--object-ids',
      `@Broken_${today}T00:00:00_Attempt=1`,
    )) as {
      pipelineObjects: { fields: { key: string; stringValue?: string }[] }[];
    };
    const facts = Object.fromEntries(
      (attempt.pipelineObjects[0]?.fields ?? []).map((field) => [field.key, field.stringValue]),
    );
    expect(facts).toMatchObject({ '@status': 'FAILED', errorId: 'CommandFailed' });
    expect(facts['errorMessage']).toContain('3');

    await penstock.aws(
      'set-status',
      ...id,
      '--object-ids',
      `@Broken_${today}T00:00:00`,
      '--status',
      'MARK_FINISHED',
    );
    await eventually(
      () => list('--status', 'finished'),
      (runs) => runs.length === 4,
    );
    await penstock.aws('deactivate-pipeline', ...id);
    await eventually(
      () => penstock.awsText('describe-pipelines', '--pipeline-ids', pipelineId),
      (text) => text.includes('INACTIVE'),
    );
    expect((await list('--status', 'cancelled')).map((run) => run.name)).toEqual(['Wait']);
    await penstock.aws('delete-pipeline', ...id);
    await eventually(
      () =>
        penstock
          .awsText('describe-pipelines', '--pipeline-ids', pipelineId)
          .catch((error: Error) => error.message),
      (text) => text.includes('PipelineDeletedException'),
    );
  });
});

it('leaves nothing behind when it stops', async () => {
  await penstock.stop();
  expect(await processesOf(penstock.home)).toEqual([]);
});

/** Makes a definition by `penstock init`, runs it, and waits until these objects have FINISHED, one name for each instance. */
async function runTemplate(
  template: string,
  options: readonly string[],
  objects: readonly string[],
): Promise<void> {
  const file = join(penstock.home, `${template}.json`);
  await promisify(execFile)(process.execPath, [CLI, 'init', template, ...options, '-o', file]);
  const { pipelineId } = (await penstock.aws(
    'create-pipeline',
    '--name',
    template,
    '--unique-id',
    template,
  )) as { pipelineId: string };
  const put = [
    'put-pipeline-definition',
    '--pipeline-id',
    pipelineId,
    '--pipeline-definition',
    `file://${file}`,
  ];
  expect(await penstock.aws(...put)).toMatchObject({ errored: false, validationErrors: [] });
  await penstock.aws('activate-pipeline', '--pipeline-id', pipelineId);
  await penstock.runsOnce(
    pipelineId,
    (seen) =>
      seen.every(({ status }) => status === 'FINISHED') &&
      seen
        .map(({ name }) => name)
        .toSorted()
        .join() === objects.toSorted().join(),
  );
}
