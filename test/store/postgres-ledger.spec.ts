import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { NEVER_MADE } from '../../model/instance/events.js';
import type { Database } from '../../src/store/database.js';
import type { Notification } from '../../activities/bookkeeping/ledger.js';
import { PipelineStore } from '../../src/store/pipeline-store.js';
import { PostgresLedger } from '../../src/store/postgres-ledger.js';
import type { Schema } from '../../src/store/schema.js';
import { anActivePipeline, anInstance, aRun, aState } from './builders.js';
import { SERVERS, useDatabase } from './test-database.js';

describe.each(SERVERS)('PostgresLedger on %s', (_version, server) => {
  const shared = useDatabase(server);
  const ledger = (): PostgresLedger => new PostgresLedger(shared.database);

  describe('instances', () => {
    it('makes each once; what exists stays as it is', async () => {
      const pipelineId = await anActivePipeline(shared.database);
      const run = aRun(pipelineId);
      const say = anInstance('Say', 0, { references: { input: ['@In', '@In2'], output: [] }, nodeId: 'X' });
      await ledger().createInstances(run, [say, anInstance('Do')]);
      await ledger().record(run, { instances: [aState(say.id, 1, 'RUNNING')], attempts: [] });
      await ledger().createInstances(run, [say, anInstance('Do')]);
      const [doing, saying] = await ledger().readRun(run);
      expect(doing).toMatchObject({
        id: '@Do_2030-01-01T00:00:00',
        seq: 0,
        status: 'WAITING_ON_DEPENDENCIES',
      });
      expect(saying).toMatchObject({ ...say, seq: 1, status: 'RUNNING', triesLeft: 2, leaseGranted: true });
      expect(await ledger().readRun(aRun(pipelineId, 1))).toEqual([]);
    });

    it('stores every field of a change, and only a change that is newer', async () => {
      const pipelineId = await anActivePipeline(shared.database);
      const run = aRun(pipelineId);
      const { id } = anInstance('Say');
      await ledger().createInstances(run, [anInstance('Say')]);
      const failed = aState(id, 4, 'FAILED', {
        actualStart: '2030-01-01T00:00:01.250Z',
        actualEnd: '2030-01-01T00:00:02Z',
        waitingOn: ['@b', '@a,"}'],
        cascadeFailedOn: ['@c'],
        cancellationReason: 'why',
        errorId: 'CommandFailed',
        errorMessage: 'm',
        errorStackTrace: 'bad \u0000 bytes \ud800 é 😀',
        hostname: 'h',
        logLocation: 's3://b/k/',
        resourceId: 'i-1',
      });
      await ledger().record(run, { instances: [failed], attempts: [] });
      const stored = { ...failed, errorStackTrace: 'bad \uFFFD bytes \uFFFD é 😀' };
      expect((await ledger().readRun(run))[0]).toMatchObject(stored);
      await ledger().record(run, {
        instances: [aState(id, 3, 'RUNNING'), aState(id, 4, 'CANCELED')],
        attempts: [],
      });
      expect((await ledger().readRun(run))[0]).toMatchObject(stored);
      await ledger().record(run, { instances: [aState(id, 5, 'RUNNING')], attempts: [] });
      const [last] = await ledger().readRun(run);
      expect(last).toMatchObject({ status: 'RUNNING', seq: 5 });
      expect(last).not.toHaveProperty('errorId');
    });

    it('makes an instance, changes it and stores its attempt in one batch, the newest change winning', async () => {
      const pipelineId = await anActivePipeline(shared.database);
      const run = aRun(pipelineId);
      const alarm = anInstance('Alarm', 0, { kind: 'action', type: 'SnsAlarm', nodeId: 'Say' });
      const attempt = { instanceId: alarm.id, number: 1, seq: 2, status: 'RUNNING' as const };
      const changes = {
        created: [alarm],
        instances: [aState(alarm.id, 2, 'RUNNING'), aState(alarm.id, 1, 'WAITING_FOR_RUNNER')],
        attempts: [{ ...attempt, seq: 1, status: 'WAITING_FOR_RUNNER' as const }, attempt],
      };
      await ledger().record(run, changes);
      await ledger().record(run, changes);
      expect(await ledger().readRun(run)).toMatchObject([
        { id: alarm.id, kind: 'action', seq: 2, status: 'RUNNING' },
      ]);
      expect(await attemptsOf(shared.database, pipelineId)).toEqual([
        { instance_id: alarm.id, number: 1, seq: 2, status: 'RUNNING' },
      ]);
    });

    it('writes any number of rows in the same few statements', async () => {
      const { counting, statements, close } = countingDatabase(shared.url);
      const pipelineId = await anActivePipeline(shared.database);
      const run = aRun(pipelineId);
      const instances = Array.from({ length: 500 }, (_, place) => anInstance(`A${place}`));
      await counting.createInstances(run, instances);
      const counted = async (seq: number, status: 'RUNNING' | 'FINISHED'): Promise<string[]> => {
        statements.length = 0;
        await counting.record(run, {
          instances: instances.map(({ id }) => aState(id, seq, status)),
          attempts: instances.map(({ id: instanceId }) => ({ instanceId, number: 1, seq, status })),
        });
        // The bell of event-bell.ts rings beside them, at most every 50 ms.
        return statements.filter((statement) => !statement.includes('pg_notify'));
      };
      expect(await counted(1, 'RUNNING')).toHaveLength(1);
      // begin, lock, rows, what follows, commit.
      expect(await counted(2, 'FINISHED')).toHaveLength(5);
      await close();
    });
  });

  describe('waits', () => {
    it('notifies who waits, also for an instance that did not exist yet, each time it ends until forgotten', async () => {
      const pipelineId = await anActivePipeline(shared.database);
      const run = aRun(pipelineId);
      const { id } = anInstance('Say');
      expect(await ledger().awaitInstances(pipelineId, 'w1', [id])).toEqual([]);
      await ledger().createInstances(run, [anInstance('Say')]);
      expect(await ledger().awaitInstances(pipelineId, 'w2', [id, id, '@other'])).toEqual([
        { instanceId: id, status: 'WAITING_ON_DEPENDENCIES', seq: 0, attempt: 0 },
      ]);
      const finished = { instances: [aState(id, 1, 'FAILED')], attempts: [] };
      const sent = await ledger().record(run, finished);
      for (const workflowId of ['w1', 'w2']) {
        const told = { workflowId, kind: 'instanceEnded', instanceId: id, status: 'FAILED' };
        expect(sent).toContainEqual({ id: expect.any(String) as string, ...told });
      }
      expect(sent).toHaveLength(2);
      // A repeated write tells nothing again; what was not acknowledged stays in the outbox.
      expect(await ledger().record(run, finished)).toEqual([]);
      const mine = async (): Promise<string[]> =>
        (await ledger().undelivered(0)).filter((each) => instanceOf(each) === id).map((n) => n.id);
      expect((await mine()).sort()).toEqual(sent.map((notification) => notification.id).sort());
      await ledger().acknowledge(await mine());
      expect(await mine()).toEqual([]);

      await ledger().forgetWaits(pipelineId, 'w1');
      await ledger().record(run, { instances: [aState(id, 2, 'RUNNING')], attempts: [] });
      const again = await ledger().record(run, { instances: [aState(id, 3, 'FINISHED')], attempts: [] });
      expect(again).toMatchObject([{ workflowId: 'w2', status: 'FINISHED' }]);
      expect(await ledger().awaitInstances(pipelineId, 'w3', [id])).toMatchObject([
        { instanceId: id, status: 'FINISHED', seq: 3 },
      ]);
    });

    it('notifies of an instance that is made SKIPPED', async () => {
      const pipelineId = await anActivePipeline(shared.database);
      const { id } = anInstance('Skipped');
      await ledger().awaitInstances(pipelineId, 'w', [id]);
      await ledger().createInstances(aRun(pipelineId), [anInstance('Skipped', 0, { status: 'SKIPPED' })]);
      expect((await ledger().undelivered(0)).filter((each) => instanceOf(each) === id)).toMatchObject([
        { kind: 'instanceEnded', status: 'SKIPPED' },
      ]);
    });

    it('tells who watches of every status that the run tells of, and the others of the end', async () => {
      const pipelineId = await anActivePipeline(shared.database);
      const run = aRun(pipelineId);
      const { id } = anInstance('Say');
      await ledger().createInstances(run, [anInstance('Say')]);
      await ledger().awaitInstances(pipelineId, 'watches', [id]); // what watches may have waited before
      await ledger().awaitInstances(pipelineId, 'waits', [id]);
      const watched = [{ instanceId: id, scheduleId: 'Daily' }];
      expect(await ledger().awaitInstances(pipelineId, 'watches', [], watched)).toHaveLength(1);
      const state = aState(id, 1, 'RUNNING');
      const silent = await ledger().record(run, { instances: [state], attempts: [] });
      expect(silent).toEqual([]);
      const told = { instances: [{ ...state, seq: 2 }], attempts: [], told: [id] };
      expect(await ledger().record(run, told)).toMatchObject([
        { workflowId: 'watches', kind: 'instanceChanged', status: 'RUNNING', seq: 2 },
      ]);
      expect(await ledger().record(run, told)).toEqual([]);
      const end = await ledger().record(run, {
        instances: [{ ...aState(id, 3, 'CANCELED'), cancellationReason: 'why' }],
        attempts: [],
        told: [id],
      });
      const byRun = end.toSorted((a, b) => a.workflowId.localeCompare(b.workflowId));
      expect(byRun).toMatchObject([
        { workflowId: 'waits', kind: 'instanceEnded' },
        { workflowId: 'watches', kind: 'instanceChanged', status: 'CANCELED', cancellationReason: 'why' },
      ]);
      const left = (await ledger().undelivered(0)).filter((each) => instanceOf(each) === id);
      expect(left).toEqual(expect.arrayContaining(end));
    });

    it('tells who watches that an instance will never be made, when its schedule has ended', async () => {
      const pipelineId = await anActivePipeline(shared.database);
      const watched = [{ instanceId: '@Never', scheduleId: 'Daily' }];
      expect(await ledger().awaitInstances(pipelineId, 'in vain', [], watched)).toEqual([]);
      expect(await ledger().advanceSchedule(pipelineId, 'Daily', 0, 1, true)).toBe(true);
      const never = { instanceId: '@Never', status: 'SKIPPED', seq: NEVER_MADE, attempt: 0 };
      expect(
        (await ledger().undelivered(0)).filter(({ workflowId }) => workflowId === 'in vain'),
      ).toMatchObject([{ kind: 'instanceChanged', ...never }]);
      expect(await ledger().awaitInstances(pipelineId, 'late', ['@Other'], watched)).toEqual([never]);
    });

    it('keeps young notifications for whoever made them', async () => {
      const old = await ledger().undelivered(3_600_000);
      expect(old).toEqual([]);
    });

    it('never loses a wake-up between 100 pairs of wait and end that race', async () => {
      const pipelineId = await anActivePipeline(shared.database);
      const days = Array.from({ length: 100 }, (_, day) => day);
      for (const day of days) await ledger().createInstances(aRun(pipelineId, day), [anInstance('Say', day)]);
      const told = await Promise.all(
        days.map(async (day) => {
          const { id } = anInstance('Say', day);
          const [seen, sent] = await Promise.all([
            ledger().awaitInstances(pipelineId, `waiter-${day}`, [id]),
            ledger().record(aRun(pipelineId, day), { instances: [aState(id, 1, 'FINISHED')], attempts: [] }),
          ]);
          return (
            seen[0]?.status === 'FINISHED' || sent.some(({ workflowId }) => workflowId === `waiter-${day}`)
          );
        }),
      );
      expect(told.filter((knows) => !knows)).toEqual([]);
    });

    it('lets a wait that began before the end was committed see it: the writer is awaited', async () => {
      const pipelineId = await anActivePipeline(shared.database);
      const { id } = anInstance('Say');
      await ledger().createInstances(aRun(pipelineId), [anInstance('Say')]);
      const other = new pg.Client(shared.url);
      await other.connect();
      // A writer that has taken the lock and not committed yet.
      await other.query('begin');
      await other.query(`select pg_advisory_xact_lock_shared(${0x70656e}, hashtext($1))`, [pipelineId]);
      await other.query(`update instances set status = 'FINISHED' where pipeline_id = $1`, [pipelineId]);
      const waiting = ledger().awaitInstances(pipelineId, 'w', [id]);
      await blockedBy(other);
      await other.query('commit');
      expect(await waiting).toMatchObject([{ instanceId: id, status: 'FINISHED' }]);
      await other.end();
    });
  });

  describe('leases', () => {
    it('grants at once up to the limit, then to the earliest scheduled start, when a holder ends', async () => {
      const pipelineId = await anActivePipeline(shared.database);
      const leased = (day: number) => anInstance('Say', day, { leaseLimit: 2 });
      for (const day of [3, 4, 2, 1]) await ledger().createInstances(aRun(pipelineId, day), [leased(day)]);
      const granted = async (day: number) => (await ledger().readRun(aRun(pipelineId, day)))[0]?.leaseGranted;
      expect([await granted(1), await granted(2), await granted(3), await granted(4)]).toEqual([
        false,
        false,
        true,
        true,
      ]);
      const end = (day: number, seq: number) =>
        ledger().record(aRun(pipelineId, day), {
          instances: [aState(leased(day).id, seq, 'FINISHED')],
          attempts: [],
        });
      expect(await end(4, 1)).toMatchObject([
        {
          kind: 'leaseGranted',
          instanceId: leased(1).id,
          workflowId: `${pipelineId}/Daily/2030-01-02T00:00:00Z`,
        },
      ]);
      expect(await end(4, 1)).toEqual([]);
      // A rerun needs no lease, and its end frees none.
      await ledger().record(aRun(pipelineId, 4), {
        instances: [aState(leased(4).id, 2, 'RUNNING')],
        attempts: [],
      });
      expect(await granted(4)).toBe(true);
      expect(await end(4, 3)).toEqual([]);
      // One that is canceled while it waits leaves the queue.
      await ledger().record(aRun(pipelineId, 2), {
        instances: [aState(leased(2).id, 1, 'CANCELED')],
        attempts: [],
      });
      expect(await end(3, 1)).toEqual([]);
      // A repeated creation asks for no lease again.
      await ledger().createInstances(aRun(pipelineId, 3), [leased(3)]);
      expect(await leasesOf(shared.database, pipelineId)).toEqual([
        { instance_id: leased(1).id, held: true },
      ]);
    });

    it('never exceeds the limit and starves none under 50 ends at once', async () => {
      const pipelineId = await anActivePipeline(shared.database);
      const limit = 50;
      const days = Array.from({ length: 150 }, (_, day) => day);
      await Promise.all(
        days.map((day) =>
          ledger().createInstances(aRun(pipelineId, day), [anInstance('Say', day, { leaseLimit: limit })]),
        ),
      );
      const ended = new Set<string>();
      const grants: string[] = [];
      for (let round = 0; ended.size < days.length; round++) {
        expect(round).toBeLessThan(days.length);
        const leases = await leasesOf(shared.database, pipelineId);
        const held = leases.filter((lease) => lease.held).map((lease) => lease.instance_id);
        expect(held).toHaveLength(Math.min(limit, days.length - ended.size));
        await Promise.all(
          held.map(async (id) => {
            const day = days.find((each) => anInstance('Say', each).id === id) ?? -1;
            const sent = await ledger().record(aRun(pipelineId, day), {
              instances: [aState(id, 1, 'FINISHED')],
              attempts: [],
            });
            grants.push(...sent.flatMap((each) => instanceOf(each) ?? []));
            ended.add(id);
          }),
        );
      }
      expect(ended.size).toBe(days.length);
      expect(new Set(grants).size).toBe(grants.length);
      expect(await leasesOf(shared.database, pipelineId)).toEqual([]);
    });
  });

  describe('end of a pipeline', () => {
    const stateOf = async (pipelineId: string) =>
      (await new PipelineStore(shared.database).get(pipelineId)).state;

    it('is FINISHED when all schedules are exhausted and no instance is open, and stays so', async () => {
      const pipelineId = await anActivePipeline(shared.database);
      const run = aRun(pipelineId);
      const say = anInstance('Say');
      await ledger().createInstances(run, [say, anInstance('Do')]);
      await ledger().record(run, { instances: [aState(say.id, 1, 'FINISHED')], attempts: [] });
      expect(await ledger().advanceSchedule(pipelineId, 'Daily', 0, 1, true)).toBe(true);
      expect(await stateOf(pipelineId)).toBe('SCHEDULED');
      await ledger().record(run, { instances: [aState(anInstance('Do').id, 1, 'FAILED')], attempts: [] });
      expect(await stateOf(pipelineId)).toBe('FINISHED');
      await ledger().record(run, { instances: [aState(say.id, 2, 'RUNNING')], attempts: [] });
      await ledger().record(run, { instances: [aState(say.id, 3, 'FINISHED')], attempts: [] });
      expect(await stateOf(pipelineId)).toBe('FINISHED');
    });

    it('is FINISHED by the schedule when that is exhausted last', async () => {
      const pipelineId = await anActivePipeline(shared.database);
      const run = aRun(pipelineId);
      await ledger().createInstances(run, [anInstance('Say')]);
      await ledger().record(run, { instances: [aState(anInstance('Say').id, 1, 'FINISHED')], attempts: [] });
      expect(await stateOf(pipelineId)).toBe('SCHEDULED');
      expect(await ledger().advanceSchedule(pipelineId, 'Daily', 5, 6, true)).toBe(false);
      expect(await ledger().advanceSchedule(pipelineId, 'Daily', 0, 0, true)).toBe(true);
      expect(await stateOf(pipelineId)).toBe('FINISHED');
    });

    it('is FINISHED by whichever of 20 last runs, or the schedule, comes last', async () => {
      for (let round = 0; round < 5; round++) {
        const pipelineId = await anActivePipeline(shared.database);
        const days = Array.from({ length: 20 }, (_, day) => day);
        for (const day of days)
          await ledger().createInstances(aRun(pipelineId, day), [anInstance('Say', day)]);
        await Promise.all([
          ...days.map((day) =>
            ledger().record(aRun(pipelineId, day), {
              instances: [aState(anInstance('Say', day).id, 1, 'FINISHED')],
              attempts: [],
            }),
          ),
          ledger().advanceSchedule(pipelineId, 'Daily', 0, 20, true),
        ]);
        expect(await stateOf(pipelineId)).toBe('FINISHED');
      }
    });

    it('is SCHEDULED again when a run of an ondemand pipeline begins', async () => {
      const pipelineId = await anActivePipeline(shared.database, { exhausted: true });
      for (const day of [0, 1]) {
        await ledger().createInstances(aRun(pipelineId, day), [anInstance('Say', day)]);
        expect(await stateOf(pipelineId)).toBe('SCHEDULED');
        await ledger().record(aRun(pipelineId, day), {
          instances: [aState(anInstance('Say', day).id, 1, 'FINISHED')],
          attempts: [],
        });
        expect(await stateOf(pipelineId)).toBe('FINISHED');
      }
    });
  });

  it('moves a cursor once for each index, whoever asks', async () => {
    const pipelineId = await anActivePipeline(shared.database);
    const moved = await Promise.all(
      Array.from({ length: 8 }, () => ledger().advanceSchedule(pipelineId, 'Daily', 0, 1, false)),
    );
    expect(moved.filter(Boolean)).toHaveLength(1);
    expect(await ledger().readSchedule(pipelineId, 'Daily')).toEqual({
      definitionVersion: 1,
      nextIndex: 1,
      exhausted: false,
    });
    expect(await ledger().readSchedule(pipelineId, 'None')).toBeUndefined();
  });

  async function blockedBy(holder: pg.Client): Promise<void> {
    await expect
      .poll(
        async () =>
          (await holder.query(`select 1 from pg_locks where locktype = 'advisory' and not granted`)).rowCount,
      )
      .toBe(1);
  }
});

