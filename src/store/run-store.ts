import { Injectable } from '@nestjs/common';
import type { RunKey } from '../../activities/bookkeeping/ledger.js';
import type { RunIndex } from '../../activities/bookkeeping/pipeline-lifecycle.js';
import { Database } from './database.js';

/** Which runs and schedules a pipeline has: what its life cycle needs to know. */
@Injectable()
export class RunStore implements RunIndex {
  constructor(private readonly database: Database) {}

  async openRuns(pipelineId: string): Promise<RunKey[]> {
    const rows = await this.database.kysely
      .selectFrom('instances')
      .select(['schedule_id', 'interval_start'])
      .distinct()
      .where('pipeline_id', '=', pipelineId)
      .where('terminal', '=', false)
      .orderBy('interval_start')
      .orderBy('schedule_id')
      .execute();
    return rows.map((row) => runKey(pipelineId, row));
  }

  async canceledFor(
    pipelineId: string,
    reason: string,
  ): Promise<{ readonly run: RunKey; readonly instanceIds: readonly string[] }[]> {
    const rows = await this.database.kysely
      .selectFrom('instances')
      .select(['id', 'schedule_id', 'interval_start'])
      .where('pipeline_id', '=', pipelineId)
      .where('status', '=', 'CANCELED')
      .where('cancellation_reason', '=', reason)
      .orderBy('interval_start')
      .orderBy('schedule_id')
      .orderBy('id')
      .execute();
    const groups = new Map<string, { readonly run: RunKey; readonly instanceIds: string[] }>();
    for (const row of rows) {
      const run = runKey(pipelineId, row);
      const key = `${run.scheduleId}/${run.intervalStart}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { run, instanceIds: [row.id] });
      else group.instanceIds.push(row.id);
    }
    return [...groups.values()];
  }

  async scheduleIds(pipelineId: string): Promise<string[]> {
    const rows = await this.database.kysely
      .selectFrom('schedules')
      .select('schedule_id')
      .where('pipeline_id', '=', pipelineId)
      .orderBy('schedule_id')
      .execute();
    return rows.map((row) => row.schedule_id);
  }
}

function runKey(
  pipelineId: string,
  row: { readonly schedule_id: string; readonly interval_start: string },
): RunKey {
  const intervalStart = `${row.interval_start.slice(0, 19)}Z`;
  return { pipelineId, scheduleId: row.schedule_id, intervalStart };
}
