import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { aHome, definitionFile, eventually, parseListRuns, startPenstock } from './penstock.js';

const RUNNER = fileURLToPath(new URL('../../dist/activities/main.js', import.meta.url));

it("a task runner on another host needs only Temporal's address and its worker group", async () => {
  const home = await aHome();
  const penstock = await startPenstock(home);
  const elsewhere = join(await aHome(), 'other-host');
  await mkdir(elsewhere);
  const runner = (): ChildProcess =>
    spawn(process.execPath, [RUNNER, '--worker-group', 'onprem', '--temporal', penstock.temporalAddress], {
      cwd: elsewhere,
      stdio: 'ignore',
      env: { PATH: process.env['PATH'] ?? '', HOME: elsewhere },
    });
  const marker = join(elsewhere, 'ran-here');
  const { pipelineId } = (await penstock.aws('create-pipeline', '--name', 'p', '--unique-id', 'p')) as {
    pipelineId: string;
  };
  const file = await definitionFile(home, {
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
  const statuses = async (): Promise<string[]> =>
    parseListRuns(await penstock.awsText('list-runs', '--pipeline-id', pipelineId)).map((run) => run.status);

  const first = runner();
  await penstock.aws('activate-pipeline', '--pipeline-id', pipelineId);
  expect(await eventually(statuses, (seen) => seen.includes('FINISHED'))).toEqual(['FINISHED']);

  first.kill('SIGTERM');
  await once(first, 'exit');
  await penstock.aws('activate-pipeline', '--pipeline-id', pipelineId);
  await eventually(statuses, (seen) => seen.toSorted().join() === 'FINISHED,WAITING_FOR_RUNNER');

  const second = runner();
  await eventually(statuses, (seen) => seen.length === 2 && seen.every((status) => status === 'FINISHED'));
  second.kill('SIGTERM');
  await once(second, 'exit');
  await penstock.stop();
}, 300_000);
