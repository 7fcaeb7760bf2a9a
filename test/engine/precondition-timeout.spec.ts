import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { aTestEngine } from './test-engine.js';

it('a check that gets no answer fails its precondition by preconditionTimeout, without another try', async () => {
  const engine = await aTestEngine(async ({ objectId }, { cancelled }) => {
    if (objectId === 'Check') await cancelled; // a runner that hangs
  });
  const pipelineId = await engine.activate({
    objects: [
      { id: 'Default', scheduleType: 'ondemand', workerGroup: 'wg', failureAndRerunMode: 'CASCADE' },
      { id: 'Load', type: 'ShellCommandActivity', command: 'true', precondition: { ref: 'Check' } },
      {
        id: 'Check',
        type: 'ShellCommandPrecondition',
        command: 'true',
        preconditionTimeout: '1 second',
        retryDelay: '1 second',
        maximumRetries: '2',
      },
    ],
  });
  const is = (status: string) => (seen: Record<string, string>) =>
    Object.entries(seen).some(([id, each]) => id.startsWith('@Load_') && each === status);
  const statuses = await engine.until(pipelineId, is('CASCADE_FAILED'));
  const checkId = Object.keys(statuses).find((id) => id.startsWith('@Check_')) ?? '';
  const [check] = await engine.objects.instances(pipelineId, [checkId]);
  expect(check).toMatchObject({ status: 'FAILED', errorId: 'PreconditionTimeout', attemptCount: 1 });
}, 60_000);

it('preconditionTimeout begins with the first check, however long the work before it takes', async () => {
  const engine = await aTestEngine(async ({ objectId }) => {
    if (objectId === 'Load') await delay(2_500);
  });
  const pipelineId = await engine.activate({
    objects: [
      { id: 'Default', scheduleType: 'ondemand', workerGroup: 'wg', failureAndRerunMode: 'CASCADE' },
      { id: 'Load', type: 'ShellCommandActivity', command: 'true', output: { ref: 'Out' } },
      { id: 'Out', type: 'S3DataNode', filePath: 's3://b/k', precondition: { ref: 'Check' } },
      { id: 'Check', type: 'ShellCommandPrecondition', command: 'true', preconditionTimeout: '2 seconds' },
    ],
  });
  const statuses = await engine.until(
    pipelineId,
    (seen) =>
      Object.keys(seen).length === 3 && !Object.values(seen).some((each) => /WAITING|RUNNING/.test(each)),
  );
  expect(new Set(Object.values(statuses))).toEqual(new Set(['FINISHED']));
}, 60_000);

it('a precondition whose worker group nobody serves fails by preconditionTimeout too', async () => {
  const engine = await aTestEngine();
  const pipelineId = await engine.activate({
    objects: [
      { id: 'Default', scheduleType: 'ondemand', workerGroup: 'nobody', failureAndRerunMode: 'CASCADE' },
      { id: 'Load', type: 'ShellCommandActivity', command: 'true', precondition: { ref: 'Check' } },
      { id: 'Check', type: 'ShellCommandPrecondition', command: 'true', preconditionTimeout: '1 second' },
    ],
  });
  const statuses = await engine.until(pipelineId, (seen) => Object.values(seen).includes('CASCADE_FAILED'));
  const checkId = Object.keys(statuses).find((id) => id.startsWith('@Check_')) ?? '';
  const [check] = await engine.objects.instances(pipelineId, [checkId]);
  expect(check).toMatchObject({ status: 'FAILED', errorId: 'PreconditionTimeout', attemptCount: 1 });
}, 60_000);
