import { describe, expect, it } from 'vitest';
import type { StoredBackfill } from '../../src/store/backfill-store.js';
import { aTestEngine, commandFailed, midnight, type TestEngine } from './test-engine.js';
import { shell } from './definitions.js';

const COMMON = {
  id: 'Default',
  scheduleType: 'cron',
  schedule: { ref: 'Daily' },
  workerGroup: 'wg',
  maximumRetries: '0',
};
const daily = (days: number, occurrences: number) => ({
  id: 'Daily',
  type: 'Schedule',
  period: '1 day',
  startDateTime: midnight(days),
  occurrences: String(occurrences),
});
const at = (days: number): Date => new Date(`${midnight(days)}Z`);
const range = (from: number, to: number) => ({
  from: at(from),
  to: at(to),
  maxActive: 3,
  rerun: 'missing' as const,
});

async function until(
  { backfills }: TestEngine,
  { pipelineId, id }: StoredBackfill,
  holds: (now: StoredBackfill) => boolean,
): Promise<StoredBackfill> {
  await expect.poll(async () => holds(await backfills.get(pipelineId, id))).toBe(true);
  return backfills.get(pipelineId, id);
}
const ended = ({ endedAt }: StoredBackfill): boolean => endedAt !== undefined;

/** A pipeline of which an activation has passed over every interval. */
async function aSkippedPipeline(engine: TestEngine, days: number, ...objects: object[]): Promise<string> {
  const pipelineId = await engine.activate({ objects: [COMMON, daily(-days, days), ...objects] }, at(0));
  await engine.until(
    pipelineId,
    (seen) => Object.keys(seen).length >= days && Object.values(seen).every((status) => status === 'SKIPPED'),
  );
  await expect.poll(async () => (await engine.pipelines.get(pipelineId)).state).toBe('FINISHED');
  return pipelineId;
}

