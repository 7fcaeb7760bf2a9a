import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { intervalRunId, LEASE_GRANTED_SIGNAL, type LeaseGrantedSignal } from '../../workflows/contract.js';
import { aTestEngine, midnight, notYet, type TestEngine } from './test-engine.js';
import { shell } from './definitions.js';

const every = (status: string) => (statuses: Record<string, string>) =>
  Object.values(statuses).every((each) => each === status);

const COMMON = {
  id: 'Default',
  scheduleType: 'cron',
  schedule: { ref: 'Daily' },
  workerGroup: 'wg',
  retryDelay: '1 second',
};
const schedule = (id: string, period: string) => ({
  id,
  type: 'Schedule',
  period,
  startDateTime: midnight(-2),
  occurrences: '1',
});

async function historyLength(engine: TestEngine, workflowId: string): Promise<number> {
  return (await engine.client.workflow.getHandle(workflowId).describe()).historyLength;
}

it('goes on in a new history when the one that it has grows long, and does nothing twice', async () => {
  const engine = await aTestEngine();
  const pipelineId = await engine.activate({
    objects: [
      COMMON,
      schedule('Daily', '1 day'),
      schedule('Days', '2 days'),
      { id: 'Alarm', type: 'SnsAlarm', topicArn: 'a', subject: 's', message: 'm', role: 'r' },
      shell('Gate', { schedule: { ref: 'Days' }, workerGroup: 'gate' }),
      shell('Before'),
      shell('Work', {
        dependsOn: [{ ref: 'Gate' }, { ref: 'Before' }],
        lateAfterTimeout: '1 hour',
        onLateAction: { ref: 'Alarm' },
      }),
    ],
  });
  const at = midnight(-2);
  await engine.until(
    pipelineId,
    (seen) => seen[`@Alarm_Work_${at}`] === 'FINISHED' && seen[`@Before_${at}`] === 'FINISHED',
  );
  const workflowId = intervalRunId({ pipelineId, scheduleId: 'Daily', intervalStart: `${at}Z` });
  const handle = engine.client.workflow.getHandle(workflowId);
  const { runId } = await handle.describe();
  // What a year brings, at once: signals that change nothing, and that no compression makes small. Temporal suggests a new history
  // at 4 MiB as it does at 4,096 events, which take a slow machine long to replay.
  const movedOn = async (): Promise<boolean> => (await handle.describe()).runId !== runId;
  while (!(await movedOn())) {
    const instanceId = `@nobody_${randomBytes(50_000).toString('hex')}`;
    await handle.signal<[LeaseGrantedSignal]>(LEASE_GRANTED_SIGNAL, { instanceId });
  }
  expect((await handle.describe()).status.name).toBe('RUNNING');
  await engine.serve('gate', () => undefined);
  await engine.until(pipelineId, every('FINISHED'));
  await handle.result();
  expect(engine.worked.toSorted()).toEqual(
    [`@Alarm_Work_${at}`, `@Before_${at}`, `@Gate_${at}`, `@Work_${at}`].toSorted(),
  );
});

it('waits for a precondition without a line of history', async () => {
  let checks = 0;
  let there = false;
  const engine = await aTestEngine((task) => {
    if (task.objectId !== 'Key') return;
    checks += 1;
    if (!there) throw notYet();
  });
  const pipelineId = await engine.activate({
    objects: [
      COMMON,
      schedule('Daily', '1 day'),
      { id: 'Key', type: 'S3KeyExists', s3Key: 's3://b/k', role: 'r', retryDelay: '1 second' },
      shell('Work', { precondition: { ref: 'Key' } }),
    ],
  });
  const workflowId = intervalRunId({ pipelineId, scheduleId: 'Daily', intervalStart: `${midnight(-2)}Z` });
  await expect.poll(() => checks).toBeGreaterThan(1);
  const before = await historyLength(engine, workflowId);
  await expect.poll(() => checks).toBeGreaterThan(5);
  expect(await historyLength(engine, workflowId)).toBe(before);
  there = true;
  await engine.until(pipelineId, every('FINISHED'));
});
