import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { Status } from '../../model/instance/status.js';
import { InstanceCounts } from '../../src/store/instance-counts.js';
import { PipelineStore } from '../../src/store/pipeline-store.js';
import { PostgresLedger } from '../../src/store/postgres-ledger.js';
import { anActivePipeline, anInstance, aRun, aState } from './builders.js';
import { SERVERS, useDatabase } from './test-database.js';

describe.each(SERVERS)('InstanceCounts on %s', (_version, server) => {
  const shared = useDatabase(server);
  const counts = (): InstanceCounts => new InstanceCounts(shared.database);

  async function counted(): Promise<ReadonlyMap<string, number>> {
    const { rows } = await sql<{ status: string; n: number }>`
      select status, count(*) as n from instances group by status
    `.execute(shared.database.kysely);
    return new Map(rows.map(({ status, n }) => [status, n]));
  }

  it('are what a count of all would be, after every kind of write, summed up or not', async () => {
    const ledger = new PostgresLedger(shared.database);
    const pipelineId = await anActivePipeline(shared.database);
    const others = await anActivePipeline(shared.database);
    let seq = 0;
    for (const [pipeline, day] of [
      [pipelineId, 0],
      [pipelineId, 1],
      [others, 0],
    ] as const) {
      await ledger.createInstances(aRun(pipeline, day), [anInstance('Do', day), anInstance('Say', day)]);
      // What is there already is no second one.
      await ledger.createInstances(aRun(pipeline, day), [anInstance('Do', day), anInstance('Say', day)]);
    }
    expect(await counts().byStatus()).toEqual(await counted());

    const steps: readonly Status[] = [
      'WAITING_FOR_RUNNER',
      'RUNNING',
      'FAILED',
      'WAITING_FOR_RUNNER',
      'FINISHED',
    ];
    for (const status of steps) {
      const { id } = anInstance('Do', 0);
      await ledger.record(aRun(pipelineId, 0), { instances: [aState(id, ++seq, status)], attempts: [] });
      expect(await counts().byStatus()).toEqual(await counted());
      if (seq % 2 === 0) await counts().sumUp();
    }
    const both = [anInstance('Do', 1), anInstance('Say', 1)].map(({ id }) => aState(id, 1, 'FINISHED'));
    await ledger.record(aRun(pipelineId, 1), { instances: both, attempts: [] });
    await Promise.all([counts().sumUp(), counts().sumUp(), counts().byStatus()]);
    expect(await counts().byStatus()).toEqual(await counted());

    await new PipelineStore(shared.database).markDeleting(others, new Date());
    await new PipelineStore(shared.database).delete(others);
    expect(await counts().byStatus()).toEqual(await counted());
    expect((await counted()).get('FINISHED')).toBe(3);
  });

  it('tell what was due first and still is, and what waits for a runner since when', async () => {
    const ledger = new PostgresLedger(shared.database);
    const pipelineId = await anActivePipeline(shared.database);
    for (const day of [7, 8]) {
      await ledger.createInstances(aRun(pipelineId, day), [anInstance('Do', day)]);
      const { id } = anInstance('Do', day);
      const state = aState(id, 1, 'WAITING_FOR_RUNNER');
      await ledger.record(aRun(pipelineId, day), { instances: [state], attempts: [] });
    }
    const due = await counts().oldestDue(['WAITING_FOR_RUNNER', 'RUNNING']);
    expect([...due.keys()]).toEqual(['WAITING_FOR_RUNNER']);
    const first = anInstance('Do', 7).scheduledStart;
    expect(Date.parse(due.get('WAITING_FOR_RUNNER') ?? '')).toBe(Date.parse(first));
    expect(await counts().waitingForRunner()).toEqual([
      {
        pipelineId,
        definitionVersion: 1,
        componentId: 'Do',
        instances: 2,
        since: expect.any(String) as string,
      },
    ]);
  });
});
