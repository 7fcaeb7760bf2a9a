import { Injectable } from '@nestjs/common';
import { sql, type RawBuilder, type Transaction } from 'kysely';
import type {
  Removed,
  RetentionBook,
  RetentionOutlook,
  RunsToForget,
  StoredRun,
} from '../../activities/bookkeeping/retention-book.js';
import { DEACTIVATED } from '../../model/instance/events.js';
import { intervalRunId } from '../../workflows/contract.js';
import type { BackfillRequest } from './backfill-store.js';
import { Database } from './database.js';
import { forgottenThrough } from './forgotten.js';
import { lockLedger } from './ledger-lock.js';
import { runIdInSql } from './ledger-write.js';
import { lastOutcome } from './object-store.js';
import type { Schema } from './schema.js';

/** Any number but the migrations'; the same in every release. */
const SWEEP_LOCK = 7_364_502;

/** Below PostgreSQL's deadlock_timeout (a second): where a deletion waits for us and we for it, we give way. */
const LOCK_MS = 500;
/** A process whose host has vanished keeps no run locked for longer. */
const IDLE_MS = 30_000;

/** What the last sweep did. Instants are ISO-8601 UTC. */
export interface RetentionSweep {
  readonly retentionDays: number;
  readonly beganAt: string;
  /** Absent while it goes on. */
  readonly endedAt?: string;
  readonly removedRuns?: number;
  readonly removedInstances?: number;
}

/** Removes old interval runs. Contract: activities/bookkeeping/retention-book.ts. */
@Injectable()
export class RetentionStore implements RetentionBook {
  constructor(private readonly database: Database) {}

  async alone(
    { days, everyMs }: { readonly days: number; readonly everyMs: number },
    work: (endedBefore: string) => Promise<Removed>,
  ): Promise<Removed | undefined> {
    // A lock of the session: it goes with its process, however that ends.
    return this.database.kysely.connection().execute(async (connection) => {
      const lock = await sql<{ readonly held: boolean }>`
        select pg_try_advisory_lock(${SWEEP_LOCK}) as held
      `.execute(connection);
      if (lock.rows[0]?.held !== true) return undefined;
      try {
        const { rows } = await sql<{ readonly endedBefore: string }>`
          insert into retention_sweeps as last (id, retention_days, began_at)
          values (1, ${days}, clock_timestamp())
          on conflict (id) do update set retention_days = excluded.retention_days, began_at = excluded.began_at,
            ended_at = null, runs = null, instances = null
          where last.ended_at is null or last.retention_days <> excluded.retention_days
            or last.began_at <= clock_timestamp() - ${everyMs}::double precision * interval '1 millisecond'
          returning clock_timestamp() - retention_days * interval '24 hours' as "endedBefore"
        `.execute(connection);
        if (rows[0] === undefined) return undefined;
        const removed = await work(rows[0].endedBefore);
        await sql`
          update retention_sweeps
          set ended_at = clock_timestamp(), runs = ${removed.runs}, instances = ${removed.instances}
        `.execute(connection);
        return removed;
      } finally {
        await sql`select pg_advisory_unlock(${SWEEP_LOCK})`.execute(connection);
      }
    });
  }

  async pipelineIds(after: string, limit: number): Promise<string[]> {
    const rows = await this.database.kysely
      .selectFrom('pipelines')
      .select('id')
      .where('id', '>', after)
      .where('deletion_requested_at', 'is', null)
      .orderBy('id')
      .limit(limit)
      .execute();
    return rows.map(({ id }) => id);
  }

  async outlook(pipelineId: string): Promise<RetentionOutlook> {
    const { kysely } = this.database;
    const pipeline = await kysely
      .selectFrom('pipelines')
      .select('active_version')
      .where('id', '=', pipelineId)
      .where('deletion_requested_at', 'is', null)
      .executeTakeFirst();
    const cursors = await kysely
      .selectFrom('schedules')
      .select(['schedule_id', 'next_index', 'exhausted'])
      .where('pipeline_id', '=', pipelineId)
      .execute();
    const backfills = await kysely
      .selectFrom('backfills')
      .select('request')
      .where('pipeline_id', '=', pipelineId)
      .where('state', 'in', ['RUNNING', 'PAUSED'])
      .execute();
    const version = pipeline?.active_version ?? null;
    return {
      ...(version === null ? {} : { activeVersion: version }),
      scheduleIds: await this.scheduleIds(pipelineId),
      cursors: cursors.map(({ schedule_id: scheduleId, next_index: nextIndex, exhausted }) => ({
        scheduleId,
        nextIndex,
        exhausted,
      })),
      backfills: backfills.map(({ request }) => JSON.parse(request) as BackfillRequest),
    };
  }

