import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type {
  BackfillBook,
  BackfillReport,
  BackfillState,
} from '../../activities/bookkeeping/backfill-book.js';
import type { RunKey } from '../../activities/bookkeeping/ledger.js';
import type { BackfillRerun, BackfillRow } from '../../model/instance/backfill.js';
import { InvalidRequest } from '../../model/errors.js';
import type { Status } from '../../model/instance/status.js';
import { Database } from './database.js';
import { forgottenThrough } from './forgotten.js';

/** What was asked for. Instants are ISO-8601 UTC. */
export interface BackfillRequest {
  readonly scheduleIds: readonly string[];
  readonly from: string;
  readonly to: string;
  readonly objects?: readonly string[];
  readonly maxActive: number;
  readonly rerun: BackfillRerun;
}

/** A backfill as it stands. */
export interface StoredBackfill {
  readonly id: string;
  readonly pipelineId: string;
  readonly request: BackfillRequest;
  readonly state: BackfillState;
  /** Intervals in all. */
  readonly total: number;
  readonly finished: number;
  readonly failed: number;
  readonly unchanged: number;
  readonly running: number;
  readonly note?: string;
  readonly createdAt: string;
  readonly changedAt: string;
  readonly endedAt?: string;
}

/** One page of backfills, newest first; `marker` is absent on the last. */
export interface BackfillPage {
  readonly backfills: readonly StoredBackfill[];
  readonly marker?: string;
}

const ENDED = `('FINISHED', 'CANCELED', 'STOPPED')`;

/** Backfills of all pipelines. */
@Injectable()
export class BackfillStore implements BackfillBook {
  constructor(private readonly database: Database) {}

  async create(pipelineId: string, id: string, request: BackfillRequest, total: number): Promise<void> {
    await sql`
      insert into backfills (pipeline_id, id, request, state, total)
      values (${pipelineId}, ${id}, ${JSON.stringify(request)}, 'RUNNING', ${total})
    `.execute(this.database.kysely);
  }

  /** As if it had never been asked for. */
  async forget(pipelineId: string, id: string): Promise<void> {
    await sql`delete from backfills where pipeline_id = ${pipelineId} and id = ${id}`.execute(
      this.database.kysely,
    );
  }

  async get(pipelineId: string, id: string): Promise<StoredBackfill | undefined> {
    const { rows } = await sql<Row>`
      select * from backfills where pipeline_id = ${pipelineId} and id = ${id}
    `.execute(this.database.kysely);
    return rows[0] === undefined ? undefined : backfillOfRow(rows[0]);
  }

  /** One page of the backfills of a pipeline, newest first. @throws InvalidRequest when `after` is none of ours */
  async page(
    pipelineId: string,
    { after, limit }: { readonly after?: string; readonly limit: number },
  ): Promise<BackfillPage> {
    const [, at = null, last = null] =
      /^(\d{4}-\d\d-\d\dT[\d:.]{8,15}Z) ([\w-]{1,50})$/.exec(after ?? '') ?? [];
    if (after !== undefined && at === null)
      throw new InvalidRequest(
        `marker ${JSON.stringify(after.slice(0, 100))} is not valid: expected the marker of the page before`,
      );
    // Microseconds, as the column has them: two may begin in one millisecond.
    const { rows } = await sql<Row & { readonly place: string }>`
      select *, to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as place from backfills
      where pipeline_id = ${pipelineId} and (${at}::timestamptz is null or created_at < ${at}::timestamptz
        or (created_at = ${at}::timestamptz and id > ${last}::text))
      order by created_at desc, id limit ${limit + 1}
    `.execute(this.database.kysely);
    const shown = rows.slice(0, limit);
    const end = rows.length > limit ? shown.at(-1) : undefined;
    return {
      backfills: shown.map(backfillOfRow),
      ...(end === undefined ? {} : { marker: `${end.place} ${end.id}` }),
    };
  }

