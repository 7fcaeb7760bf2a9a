import { Injectable } from '@nestjs/common';
import { sql, type RawBuilder } from 'kysely';
import type { RunKey } from '../../activities/bookkeeping/ledger.js';
import { attemptId, isOneOfAttempts } from './attempt-id.js';
import { Database } from './database.js';
import { attemptOfRow, instanceOfRow } from './instance-row.js';
import { conditionOf, type Condition, type SelectorCondition } from './object-condition.js';
import { afterMarker, asksInstance, orderColumns, orderOf, type OrderColumns } from './object-order.js';
import type {
  AttemptRow,
  ComponentOutcome,
  InstancePage,
  InstanceRow,
  LedgerSphere,
  ObjectIdPage,
  ObjectQuery,
  RunTimes,
} from './object-selector.js';
import { markerOf } from './page-marker.js';
import { selectInstances } from './postgres-ledger.js';

/** Instances and attempts as the API reads them. What is not there (also: a pipeline) is left out, never an error. */
@Injectable()
export class ObjectStore {
  constructor(private readonly database: Database) {}

  /** Ids of the instances or attempts that match all selectors, in the order of `orderOf`. @throws InvalidRequest */
  async query(query: ObjectQuery): Promise<ObjectIdPage> {
    const { pipelineId, sphere, selectors, after, limit } = query;
    const found = selectors.map((selector) => conditionOf(sphere, selector));
    const order = orderOf(sphere, found);
    const joined = sphere === 'ATTEMPT' && asksInstance(found, order);
    const conditions = joined ? found : found.map(ofAttemptAlone);
    const columns = orderColumns(sphere, order, joined);
    const rest = afterMarker(after, order, columns);
    const one = (holding: readonly Condition[]): RawBuilder<unknown> => sql`
      select ${columns.time ?? sql`null::timestamptz`} as time, ${columns.id} as id,
        ${columns.number ?? sql`0`} as number
      from ${rowsOf(sphere, joined)}
      where ${sphere === 'ATTEMPT' ? sql`a.pipeline_id` : sql`i.pipeline_id`} = ${pipelineId}
        and ${sql.join([rest, ...holding], sql` and `)}
      order by ${sql.join(sortedBy(columns))}
      limit ${limit + 1}`;
    const parts = partsOf(conditions).map(one);
    // Each part is in order already. Without a time there is only the id (and number) to merge by.
    const { rows } = await sql<{ time: string; id: string; number: number }>`
      select ${columns.timeIsText ? TIME_OF_TEXT : TIME_OF_INSTANT} as time, id, number
      from (${sql.join(
        parts.map((part) => sql`(${part})`),
        sql` union all `,
      )}) found
      order by found.time, id, number
      limit ${limit + 1}
    `.execute(this.database.kysely);
    const shown = rows.slice(0, limit);
    const ids = shown.map((row) => (sphere === 'ATTEMPT' ? attemptId(row.id, row.number) : row.id));
    const last = shown.at(-1);
    if (rows.length <= limit || last === undefined) return { ids };
    return { ids, marker: markerOf({ ...last, order }) };
  }

  /** The instances, in the order asked for. */
  async instances(pipelineId: string, ids: readonly string[]): Promise<InstanceRow[]> {
    if (ids.length === 0) return [];
    const rows = await selectInstances(this.database.kysely)
      .where('i.pipeline_id', '=', pipelineId)
      .where(sql<boolean>`i.id = any(${[...ids]}::text[])`)
      .execute();
    const byId = new Map(rows.map((row) => [row.id, instanceOfRow(row)]));
    return ids.flatMap((id) => byId.get(id) ?? []);
  }

  /** The attempts (`<instanceId>_Attempt=<n>`), in the order asked for. */
  async attempts(pipelineId: string, ids: readonly string[]): Promise<AttemptRow[]> {
    if (ids.length === 0) return [];
    const rows = await this.selectAttempts()
      .where('a.pipeline_id', '=', pipelineId)
      .where(isOneOfAttempts(ids))
      .execute();
    const byId = new Map(rows.map((row) => [attemptId(row.instance_id, row.number), attemptRow(row)]));
    return ids.flatMap((id) => byId.get(id) ?? []);
  }