  async oldRuns(
    pipelineId: string,
    scheduleId: string,
    endedBefore: string,
    after: string | undefined,
    limit: number,
  ): Promise<StoredRun[]> {
    const { rows } = await sql<StoredRun>`
      ${tellingInstances(pipelineId)}
      select i.schedule_id as "scheduleId", i.interval_start as "intervalStart", count(*)::int as size,
        max(i.scheduled_end) as "intervalEnd", ${isFree(endedBefore)} as free
      from instances i
      where i.pipeline_id = ${pipelineId} and i.schedule_id = ${scheduleId}
        and i.interval_start > ${after ?? '-infinity'} and i.interval_start < ${endedBefore}
      group by i.pipeline_id, i.schedule_id, i.interval_start
      order by i.interval_start limit ${limit}
    `.execute(this.database.kysely);
    return rows;
  }

  async forget(runs: RunsToForget, isOpen: (intervalStart: string) => Promise<boolean>): Promise<Removed> {
    try {
      return await this.database.kysely.transaction().execute(async (trx) => forget(trx, runs, isOpen));
    } catch (error) {
      if (!isLockTimeout(error)) throw error;
      return { runs: 0, instances: 0 }; // the pipeline is being deleted, or is very busy: at the next sweep
    }
  }

  /** By Schedule: the start of the last interval that was removed. Those before it that are not there were removed too. */
  async forgottenThrough(pipelineId: string): Promise<ReadonlyMap<string, string>> {
    return forgottenThrough(this.database.kysely, pipelineId);
  }

  /** Undefined before the first. */
  async lastSweep(): Promise<RetentionSweep | undefined> {
    const row = await this.database.kysely.selectFrom('retention_sweeps').selectAll().executeTakeFirst();
    if (row === undefined) return undefined;
    return {
      retentionDays: row.retention_days,
      beganAt: row.began_at,
      ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
      ...(row.runs === null ? {} : { removedRuns: row.runs }),
      ...(row.instances === null ? {} : { removedInstances: row.instances }),
    };
  }

  /** Each found by the one before it: a pipeline may have very many instances and few Schedules. */
  private async scheduleIds(pipelineId: string): Promise<string[]> {
    const { rows } = await sql<{ readonly id: string }>`
      with recursive known as (${eachOf('schedule_id', pipelineId)})
      select id from known where id is not null
    `.execute(this.database.kysely);
    return rows.map(({ id }) => id);
  }
}

/**
 * Who begins a run again reads its rows with a lock that ours keeps waiting (`readRun`, `opening`), so from the moment we have them a
 * run is either open in Temporal already, or finds nothing when we are done. The ledger's lock comes after that question, for it
 * holds up others: from then on nobody makes instances or registers a wait.
 */
