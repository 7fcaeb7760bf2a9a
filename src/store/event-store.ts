import { Injectable } from '@nestjs/common';
import { sql, type Selectable } from 'kysely';
import { Database } from './database.js';
import { advanceCursor, cursorsBetween, isGapless, type EventCursor } from './event-cursor.js';
import type { EventTable } from './schema.js';

/** A change of a status. */
export interface StatusEvent {
  readonly id: number;
  readonly at: string;
  readonly pipelineId: string;
  readonly sphere: EventTable['sphere'];
  /** Instance or pipeline; of an attempt its instance. */
  readonly objectId: string;
  /** Number of the attempt. */
  readonly attempt?: number;
  /** DELETED: the pipeline is gone with everything of it. */
  readonly status: EventTable['status'];
  /** Absent when it was made with `status`. */
  readonly previousStatus?: string;
}

/** What one read gave, and where the next begins. */
export interface EventPage {
  readonly events: readonly (StatusEvent & {
    /** The place behind this event. */ readonly cursor: EventCursor;
  })[];
  readonly cursor: EventCursor;
  /** There may be more at once. */
  readonly full: boolean;
}

/** Events of one read. */
export const EVENT_PAGE = 1_000;
/** Ids back from the newest that a transaction still under way may hold. Our choice: twice the largest run. */
const IN_FLIGHT_IDS = 10_000;
/** How long events are kept for those who come back. */
export const EVENTS_KEPT_MS = 3_600_000;
const REMOVED_AT_ONCE = 10_000;

/** Changes of statuses, in the order of their writing. Rows are made by triggers (migration 0004). */
@Injectable()
export class EventStore {
  constructor(private readonly database: Database) {}

  /** What is new since `cursor`, at most EVENT_PAGE events. */
  async after(cursor: EventCursor): Promise<EventPage> {
    const { rows, xmin } = await this.read(cursor, EVENT_PAGE);
    const ids = rows.map(({ id }) => id);
    const next = isGapless(cursor, ids) ? 0 : await this.nextTransaction();
    const between = cursorsBetween(cursor, ids, next);
    return {
      events: rows.map((event, index) => ({ ...event, cursor: between[index] ?? cursor })),
      cursor: advanceCursor(cursor, ids, { xmin, next }, EVENT_PAGE),
      full: rows.length >= EVENT_PAGE,
    };
  }

  /** The place behind everything that is there now. What transactions under way have written comes after it. */
  async head(): Promise<EventCursor> {
    const lastId = await this.lastId();
    const high = Math.max(0, lastId - IN_FLIGHT_IDS);
    const { rows } = await sql<{ readonly id: number }>`
      select id from events where id > ${high} order by id
    `.execute(this.database.kysely);
    const ids = rows.map(({ id }) => id);
    const seen = { xmin: 0, next: await this.nextTransaction() };
    // Also what is not there of the last: it was removed, or its transaction is under way.
    const known = new Set([...ids, lastId + 1]);
    const cursor = advanceCursor({ high, missing: [] }, [...known], seen, Number.POSITIVE_INFINITY);
    return { ...cursor, high: Math.max(lastId, ids.at(-1) ?? 0) };
  }

  /** True when events after `cursor` were removed before they were read, or it is a cursor of another database. */
  async isLost({ high }: EventCursor): Promise<boolean> {
    const { rows } = await sql<{ readonly least: number | null }>`
      select min(id) as least from events
    `.execute(this.database.kysely);
    const lastId = await this.lastId();
    return high > lastId || high + 1 < (rows[0]?.least ?? lastId + 1);
  }

  /** Removes what is older than `EVENTS_KEPT_MS`. Any number of processes may. */
  async removeOld(now: Date): Promise<number> {
    const before = new Date(now.getTime() - EVENTS_KEPT_MS).toISOString();
    for (let removed = 0; ;) {
      const { numAffectedRows = 0n } = await sql`
        delete from events where id in (
          select id from (select id, at from events order by id limit ${REMOVED_AT_ONCE}) oldest
          where at < ${before}
        )
      `.execute(this.database.kysely);
      removed += Number(numAffectedRows);
      if (numAffectedRows < REMOVED_AT_ONCE) return removed;
    }
  }

  private async read(
    { high, missing }: EventCursor,
    limit: number,
  ): Promise<{ readonly rows: StatusEvent[]; readonly xmin: number }> {
    const froms = missing.map(({ from }) => from);
    const tos = missing.map(({ to }) => to);
    // One statement, so that rows and transactions are those of one moment.
    const { rows } = await sql<EventRow & { readonly xmin: number }>`
      select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as xmin, e.* from (select 1) one left join (
        select * from (
          (select * from events where id > ${high} order by id limit ${limit})
          union all
          (select events.* from unnest(${froms}::bigint[], ${tos}::bigint[]) m(first, last)
            join events on events.id between m.first and m.last order by events.id limit ${limit})
        ) both_parts order by id limit ${limit}
      ) e on true order by e.id
    `.execute(this.database.kysely);
    return { rows: rows.flatMap((row) => eventOfRow(row) ?? []), xmin: rows[0]?.xmin ?? 0 };
  }

  /** A transaction id that is above all that were given before. No snapshot has it: theirs end with those that have ended. */
  private async nextTransaction(): Promise<number> {
    const { rows } = await sql<{ readonly next: number }>`
      select pg_current_xact_id()::text::bigint as next
    `.execute(this.database.kysely);
    return rows[0]?.next ?? 0;
  }

  private async lastId(): Promise<number> {
    const { rows } = await sql<{ readonly last: number }>`
      select case when is_called then last_value else 0 end as last from events_id_seq
    `.execute(this.database.kysely);
    return rows[0]?.last ?? 0;
  }
}

/** Without an event when there is none. */
type EventRow = Omit<Selectable<EventTable>, 'id'> & { readonly id: number | null };

function eventOfRow(row: EventRow): StatusEvent | undefined {
  if (row.id === null) return undefined;
  return {
    id: row.id,
    at: row.at,
    pipelineId: row.pipeline_id,
    sphere: row.sphere,
    objectId: row.object_id,
    ...(row.attempt === null ? {} : { attempt: row.attempt }),
    status: row.status,
    ...(row.previous_status === null ? {} : { previousStatus: row.previous_status }),
  };
}