  /** All attempts of the instances, by number. */
  async attemptsOf(pipelineId: string, instanceIds: readonly string[]): Promise<AttemptRow[]> {
    if (instanceIds.length === 0) return [];
    const rows = await this.selectAttempts()
      .where('a.pipeline_id', '=', pipelineId)
      .where(sql<boolean>`a.instance_id = any(${[...instanceIds]}::text[])`)
      .orderBy('a.instance_id')
      .orderBy('a.number')
      .execute();
    return rows.map(attemptRow);
  }

  /** The run of each instance that exists. */
  async runsOf(pipelineId: string, instanceIds: readonly string[]): Promise<Map<string, RunKey>> {
    if (instanceIds.length === 0) return new Map();
    const rows = await this.database.kysely
      .selectFrom('instances')
      .select(['id', 'schedule_id', 'interval_start'])
      .where('pipeline_id', '=', pipelineId)
      .where(sql<boolean>`id = any(${[...instanceIds]}::text[])`)
      .execute();
    return new Map(rows.map((row) => [row.id, runKey(pipelineId, row)]));
  }

  /** Runs with an instance that has not ended, oldest first. */
  async openRuns(pipelineId: string): Promise<RunKey[]> {
    const rows = await this.database.kysely
      .selectFrom('instances')
      .select(['schedule_id', 'interval_start'])
      .distinct()
      .where('pipeline_id', '=', pipelineId)
      .where(sql<boolean>`not terminal`)
      .orderBy('interval_start')
      .orderBy('schedule_id')
      .execute();
    return rows.map((row) => runKey(pipelineId, row));
  }

  /** Runs of a Schedule with work in hand or before them. Contract: RunIndex. */
  async busyRuns(pipelineId: string, scheduleId: string): Promise<number> {
    const { rows } = await sql<{ busy: number }>`
      select count(*)::int as busy from (
        select from instances i
        where i.pipeline_id = ${pipelineId} and i.schedule_id = ${scheduleId} and not i.terminal
        group by i.interval_start
        having bool_and(i.seq = 0)
          or bool_or(i.kind <> 'precondition' and i.status <> 'WAITING_ON_DEPENDENCIES')
          or bool_or(exists (select from leases l where l.pipeline_id = i.pipeline_id
            and l.instance_id = i.id and l.granted_at is null))
      ) runs
    `.execute(this.database.kysely);
    return rows[0]?.busy ?? 0;
  }

  /** Instances that were CANCELED with `reason`, by run, oldest first. */
  async canceledFor(
    pipelineId: string,
    reason: string,
  ): Promise<{ readonly run: RunKey; readonly instanceIds: readonly string[] }[]> {
    const rows = await this.database.kysely
      .selectFrom('instances')
      .select(['schedule_id', 'interval_start', sql<string[]>`array_agg(id order by id)`.as('ids')])
      .where('pipeline_id', '=', pipelineId)
      .where('status', '=', 'CANCELED')
      .where('cancellation_reason', '=', reason)
      .groupBy(['interval_start', 'schedule_id'])
      .orderBy('interval_start')
      .orderBy('schedule_id')
      .execute();
    return rows.map((row) => ({ run: runKey(pipelineId, row), instanceIds: row.ids }));
  }

  /** Instances of the components that are CASCADE_FAILED and whose interval overlaps the one given, oldest first. */
  async cascadeFailed(
    pipelineId: string,
    componentIds: readonly string[],
    interval: { readonly from: string; readonly before: string },
  ): Promise<InstanceRow[]> {
    const rows = await selectInstances(this.database.kysely)
      .where('i.pipeline_id', '=', pipelineId)
      .where('i.status', '=', 'CASCADE_FAILED')
      .where(sql<boolean>`i.component_id = any(${[...componentIds]}::text[])`)
      .where('i.scheduled_start', '<', interval.before)
      .where('i.scheduled_end', '>', interval.from)
      .orderBy('i.scheduled_start')
      .orderBy('i.id')
      .execute();
    return rows.map(instanceOfRow);
  }