async function forget(
  trx: Transaction<Schema>,
  { pipelineId, scheduleId, intervalStarts, neededBy, endedBefore }: RunsToForget,
  isOpen: (intervalStart: string) => Promise<boolean>,
): Promise<Removed> {
  await sql`
    select set_config('lock_timeout', ${`${LOCK_MS}ms`}, true),
      set_config('idle_in_transaction_session_timeout', ${`${IDLE_MS}ms`}, true)
  `.execute(trx);
  const locked = await sql<{ readonly start: string; readonly size: number }>`
    select interval_start as start, count(*)::int as size from (
      select interval_start from instances
      where pipeline_id = ${pipelineId} and schedule_id = ${scheduleId}
        and interval_start = any(${[...intervalStarts]}::timestamptz[])
      for update skip locked
    ) own group by interval_start
  `.execute(trx);
  const open = await Promise.all(locked.rows.map(({ start }) => isOpen(start)));
  const closed = locked.rows.filter((_, index) => open[index] !== true);
  if (closed.length === 0) return { runs: 0, instances: 0 };
  await lockLedger(trx, pipelineId, 'exclusive');
  const starts = closed.map(({ start }) => start);
  const { rows } = await sql<{ readonly start: string; readonly ids: string[] }>`
    ${tellingInstances(pipelineId)}
    select i.interval_start as start, array_agg(i.id) as ids
    from instances i
      join unnest(${starts}::timestamptz[], ${closed.map(({ size }) => size)}::int[]) own(start, size)
        on own.start = i.interval_start
    where i.pipeline_id = ${pipelineId} and i.schedule_id = ${scheduleId}
      and i.interval_start = any(${starts}::timestamptz[])
      and exists (select from pipelines p where p.id = i.pipeline_id and p.deletion_requested_at is null)
      and not exists (select from backfills b where b.pipeline_id = i.pipeline_id and b.state in ('RUNNING', 'PAUSED')
        and b.request::jsonb -> 'scheduleIds' ? i.schedule_id
        and (b.request::jsonb ->> 'from')::timestamptz <= i.interval_start
        and i.interval_start < (b.request::jsonb ->> 'to')::timestamptz)
    group by i.pipeline_id, i.schedule_id, i.interval_start, own.size
    having count(*) = own.size and ${isFree(endedBefore)} and ${isNotNeededBy(neededBy)}
    order by i.interval_start
  `.execute(trx);
  if (rows.length === 0) return { runs: 0, instances: 0 };
  const going = rows.map(({ start }) => start);
  const runIds = going.map((intervalStart) => intervalRunId({ pipelineId, scheduleId, intervalStart }));
  const ids = rows.flatMap((row) => row.ids);
  // Events are kept for an hour (event-store.ts): there are none of what ended a day ago.
  const gone = await sql<{ readonly instances: number }>`
    with gone as (
      delete from instances where pipeline_id = ${pipelineId} and id = any(${ids}::text[]) returning id
    ),
    tries as (
      delete from attempts where pipeline_id = ${pipelineId} and instance_id = any(${ids}::text[])
    ),
    waiting as (
      delete from waits where pipeline_id = ${pipelineId} and workflow_id = any(${runIds}::text[])
    ),
    marked as (
      insert into forgotten as known (pipeline_id, schedule_id, through)
      values (${pipelineId}, ${scheduleId}, ${going.at(-1) ?? ''})
      on conflict (pipeline_id, schedule_id) do update set through = greatest(known.through, excluded.through)
    )
    select count(*)::int as instances from gone
  `.execute(trx);
  return { runs: going.length, instances: gone.rows[0]?.instances ?? 0 };
}

/**
 * Of the rows `i` of one run, grouped by pipeline, Schedule and interval: it ended before `endedBefore`, no activation will take it
 * up again, no other run waits for an instance of it, none has a lease, none says how healthy its component is, and it is not
 * the newest of its Schedule. After `tellingInstances`.
 */
function isFree(endedBefore: string): RawBuilder<unknown> {
  return sql`(
    bool_and(i.terminal) and max(i.changed_at) < ${endedBefore}
    and not bool_or(i.status = 'CANCELED' and i.cancellation_reason is not distinct from ${DEACTIVATED})
    and not bool_or(i.id in (select id from telling))
    and not bool_or(exists (select from waits w where w.pipeline_id = i.pipeline_id and w.instance_id = i.id
      and w.workflow_id <> ${runIdInSql}))
    and not bool_or(exists (select from leases l where l.pipeline_id = i.pipeline_id and l.instance_id = i.id))
    and exists (select from instances newer where newer.pipeline_id = i.pipeline_id
      and newer.schedule_id = i.schedule_id and newer.interval_start > i.interval_start)
  )`;
}

/** No run is there that needs one of the run `i`, as `mayGo` has it. */
function isNotNeededBy(neededBy: RunsToForget['neededBy']): RawBuilder<unknown> {
  if (neededBy.length === 0) return sql`true`;
  const by = (kind: 'overlap' | 'startsIn'): RawBuilder<unknown> => {
    const ids = neededBy.filter((need) => need.by === kind).map(({ from }) => from);
    return sql`u.pipeline_id = i.pipeline_id and u.schedule_id = any(${ids}::text[])
      and u.interval_start < max(i.scheduled_end)`;
  };
  return sql`(
    not exists (select from instances u where ${by('overlap')} and u.scheduled_end > i.interval_start)
    and not exists (select from instances u where ${by('startsIn')} and u.interval_start >= i.interval_start)
  )`;
}

/** `telling`: the instances that say how healthy their components are. Source: semantics.md 8.3. */
function tellingInstances(pipelineId: string): RawBuilder<unknown> {
  return sql`with recursive known as (${eachOf('component_id', pipelineId)}),
    telling as (
      select last.id from known c cross join lateral (${lastOutcome(sql`${pipelineId}`)}) last
      where c.id is not null
    )`;
}

/** The values of a column that an index begins with, behind the pipeline: a row each, and null at the end. */
function eachOf(column: 'schedule_id' | 'component_id', pipelineId: string): RawBuilder<unknown> {
  const name = sql.ref(column);
  return sql`
    (select min(${name}) as id from instances where pipeline_id = ${pipelineId})
    union all
    select (select min(${name}) from instances where pipeline_id = ${pipelineId} and ${name} > known.id)
    from known where known.id is not null`;
}

function isLockTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '55P03';
}
