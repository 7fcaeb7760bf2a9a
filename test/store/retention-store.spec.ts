import { randomUUID } from 'node:crypto';
import { sql, type RawBuilder } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { NewInstance } from '../../activities/bookkeeping/ledger.js';
import { sweepAll, sweepPipeline, TemporalSilent } from '../../activities/bookkeeping/retention.js';
import { readDefinitionFile } from '../../model/definition/definition-file.js';
import { compilePipeline } from '../../model/instance/compile.js';
import { DEACTIVATED } from '../../model/instance/events.js';
import { isoTime } from '../../model/instance/ids.js';
import { newInstanceOf, planInterval } from '../../model/instance/plan.js';
import type { Status } from '../../model/instance/status.js';
import { intervalAt } from '../../model/schedule/schedule.js';
import { intervalRunId } from '../../workflows/contract.js';
import { BackfillStore } from '../../src/store/backfill-store.js';
import { Database } from '../../src/store/database.js';
import { lockLedger } from '../../src/store/ledger-lock.js';
import { ObjectStore } from '../../src/store/object-store.js';
import { PipelineStore } from '../../src/store/pipeline-store.js';
import { PostgresLedger } from '../../src/store/postgres-ledger.js';
import { RetentionStore } from '../../src/store/retention-store.js';
import { aPipeline, aState } from './builders.js';
import { SERVERS, useDatabase } from './test-database.js';

const DAY_MS = 86_400_000;
/** Day 0: so long ago that everything that ended is old enough, unless a test says otherwise. */
const FIRST = Date.UTC(2020, 0, 6);
const day = (at: number): string => isoTime(new Date(FIRST + at * DAY_MS));
const ENDED_BEFORE = day(400);

const DAILY = { id: 'Daily', type: 'Schedule', period: '1 day', startDateTime: day(0).slice(0, 19) };
const WEEKLY = { ...DAILY, id: 'Weekly', period: '1 week' };
const COPY = { id: 'Copy', type: 'ShellCommandActivity', command: 'true', schedule: { ref: 'Daily' } };
const REPORT = { ...COPY, id: 'Report', schedule: { ref: 'Weekly' }, dependsOn: { ref: 'Copy' } };
const SIMPLE = [DAILY, COPY];
const ROLL_UP = [DAILY, WEEKLY, COPY, REPORT];

