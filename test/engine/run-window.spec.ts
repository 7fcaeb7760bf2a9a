import { expect, it } from 'vitest';
import { aTestEngine, commandFailed, midnight } from './test-engine.js';

/** Whole seconds: a definition knows no others. */
const inSeconds = (seconds: number): Date => new Date((Math.floor(Date.now() / 1000) + seconds) * 1000);

it('begins no attempt of an activity in a blackout, be it the first or a retry', async () => {
  const written = (instant: Date): string => instant.toISOString().slice(0, 19);
  const at = midnight(-1);
  const starts: number[] = [];
  const engine = await aTestEngine((task) => {
    if (task.objectId !== 'Work') return;
    starts.push(Date.now());
    if (starts.length === 1) throw commandFailed();
  });
  const opening = inSeconds(4);
  const again = new Date(opening.getTime() + 4_000);
  const pipelineId = await engine.activate({
    objects: [
      {
        id: 'Default',
        scheduleType: 'cron',
        schedule: { ref: 'Daily' },
        workerGroup: 'wg',
        retryDelay: '1 second',
      },
      {
        id: 'Daily',
        type: 'Schedule',
        period: '1 day',
        startDateTime: at,
        occurrences: '1',
        blackout: [
          `${midnight(-2)}/${written(opening)}`,
          `${written(new Date(opening.getTime() + 1_000))}/${written(again)}`,
        ],
      },
      { id: 'There', type: 'S3KeyExists', s3Key: 's3://b/k', role: 'r' },
      { id: 'Work', type: 'ShellCommandActivity', command: 'true', precondition: { ref: 'There' } },
    ],
  });
  await engine.until(pipelineId, (seen) => seen[`@Work_${at}`] === 'FINISHED');
  expect(starts).toHaveLength(2);
  expect(starts[0]).toBeGreaterThanOrEqual(opening.getTime());
  expect(starts[1]).toBeGreaterThanOrEqual(again.getTime());
});
