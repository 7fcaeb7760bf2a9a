import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { DEACTIVATED } from '../../model/instance/events.js';
import { isoTime } from '../../model/instance/ids.js';
import { intervalRunId } from '../../workflows/contract.js';
import { BackfillStore } from '../../src/store/backfill-store.js';
import { ObjectStore } from '../../src/store/object-store.js';
import { aState } from './builders.js';
import { COPY, DAILY, ROLL_UP, SIMPLE, WEEKLY, day, retentionIn } from './retention-world.js';
import { SERVERS, useDatabase } from './test-database.js';

describe.each(SERVERS)('RetentionStore on %s', (_version, server) => {
  const shared = useDatabase(server);
  const { aWorld, count } = retentionIn(shared);

  describe('a run that has ended long enough ago', () => {
    it('goes with its instances, attempts and waits, and leaves a mark; other pipelines stay', async () => {
      const { ran, sweep, left, pipelineId, ledger, book, runOf } = await aWorld();
      const other = await aWorld();
      for (const index of [0, 1, 2]) await ran('Daily', index);
      for (const index of [0, 1]) await other.ran('Daily', index);
      await ledger.awaitInstances(pipelineId, intervalRunId(runOf('Daily', 0).key), [
        '@X_2030-01-01T00:00:00',
      ]);
      expect(await sweep()).toEqual({ runs: 2, instances: 2 });
      expect(await left()).toBe('Daily 2');
      expect(await count('attempts', pipelineId)).toBe(1);
      expect(await count('waits', pipelineId)).toBe(0);
      expect(await book.forgottenThrough(pipelineId)).toEqual(new Map([['Daily', day(1)]]));
      expect(await other.left()).toBe('Daily 0, 1');
      expect(await sweep()).toEqual({ runs: 0, instances: 0 });
    });

    it('goes over several pages and transactions', async () => {
      const { ranDays, sweep, left } = await aWorld();
      await ranDays(220);
      expect(await sweep()).toEqual({ runs: 219, instances: 219 });
      expect(await left()).toBe('Daily 219');
    });

    it('goes when it was passed over', async () => {
      const { ran, sweep, left } = await aWorld();
      await ran('Daily', 0, { status: 'SKIPPED' });
      await ran('Daily', 1);
      await ran('Daily', 2);
      await sweep();
      expect(await left()).toBe('Daily 2');
    });
  });

  describe('stays', () => {
    it('the newest run of its Schedule, though every other goes', async () => {
      const { ran, sweep, left } = await aWorld();
      for (const index of [0, 1, 2]) await ran('Daily', index);
      await sweep();
      expect(await left()).toBe('Daily 2');
    });

    it('what ended later, also when its interval is old', async () => {
      const { ran, sweep, left } = await aWorld();
      await ran('Daily', 0, { endedOn: 400 });
      await ran('Daily', 1, { endedOn: 399 });
      await ran('Daily', 2, { endedOn: 500 });
      await sweep();
      expect(await left()).toBe('Daily 0, 2');
    });

    it('what has not ended, in part or whole', async () => {
      const { ran, sweep, left, ledger, runOf, copy } = await aWorld([...SIMPLE, { ...COPY, id: 'Second' }]);
      for (const index of [0, 1, 2]) await ran('Daily', index);
      await ledger.record(runOf('Daily', 0).key, {
        instances: [aState(copy(0), 99, 'RUNNING')],
        attempts: [],
      });
      await shared.database.kysely
        .updateTable('instances')
        .set({ changed_at: day(0) })
        .where('id', '=', copy(0))
        .execute();
      await sweep();
      expect(await left()).toBe('Daily 0, 2');
    });

    it('what Temporal has open: a command has begun it again, and the ledger does not know yet', async () => {
      const { ran, sweep, left, runOf } = await aWorld();
      for (const index of [0, 1, 2]) await ran('Daily', index);
      const open = intervalRunId(runOf('Daily', 0).key);
      await sweep(async (workflowId) => workflowId === open);
      expect(await left()).toBe('Daily 0, 2');
    });

    it('what the next activation will take up: it was cancelled by a deactivation', async () => {
      const { ran, sweep, left } = await aWorld();
      await ran('Daily', 0, { status: 'CANCELED', cancellationReason: DEACTIVATED });
      await ran('Daily', 1, { status: 'CANCELED', cancellationReason: 'Canceled by a user' });
      await ran('Daily', 2);
      await sweep();
      expect(await left()).toBe('Daily 0, 2');
    });

    it('that for which another run waits, not that for which only it waits itself', async () => {
      const { ran, sweep, left, ledger, pipelineId, runOf, copy } = await aWorld();
      for (const index of [0, 1, 2]) await ran('Daily', index);
      await ledger.awaitInstances(pipelineId, `${pipelineId}/Other/${day(0)}`, [copy(0)]);
      await ledger.awaitInstances(pipelineId, intervalRunId(runOf('Daily', 1).key), [copy(1)]);
      await sweep();
      expect(await left()).toBe('Daily 0, 2');
      expect(await count('waits', pipelineId)).toBe(1);
    });

    it('that which has a lease', async () => {
      const { ran, sweep, left, pipelineId, copy } = await aWorld();
      for (const index of [0, 1, 2]) await ran('Daily', index);
      await shared.database.kysely
        .insertInto('leases')
        .values({
          pipeline_id: pipelineId,
          component_id: 'Copy',
          instance_id: copy(1),
          scheduled_start: day(1),
        })
        .execute();
      await sweep();
      expect(await left()).toBe('Daily 1, 2');
    });

    it('what an open backfill was asked for, until that has ended', async () => {
      const { ran, sweep, left, pipelineId, book } = await aWorld();
      for (const index of [0, 1, 2, 3, 4]) await ran('Daily', index);
      const backfills = new BackfillStore(shared.database);
      const request = { from: day(1), to: day(3), maxActive: 1, rerun: 'missing' as const };
      await backfills.create(pipelineId, 'bf-1', { ...request, scheduleIds: ['Daily'] }, 2);
      await backfills.create(pipelineId, 'bf-2', { ...request, to: day(9), scheduleIds: ['Weekly'] }, 2);
      await sweep();
      expect(await left()).toBe('Daily 1, 2, 4');
      const counts = { finished: 2, failed: 0, unchanged: 0 };
      await backfills.report(pipelineId, 'bf-1', { state: 'FINISHED', counts, running: 0 });
      await sweep();
      expect(await left()).toBe('Daily 4');
      // The mark never goes back.
      expect((await book.forgottenThrough(pipelineId)).get('Daily')).toBe(day(3));
    });

    it('what its own Schedule has not come to', async () => {
      const { ran, sweep, left, book, pipelineId } = await aWorld(SIMPLE, { Daily: 2 });
      for (const index of [0, 1, 3, 4]) await ran('Daily', index);
      await sweep();
      expect(await left()).toBe('Daily 3, 4');
      expect((await book.forgottenThrough(pipelineId)).get('Daily')).toBe(day(1));
    });

    it('what says how healthy a component is, whatever ran before it or was made after', async () => {
      const { ran, sweep, left, pipelineId, ledger, runOf } = await aWorld();
      const objects = new ObjectStore(shared.database);
      await ran('Daily', 0, { endedOn: 30, status: 'FAILED' });
      await ran('Daily', 1, { endedOn: 29 });
      await ran('Daily', 2, { endedOn: 31, status: 'SKIPPED' });
      const alarm = {
        kind: 'action' as const,
        type: 'SnsAlarm',
        nodeId: 'Copy',
        status: 'FINISHED' as const,
      };
      const { key, interval } = runOf('Daily', 1);
      await ledger.createInstances(key, [
        {
          ...alarm,
          id: '@Alarm_Copy',
          componentId: 'Alarm',
          scheduledStart: key.intervalStart,
          scheduledEnd: isoTime(interval.end),
          definitionVersion: 1,
          activation: 1,
          references: {},
          triesLeft: 1,
        },
      ]);
      await sql`update instances set changed_at = ${day(3)} where id = '@Alarm_Copy'`.execute(
        shared.database.kysely,
      );
      const before = await objects.outcomes(pipelineId, ['Copy', 'Alarm']);
      expect(before.map(({ status }) => status)).toEqual(['FAILED', 'FINISHED']);
      await sweep();
      expect(await left()).toBe('Daily 0, 1, 2');
      expect(await objects.outcomes(pipelineId, ['Copy', 'Alarm'])).toEqual(before);
      await ran('Daily', 3, { endedOn: 40 });
      await sweep();
      expect(await left()).toBe('Daily 1, 3');
    });

    it('a failed precondition by which a component is unhealthy', async () => {
      const { ran, sweep, left, ledger, runOf } = await aWorld();
      for (const index of [0, 1, 2]) await ran('Daily', index);
      const { key, interval } = runOf('Daily', 0);
      await ledger.createInstances(key, [
        {
          id: '@IsThere_Copy',
          componentId: 'IsThere',
          nodeId: 'Copy',
          kind: 'precondition',
          type: 'Exists',
          scheduledStart: key.intervalStart,
          scheduledEnd: isoTime(interval.end),
          definitionVersion: 1,
          activation: 1,
          status: 'FAILED',
          references: {},
          triesLeft: 0,
        },
      ]);
      await sql`update instances set changed_at = ${day(5)} where id = '@IsThere_Copy'`.execute(
        shared.database.kysely,
      );
      await sweep();
      expect(await left()).toBe('Daily 0, 2');
    });

    it('everything of a pipeline that is being deleted', async () => {
      const { ran, sweep, left, pipelines, pipelineId } = await aWorld();
      for (const index of [0, 1]) await ran('Daily', index);
      await pipelines.markDeleting(pipelineId, new Date());
      await sweep();
      expect(await left()).toBe('Daily 0, 1');
      await pipelines.delete(pipelineId);
      expect(await count('forgotten', pipelineId)).toBe(0);
    });
  });

  describe('a weekly run over daily ones', () => {
    it('keeps its days while it is kept, also when it has ended; the days of weeks that go, go', async () => {
      const { ran, ranDays, sweep, left } = await aWorld(ROLL_UP);
      await ranDays(22);
      await ran('Weekly', 0);
      await ran('Weekly', 1, { endedOn: 401 });
      await ran('Weekly', 2);
      await sweep();
      expect(await left()).toBe(
        'Daily 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21; Weekly 7, 14',
      );
    });

    it('keeps them before it is made', async () => {
      const { ran, ranDays, sweep, left } = await aWorld(ROLL_UP, { Daily: 16, Weekly: 1 });
      await ranDays(16);
      await ran('Weekly', 0);
      await sweep();
      // Weekly 0 is the newest of its Schedule.
      expect(await left()).toBe(
        `Daily ${Array.from({ length: 16 }, (_, index) => index).join(', ')}; Weekly 0`,
      );
    });

    it('keeps them until it has gone itself: in no moment is it there without them', async () => {
      const { ran, ranDays, sweep, left, runOf } = await aWorld(ROLL_UP);
      await ranDays(15);
      for (const index of [0, 1]) await ran('Weekly', index);
      // What is found to be open when it should go.
      const open = intervalRunId(runOf('Weekly', 0).key);
      await sweep(async (workflowId) => workflowId === open);
      expect(await left()).toBe(
        `Daily ${Array.from({ length: 15 }, (_, index) => index).join(', ')}; Weekly 0, 7`,
      );
      await sweep();
      expect(await left()).toBe('Daily 7, 8, 9, 10, 11, 12, 13, 14; Weekly 7');
    });
  });

  it('keeps a resource for users that start in its interval, and lets it go with the last of them', async () => {
    const machine = { id: 'Machine', type: 'Ec2Resource', schedule: { ref: 'Weekly' } };
    const { workerGroup: _none, ...copy } = { ...COPY, workerGroup: '', runsOn: { ref: 'Machine' } };
    const { ran, ranDays, sweep, left } = await aWorld([DAILY, WEEKLY, machine, copy]);
    await ranDays(22);
    await ran('Daily', 9, { endedOn: 401 });
    for (const index of [0, 1, 2, 3]) await ran('Weekly', index);
    await sweep();
    // Day 9 keeps the machine of its week, and that all that ran on it; the last is the newest.
    expect(await left()).toBe('Daily 7, 8, 9, 10, 11, 12, 13, 21; Weekly 7, 21');
  });

  it('is honoured by the cursor of a Schedule, also when that has gone back to the beginning', async () => {
    const { ran, sweep, ledger, pipelineId, pipelines } = await aWorld(SIMPLE, { Daily: 3 });
    for (const index of [0, 1, 2]) await ran('Daily', index);
    await sweep();
    expect(await ledger.readSchedule(pipelineId, 'Daily')).toMatchObject({
      nextIndex: 3,
      forgottenThrough: day(1),
    });
    await shared.database.kysely.deleteFrom('schedules').where('pipeline_id', '=', pipelineId).execute();
    await pipelines.activate(pipelineId, {
      definitionVersion: 1,
      at: new Date(),
      schedules: [{ scheduleId: 'Daily' }],
    });
    expect(await ledger.readSchedule(pipelineId, 'Daily')).toMatchObject({
      nextIndex: 0,
      forgottenThrough: day(1),
    });
  });
});