  /** Ids of the Schedules that the pipeline has a cursor for. */
  async scheduleIds(pipelineId: string): Promise<string[]> {
    const rows = await this.database.kysely
      .selectFrom('schedules')
      .select('schedule_id')
      .where('pipeline_id', '=', pipelineId)
      .orderBy('schedule_id')
      .execute();
    return rows.map((row) => row.schedule_id);
  }

  /** Instances by scheduled start and id. @throws InvalidRequest when `after` is not a marker. */
  async listInstances(
    pipelineId: string,
    { after, limit }: { readonly after?: string; readonly limit: number },
  ): Promise<InstancePage> {
    const order = '@scheduledStartTime';
    const rows = await selectInstances(this.database.kysely)
      .where('i.pipeline_id', '=', pipelineId)
      .where(afterMarker(after, order, orderColumns('INSTANCE', order, false)))
      .orderBy('i.scheduled_start')
      .orderBy('i.id')
      .limit(limit + 1)
      .execute();
    const instances = rows.slice(0, limit).map(instanceOfRow);
    const last = instances.at(-1);
    if (rows.length <= limit || last === undefined) return { instances };
    const { id, scheduledStart: time } = last;
    return { instances, marker: markerOf({ order, time, id, number: 0 }) };
  }

  /** The last outcome of each component that has one: of an instance, or of a precondition of one. Source: semantics.md 8.3. */
  async outcomes(pipelineId: string, componentIds: readonly string[]): Promise<ComponentOutcome[]> {
    if (componentIds.length === 0) return [];
    const { rows } = await sql<ComponentOutcome>`
      select c.id as "componentId", last.id as "instanceId", last.status, last.changed_at as "changedAt"
      from unnest(${[...componentIds]}::text[]) with ordinality c(id, place)
      cross join lateral (${lastOutcome(sql`${pipelineId}`)}) last
      order by c.place
    `.execute(this.database.kysely);
    return rows;
  }

  /** The same for components of several pipelines at once. */
  async outcomesOfMany(
    components: readonly { readonly pipelineId: string; readonly componentId: string }[],
  ): Promise<(ComponentOutcome & { readonly pipelineId: string })[]> {
    if (components.length === 0) return [];
    const pipelineIds = components.map(({ pipelineId }) => pipelineId);
    const componentIds = components.map(({ componentId }) => componentId);
    const { rows } = await sql<ComponentOutcome & { readonly pipelineId: string }>`
      select c.pipeline_id as "pipelineId", c.id as "componentId", last.id as "instanceId", last.status,
        last.changed_at as "changedAt"
      from unnest(${pipelineIds}::text[], ${componentIds}::text[]) c(pipeline_id, id)
      cross join lateral (${lastOutcome(sql`c.pipeline_id`)}) last
    `.execute(this.database.kysely);
    return rows;
  }

  /** Latest and next scheduled start seen from `at`, of the whole pipeline or of one component. */
  async runTimes(pipelineId: string, at: Date, componentId?: string): Promise<RunTimes> {
    const of =
      componentId === undefined
        ? sql`pipeline_id = ${pipelineId}`
        : sql`pipeline_id = ${pipelineId} and component_id = ${componentId}`;
    const now = at.toISOString();
    const { rows } = await sql<{ latest: string | null; next: string | null }>`
      select (select max(scheduled_start) from instances where ${of} and scheduled_start <= ${now}) as latest,
        (select min(scheduled_start) from instances where ${of} and scheduled_start > ${now}) as next
    `.execute(this.database.kysely);
    const { latest, next } = rows[0] ?? { latest: null, next: null };
    return { ...(latest === null ? {} : { latest }), ...(next === null ? {} : { next }) };
  }

