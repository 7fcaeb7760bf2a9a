import { DataPipelineClient, DescribeObjectsCommand, SetStatusCommand } from '@aws-sdk/client-data-pipeline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { deliver } from '../../activities/bookkeeping/deliver.js';
import { Database } from '../../src/store/database.js';
import { PostgresLedger } from '../../src/store/postgres-ledger.js';
import { aWhyApi } from '../api/why-api.js';
import { aTestEngine, commandFailed, midnight } from './test-engine.js';
import { shell } from './definitions.js';

const COMMON = {
  id: 'Default',
  scheduleType: 'cron',
  schedule: { ref: 'Daily' },
  workerGroup: 'wg',
  retryDelay: '1 second',
  maximumRetries: '0',
};
const daily = (occurrences: number) => ({
  id: 'Daily',
  type: 'Schedule',
  period: '1 day',
  startDateTime: midnight(-occurrences),
  occurrences: String(occurrences),
});
const at = (id: string, day = -1): string => `@${id}_${midnight(day)}`;
const every = (status: string) => (seen: Record<string, string>) =>
  Object.keys(seen).length > 0 && Object.values(seen).every((each) => each === status);

describe('PAUSE and RESUME', () => {
  it('hold a component in runs that open and in runs that are open, and let go at once', async () => {
    const engine = await aTestEngine();
    const pipelineId = await engine.activate({
      objects: [
        COMMON,
        daily(2),
        shell('Gate', { workerGroup: 'gate' }),
        shell('A', { dependsOn: { ref: 'Gate' } }),
      ],
    });
    await engine.until(pipelineId, (seen) => Object.keys(seen).length === 4);
    await engine.setStatus(pipelineId, 'pause', 'A');
    await engine.setStatus(pipelineId, 'PAUSE', 'A');
    expect(await engine.pauses.of(pipelineId)).toEqual([
      { componentId: 'A', pausedBy: 'operator', pausedAt: expect.stringMatching(/Z$/) as string },
    ]);
    await engine.serve('gate', () => undefined);
    const gates = [at('Gate', -2), at('Gate')];
    await engine.until(pipelineId, (seen) => gates.every((id) => seen[id] === 'FINISHED'));
    // Both runs have told the ledger that nothing but A is left; A was not begun.
    expect(await engine.statuses(pipelineId)).toMatchObject({
      [at('A', -2)]: 'WAITING_ON_DEPENDENCIES',
      [at('A')]: 'WAITING_ON_DEPENDENCIES',
    });
    // A closed run opens for a rerun, and reads that A is paused.
    await engine.setStatus(pipelineId, 'MARK_FINISHED', at('A'));
    await engine.until(pipelineId, (seen) => seen[at('A')] === 'FINISHED');
    await engine.setStatus(pipelineId, 'RERUN', at('A'));
    await engine.until(pipelineId, (seen) => seen[at('A')] === 'WAITING_ON_DEPENDENCIES');
    expect(engine.worked).toEqual(expect.not.arrayContaining([at('A'), at('A', -2)]));
    await engine.setStatus(pipelineId, 'RESUME', 'A');
    await engine.until(pipelineId, every('FINISHED'));
    expect(await engine.pauses.of(pipelineId)).toEqual([]);
  });

  it('over the API: the component shows PAUSED, what waits shows who paused it', async () => {
    const engine = await aTestEngine();
    const api = await aWhyApi(engine);
    const client = new DataPipelineClient({ endpoint: api.url, region: 'us-east-1', credentials: api.key });
    const pipelineId = await engine.activate({
      objects: [
        COMMON,
        daily(1),
        shell('Gate', { workerGroup: 'gate' }),
        shell('A', { dependsOn: { ref: 'Gate' } }),
      ],
    });
    await engine.until(pipelineId, (seen) => seen[at('Gate')] === 'WAITING_FOR_RUNNER');
    const set = async (status: string, id: string) =>
      client.send(new SetStatusCommand({ pipelineId, objectIds: [id], status }));
    await set('PAUSE', 'A');
    await set('MARK_FINISHED', at('Gate'));
    await engine.until(pipelineId, (seen) => seen[at('Gate')] === 'FINISHED');
    const why = await api.why(pipelineId, at('A'));
    expect(why).toMatchObject({
      status: 'WAITING_ON_DEPENDENCIES',
      reason: 'paused',
      facts: { pausedBy: 'default' },
    });
    const { pipelineObjects } = await client.send(
      new DescribeObjectsCommand({ pipelineId, objectIds: ['A'] }),
    );
    expect(pipelineObjects?.[0]?.fields).toContainEqual({ key: '@status', stringValue: 'PAUSED' });
    await set('RESUME', 'A');
    await engine.until(pipelineId, every('FINISHED'));
    const state = async (): Promise<string> => (await engine.pipelines.get(pipelineId)).state;
    await expect.poll(state).toBe('FINISHED');
    await set('RERUN', at('A'));
    await engine.until(pipelineId, (seen) => seen[at('A')] === 'FINISHED');
    expect(engine.worked.filter((id) => id === at('A'))).toHaveLength(2);
  });

  it('are told by the control worker when the API died before it could', async () => {
    const engine = await aTestEngine();
    const database = new Database(engine.databaseUrl);
    onTestFinished(() => database.close());
    const ledger = new PostgresLedger(database);
    const pipelineId = await engine.activate({
      objects: [
        COMMON,
        daily(1),
        shell('Gate', { workerGroup: 'gate' }),
        shell('A', { dependsOn: { ref: 'Gate' } }),
      ],
    });
    await engine.until(pipelineId, (seen) => seen[at('Gate')] === 'WAITING_FOR_RUNNER');
    await engine.pauses.pause(pipelineId, ['A'], { by: 'anna', at: new Date() });
    await deliver(engine.client, ledger, await ledger.undelivered(0));
    expect(await ledger.undelivered(0)).toEqual([]);
    await engine.setStatus(pipelineId, 'MARK_FINISHED', at('Gate'));
    await engine.until(pipelineId, (seen) => seen[at('Gate')] === 'FINISHED');
    expect(await engine.statuses(pipelineId)).toMatchObject({ [at('A')]: 'WAITING_ON_DEPENDENCIES' });
    await engine.setStatus(pipelineId, 'RESUME', 'A');
    await engine.until(pipelineId, every('FINISHED'));
  });

  it('survive a restart of the control worker, and are told by its successor', async () => {
    const engine = await aTestEngine();
    const pipelineId = await engine.activate({
      objects: [
        COMMON,
        daily(1),
        shell('Gate', { workerGroup: 'gate' }),
        shell('A', { dependsOn: { ref: 'Gate' } }),
      ],
    });
    await engine.until(pipelineId, (seen) => seen[at('Gate')] === 'WAITING_FOR_RUNNER');
    await engine.stopControlWorker();
    await engine.setStatus(pipelineId, 'PAUSE', 'A');
    await engine.serve('gate', () => undefined);
    await engine.startControlWorker();
    await engine.until(pipelineId, (seen) => seen[at('Gate')] === 'FINISHED');
    expect(await engine.statuses(pipelineId)).toMatchObject({ [at('A')]: 'WAITING_ON_DEPENDENCIES' });
    await engine.setStatus(pipelineId, 'RESUME', 'A');
    await engine.until(pipelineId, every('FINISHED'));
  });
});