/** The instance that a notification is about. */
function instanceOf(notification: Notification): string | undefined {
  return notification.kind === 'pausesChanged' ? undefined : notification.instanceId;
}

function countingDatabase(url: string): {
  counting: PostgresLedger;
  statements: string[];
  close: () => Promise<void>;
} {
  const statements: string[] = [];
  const kysely = new Kysely<Schema>({
    dialect: new PostgresDialect({
      // Every text that reaches the server, `begin` and `commit` too.
      pool: new pg.Pool({ connectionString: url }).on('connect', (client) => {
        const send = client.query.bind(client) as (...args: unknown[]) => unknown;
        Object.assign(client, {
          query: (...args: unknown[]) => {
            statements.push(String(args[0]));
            return send(...args);
          },
        });
      }),
    }),
  });
  const database = { kysely } as Database;
  return { counting: new PostgresLedger(database), statements, close: () => kysely.destroy() };
}

async function attemptsOf(database: Database, pipelineId: string): Promise<unknown[]> {
  return database.kysely
    .selectFrom('attempts')
    .select(['instance_id', 'number', 'seq', 'status'])
    .where('pipeline_id', '=', pipelineId)
    .execute();
}

async function leasesOf(
  database: Database,
  pipelineId: string,
): Promise<{ readonly instance_id: string; readonly held: boolean }[]> {
  const rows = await database.kysely
    .selectFrom('leases')
    .select(['instance_id', 'granted_at'])
    .where('pipeline_id', '=', pipelineId)
    .execute();
  return rows.map(({ instance_id, granted_at }) => ({ instance_id, held: granted_at !== null }));
}