  async report(pipelineId: string, backfillId: string, report: BackfillReport): Promise<void> {
    const { state, counts, running, note = null } = report;
    const ended = state !== 'RUNNING' && state !== 'PAUSED';
    await sql`
      update backfills set state = ${state}, finished = ${counts.finished}, failed = ${counts.failed},
        unchanged = ${counts.unchanged}, running = ${running}, note = coalesce(${note}::text, note),
        changed_at = clock_timestamp(), ended_at = case when ${ended}::boolean then clock_timestamp() end
      where pipeline_id = ${pipelineId} and id = ${backfillId} and state not in ${sql.raw(ENDED)}
        and (state, finished, failed, unchanged, running) is distinct from
          (${state}::text, ${counts.finished}::int, ${counts.failed}::int, ${counts.unchanged}::int, ${running}::int)
    `.execute(this.database.kysely);
  }

  async rows(
    pipelineId: string,
    backfillId: string,
    runs: readonly Omit<RunKey, 'pipelineId'>[],
  ): Promise<(BackfillRow & { readonly run: RunKey })[]> {
    if (runs.length === 0) return [];
    const { rows } = await sql<InstanceOfRun>`
      select i.id, i.schedule_id, i.interval_start, i.component_id, i.node_id, i.kind, i.status, i.waiting_on,
        i.seq > 0 as was_driven, i.changed_at >= b.created_at as is_new
      from unnest(${runs.map(({ scheduleId }) => scheduleId)}::text[],
        ${runs.map(({ intervalStart }) => intervalStart)}::timestamptz[]) r(schedule_id, interval_start)
      join instances i on i.pipeline_id = ${pipelineId} and i.schedule_id = r.schedule_id
        and i.interval_start = r.interval_start
      join backfills b on b.pipeline_id = i.pipeline_id and b.id = ${backfillId}
    `.execute(this.database.kysely);
    return rows.map((row) => ({
      id: row.id,
      run: { pipelineId, scheduleId: row.schedule_id, intervalStart: row.interval_start },
      componentId: row.component_id,
      kind: row.kind,
      ...(row.node_id === null ? {} : { nodeId: row.node_id }),
      status: row.status,
      waitingOn: row.waiting_on,
      wasDriven: row.was_driven,
      isNew: row.is_new,
    }));
  }

  async forgottenThrough(pipelineId: string): Promise<ReadonlyMap<string, string>> {
    return forgottenThrough(this.database.kysely, pipelineId);
  }

  async statuses(pipelineId: string, instanceIds: readonly string[]): Promise<ReadonlyMap<string, Status>> {
    if (instanceIds.length === 0) return new Map();
    const { rows } = await sql<{ id: string; status: Status }>`
      select id, status from instances
      where pipeline_id = ${pipelineId} and id = any(${[...instanceIds]}::text[])
    `.execute(this.database.kysely);
    return new Map(rows.map(({ id, status }) => [id, status]));
  }
}

interface InstanceOfRun {
  readonly id: string;
  readonly schedule_id: string;
  readonly interval_start: string;
  readonly component_id: string;
  readonly node_id: string | null;
  readonly kind: string;
  readonly status: Status;
  readonly waiting_on: string[];
  readonly was_driven: boolean;
  readonly is_new: boolean;
}

interface Row {
  readonly pipeline_id: string;
  readonly id: string;
  readonly request: string;
  readonly state: BackfillState;
  readonly total: number;
  readonly finished: number;
  readonly failed: number;
  readonly unchanged: number;
  readonly running: number;
  readonly note: string | null;
  readonly created_at: string;
  readonly changed_at: string;
  readonly ended_at: string | null;
}

function backfillOfRow(row: Row): StoredBackfill {
  const { id, state, total, finished, failed, unchanged, running } = row;
  return {
    id,
    pipelineId: row.pipeline_id,
    request: JSON.parse(row.request) as BackfillRequest,
    state,
    total,
    finished,
    failed,
    unchanged,
    running,
    ...(row.note === null ? {} : { note: row.note }),
    createdAt: row.created_at,
    changedAt: row.changed_at,
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
  };
}