describe.each(SERVERS)('RetentionStore on %s', (_version, server) => {
  const shared = useDatabase(server);

  /** A pipeline whose Schedules have come to the interval with that index; all are exhausted unless one is given. */
  async function aWorld(objects: readonly object[] = SIMPLE, cursors: Readonly<Record<string, number>> = {}) {
    const { database } = shared;
    const pipelines = new PipelineStore(database);
    const ledger = new PostgresLedger(database);
    const book = new RetentionStore(database);
    const { pipelineId } = await pipelines.create(aPipeline());
    const common = { id: 'Default', scheduleType: 'cron', workerGroup: 'wg' };
    const file = JSON.stringify({ objects: [common, ...objects] });
    const put = await pipelines.putDefinition(pipelineId, readDefinitionFile(file).definition, {
      errored: false,
    });
    const schedules = ['Daily', 'Weekly'].map((scheduleId) => ({
      scheduleId,
      exhausted: cursors[scheduleId] === undefined,
      nextIndex: cursors[scheduleId] ?? 0,
    }));
    await pipelines.activate(pipelineId, { ...put, at: new Date(), schedules });
    const compiled = compilePipeline(await ledger.readDefinition(pipelineId, put.definitionVersion));
    let seq = 0;

    const runOf = (scheduleId: string, index: number) => {
      const schedule = compiled.schedules.get(scheduleId);
      const interval = schedule === undefined ? undefined : intervalAt(schedule, index);
      if (interval === undefined) throw new Error(`${scheduleId} has no interval ${index}`);
      return { interval, key: { pipelineId, scheduleId, intervalStart: isoTime(interval.start) } };
    };
    /** Makes a run whose instances have all ended with `status`, on the day `endedOn`. */
    const ran = async (
      scheduleId: string,
      index: number,
      { status = 'FINISHED' as Status, endedOn = index, cancellationReason = '' } = {},
    ): Promise<void> => {
      const { interval, key } = runOf(scheduleId, index);
      const plan = planInterval(compiled, scheduleId, interval);
      const made = plan.instances.map((planned) => newInstanceOf(planned, plan, compiled));
      await ledger.createInstances(key, made satisfies NewInstance[]);
      seq++;
      await ledger.record(key, {
        instances: made.map(({ id }) =>
          aState(id, seq, status, cancellationReason === '' ? {} : { cancellationReason }),
        ),
        attempts: made.map(({ id }) => ({ instanceId: id, number: 1, seq, status })),
      });
      await sql`
        update instances set changed_at = ${day(endedOn)}
        where pipeline_id = ${pipelineId} and schedule_id = ${scheduleId} and interval_start = ${key.intervalStart}
      `.execute(database.kysely);
    };
    /** Days from 0 up to `end`, each ended on its day: the first is made, the others are its like. */
    const ranDays = async (end: number): Promise<void> => {
      await ran('Daily', 0);
      const later = sql`n * interval '1 day'`;
      const id = (start: RawBuilder<unknown>) => sql`'@' || component_id || '_'
        || to_char((${start}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS')`;
      await sql`
        with made as (
          insert into instances (pipeline_id, id, schedule_id, interval_start, component_id, kind, type, scheduled_start,
            scheduled_end, definition_version, activation, "references", seq, status, attempt_count, tries_left, waiting_on,
            cascade_failed_on, changed_at)
          select pipeline_id, ${id(sql`interval_start + ${later}`)}, schedule_id, interval_start + ${later}, component_id,
            kind, type, scheduled_start + ${later}, scheduled_end + ${later}, definition_version, activation, "references",
            seq, status, attempt_count, tries_left, waiting_on, cascade_failed_on, changed_at + ${later}
          from instances, generate_series(1, ${end - 1}::int) n
          where pipeline_id = ${pipelineId} and schedule_id = 'Daily' and interval_start = ${day(0)}
          returning pipeline_id, id, seq, status
        )
        insert into attempts (pipeline_id, instance_id, number, seq, status)
        select pipeline_id, id, 1, seq, status from made
      `.execute(database.kysely);
    };
    const sweep = async (isOpen: (workflowId: string) => Promise<boolean> = async () => false) =>
      sweepPipeline({ book, ledger, isOpen, onError: () => undefined }, pipelineId, ENDED_BEFORE);
    /** `Daily 0, 1; Weekly 0`: the runs that are there. */
    const left = async (): Promise<string> => {
      const { instances } = await new ObjectStore(database).listInstances(pipelineId, { limit: 1000 });
      const starts = (scheduleId: string): number[] => [
        ...new Set(
          instances
            .filter((each) => each.scheduleId === scheduleId)
            .map(({ intervalStart }) => (Date.parse(intervalStart) - FIRST) / DAY_MS),
        ),
      ];
      return ['Daily', 'Weekly']
        .filter((id) => starts(id).length > 0)
        .map((id) => `${id} ${starts(id).join(', ')}`)
        .join('; ');
    };
    const copy = (index: number) => `@Copy_${day(index).slice(0, 19)}`;
    return { pipelines, ledger, book, pipelineId, ran, ranDays, runOf, sweep, left, copy };
  }

  const count = async (table: string, pipelineId: string): Promise<number> => {
    const { rows } = await sql<{ n: number }>`
      select count(*)::int as n from ${sql.table(table)} where pipeline_id = ${pipelineId}
    `.execute(shared.database.kysely);
    return rows[0]?.n ?? 0;
  };

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

  describe('in the midst of it', () => {
    it('a process that is killed has removed nothing, and the next goes on', async () => {
      const { ran, left, ledger, pipelineId, sweep } = await aWorld();
      for (const index of [0, 1, 2]) await ran('Daily', index);
      const doomed = new Database(shared.url, `doomed-${randomUUID()}`);
      const killed = sweepPipeline(
        {
          book: new RetentionStore(doomed),
          ledger,
          onError: () => undefined,
          // Between the lock and the deletion: its connection is cut, as kill -9 does.
          isOpen: async () => {
            await sql`
              select pg_terminate_backend(pid) from pg_stat_activity
              where application_name like 'doomed-%' and state = 'idle in transaction' and datname = current_database()
            `.execute(shared.database.kysely);
            return false;
          },
        },
        pipelineId,
        ENDED_BEFORE,
      );
      await expect(killed).rejects.toThrow();
      await doomed.close();
      expect(await left()).toBe('Daily 0, 1, 2');
      expect(await count('attempts', pipelineId)).toBe(3);
      expect(await count('forgotten', pipelineId)).toBe(0);
      expect(await sweep()).toEqual({ runs: 2, instances: 2 });
    });

    it('an error between two transactions leaves whole runs', async () => {
      const { ranDays, left, sweep, pipelineId } = await aWorld();
      await ranDays(30);
      let asked = 0;
      const failing = sweep(async () => {
        if (++asked > 25) throw new Error('Temporal is away');
        return false;
      });
      await expect(failing).rejects.toThrow('Temporal is away');
      expect(await left()).toBe('Daily 25, 26, 27, 28, 29');
      expect(await count('attempts', pipelineId)).toBe(5);
      await sweep();
      expect(await left()).toBe('Daily 29');
    });

    it('two that sweep the same remove each run once', async () => {
      const { ranDays, left, sweep } = await aWorld();
      await ranDays(60);
      const [one, two] = await Promise.all([sweep(), sweep()]);
      expect(one.runs + two.runs).toBeLessThanOrEqual(59);
      const three = await sweep();
      expect(one.runs + two.runs + three.runs).toBe(59);
      expect(await left()).toBe('Daily 59');
    });

    it('who opens a run again waits, and finds nothing when it has gone', async () => {
      const { ran, left, sweep, ledger, runOf } = await aWorld();
      for (const index of [0, 1]) await ran('Daily', index);
      let opening: Promise<readonly unknown[]> | undefined;
      await sweep(async () => {
        opening = ledger.readRun(runOf('Daily', 0).key, { opening: true });
        const waiting = async (): Promise<number> => {
          const { rows } = await sql<{ n: number }>`
            select count(*)::int as n from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock' and query like '%for key share%'
          `.execute(shared.database.kysely);
          return rows[0]?.n ?? 0;
        };
        await expect.poll(waiting).toBe(1);
        return false;
      });
      expect(await opening).toEqual([]);
      expect(await left()).toBe('Daily 1');
    });

    it('a run for which a backfill is asked meanwhile stays', async () => {
      const { ran, left, sweep, pipelineId } = await aWorld();
      for (const index of [0, 1, 2]) await ran('Daily', index);
      const request = {
        scheduleIds: ['Daily'],
        from: day(1),
        to: day(2),
        maxActive: 1,
        rerun: 'all' as const,
      };
      const backfills = new BackfillStore(shared.database);
      let asked: Promise<void> | undefined;
      await sweep(async () => {
        await (asked ??= backfills.create(pipelineId, 'bf-1', request, 1));
        return false;
      });
      expect(await left()).toBe('Daily 1, 2');
    });

    it('a run of which another process holds a row stays whole', async () => {
      const { ran, left, sweep, copy, pipelineId } = await aWorld([...SIMPLE, { ...COPY, id: 'Second' }]);
      for (const index of [0, 1, 2]) await ran('Daily', index);
      await shared.database.kysely.transaction().execute(async (trx) => {
        await sql`select from instances where pipeline_id = ${pipelineId} and id = ${copy(0)} for update`.execute(
          trx,
        );
        expect(await sweep()).toEqual({ runs: 1, instances: 2 });
      });
      expect(await count('attempts', pipelineId)).toBe(4);
      expect(await left()).toBe('Daily 0, 2');
    });

    it('gives way to who holds the ledger for long', async () => {
      const { ran, left, sweep, pipelineId } = await aWorld();
      for (const index of [0, 1]) await ran('Daily', index);
      await shared.database.kysely.transaction().execute(async (trx) => {
        await lockLedger(trx, pipelineId, 'shared');
        expect(await sweep()).toEqual({ runs: 0, instances: 0 });
      });
      expect(await left()).toBe('Daily 0, 1');
      expect(await sweep()).toEqual({ runs: 1, instances: 1 });
    });

    it('a run that got an instance meanwhile stays whole', async () => {
      const { ran, left, sweep, ledger, runOf, copy } = await aWorld();
      for (const index of [0, 1]) await ran('Daily', index);
      await sweep(async () => {
        const { key, interval } = runOf('Daily', 0);
        const made = {
          id: '@New_2020-01-06T00:00:00',
          componentId: 'New',
          kind: 'activity' as const,
          type: 'ShellCommandActivity',
          scheduledStart: key.intervalStart,
          scheduledEnd: isoTime(interval.end),
          definitionVersion: 1,
          activation: 1,
          status: 'SKIPPED' as const,
          references: {},
          triesLeft: 1,
        };
        await ledger.createInstances(key, [made]);
        return false;
      });
      expect(await left()).toBe('Daily 0, 1');
      expect((await ledger.readRun(runOf('Daily', 0).key)).map(({ id }) => id)).toEqual([
        copy(0),
        '@New_2020-01-06T00:00:00',
      ]);
    });
  });

  describe('one sweeper at a time', () => {
    const setting = { days: 7, everyMs: 3_600_000 };

    it('does nothing while another is at it, nor before it is time; with another setting at once', async () => {
      const book = new RetentionStore(shared.database);
      const twin = new RetentionStore(shared.database);
      const removed = { runs: 3, instances: 30 };
      let endedBefore = '';
      const swept = await book.alone(setting, async (instant) => {
        endedBefore = instant;
        expect(await twin.alone(setting, async () => removed)).toBeUndefined();
        expect(await twin.lastSweep()).toMatchObject({ retentionDays: 7 });
        expect(await twin.lastSweep()).not.toHaveProperty('endedAt');
        return removed;
      });
      expect(swept).toEqual(removed);
      expect(Math.abs(Date.now() - 7 * DAY_MS - Date.parse(endedBefore))).toBeLessThan(60_000);
      expect(await book.lastSweep()).toMatchObject({ removedRuns: 3, removedInstances: 30 });
      expect(await twin.alone(setting, async () => removed)).toBeUndefined();
      expect(await twin.alone({ ...setting, days: 8 }, async () => removed)).toEqual(removed);
      expect(await twin.alone({ ...setting, days: 8, everyMs: 0 }, async () => removed)).toEqual(removed);
    });

    it('goes on at once with what another has left half done', async () => {
      const book = new RetentionStore(shared.database);
      const failing = book.alone({ ...setting, days: 9 }, async () => {
        throw new Error('killed');
      });
      await expect(failing).rejects.toThrow('killed');
      expect(
        await book.alone({ ...setting, days: 9 }, async () => ({ runs: 0, instances: 0 })),
      ).toBeDefined();
    });

    it('looks at every pipeline, also behind one that it cannot read', async () => {
      const [one, two] = [await aWorld(), await aWorld()];
      for (const world of [one, two]) for (const index of [0, 1]) await world.ran('Daily', index);
      const told: string[] = [];
      const ledger = {
        readDefinition: async (pipelineId: string, version: number) => {
          if (pipelineId === one.pipelineId) throw new Error('cannot be read');
          return two.ledger.readDefinition(pipelineId, version);
        },
      };
      const onError = (pipelineId: string): void => void told.push(pipelineId);
      const deps = { book: two.book, ledger, isOpen: async () => false, onError };
      await sweepAll(deps, ENDED_BEFORE, new AbortController().signal);
      expect(told).toContain(one.pipelineId);
      expect(await one.left()).toBe('Daily 0, 1');
      expect(await two.left()).toBe('Daily 1');
    });
  });

  it('ends a sweep when Temporal does not answer, which it will not for the next pipeline either', async () => {
    const worlds = [await aWorld(), await aWorld()];
    for (const world of worlds) for (const index of [0, 1]) await world.ran('Daily', index);
    const [{ book, ledger }] = worlds as [(typeof worlds)[0], ...typeof worlds];
    let asked = 0;
    const isOpen = async (): Promise<boolean> => {
      asked++;
      throw new TemporalSilent('Temporal is away');
    };
    const deps = { book, ledger, isOpen, onError: () => undefined };
    await expect(sweepAll(deps, ENDED_BEFORE, new AbortController().signal)).rejects.toThrow(TemporalSilent);
    expect(asked).toBe(1);
    for (const world of worlds) expect(await world.left()).toBe('Daily 0, 1');
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
