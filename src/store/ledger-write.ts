import { sql, type Kysely, type RawBuilder, type Transaction } from 'kysely';
import type { Notification, RunChanges, RunKey } from '../../activities/bookkeeping/ledger.js';
import { STATUS, type Status } from '../../model/instance/status.js';
import { ledgerRows, storableJson, type LedgerRows } from './ledger-json.js';
import { lockLedger } from './ledger-lock.js';
import type { Schema } from './schema.js';

/**
 * Writes what a run made and changed, with all that follows from it: leases, notifications, the pipeline's end.
 *
 * The number of statements does not depend on the number of rows, which travel as one JSON parameter. A batch that ends
 * nothing is a single statement without a transaction around it. Order of locks, everywhere: ledger of the pipeline
 * (advisory), rows of the run, lease pools by component, pipeline.
 *
 * `begins`: the run begins with these rows. Then a FINISHED pipeline is SCHEDULED again: it may have become so between the
 * activation of an ondemand pipeline and this first write of its run. @default false
 */
export async function writeLedger(
  db: Kysely<Schema>,
  run: RunKey,
  changes: RunChanges,
  { begins = false }: { readonly begins?: boolean } = {},
): Promise<Notification[]> {
  const rows = ledgerRows(changes);
  if (rows.created.length + rows.changed.length + rows.attempts.length === 0) return [];
  const ends = [...rows.changed, ...rows.created].some(({ status }) => STATUS[status].terminal);
  const tells = (changes.told ?? []).length > 0;
  if (!ends && !tells && rows.created.length === 0) {
    await writeRows(db, run, rows);
    return [];
  }
  return db.transaction().execute(async (trx) => {
    await lockLedger(trx, run.pipelineId, 'shared');
    const written = await writeRows(trx, run, rows);
    if (begins && written.some(({ status }) => !STATUS[status].terminal)) await unfinish(trx, run.pipelineId);
    const ended = written.filter(({ status }) => STATUS[status].terminal).map(({ id }) => id);
    const said = new Set(changes.told);
    const told = written
      .filter(({ id, status }) => said.has(id) && !STATUS[status].terminal)
      .map(({ id }) => id);
    const components = [...new Set(written.flatMap(({ leases_of }) => leases_of ?? []))].sort();
    if (components.length > 0) await lockLeasePools(trx, run.pipelineId, components);
    if (ended.length + told.length + components.length === 0) return [];

    const made = rows.created.map(({ id }) => id);
    const consequences = await writeConsequences(trx, run.pipelineId, { ended, told, components, made });
    if (consequences.finishing) await finishPipeline(trx, run.pipelineId);
    return consequences.notifications;
  });
}

interface WrittenRow {
  readonly id: string;
  readonly status: Status;
  /** The component whose leases this row is concerned with: it asked for one now, or has ended with one. */
  readonly leases_of: string | null;
}

async function writeRows(db: Kysely<Schema>, run: RunKey, rows: LedgerRows): Promise<WrittenRow[]> {
  const { pipelineId } = run;
  const made = rows.created.length === 0 ? NO_ROWS_MADE : rowsMade(run, rows);
  const { rows: written } = await sql<WrittenRow>`
    with ${made},
    changed as (
      update instances i set
        seq = c.seq, status = c.status, attempt_count = c."attemptCount", tries_left = c."triesLeft",
        actual_start = c."actualStart", actual_end = c."actualEnd",
        waiting_on = c."waitingOn", cascade_failed_on = c."cascadeFailedOn",
        cancellation_reason = c."cancellationReason", error_id = c."errorId", error_message = c."errorMessage",
        error_stack_trace = c."errorStackTrace", hostname = c.hostname, log_location = c."logLocation",
        resource_id = c."resourceId", changed_at = now()
      from ${givenRows(rows.changed, STATE_COLUMNS)} c
      where i.pipeline_id = ${pipelineId} and i.id = c.id and c.seq > i.seq
      returning i.id, i.component_id, i.status, i.terminal
    ),
    tried as (
      insert into attempts (pipeline_id, instance_id, number, seq, status, actual_start, actual_end,
        error_id, error_message, error_stack_trace, hostname, log_location)
      select ${pipelineId}, a."instanceId", a.number, a.seq, a.status, a."actualStart", a."actualEnd",
        a."errorId", a."errorMessage", a."errorStackTrace", a.hostname, a."logLocation"
      from ${givenRows(rows.attempts, ATTEMPT_COLUMNS)} a
      where a."instanceId" in (select id from made)
        or exists (select from instances i where i.pipeline_id = ${pipelineId} and i.id = a."instanceId")
      on conflict (pipeline_id, instance_id, number) do update set
        seq = excluded.seq, status = excluded.status, actual_start = excluded.actual_start,
        actual_end = excluded.actual_end, error_id = excluded.error_id, error_message = excluded.error_message,
        error_stack_trace = excluded.error_stack_trace, hostname = excluded.hostname,
        log_location = excluded.log_location
      where excluded.seq > attempts.seq
    )
    select id, status, leases_of from made
    union all
    select c.id, c.status, case when c.terminal then l.component_id end
    from changed c left join leases l on l.pipeline_id = ${pipelineId} and l.instance_id = c.id
  `.execute(db);
  return written;
}

