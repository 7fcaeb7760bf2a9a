import { sql } from 'kysely';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isOpen, sweepPipeline } from '../../activities/bookkeeping/retention.js';
import { Database } from '../../src/store/database.js';
import { PostgresLedger } from '../../src/store/postgres-ledger.js';
import { RetentionStore } from '../../src/store/retention-store.js';
import { aWhyApi } from '../api/why-api.js';
import { aTestEngine, midnight, type TestEngine } from './test-engine.js';
import { shell } from './definitions.js';

const COMMON = { id: 'Default', scheduleType: 'cron', schedule: { ref: 'Daily' }, workerGroup: 'wg' };
const schedule = (id: string, period: string, days: number, occurrences: number) => ({
  id,
  type: 'Schedule',
  period,
  startDateTime: midnight(days),
  occurrences: String(occurrences),
});
const at = (days: number): Date => new Date(`${midnight(days)}Z`);
const id = (object: string, days: number): string => `@${object}_${midnight(days)}`;

/** Forty days ago Copy ran on four days; retention has removed the first three. */
async function afterRetention(engine: TestEngine) {
  const objects: object[] = [COMMON, schedule('Daily', '1 day', -40, 4), shell('Copy')];
  const pipelineId = await engine.activate({ objects });
  const finished = () =>
    expect.poll(async () => (await engine.pipelines.get(pipelineId)).state).toBe('FINISHED');
  await finished();
  const database = new Database(engine.databaseUrl);
  onTestFinished(() => database.close());
  const deps = {
    book: new RetentionStore(database),
    ledger: new PostgresLedger(database),
    isOpen: (workflowId: string) => isOpen(engine.client, workflowId),
    onError: () => undefined,
  };
  // Each ended in its turn: the one that ended last says how healthy Copy is.
  await sql`update instances set changed_at = interval_start + interval '1 hour'`.execute(database.kysely);
  // A run may be open for another moment.
  await expect
    .poll(async () => {
      await sweepPipeline(deps, pipelineId, at(-7).toISOString());
      return Object.keys(await engine.statuses(pipelineId));
    })
    .toHaveLength(1);
  expect(await engine.statuses(pipelineId)).toEqual({ [id('Copy', -37)]: 'FINISHED' });
  expect(engine.worked).toHaveLength(4);
  return { pipelineId, objects, database, finished };
}

describe('retention', () => {
  it('is final: no activation runs again what it has removed, and who asks is told', async () => {
    const engine = await aTestEngine();
    const { pipelineId, objects, database, finished } = await afterRetention(engine);
    const stays = async (): Promise<void> => {
      await finished();
      expect(await engine.statuses(pipelineId)).toEqual({ [id('Copy', -37)]: 'FINISHED' });
      expect(engine.worked).toHaveLength(4);
    };
    await engine.engine.activate(pipelineId, { startTimestamp: at(-60) });
    await stays();
    // A Schedule that was out of use for an activation begins anew.
    const forget = () => sql`delete from schedules`.execute(database.kysely);
    await forget();
    await engine.engine.activate(pipelineId, {});
    await stays();
    await forget();
    await engine.engine.activate(pipelineId, { startTimestamp: at(0) });
    await stays();

    await expect(engine.setStatus(pipelineId, 'RERUN', id('Copy', -40))).rejects.toThrow('is no instance');
    expect(await engine.objects.instances(pipelineId, [id('Copy', -40)])).toEqual([]);
    const api = await aWhyApi(engine);
    const why = await api.why(pipelineId, id('Copy', -40));
    expect(why.reason).toBe('removed');
    expect(why.sentence).toBe(
      `${id('Copy', -40)} was removed by retention, with the runs of Daily that began up to ${midnight(-38)} and that ` +
        'nothing needed; a backfill that reruns all runs its interval anew.',
    );
    expect((await api.why(pipelineId, id('Copy', -37))).reason).toBe('finished');
    expect(await (await api.get('/v1/retention')).json()).toEqual({});
    const book = new RetentionStore(database);
    await book.alone({ days: 7, everyMs: 0 }, async () => ({ runs: 3, instances: 3 }));
    expect(await (await api.get('/v1/retention')).json()).toEqual({ lastSweep: await book.lastSweep() });

    // An object that comes later asks for what is gone: it waits, and says for what.
    const report = shell('Report', { schedule: { ref: 'Weekly' }, dependsOn: { ref: 'Copy' } });
    await engine.put(pipelineId, { objects: [...objects, schedule('Weekly', '1 week', -40, 1), report] });
    await engine.engine.activate(pipelineId, {});
    await engine.until(pipelineId, (seen) => seen[id('Report', -40)] === 'WAITING_ON_DEPENDENCIES');
    await expect
      .poll(async () => (await api.why(pipelineId, id('Report', -40))).sentence)
      .toContain(`${id('Copy', -40)}, which was removed by retention`);
  });

  it('leaves an explicit backfill its choice: what is missing never ran, all runs anew', async () => {
    const engine = await aTestEngine();
    const { pipelineId, objects, finished } = await afterRetention(engine);
    const run = async (more: { rerun: 'missing' | 'failed' | 'all'; scheduleId?: string }) => {
      const started = await engine.backfills.start(pipelineId, {
        from: at(-40),
        to: at(-33),
        maxActive: 3,
        ...more,
      });
      const get = () => engine.backfills.get(pipelineId, started.id);
      await expect.poll(async () => (await get()).endedAt).toBeDefined();
      return get();
    };
    expect(await run({ rerun: 'missing' })).toMatchObject({
      state: 'FINISHED',
      finished: 0,
      unchanged: 4,
      note:
        `Runs of Daily up to ${midnight(-38)}Z were removed by retention: as they have run they are not missing and stay as ` +
        'they are; rerun all runs them anew',
    });
    expect(await run({ rerun: 'failed' })).toMatchObject({ finished: 0, unchanged: 4 });
    expect(engine.worked).toHaveLength(4);

    const report = shell('Report', { schedule: { ref: 'Weekly' }, dependsOn: { ref: 'Copy' } });
    const weekly = { ...schedule('Weekly', '1 week', -40, 1) };
    await engine.put(pipelineId, { objects: [...objects, weekly, report] });
    await engine.engine.activate(pipelineId, { startTimestamp: at(0) });
    await finished();
    expect((await engine.statuses(pipelineId))[id('Report', -40)]).toBe('SKIPPED');

    expect(await run({ rerun: 'all' })).toMatchObject({ finished: 5, failed: 0, unchanged: 0 });
    expect(engine.worked.slice(4).toSorted()).toEqual(
      [-40, -39, -38, -37].map((day) => id('Copy', day)).concat(id('Report', -40)),
    );
  });
});
