import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database } from './database.js';

/** How far a Schedule in force has come. */
export interface ScheduleProgress {
  readonly scheduleId: string;
  /** Index of the first interval that was not started yet. */
  readonly nextIndex: number;
  /** No interval will be started by time any more. */
  readonly exhausted: boolean;
  /** Start of the newest interval with instances that has come; absent before the first. ISO-8601 UTC. */
  readonly lastIntervalStart?: string;
}

/** Schedules in force, to read. */
@Injectable()
export class ScheduleStore {
  constructor(private readonly database: Database) {}

  /** Those of a pipeline, by id; none before its first activation. */
  async progressOf(pipelineId: string, now = new Date()): Promise<ScheduleProgress[]> {
    const { rows } = await sql<{ id: string; next_index: number; exhausted: boolean; last: string | null }>`
      select s.schedule_id as id, s.next_index, s.exhausted, (
        select max(i.interval_start) from instances i
        where i.pipeline_id = s.pipeline_id and i.schedule_id = s.schedule_id and i.interval_start <= ${now}
      ) as last
      from schedules s where s.pipeline_id = ${pipelineId} order by s.schedule_id
    `.execute(this.database.kysely);
    return rows.map(({ id, next_index: nextIndex, exhausted, last }) => ({
      scheduleId: id,
      nextIndex,
      exhausted,
      ...(last === null ? {} : { lastIntervalStart: last }),
    }));
  }

  /** Index of the first interval that was not started yet, by Schedule; empty before the first activation. */
  async nextIndexes(pipelineId: string): Promise<ReadonlyMap<string, number>> {
    const rows = await this.database.kysely
      .selectFrom('schedules')
      .select(['schedule_id', 'next_index'])
      .where('pipeline_id', '=', pipelineId)
      .execute();
    return new Map(rows.map((row) => [row.schedule_id, row.next_index]));
  }
}