describe('a backfill', () => {
  it('runs what an activation has skipped, oldest first, so many at a time, over several histories', async () => {
    let now = 0;
    let most = 0;
    const engine = await aTestEngine(async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now--;
    });
    const pipelineId = await aSkippedPipeline(engine, 60, shell('A'));
    const begun = await engine.backfills.start(pipelineId, range(-60, 0));
    expect(begun).toMatchObject({ state: 'RUNNING', total: 60 });
    const done = await until(engine, begun, ended);
    expect(done).toMatchObject({ state: 'FINISHED', finished: 60, failed: 0, unchanged: 0, running: 0 });
    expect(engine.worked).toHaveLength(60);
    expect(most).toBeLessThanOrEqual(3);
    // The third at the latest is begun when the first has ended: no instance is further from its place than the window.
    const order = engine.worked.toSorted();
    for (const [place, id] of engine.worked.entries()) {
      expect(Math.abs(order.indexOf(id) - place)).toBeLessThan(3);
    }
    const histories: string[] = [];
    const query = "WorkflowType = 'backfill'";
    for await (const { runId } of engine.client.workflow.list({ query })) histories.push(runId);
    expect(histories.length).toBeGreaterThan(1);
    expect((await engine.pipelines.get(pipelineId)).state).toBe('FINISHED');
  });

  it('leaves what has run, runs again what failed, or everything', async () => {
    let broken = true;
    const engine = await aTestEngine((task) => {
      if (broken && task.scheduledStartTime.startsWith(midnight(-2))) throw commandFailed();
    });
    const pipelineId = await engine.activate({
      objects: [COMMON, daily(-4, 4), shell('A'), shell('B', { dependsOn: { ref: 'A' } })],
    });
    const ofDay = `@A_${midnight(-2)}`;
    await engine.until(
      pipelineId,
      (seen) =>
        seen[ofDay] === 'FAILED' && Object.values(seen).filter((each) => each === 'FINISHED').length === 6,
    );
    const before = engine.worked.length;
    const missing = await engine.backfills.start(pipelineId, range(-4, 0));
    // Its consumer waits for ever: it is counted, and no reason to wait.
    expect(await until(engine, missing, ended)).toMatchObject({ unchanged: 3, failed: 1, finished: 0 });
    expect(engine.worked).toHaveLength(before);
    broken = false;
    const failed = await engine.backfills.start(pipelineId, { ...range(-4, 0), rerun: 'failed' });
    expect(await until(engine, failed, ended)).toMatchObject({ unchanged: 3, finished: 1, failed: 0 });
    expect(engine.worked.slice(before)).toEqual([ofDay, `@B_${midnight(-2)}`]);
    const all = await engine.backfills.start(pipelineId, { ...range(-4, -2), rerun: 'all', objects: ['B'] });
    expect(await until(engine, all, ended)).toMatchObject({ total: 2, finished: 2 });
    expect(engine.worked.slice(before + 2).toSorted()).toEqual([`@B_${midnight(-4)}`, `@B_${midnight(-3)}`]);
  });

  it('runs a new object where its pipeline has run before', async () => {
    const engine = await aTestEngine();
    const definition = [COMMON, daily(-3, 3), shell('A')];
    const pipelineId = await engine.activate({ objects: definition });
    await expect.poll(async () => (await engine.pipelines.get(pipelineId)).state).toBe('FINISHED');
    await engine.put(pipelineId, { objects: [...definition, shell('New', { dependsOn: { ref: 'A' } })] });
    await engine.engine.activate(pipelineId, {});
    const begun = await engine.backfills.start(pipelineId, { ...range(-3, 0), objects: ['New'] });
    expect(await until(engine, begun, ended)).toMatchObject({ finished: 3 });
    // Side by side, so in any order.
    expect(engine.worked.slice(3).toSorted()).toEqual([-3, -2, -1].map((day) => `@New_${midnight(day)}`));
  });

  it('begins nothing while it is paused, and goes on when it is resumed', async () => {
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const engine = await aTestEngine(() => gate);
    const pipelineId = await aSkippedPipeline(engine, 9, shell('A'));
    const begun = await engine.backfills.start(pipelineId, range(-9, 0));
    await until(engine, begun, ({ running }) => running === 3);
    expect(await engine.backfills.command(pipelineId, begun.id, { command: 'pause' })).toMatchObject({
      state: 'PAUSED',
    });
    open();
    const paused = await until(engine, begun, ({ finished }) => finished === 3);
    expect(paused).toMatchObject({ state: 'PAUSED', running: 0 });
    expect(engine.worked).toHaveLength(3);
    await engine.backfills.command(pipelineId, begun.id, { command: 'resume' });
    expect(await until(engine, begun, ended)).toMatchObject({ state: 'FINISHED', finished: 9 });
  });

  it.each([
    [false, 'leaves what runs', 'FINISHED'],
    [true, 'cancels what runs when told to', 'CANCELED'],
  ])('cancelled with cancelRunning %s, %s', async (cancelRunning, _, outcome) => {
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const engine = await aTestEngine(async (_task, context) => {
      const beat = setInterval(() => context.heartbeat(), 100);
      await Promise.race([gate, context.cancelled]).finally(() => clearInterval(beat));
    });
    const pipelineId = await aSkippedPipeline(engine, 9, shell('A', { reportProgressTimeout: '10 seconds' }));
    const begun = await engine.backfills.start(pipelineId, range(-9, 0));
    await until(engine, begun, ({ running }) => running === 3);
    await expect.poll(() => engine.worked.length).toBe(3);
    const canceled = await engine.backfills.command(pipelineId, begun.id, {
      command: 'cancel',
      cancelRunning,
    });
    expect(canceled).toMatchObject({ state: 'CANCELED', finished: 0 });
    if (!cancelRunning) open();
    const statuses = await engine.until(
      pipelineId,
      (seen) => Object.values(seen).filter((status) => status === outcome).length === 3,
    );
    expect(Object.values(statuses).filter((status) => status === 'SKIPPED')).toHaveLength(6);
    await expect(engine.backfills.command(pipelineId, begun.id, { command: 'pause' })).rejects.toThrow(
      `Backfill ${begun.id} is CANCELED: there is nothing to pause`,
    );
  });

  it('survives its control worker, and runs nothing twice', async () => {
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const engine = await aTestEngine(() => gate);
    const pipelineId = await aSkippedPipeline(engine, 12, shell('A'));
    const begun = await engine.backfills.start(pipelineId, range(-12, 0));
    await until(engine, begun, ({ running }) => running === 3);
    await engine.stopControlWorker();
    open();
    await engine.startControlWorker();
    expect(await until(engine, begun, ended)).toMatchObject({ state: 'FINISHED', finished: 12 });
    expect(engine.worked.toSorted()).toEqual(
      Array.from({ length: 12 }, (_, day) => `@A_${midnight(day - 12)}`),
    );
  });

  it.each(['missing', 'all'] as const)(
    'runs nothing twice when a crash loses what a step did: %s',
    async (rerun) => {
      const engine = await aTestEngine(() => undefined, { lostAnswers: 6 });
      const pipelineId =
        rerun === 'missing'
          ? await aSkippedPipeline(engine, 8, shell('A'))
          : await engine.activate({ objects: [COMMON, daily(-8, 8), shell('A')] });
      await engine.until(pipelineId, (seen) => Object.keys(seen).length === 8);
      await expect.poll(async () => (await engine.pipelines.get(pipelineId)).state).toBe('FINISHED');
      const before = engine.worked.length;
      const begun = await engine.backfills.start(pipelineId, { ...range(-8, 0), rerun });
      expect(await until(engine, begun, ended)).toMatchObject({
        state: 'FINISHED',
        finished: 8,
        unchanged: 0,
      });
      expect(engine.worked.slice(before).toSorted()).toEqual(
        Array.from({ length: 8 }, (_, day) => `@A_${midnight(day - 8)}`),
      );
    },
  );

  it('stops when its pipeline is deactivated', async () => {
    const engine = await aTestEngine();
    const pipelineId = await engine.activate({
      objects: [COMMON, daily(-3, 30), shell('A', { workerGroup: 'nobody-there' })],
    });
    await engine.until(pipelineId, (seen) => Object.keys(seen).length === 4);
    const begun = await engine.backfills.start(pipelineId, range(-3, 0));
    await until(engine, begun, ({ running }) => running === 3);
    await engine.engine.deactivate(pipelineId, { cancelActive: true });
    const stopped = await until(engine, begun, ended);
    expect(stopped).toMatchObject({ state: 'STOPPED', note: expect.stringMatching(/^the pipeline is/) });
  });

  it('is refused where there is nothing that it may run', async () => {
    const engine = await aTestEngine();
    const pipelineId = await engine.activate({ objects: [COMMON, daily(-3, 3), shell('A')] });
    const start = async (more: object) => engine.backfills.start(pipelineId, { ...range(-3, 0), ...more });
    await expect(start({ from: at(-4) })).rejects.toThrow(
      `from ${midnight(-4)} is before the first interval of Schedule "Daily", which begins at ${midnight(-3)}: ` +
        `only intervals of a Schedule's own series can be backfilled`,
    );
    await expect(start({ to: at(2) })).rejects.toThrow(`to ${midnight(2)} is in the future`);
    await expect(start({ from: at(0), to: at(-1) })).rejects.toThrow('is not before to');
    await expect(start({ scheduleId: 'Dayly' })).rejects.toThrow(
      '"Dayly" is no Schedule in use: expected Daily; did you mean "Daily"?',
    );
    await expect(start({ objects: ['B'] })).rejects.toThrow('objects: "B" is no activity');
    const ondemand = await engine.activate({
      objects: [{ id: 'Default', scheduleType: 'ondemand', workerGroup: 'wg' }, shell('A')],
    });
    await expect(engine.backfills.start(ondemand, range(-3, 0))).rejects.toThrow('is ondemand');
  });
});
