import { Injectable } from '@nestjs/common';
import { sql, type Transaction } from 'kysely';
import type { Notification } from '../../activities/bookkeeping/ledger.js';
import { Database } from './database.js';
import { lockLedger } from './ledger-lock.js';
import { notificationOfRow, runIdInSql, type NotificationRow } from './ledger-write.js';
import { retryDeadlocks } from './retry-deadlocks.js';
import type { Schema } from './schema.js';

/** A component that is paused. */
export interface Pause {
  readonly componentId: string;
  /** Profile of the caller. */
  readonly pausedBy: string;
  /** ISO-8601 UTC. */
  readonly pausedAt: string;
}

/** A change of pauses: all components that are paused after it, and the notes of what open runs must be told. */
export interface PauseChange {
  readonly paused: readonly string[];
  readonly notifications: readonly Notification[];
}

/**
 * Which components are paused. A change and what runs must be told of it are written in one transaction; while it lasts no run
 * begins, so that each run either is told or reads the change when it opens.
 */
@Injectable()
export class PauseStore {
  constructor(private readonly database: Database) {}

  /** Pauses of a pipeline, by component id. */
  async of(pipelineId: string): Promise<Pause[]> {
    const rows = await this.database.kysely
      .selectFrom('pauses')
      .select(['component_id', 'paused_by', 'paused_at'])
      .where('pipeline_id', '=', pipelineId)
      .orderBy('component_id')
      .execute();
    return rows.map((row) => ({
      componentId: row.component_id,
      pausedBy: row.paused_by,
      pausedAt: row.paused_at,
    }));
  }

  /** Pauses the components; those that are paused stay with their first pause. What open runs must be told. */
  async pause(
    pipelineId: string,
    componentIds: readonly string[],
    { by, at }: { readonly by: string; readonly at: Date },
  ): Promise<PauseChange> {
    return this.change(pipelineId, async (trx) => {
      const { rows } = await sql`
        insert into pauses (pipeline_id, component_id, paused_by, paused_at)
        select p.id, c.id, ${by}, ${at.toISOString()}
        from pipelines p cross join unnest(${[...componentIds]}::text[]) c(id)
        where p.id = ${pipelineId} and p.deleted_at is null
        on conflict do nothing
        returning component_id
      `.execute(trx);
      return rows.length > 0;
    });
  }

  /** Ends the pauses of the components that are paused. What open runs must be told. */
  async resume(pipelineId: string, componentIds: readonly string[]): Promise<PauseChange> {
    return this.change(pipelineId, async (trx) => {
      const { rows } = await sql`
        delete from pauses where pipeline_id = ${pipelineId} and component_id = any(${[...componentIds]}::text[])
        returning component_id
      `.execute(trx);
      return rows.length > 0;
    });
  }

  /** What open runs must be told when they may have opened while a pause was written; nothing when none is paused. */
  async reminders(pipelineId: string): Promise<PauseChange> {
    return this.change(pipelineId, async (trx) => {
      const paused = trx.selectFrom('pauses').select('component_id').where('pipeline_id', '=', pipelineId);
      return (await paused.executeTakeFirst()) !== undefined;
    });
  }

  /** Removes what was delivered. */
  async delivered(notificationIds: readonly string[]): Promise<void> {
    if (notificationIds.length === 0) return;
    await this.database.kysely
      .deleteFrom('notifications')
      .where(sql<boolean>`id = any(${[...notificationIds]}::bigint[])`)
      .execute();
  }

  private async change(
    pipelineId: string,
    work: (trx: Transaction<Schema>) => Promise<boolean>,
  ): Promise<PauseChange> {
    return retryDeadlocks(() =>
      this.database.kysely.transaction().execute(async (trx) => {
        await lockLedger(trx, pipelineId, 'exclusive');
        const changed = await work(trx);
        const rows = await trx
          .selectFrom('pauses')
          .select('component_id')
          .where('pipeline_id', '=', pipelineId)
          .orderBy('component_id')
          .execute();
        const notifications = changed ? await notifyOpenRuns(trx, pipelineId) : [];
        return { paused: rows.map((row) => row.component_id), notifications };
      }),
    );
  }
}

async function notifyOpenRuns(trx: Transaction<Schema>, pipelineId: string): Promise<Notification[]> {
  const { rows } = await sql<NotificationRow>`
    insert into notifications (pipeline_id, workflow_id, kind, instance_id)
    select distinct i.pipeline_id, ${runIdInSql}, 'pausesChanged', '' from instances i
    where i.pipeline_id = ${pipelineId} and not i.terminal
    returning id::text, workflow_id, kind, instance_id, status
  `.execute(trx);
  return rows.map(notificationOfRow);
}