/**
 * Rows that travel as one parameter. PostgreSQL takes any function for a hundred rows, and then rather reads all instances of the
 * pipeline than looks so many up; the limit tells it how many there are (10,000 instances: 100 ms each time, or 0.3).
 */
function givenRows(rows: readonly unknown[], columns: string): RawBuilder<unknown> {
  const json = storableJson(rows);
  return sql`(select * from json_to_recordset(${json}::json) as r(${sql.raw(columns)}) limit ${rows.length})`;
}

function rowsMade(
  { pipelineId, scheduleId, intervalStart }: RunKey,
  { created }: LedgerRows,
): RawBuilder<unknown> {
  const json = storableJson(
    created.map((instance) => ({ ...instance, references: JSON.stringify(instance.references) })),
  );
  return sql`
      given as (
        select * from json_to_recordset(${json}::json) as c(${sql.raw(STATE_COLUMNS)}, ${sql.raw(FIXED_COLUMNS)})
      ),
      made as (
        insert into instances (pipeline_id, schedule_id, interval_start, id, component_id, kind, type, node_id,
          scheduled_start, scheduled_end, definition_version, activation, "references", lease_limit,
          seq, status, attempt_count, tries_left, actual_start, actual_end, waiting_on, cascade_failed_on,
          cancellation_reason, error_id, error_message, error_stack_trace, hostname, log_location, resource_id)
        select ${pipelineId}, ${scheduleId}, ${intervalStart}, id, "componentId", kind, type, "nodeId",
          "scheduledStart", "scheduledEnd", "definitionVersion", activation, "references", "leaseLimit",
          seq, status, "attemptCount", "triesLeft", "actualStart", "actualEnd", "waitingOn", "cascadeFailedOn",
          "cancellationReason", "errorId", "errorMessage", "errorStackTrace", hostname, "logLocation", "resourceId"
        from given
        where exists (select from pipelines where id = ${pipelineId} and deleted_at is null)
        on conflict (pipeline_id, id) do nothing
        returning id, component_id, status, terminal, scheduled_start, lease_limit,
          case when lease_limit is not null and not terminal then component_id end as leases_of
      ),
      pooled as (
        insert into lease_pools (pipeline_id, component_id, lease_limit)
        select ${pipelineId}, component_id, max(lease_limit) from made where leases_of is not null
        group by component_id order by component_id
        on conflict (pipeline_id, component_id) do update set lease_limit = excluded.lease_limit
      ),
      asked as (
        insert into leases (pipeline_id, component_id, instance_id, scheduled_start)
        select ${pipelineId}, component_id, id, scheduled_start from made where leases_of is not null
      )`;
}

/** Locks the leases of the components: who counts them next sees what every earlier holder of the lock has granted. */
async function lockLeasePools(
  trx: Transaction<Schema>,
  pipelineId: string,
  components: readonly string[],
): Promise<void> {
  await trx
    .selectFrom('lease_pools')
    .select('component_id')
    .where('pipeline_id', '=', pipelineId)
    .where('component_id', 'in', [...components])
    .orderBy('component_id')
    .forNoKeyUpdate()
    .execute();
}

interface Ended {
  readonly ended: readonly string[];
  /** Not ended, but whoever watches them hears of it. */
  readonly told: readonly string[];
  /** Components whose leases are locked. */
  readonly components: readonly string[];
  /** Made by this very call: its caller reads what was granted to them, so they are not notified. */
  readonly made: readonly string[];
}

