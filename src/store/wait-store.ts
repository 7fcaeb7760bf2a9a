import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { STATUS, type Status } from '../../model/instance/status.js';
import { Database } from './database.js';

/** An instance that another one needs. */
export interface NeededInstance {
  readonly id: string;
  /** What it is counted with: its component. */
  readonly part: string;
  /** Of another interval run: it may not be made yet. One of the same run that was not made has no part in it. */
  readonly elsewhere: boolean;
  /** It only has to be over, however it ended. */
  readonly anyEnd: boolean;
}

/** One of those that are not as they must be. */
export interface UnmetNeed {
  readonly id: string;
  readonly part: string;
  /** Instances of its part that are not as they must be. */
  readonly unmet: number;
}

/** A wait for a place of maxActiveInstances. */
export interface LeaseWait {
  readonly instanceId: string;
  readonly componentId: string;
  readonly limit: number;
  /** Instances that come before it. */
  readonly ahead: number;
}

export interface LeaseHolder {
  readonly componentId: string;
  readonly instanceId: string;
  readonly grantedAt: string;
  /** Holders of the component. */
  readonly total: number;
}

const SATISFYING = (Object.keys(STATUS) as Status[]).filter((status) => STATUS[status].satisfies);
/** Newest pipelines whose worker groups are looked up. */
const PIPELINES = 200;
const GROUPS = 100;

/** What instances wait for, as the ledger knows it. To read only. */
@Injectable()
export class WaitStore {
  constructor(private readonly database: Database) {}

  /** Of each part the first `most` that are not as they must be: those that ended so, then those on their way, then those to come. */
  async unmet(pipelineId: string, needed: readonly NeededInstance[], most: number): Promise<UnmetNeed[]> {
    if (needed.length === 0) return [];
    const { rows } = await sql<UnmetNeed>`
      with unmet as (
        select n.id, n.part, case when i.terminal then 0 when i.id is null then 2 else 1 end as late,
          count(*) over (partition by n.part)::int as unmet
        from unnest(
          ${needed.map(({ id }) => id)}::text[], ${needed.map(({ part }) => part)}::text[],
          ${needed.map(({ elsewhere }) => elsewhere)}::boolean[], ${needed.map(({ anyEnd }) => anyEnd)}::boolean[]
        ) n(id, part, elsewhere, any_end)
        left join instances i on i.pipeline_id = ${pipelineId} and i.id = n.id
        where case when i.id is null then n.elsewhere
          else i.status <> all(${SATISFYING}::text[]) and not (n.any_end and i.terminal) end
      ),
      placed as (select *, row_number() over (partition by part order by late, id) as place from unmet)
      select id, part, unmet from placed where place <= ${most} order by late, id
    `.execute(this.database.kysely);
    return rows;
  }

  /** Those of the instances that wait for a lease. */
  async leaseWaits(pipelineId: string, instanceIds: readonly string[]): Promise<LeaseWait[]> {
    if (instanceIds.length === 0) return [];
    const { rows } = await sql<LeaseWait>`
      select l.instance_id as "instanceId", l.component_id as "componentId", p.lease_limit as "limit",
        (select count(*)::int from leases b where b.pipeline_id = l.pipeline_id and b.component_id = l.component_id
          and b.granted_at is null
          and (b.scheduled_start, b.instance_id) < (l.scheduled_start, l.instance_id)) as ahead
      from leases l join lease_pools p on p.pipeline_id = l.pipeline_id and p.component_id = l.component_id
      where l.pipeline_id = ${pipelineId} and l.instance_id = any(${[...instanceIds]}::text[]) and l.granted_at is null
    `.execute(this.database.kysely);
    return rows;
  }

  /** The first `most` holders of leases of each component, oldest first. */
  async leaseHolders(
    pipelineId: string,
    componentIds: readonly string[],
    most: number,
  ): Promise<LeaseHolder[]> {
    if (componentIds.length === 0) return [];
    const { rows } = await sql<LeaseHolder>`
      select component_id as "componentId", instance_id as "instanceId", granted_at as "grantedAt", total
      from (
        select *, count(*) over (partition by component_id)::int as total,
          row_number() over (partition by component_id order by granted_at, instance_id) as place
        from leases
        where pipeline_id = ${pipelineId} and component_id = any(${[...componentIds]}::text[])
          and granted_at is not null
      ) held
      where place <= ${most} order by component_id, place
    `.execute(this.database.kysely);
    return rows;
  }

  /**
   * Worker groups that definitions name, of the pipelines activated last. Names that are expressions are left out: each would
   * have to be evaluated.
   */
  async workerGroups(): Promise<string[]> {
    const { rows } = await sql<{ name: string }>`
      with recent as (
        select id, coalesce(active_version, latest_version) as version from pipelines
        where deleted_at is null order by last_activated_at desc nulls last limit ${PIPELINES}
      )
      select distinct f ->> 'stringValue' as name
      from recent p join definitions d on d.pipeline_id = p.id and d.version = p.version
      cross join lateral json_array_elements(d.pipeline_objects::json) o
      cross join lateral json_array_elements(o -> 'fields') f
      where f ->> 'key' = 'workerGroup' and f ->> 'stringValue' <> '' and f ->> 'stringValue' not like '%#{%'
      order by 1 limit ${GROUPS}
    `.execute(this.database.kysely);
    return rows.map(({ name }) => name);
  }
}
