import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { sweepAll, sweepPipeline, TemporalSilent } from '../../activities/bookkeeping/retention.js';
import { isoTime } from '../../model/instance/ids.js';
import { BackfillStore } from '../../src/store/backfill-store.js';
import { Database } from '../../src/store/database.js';
import { lockLedger } from '../../src/store/ledger-lock.js';
import { RetentionStore } from '../../src/store/retention-store.js';
import { COPY, DAY_MS, ENDED_BEFORE, SIMPLE, day, retentionIn } from './retention-world.js';
import { SERVERS, useDatabase } from './test-database.js';

describe.each(SERVERS)('RetentionStore on %s', (_version, server) => {
  const shared = useDatabase(server);
  const { aWorld, count } = retentionIn(shared);

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
});
