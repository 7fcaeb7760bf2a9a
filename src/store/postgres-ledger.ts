import { Injectable } from '@nestjs/common';
import { sql, type Kysely, type SelectQueryBuilder, type Transaction } from 'kysely';
import type {
  ActivatedDefinition,
  InstanceSnapshot,
  Ledger,
  NewInstance,
  Notification,
  RunChanges,
  RunKey,
  ScheduleCursor,
} from '../../activities/bookkeeping/ledger.js';
import { NEVER_MADE, type Elsewhere, type WatchedInstance } from '../../model/instance/events.js';
import type { Status } from '../../model/instance/status.js';
import { Database } from './database.js';
import { EventBell } from './event-bell.js';
import { instanceOfRow } from './instance-row.js';
import { lockLedger } from './ledger-lock.js';
import { finishPipeline, notificationOfRow, writeLedger } from './ledger-write.js';
import { existing } from './pipeline-lock.js';
import { definitionOfRow } from './pipeline-row.js';
import { retryDeadlocks } from './retry-deadlocks.js';
import type { Schema } from './schema.js';

const UNDELIVERED_LIMIT = 1_000;

/** The ledger in PostgreSQL. Contract: activities/bookkeeping/ledger.ts; locks: ledger-lock.ts, ledger-write.ts. */
@Injectable()
export class PostgresLedger implements Ledger {
  private readonly bell: EventBell;

  constructor(private readonly database: Database) {
    this.bell = new EventBell(database);
  }

  async readDefinition(pipelineId: string, definitionVersion: number): Promise<ActivatedDefinition> {
    const found = await this.database.kysely
      .selectFrom('pipelines as p')
      .leftJoin('definitions as d', (join) =>
        join.onRef('d.pipeline_id', '=', 'p.id').on('d.version', '=', definitionVersion),
      )
      .select(['p.name', 'p.activation', 'p.first_activated_at', 'p.created_at', 'p.deleted_at'])
      .select(['d.pipeline_objects', 'd.parameter_objects', 'd.parameter_values'])
      .where('p.id', '=', pipelineId)
      .executeTakeFirst();
    const row = existing(pipelineId, found);
    const { pipeline_objects, parameter_objects, parameter_values } = row;
    if (pipeline_objects === null || parameter_objects === null || parameter_values === null) {
      throw new Error(`Pipeline ${pipelineId} has no definition version ${definitionVersion}`);
    }
    return {
      pipelineId,
      pipelineName: row.name,
      definitionVersion,
      activation: row.activation,
      definition: definitionOfRow({ pipeline_objects, parameter_objects, parameter_values }),
      // Before the first activation nothing runs; the value only has to be an instant.
      firstActivationTime: row.first_activated_at ?? row.created_at,
    };
  }

  async createInstances(run: RunKey, instances: readonly NewInstance[]): Promise<void> {
    await retryDeadlocks(() =>
      writeLedger(
        this.database.kysely,
        run,
        { created: instances, instances: [], attempts: [] },
        { begins: true },
      ),
    );
    this.bell.ring();
  }

  async readRun(
    run: RunKey,
    { opening = false }: { readonly opening?: boolean } = {},
  ): Promise<InstanceSnapshot[]> {
    const rows = await selectInstances(this.database.kysely)
      .$if(opening, (some) => some.forKeyShare('i'))
      .where('i.pipeline_id', '=', run.pipelineId)
      .where('i.schedule_id', '=', run.scheduleId)
      .where('i.interval_start', '=', run.intervalStart)
      .orderBy('i.id')
      .execute();
    return rows.map(instanceOfRow);
  }

  async record(run: RunKey, changes: RunChanges): Promise<Notification[]> {
    const notifications = await retryDeadlocks(() => writeLedger(this.database.kysely, run, changes));
    this.bell.ring();
    return notifications;
  }

  async awaitInstances(
    pipelineId: string,
    workflowId: string,
    instanceIds: readonly string[],
    watched: readonly WatchedInstance[] = [],
  ): Promise<Elsewhere[]> {
    const scheduleOf = new Map(watched.map(({ instanceId, scheduleId }) => [instanceId, scheduleId]));
    const ids = [...new Set([...instanceIds, ...scheduleOf.keys()])].sort();
    if (ids.length === 0) return [];
    const schedules = ids.map((id) => scheduleOf.get(id) ?? null);
    return this.database.kysely.transaction().execute(async (trx) => {
      // See ledger-lock.ts: no instance ends between the reading of its status and the commit of the wait.
      await lockLedger(trx, pipelineId, 'exclusive');
      await sql`
        insert into waits (pipeline_id, instance_id, workflow_id, watched, schedule_id)
        select ${pipelineId}, w.id, ${workflowId}, w.schedule_id is not null, w.schedule_id
        from unnest(${ids}::text[], ${schedules}::text[]) w(id, schedule_id)
        on conflict (pipeline_id, instance_id, workflow_id) do update
          set watched = true, schedule_id = excluded.schedule_id
          where excluded.watched and not waits.watched
      `.execute(trx);
      const { rows } = await sql<FoundRow>`
        select w.id, coalesce(i.status, 'SKIPPED') as status, coalesce(i.seq, ${NEVER_MADE}::int) as seq,
          coalesce(i.attempt_count, 0) as attempt, i.cancellation_reason as reason
        from unnest(${ids}::text[], ${schedules}::text[]) w(id, schedule_id)
        left join instances i on i.pipeline_id = ${pipelineId} and i.id = w.id
        where i.id is not null or exists (select from schedules s
          where s.pipeline_id = ${pipelineId} and s.schedule_id = w.schedule_id and s.exhausted)
        order by w.id
      `.execute(trx);
      return rows.map(({ id, status, seq, attempt, reason }) => ({
        instanceId: id,
        status,
        seq,
        attempt,
        ...(reason === null ? {} : { cancellationReason: reason }),
      }));
    });
  }

