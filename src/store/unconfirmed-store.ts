import { sql } from 'kysely';
import type { UnconfirmedBook, UnconfirmedRun } from '../../activities/bookkeeping/unconfirmed.js';
import { attemptIdOf } from '../../model/instance/ids.js';
import { intervalRunId } from '../../workflows/contract.js';
import type { Database } from './database.js';
import { instantOfTimestamptz } from './instant.js';

interface RunRow {
  readonly pipelineId: string;
  readonly scheduleId: string;
  readonly intervalStart: string;
  readonly instances: readonly { readonly id: string; readonly attempt: number }[];
}

/** Which attempts wait for a runner, as the ledger knows it. Contract: activities/bookkeeping/unconfirmed.ts. */
export class UnconfirmedStore implements UnconfirmedBook {
  constructor(private readonly database: Database) {}

  async waiting(forMs: number, most: number, after?: UnconfirmedRun['key']): Promise<UnconfirmedRun[]> {
    const { pipelineId = '', scheduleId = '', intervalStart = '-infinity' } = after ?? {};
    const { rows } = await sql<RunRow>`
      with waiting as (
        select pipeline_id, schedule_id, interval_start, id, attempt_count from instances
        where status = 'WAITING_FOR_RUNNER' and kind in ('activity', 'dataNode', 'precondition') and attempt_count > 0
          and changed_at <= clock_timestamp() - ${forMs}::double precision * interval '1 millisecond'
      )
      select pipeline_id as "pipelineId", schedule_id as "scheduleId", interval_start::text as "intervalStart",
        jsonb_agg(jsonb_build_object('id', id, 'attempt', attempt_count)) as instances
      from waiting
      where (pipeline_id, schedule_id, interval_start) > (${pipelineId}, ${scheduleId}, ${intervalStart}::timestamptz)
      group by pipeline_id, schedule_id, interval_start
      order by pipeline_id, schedule_id, interval_start
      limit ${most}
    `.execute(this.database.kysely);
    return rows.map(({ instances, ...row }) => {
      const key = { ...row, intervalStart: instantOfTimestamptz(row.intervalStart) };
      return {
        key,
        workflowId: intervalRunId(key),
        attemptIds: instances.map(({ id, attempt }) => attemptIdOf(id, attempt)),
      };
    });
  }
}
