import { describe, expect, it } from 'vitest';
import { PauseStore } from '../../src/store/pause-store.js';
import { PipelineStore } from '../../src/store/pipeline-store.js';
import { PostgresLedger } from '../../src/store/postgres-ledger.js';
import { anActivePipeline, anInstance, aRun, aState } from './builders.js';
import { SERVERS, useDatabase } from './test-database.js';

describe.each(SERVERS)('PauseStore on %s', (_version, server) => {
  const shared = useDatabase(server);
  const ledger = (): PostgresLedger => new PostgresLedger(shared.database);
  const pauses = (): PauseStore => new PauseStore(shared.database);
  const anna = { by: 'anna', at: new Date('2030-01-01T12:00:00Z') };

  it('keeps who paused what first, and tells each run that is open, once', async () => {
    const pipelineId = await anActivePipeline(shared.database);
    for (const day of [0, 1]) {
      await ledger().createInstances(aRun(pipelineId, day), [anInstance('Do', day), anInstance('Say', day)]);
    }
    const over = [anInstance('Do', 0), anInstance('Say', 0)].map(({ id }) => aState(id, 1, 'FINISHED'));
    await ledger().record(aRun(pipelineId, 0), { instances: over, attempts: [] });

    const { paused, notifications } = await pauses().pause(pipelineId, ['Say', 'Do'], anna);
    expect(paused).toEqual(['Do', 'Say']);
    expect(notifications).toEqual([
      { id: expect.any(String) as string, kind: 'pausesChanged', workflowId: expect.any(String) as string },
    ]);
    const { scheduleId, intervalStart } = aRun(pipelineId, 1);
    expect(notifications[0]?.workflowId).toBe(`${pipelineId}/${scheduleId}/${intervalStart}`);
    expect(await ledger().readPauses(pipelineId)).toEqual(['Do', 'Say']);
    // Until it was delivered it is in the outbox, for the sweep.
    expect(await ledger().undelivered(0)).toEqual(expect.arrayContaining([...notifications]));
    await pauses().delivered(notifications.map(({ id }) => id));
    expect(await ledger().undelivered(0)).toEqual(expect.not.arrayContaining([...notifications]));

    expect(await pauses().pause(pipelineId, ['Do'], { by: 'bert', at: new Date() })).toEqual({
      paused: ['Do', 'Say'],
      notifications: [],
    });
    const since = '2030-01-01T12:00:00';
    expect(await pauses().of(pipelineId)).toMatchObject([
      { componentId: 'Do', pausedBy: 'anna', pausedAt: expect.stringContaining(since) as string },
      { componentId: 'Say', pausedBy: 'anna' },
    ]);
    expect((await pauses().reminders(pipelineId)).notifications).toHaveLength(1);
    const resumed = await pauses().resume(pipelineId, ['Do', 'Nobody']);
    expect([resumed.paused, resumed.notifications.length]).toEqual([['Say'], 1]);
    await pauses().resume(pipelineId, ['Say']);
    expect(await pauses().reminders(pipelineId)).toEqual({ paused: [], notifications: [] });
  });

  it('orders the changes of a pipeline by the ids of what is told', async () => {
    const pipelineId = await anActivePipeline(shared.database);
    await ledger().createInstances(aRun(pipelineId), [anInstance('Do')]);
    const changes = await Promise.all(
      ['A', 'B', 'C', 'D'].map((id) => pauses().pause(pipelineId, [id], anna)),
    );
    const byOrder = changes.toSorted(
      (a, b) => Number(a.notifications[0]?.id) - Number(b.notifications[0]?.id),
    );
    expect(byOrder.map(({ paused }) => paused.length)).toEqual([1, 2, 3, 4]);
  });

  it('goes with its pipeline', async () => {
    const pipelineId = await anActivePipeline(shared.database);
    await pauses().pause(pipelineId, ['Do'], anna);
    const pipelines = new PipelineStore(shared.database);
    await pipelines.markDeleting(pipelineId, new Date());
    await pipelines.delete(pipelineId);
    expect(await pauses().of(pipelineId)).toEqual([]);
    await pauses().pause(pipelineId, ['Do'], anna);
    expect(await pauses().of(pipelineId)).toEqual([]);
  });
});