  private selectAttempts() {
    return this.database.kysely
      .selectFrom('attempts as a')
      .innerJoin('instances as i', (join) =>
        join.onRef('i.pipeline_id', '=', 'a.pipeline_id').onRef('i.id', '=', 'a.instance_id'),
      )
      .selectAll('a')
      .select(['i.schedule_id', 'i.interval_start', 'i.component_id', 'i.node_id', 'i.kind', 'i.type'])
      .select(['i.scheduled_start', 'i.scheduled_end', 'i.definition_version', 'i.activation']);
  }
}

/** The tables that a query needs. */
/** The time of a row as markers have it. */
const TIME_OF_INSTANT = sql`coalesce(to_char(time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '')`;
const TIME_OF_TEXT = sql`time || 'Z'`;

function sortedBy({ time, id, number }: OrderColumns): RawBuilder<unknown>[] {
  return [time, id, number].filter((column) => column !== undefined);
}

function ofAttemptAlone(condition: SelectorCondition): SelectorCondition {
  return { ...condition, alternatives: condition.ofAttempt ?? condition.alternatives };
}

function rowsOf(sphere: LedgerSphere, joined: boolean): RawBuilder<unknown> {
  if (sphere === 'INSTANCE') return sql`instances i`;
  if (!joined) return sql`attempts a`;
  return sql`attempts a join instances i on i.pipeline_id = a.pipeline_id and i.id = a.instance_id`;
}

/** Most parts that a query is asked in. Above it the alternatives of a selector are one condition. */
const MAXIMUM_PARTS = 24;

/**
 * The conditions in parts of which no two find the same row, and each of which names one value a selector. For that an index has the
 * rows in order; of several values the first page would be found by going through all rows of all of them.
 */
function partsOf(conditions: readonly SelectorCondition[]): Condition[][] {
  let parts: Condition[][] = [[]];
  for (const { alternatives } of conditions) {
    parts =
      parts.length * alternatives.length <= MAXIMUM_PARTS
        ? parts.flatMap((part) => alternatives.map((alternative) => [...part, alternative]))
        : parts.map((part) => [...part, sql<boolean>`(${sql.join(alternatives, sql` or `)})`]);
  }
  return parts;
}

type AttemptSelection = Awaited<ReturnType<ReturnType<ObjectStore['selectAttempts']>['execute']>>[number];

function attemptRow(row: AttemptSelection): AttemptRow {
  return {
    ...attemptOfRow(row),
    ...runKey(row.pipeline_id, row),
    id: attemptId(row.instance_id, row.number),
    componentId: row.component_id,
    ...(row.node_id === null ? {} : { nodeId: row.node_id }),
    type: row.type,
    kind: row.kind,
    scheduledStart: row.scheduled_start,
    scheduledEnd: row.scheduled_end,
    definitionVersion: row.definition_version,
    activation: row.activation,
  };
}

function runKey(
  pipelineId: string,
  row: { readonly schedule_id: string; readonly interval_start: string },
): RunKey {
  return { pipelineId, scheduleId: row.schedule_id, intervalStart: row.interval_start };
}

/**
 * The last outcome of the component `c`. When it ended with its precondition, its own instance is the one. A precondition that is
 * CANCELED ended with what it was for and says nothing by itself.
 */
export function lastOutcome(pipelineId: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    select id, status, changed_at from (
      (select i.id, i.status, i.changed_at, 0 as place from instances i
        where i.pipeline_id = ${pipelineId} and i.component_id = c.id and i.terminal and i.status <> 'SKIPPED'
          and not (i.kind = 'precondition' and i.status = 'CANCELED')
        order by i.changed_at desc, i.id desc limit 1)
      union all
      (select i.id, i.status, i.changed_at, 1 as place from instances i
        where i.pipeline_id = ${pipelineId} and i.node_id = c.id and i.kind = 'precondition' and i.status = 'FAILED'
        order by i.changed_at desc, i.id desc limit 1)
    ) ended order by changed_at desc, place limit 1`;
}