describe('RERUN with cascade', () => {
  it('takes along the consumers in the runs of other schedules, closed ones too, and theirs', async () => {
    let broken = true;
    const engine = await aTestEngine((task) => {
      if (task.instanceId === at('Load', -2) && broken) throw commandFailed();
    });
    const weekly = {
      id: 'Weekly',
      type: 'Schedule',
      period: '3 days',
      startDateTime: midnight(-3),
      occurrences: '1',
    };
    const pipelineId = await engine.activate({
      objects: [
        { ...COMMON, failureAndRerunMode: 'cascade' },
        daily(3),
        weekly,
        shell('Load'),
        shell('Report', { schedule: { ref: 'Weekly' }, dependsOn: { ref: 'Load' } }),
        shell('Send', { schedule: { ref: 'Weekly' }, dependsOn: { ref: 'Report' } }),
        shell('Tidy', { dependsOn: { ref: 'Send' } }),
      ],
    });
    const tidy = [-3, -2, -1].map((day) => at('Tidy', day));
    const seen = await engine.until(pipelineId, (all) => tidy.every((id) => all[id] === 'CASCADE_FAILED'));
    expect(seen).toMatchObject({ [at('Report', -3)]: 'CASCADE_FAILED', [at('Send', -3)]: 'CASCADE_FAILED' });
    broken = false;
    await engine.setStatus(pipelineId, 'RERUN', at('Load', -2));
    await engine.until(pipelineId, every('FINISHED'));
    expect(engine.worked.slice(-6).toSorted()).toEqual(
      [at('Load', -2), at('Report', -3), at('Send', -3), ...tidy].toSorted(),
    );
  });
});

describe('a pipeline that is FINISHED', () => {
  it('takes RERUN, is SCHEDULED while that runs, and FINISHED again', async () => {
    let broken = true;
    const engine = await aTestEngine((task) => {
      if (task.objectId === 'A' && broken) throw commandFailed();
    });
    const pipelineId = await engine.activate({
      objects: [
        { ...COMMON, failureAndRerunMode: 'cascade' },
        daily(1),
        shell('A'),
        shell('B', { dependsOn: { ref: 'A' } }),
        shell('C', { workerGroup: 'later', dependsOn: { ref: 'B' } }),
      ],
    });
    const state = async (): Promise<string> => (await engine.pipelines.get(pipelineId)).state;
    await engine.until(pipelineId, (seen) => seen[at('C')] === 'CASCADE_FAILED');
    await expect.poll(state).toBe('FINISHED');
    broken = false;
    await engine.setStatus(pipelineId, 'RERUN', at('A'));
    await engine.until(pipelineId, (seen) => seen[at('C')] === 'WAITING_FOR_RUNNER');
    expect(await state()).toBe('SCHEDULED');
    await engine.serve('later', () => undefined);
    await engine.until(pipelineId, every('FINISHED'));
    await expect.poll(state).toBe('FINISHED');
  });

  it('takes MARK_FINISHED and TRY_CANCEL, and stays FINISHED', async () => {
    const engine = await aTestEngine(() => {
      throw commandFailed();
    });
    const pipelineId = await engine.activate({ objects: [COMMON, daily(1), shell('A'), shell('B')] });
    const state = async (): Promise<string> => (await engine.pipelines.get(pipelineId)).state;
    await engine.until(pipelineId, every('FAILED'));
    await expect.poll(state).toBe('FINISHED');
    await engine.setStatus(pipelineId, 'MARK_FINISHED', at('A'));
    await engine.setStatus(pipelineId, 'TRY_CANCEL', at('B'));
    await engine.until(pipelineId, (seen) => seen[at('A')] === 'FINISHED');
    expect(await engine.statuses(pipelineId)).toEqual({ [at('A')]: 'FINISHED', [at('B')]: 'FAILED' });
    expect(await state()).toBe('FINISHED');
  });
});