async function writeConsequences(
  trx: Transaction<Schema>,
  pipelineId: string,
  { ended, told, components, made }: Ended,
): Promise<{ notifications: Notification[]; finishing: boolean }> {
  const { rows } = await sql<ConsequenceRow>`
    with released as (
      delete from leases where pipeline_id = ${pipelineId} and instance_id = any(${ended}::text[])
    ),
    queued as (
      select l.instance_id, p.lease_limit
          - (select count(*) from leases held where held.pipeline_id = ${pipelineId}
              and held.component_id = p.component_id and held.granted_at is not null
              and held.instance_id <> all(${ended}::text[])) as free,
        row_number() over (partition by p.component_id order by l.scheduled_start, l.instance_id) as place
      from lease_pools p join leases l on l.pipeline_id = p.pipeline_id and l.component_id = p.component_id
      where p.pipeline_id = ${pipelineId} and p.component_id = any(${components}::text[])
        and l.granted_at is null and l.instance_id <> all(${ended}::text[])
    ),
    granted as (
      update leases l set granted_at = now() from queued q
      where l.pipeline_id = ${pipelineId} and l.instance_id = q.instance_id and q.place <= q.free
      returning l.instance_id
    ),
    notified as (
      insert into notifications (pipeline_id, workflow_id, kind, instance_id, status, seq, attempt, reason)
      select w.pipeline_id, w.workflow_id, case when w.watched then 'instanceChanged' else 'instanceEnded' end,
        i.id, i.status, i.seq, i.attempt_count, i.cancellation_reason
      from waits w join instances i on i.pipeline_id = w.pipeline_id and i.id = w.instance_id
      where w.pipeline_id = ${pipelineId}
        and (w.instance_id = any(${ended}::text[]) or (w.watched and w.instance_id = any(${told}::text[])))
      union all
      select i.pipeline_id, ${runIdInSql}, 'leaseGranted', i.id, null, null, null, null
      from granted g join instances i on i.pipeline_id = ${pipelineId} and i.id = g.instance_id
      where g.instance_id <> all(${made}::text[])
      returning id, workflow_id, kind, instance_id, status, seq, attempt, reason
    ),
    finishing as (
      select id from pipelines p where p.id = ${pipelineId} and p.state = 'SCHEDULED'
        and cardinality(${ended}::text[]) > 0
        and not exists (select from schedules s where s.pipeline_id = p.id and not s.exhausted)
      for no key update
    )
    select n.id::text, n.workflow_id, n.kind, n.instance_id, n.status, n.seq, n.attempt, n.reason, f.id is not null as finishing
    from (select 1) one left join finishing f on true left join notified n on true
    order by n.id
  `.execute(trx);
  return {
    finishing: rows.some(({ finishing }) => finishing),
    notifications: rows.flatMap((row) =>
      row.id === null ? [] : [notificationOfRow({ ...row, id: row.id })],
    ),
  };
}

/** A row of the outbox. */
export interface NotificationRow {
  readonly id: string;
  readonly workflow_id: string;
  readonly kind: Notification['kind'];
  readonly instance_id: string;
  readonly status: Status | null;
  readonly seq: number | null;
  readonly attempt: number | null;
  readonly reason: string | null;
}

type ConsequenceRow = Omit<NotificationRow, 'id'> & {
  readonly id: string | null;
  readonly finishing: boolean;
};

/** The notification that a row of the outbox holds. */
export function notificationOfRow(row: NotificationRow): Notification {
  const { id, workflow_id: workflowId, instance_id: instanceId } = row;
  if (row.kind === 'pausesChanged') return { id, workflowId, kind: row.kind };
  if (row.kind === 'leaseGranted') return { id, workflowId, kind: row.kind, instanceId };
  if (row.status === null) throw new Error(`Store: notification ${id} of ${instanceId} has no status`);
  if (row.kind === 'instanceEnded') return { id, workflowId, kind: row.kind, instanceId, status: row.status };
  return {
    id,
    workflowId,
    kind: row.kind,
    instanceId,
    status: row.status,
    seq: row.seq ?? 0,
    attempt: row.attempt ?? 0,
    ...(row.reason === null ? {} : { cancellationReason: row.reason }),
  };
}

async function unfinish(trx: Transaction<Schema>, pipelineId: string): Promise<void> {
  await trx
    .updateTable('pipelines')
    .set({ state: 'SCHEDULED', finished_at: null })
    .where('id', '=', pipelineId)
    .where('state', '=', 'FINISHED')
    .execute();
}

/**
 * FINISHED when every schedule is exhausted and every instance has ended. The caller holds the lock of the pipeline's
 * row since before this statement, so of two runs that end at the same time the later one sees the other's end.
 */
export async function finishPipeline(trx: Transaction<Schema>, pipelineId: string): Promise<void> {
  await sql`
    update pipelines set state = 'FINISHED', finished_at = now()
    where id = ${pipelineId} and state = 'SCHEDULED'
      and not exists (select from schedules where pipeline_id = ${pipelineId} and not exhausted)
      and not exists (select from instances where pipeline_id = ${pipelineId} and not terminal)
  `.execute(trx);
}

/** intervalRunId() of workflows/contract.ts, in SQL: the run of the instance `i`. The runs of other intervals are known only there. */
export const runIdInSql = sql<string>`i.pipeline_id || '/' || i.schedule_id || '/' ||
  to_char(i.interval_start at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;

const NO_ROWS_MADE = sql`made as (
  select null::text as id, null::text as status, null::text as leases_of where false
)`;

const ERROR_COLUMNS = `"actualStart" timestamptz, "actualEnd" timestamptz, "errorId" text, "errorMessage" text,
  "errorStackTrace" text, hostname text, "logLocation" text`;
const STATE_COLUMNS = `id text, seq bigint, status text, "attemptCount" integer, "triesLeft" integer,
  "waitingOn" text[], "cascadeFailedOn" text[], "cancellationReason" text, "resourceId" text, ${ERROR_COLUMNS}`;
const FIXED_COLUMNS = `"componentId" text, kind text, type text, "nodeId" text, "scheduledStart" timestamptz,
  "scheduledEnd" timestamptz, "definitionVersion" integer, activation integer, "references" text, "leaseLimit" integer`;
const ATTEMPT_COLUMNS = `"instanceId" text, number integer, seq bigint, status text, ${ERROR_COLUMNS}`;
