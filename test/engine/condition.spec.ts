import { describe, expect, it } from 'vitest';
import { aTestEngine, commandFailed, midnight } from './test-engine.js';

const at = midnight(-1);
const shell = (id: string, after: readonly string[] = [], more: object = {}) => ({
  id,
  type: 'ShellCommandActivity',
  command: 'true',
  ...(after.length === 0 ? {} : { dependsOn: after.map((ref) => ({ ref })) }),
  ...more,
});
const OBJECTS = [
  {
    id: 'Default',
    scheduleType: 'cron',
    schedule: { ref: 'Daily' },
    workerGroup: 'wg',
    retryDelay: '1 second',
    maximumRetries: '0',
    failureAndRerunMode: 'CASCADE',
  },
  { id: 'Daily', type: 'Schedule', period: '1 day', startDateTime: at, occurrences: '1' },
  { id: 'Weekly', type: 'Schedule', period: '7 days', startDateTime: at, occurrences: '1' },
  { id: 'There', type: 'S3KeyExists', s3Key: 's3://b/k', role: 'r' },
  shell('Load'),
  shell('Publish', ['Load'], { condition: "succeeded('Load')", output: { ref: 'Published' } }),
  { id: 'Published', type: 'S3DataNode', filePath: 's3://b/published' },
  shell('Repair', ['Load'], { condition: "failed('Load')", precondition: { ref: 'There' } }),
  shell('Join', ['Publish', 'Repair'], { condition: 'not failed()' }),
  shell('CleanUp', ['Load', 'Join'], { condition: 'always()' }),
  shell('Archive', [], { input: { ref: 'Published' }, schedule: { ref: 'Weekly' } }),
];
const name = (id: string): string => id.replace(`_${at}`, '').slice(1);
const named = (statuses: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(statuses).map(([id, status]) => [name(id), status]));
const isOver = (statuses: Record<string, string>): boolean =>
  Object.keys(statuses).length === 8 &&
  Object.values(statuses).every((status) => ['FINISHED', 'FAILED', 'SKIPPED', 'CANCELED'].includes(status));

describe('conditions', () => {
  it('take the branch of success, join, and clean up', async () => {
    const engine = await aTestEngine();
    const pipelineId = await engine.activate({ objects: OBJECTS });
    expect(named(await engine.until(pipelineId, isOver))).toEqual({
      Load: 'FINISHED',
      Publish: 'FINISHED',
      Published: 'FINISHED',
      Repair: 'SKIPPED',
      There_Repair: 'CANCELED',
      Join: 'FINISHED',
      CleanUp: 'FINISHED',
      Archive: 'FINISHED',
    });
    const worked = engine.worked.map(name).filter((each) => each !== 'Archive');
    expect(worked).toEqual(['Load', 'Publish', 'Join', 'CleanUp']);
    await expect.poll(async () => engine.pipelines.get(pipelineId)).toMatchObject({ state: 'FINISHED' });
  });

  it('take the branch of failure; what needs the other branch is skipped, also on another schedule', async () => {
    let broken = true;
    const engine = await aTestEngine((task) => {
      if (task.objectId === 'Load' && broken) throw commandFailed();
    });
    const pipelineId = await engine.activate({ objects: OBJECTS });
    expect(named(await engine.until(pipelineId, isOver))).toEqual({
      Load: 'FAILED',
      Publish: 'SKIPPED',
      Published: 'SKIPPED',
      Repair: 'FINISHED',
      There_Repair: 'FINISHED',
      Join: 'FINISHED',
      CleanUp: 'FINISHED',
      Archive: 'SKIPPED',
    });
    expect(engine.worked.map(name)).toEqual(['Load', 'There_Repair', 'Repair', 'Join', 'CleanUp']);
    const [skipped] = await engine.objects.instances(pipelineId, [`@Publish_${at}`]);
    expect(skipped?.cancellationReason).toBe("Its condition does not hold: succeeded('Load')");

    // The run has closed: a rerun begins it again, and finds what became of the rest in the ledger.
    broken = false;
    await engine.engine.setStatus(pipelineId, [`@Load_${at}`], 'RERUN');
    await engine.until(pipelineId, (seen) => seen[`@Published_${at}`] === 'FINISHED' && isOver(seen));
    expect(engine.worked.map(name).slice(5)).toEqual(['Load', 'Publish']);
  });
});
