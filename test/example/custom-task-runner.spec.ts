import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, inject, it, onTestFinished } from 'vitest';
import { aWhyApi, type WhyApi } from '../api/why-api.js';
import { aTestEngine, midnight } from '../engine/test-engine.js';

const RUNNER = fileURLToPath(new URL('../../examples/custom-task-runner/runner.py', import.meta.url));
const yesterday = midnight(-1);

/** Starts the example as its README says. */
function startRunner({ url, key }: WhyApi, home: string) {
  const child = spawn(inject('python'), [RUNNER, 'reports', url], {
    env: {
      ...process.env,
      HOME: home,
      AWS_ACCESS_KEY_ID: key.accessKeyId,
      AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
      AWS_DEFAULT_REGION: 'us-east-1',
      REPORT_SECONDS: '1',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return child;
}

it('the task runner of the example works; killed in the middle of a task, another one does it', async () => {
  const home = await mkdtemp(join(tmpdir(), 'penstock-runner-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const engine = await aTestEngine();
  const api = await aWhyApi(engine);
  const pipelineId = await engine.activate({
    objects: [
      {
        id: 'Default',
        scheduleType: 'cron',
        schedule: { ref: 'Daily' },
        workerGroup: 'reports',
        maximumRetries: '1',
        retryDelay: '1 second',
        reportProgressTimeout: '4 seconds',
      },
      { id: 'Daily', type: 'Schedule', period: '1 day', startDateTime: yesterday, occurrences: '1' },
      {
        id: 'Slow',
        type: 'ShellCommandActivity',
        precondition: { ref: 'Ready' },
        // The first one stays until its runner is gone; it leaves its number, so that nothing is left over.
        command: `echo $$ >> ${home}/begun; test -e ${home}/killed || exec sleep 600`,
      },
      { id: 'Ready', type: 'ShellCommandPrecondition', command: 'true' },
      { id: 'Wrong', type: 'ShellCommandActivity', command: 'exit 3', dependsOn: { ref: 'Slow' } },
    ],
  });
  const begun = async (): Promise<string[]> =>
    (await readFile(join(home, 'begun'), 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
  const first = startRunner(api, home);
  await expect.poll(begun).toHaveLength(1);
  await engine.until(pipelineId, (seen) => seen[`@Slow_${yesterday}`] === 'RUNNING');
  first.kill('SIGKILL');
  process.kill(Number((await begun())[0]), 'SIGKILL'); // the example leaves it running
  await writeFile(join(home, 'killed'), '');
  startRunner(api, home);
  await engine.until(
    pipelineId,
    (seen) => seen[`@Slow_${yesterday}`] === 'FINISHED' && seen[`@Wrong_${yesterday}`] === 'FAILED',
  );
  expect(await begun()).toHaveLength(2);
  const rows = await engine.objects.attempts(pipelineId, [
    `@Slow_${yesterday}_Attempt=1`,
    `@Slow_${yesterday}_Attempt=2`,
    `@Wrong_${yesterday}_Attempt=2`,
  ]);
  expect(rows).toMatchObject([
    { status: 'FAILED', errorId: 'ReportProgressTimeout' },
    { status: 'FINISHED' },
    { status: 'FAILED', errorId: 'CommandFailed', errorMessage: 'exit status 3' },
  ]);
});
