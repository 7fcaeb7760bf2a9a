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
