import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { Status } from '../../model/instance/status.js';
import { Database } from './database.js';

/** Who sums the changes up, of all processes. Any number that no other lock of ours has. */
const SUM_LOCK = 0x636f756e; // "coun"
/** Instances of which the worker group is looked up for one answer, those that were due first. */
const MOST_WAITING = 10_000;

/** Instances of a component that wait for a runner. */
export interface WaitingComponent {
  readonly pipelineId: string;
  readonly definitionVersion: number;
  readonly componentId: string;
  /** Since when the first of them waits, ISO-8601 UTC. */
  readonly since: string;
  readonly instances: number;
}

/** What /metrics tells of instances. Nothing here reads more than a few rows, or the instances that wait. */
@Injectable()
export class InstanceCounts {
  constructor(private readonly database: Database) {}

  /** How many instances there are of each status, of all pipelines. Statuses without any are left out. */
  async byStatus(): Promise<ReadonlyMap<Status, number>> {
    // One statement, so that a sum that is made meanwhile is seen in whole or not at all.
    const { rows } = await sql<{ readonly status: Status; readonly instances: number }>`
      select status, sum(n)::bigint as instances
      from (select status, instances as n from instance_counts union all select status, change from instance_changes) c
      group by status having sum(n) <> 0
    `.execute(this.database.kysely);
    return new Map(rows.map(({ status, instances }) => [status, instances]));
  }

  /** Sums up what writers have left, so that there is little to read. Does nothing while another process does it. */
  async sumUp(): Promise<void> {
    await this.database.kysely.transaction().execute(async (trx) => {
      const { rows } = await sql<{ readonly mine: boolean }>`
        select pg_try_advisory_xact_lock(${SUM_LOCK}) as mine
      `.execute(trx);
      if (rows[0]?.mine !== true) return;
      await sql`
        with taken as (delete from instance_changes returning status, change)
        insert into instance_counts select status, sum(change) from taken group by status
        on conflict (status) do update set instances = instance_counts.instances + excluded.instances
      `.execute(trx);
    });
  }

  /** Scheduled start of the open instance that is due for longest, by status. ISO-8601 UTC. */
  async oldestDue(statuses: readonly Status[]): Promise<ReadonlyMap<Status, string>> {
    const { rows } = await sql<{ readonly status: Status; readonly due: string | null }>`
      select s.status, (
        select i.scheduled_start from instances i
        where not i.terminal and i.status = s.status order by i.scheduled_start limit 1
      ) as due
      from unnest(${[...statuses]}::text[]) s(status)
    `.execute(this.database.kysely);
    return new Map(rows.flatMap(({ status, due }) => (due === null ? [] : [[status, due]])));
  }

  /** What waits for a runner, by component; of very many instances those that were due first. */
  async waitingForRunner(): Promise<WaitingComponent[]> {
    const { rows } = await sql<WaitingComponent>`
      select pipeline_id as "pipelineId", definition_version as "definitionVersion", component_id as "componentId",
        min(changed_at) as since, count(*) as instances
      from (
        select pipeline_id, definition_version, component_id, changed_at from instances
        where not terminal and status = 'WAITING_FOR_RUNNER' order by scheduled_start limit ${MOST_WAITING}
      ) w
      group by 1, 2, 3
    `.execute(this.database.kysely);
    return rows;
  }
}
