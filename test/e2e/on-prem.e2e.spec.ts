import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { it } from 'vitest';
import { aHome, definitionFile, startPenstock } from './penstock.js';

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
  await penstock.stop();
}, 300_000);