  async forgetWaits(pipelineId: string, workflowId: string): Promise<void> {
    await this.database.kysely
      .deleteFrom('waits')
      .where('pipeline_id', '=', pipelineId)
      .where('workflow_id', '=', workflowId)
      .execute();
  }

  async readPauses(pipelineId: string): Promise<string[]> {
    const rows = await this.database.kysely
      .selectFrom('pauses')
      .select('component_id')
      .where('pipeline_id', '=', pipelineId)
      .orderBy('component_id')
      .execute();
    return rows.map((row) => row.component_id);
  }

  async acknowledge(notificationIds: readonly string[]): Promise<void> {
    if (notificationIds.length === 0) return;
    await this.database.kysely
      .deleteFrom('notifications')
      .where(sql<boolean>`id = any(${[...notificationIds]}::bigint[])`)
      .execute();
  }

  async undelivered(ageMs: number): Promise<Notification[]> {
    const rows = await this.database.kysely
      .selectFrom('notifications')
      .select([sql<string>`id::text`.as('id'), 'workflow_id', 'kind', 'instance_id', 'status'])
      .select(['seq', 'attempt', 'reason'])
      .where(
        'created_at',
        '<=',
        sql<string>`clock_timestamp() - ${ageMs}::double precision * interval '1 millisecond'`,
      )
      .orderBy('notifications.id')
      .limit(UNDELIVERED_LIMIT)
      .execute();
    return rows.map(notificationOfRow);
  }

  async readSchedule(pipelineId: string, scheduleId: string): Promise<ScheduleCursor | undefined> {
    const row = await this.database.kysely
      .selectFrom('schedules as s')
      .innerJoin('pipelines as p', 'p.id', 's.pipeline_id')
      .leftJoin('forgotten as f', (join) =>
        join.onRef('f.pipeline_id', '=', 's.pipeline_id').onRef('f.schedule_id', '=', 's.schedule_id'),
      )
      .select(['p.active_version', 's.next_index', 's.exhausted', 'f.through'])
      .where('s.pipeline_id', '=', pipelineId)
      .where('s.schedule_id', '=', scheduleId)
      .where('p.state', '=', 'SCHEDULED')
      .executeTakeFirst();
    if (row === undefined || row.active_version === null) return undefined;
    return {
      definitionVersion: row.active_version,
      nextIndex: row.next_index,
      exhausted: row.exhausted,
      ...(row.through === null ? {} : { forgottenThrough: row.through }),
    };
  }

  async advanceSchedule(
    pipelineId: string,
    scheduleId: string,
    fromIndex: number,
    toIndex: number,
    exhausted: boolean,
  ): Promise<boolean> {
    return this.database.kysely.transaction().execute(async (trx) => {
      // The pipeline may finish by this: no instance ends between the look at the instances and the commit of the cursor.
      if (exhausted) {
        await lockLedger(trx, pipelineId, 'exclusive');
        await trx
          .selectFrom('pipelines')
          .select('id')
          .where('id', '=', pipelineId)
          .forNoKeyUpdate()
          .execute();
      }
      const moved = await trx
        .updateTable('schedules')
        .set({ next_index: toIndex, exhausted })
        .where('pipeline_id', '=', pipelineId)
        .where('schedule_id', '=', scheduleId)
        .where('next_index', '=', fromIndex)
        .executeTakeFirst();
      if (moved.numUpdatedRows === 0n) return false;
      if (!exhausted) return true;
      await skipNeverMade(trx, pipelineId, scheduleId);
      await finishPipeline(trx, pipelineId);
      return true;
    });
  }
}

interface FoundRow {
  readonly id: string;
  readonly status: Status;
  readonly seq: number;
  readonly attempt: number;
  readonly reason: string | null;
}

/** The schedule has ended: whoever watches an instance of it that was not made hears that it never will be. */
async function skipNeverMade(
  trx: Transaction<Schema>,
  pipelineId: string,
  scheduleId: string,
): Promise<void> {
  await sql`
    insert into notifications (pipeline_id, workflow_id, kind, instance_id, status, seq, attempt)
    select w.pipeline_id, w.workflow_id, 'instanceChanged', w.instance_id, 'SKIPPED', ${NEVER_MADE}::int, 0
    from waits w
    where w.pipeline_id = ${pipelineId} and w.watched and w.schedule_id = ${scheduleId} and not exists (
      select from instances i where i.pipeline_id = w.pipeline_id and i.id = w.instance_id)
  `.execute(trx);
}

/** Instances with whether they may go on: true unless they wait for a lease. */
export function selectInstances(
  db: Kysely<Schema>,
): SelectQueryBuilder<{ i: Schema['instances'] }, 'i', InstanceSelection> {
  return db
    .selectFrom('instances as i')
    .selectAll('i')
    .select(
      sql<boolean>`not exists (
        select from leases l where l.pipeline_id = i.pipeline_id and l.instance_id = i.id and l.granted_at is null
      )`.as('lease_granted'),
    );
}

type InstanceSelection = Parameters<typeof instanceOfRow>[0];
