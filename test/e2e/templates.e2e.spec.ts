import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { aHome, startPenstock, type Penstock } from './penstock.js';

const PENSTOCK = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** Makes a definition by `penstock init`, runs it, and waits until these objects have FINISHED, one name for each instance. */
async function run(
  penstock: Penstock,
  template: string,
  options: readonly string[],
  objects: readonly string[],
): Promise<void> {
  const file = join(penstock.home, `${template}.json`);
  await promisify(execFile)(process.execPath, [PENSTOCK, 'init', template, ...options, '-o', file]);
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

it("AWS's templates for shell and AWS CLI commands run as `penstock init` writes them", async () => {
  const penstock = await startPenstock(await aHome());
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
  await run(penstock, 'getting-started-with-shell-command', [...shell, ...places], four);
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
  await run(penstock, 'run-aws-cli-command', command, ['CliActivity', 'Ec2Instance']);
  expect(await readFile(said, 'utf8')).toBe('done\n');
  await penstock.stop();
}, 300_000);
