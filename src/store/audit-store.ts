import { createHash, randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { sql, type Kysely } from 'kysely';
import { GENESIS, type AuditHead } from '../../model/audit/audit-chain.js';
import type { AuditEntry, AuditOutcome, AuditRecord } from '../../model/audit/audit-record.js';
import { canonicalJson } from '../../model/audit/canonical-json.js';
import { Database } from './database.js';
import type { Schema } from './schema.js';

/** Whoever adds to the chain holds it, of all processes. Any number that no other lock of ours has. */
const CHAIN_LOCK = 0x61756469; // "audi"

/** Which records are asked for; absent = any. */
export interface AuditFilter {
  /** ISO-8601 UTC; from `from`, before `to`. */
  readonly from?: string;
  readonly to?: string;
  /** ARN of the principal, or id of its credential. */
  readonly actor?: string;
  readonly action?: string;
  readonly pipelineId?: string;
  readonly outcome?: AuditOutcome;
}

/** One page of records, newest first. */
export interface AuditPage {
  readonly records: readonly AuditRecord[];
  /** `before` of the next page. */
  readonly marker?: number;
}

/** Entries and the begun calls that they end. */
export interface AuditAddition {
  readonly entry: AuditEntry;
  /** Whether the entry was given to `begin` before. */
  readonly begun: boolean;
}

/**
 * The audit log in the database. Records can be added and read; a trigger refuses everything else (docs/decisions/014-audit.md).
 */
@Injectable()
export class AuditStore {
  constructor(private readonly database: Database) {}

  /** Notes that a call is about to change something: should this process die, `overdue` tells of it. */
  async begin(entry: AuditEntry): Promise<void> {
    await this.database.kysely
      .insertInto('audit_begun')
      .values({ id: entry.id, entry: JSON.stringify(entry) })
      .execute();
  }

  /** Forgets a call that began and then changed nothing worth a record. */
  async forget(id: string): Promise<void> {
    await this.database.kysely.deleteFrom('audit_begun').where('id', '=', id).execute();
  }

  /** Adds the entries to the chain, in their order, all or none. */
  async append(additions: readonly AuditAddition[]): Promise<void> {
    await this.#append(this.database.kysely, additions);
  }

  /** Adds what began before `before` and was never ended, with outcome `unknown`. @returns how many there were. */
  async appendOverdue(before: Date): Promise<number> {
    const isOverdue = this.database.kysely
      .selectFrom('audit_begun')
      .select('id')
      .where('at', '<', before.toISOString());
    if ((await isOverdue.limit(1).executeTakeFirst()) === undefined) return 0;
    return this.database.kysely.transaction().execute(async (trx) => {
      // First, as whoever ends a call does: the rows are nobody else's then.
      await sql`select pg_advisory_xact_lock(${CHAIN_LOCK})`.execute(trx);
      const rows = await trx
        .selectFrom('audit_begun')
        .selectAll()
        .where('at', '<', before.toISOString())
        .orderBy('at')
        .limit(1000)
        .execute();
      const additions = rows.map(({ entry }) => ({
        entry: { ...(JSON.parse(entry) as AuditEntry), outcome: 'unknown' as const },
        begun: true,
      }));
      if (additions.length > 0) await this.#append(trx, additions);
      return additions.length;
    });
  }

  /** Where the chain stands. */
  async head(): Promise<AuditHead> {
    const row = await this.database.kysely
      .selectFrom('audit_records')
      .select(['sequence', 'hash'])
      .orderBy('sequence', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row ?? GENESIS;
  }

  /** Records that fit, newest first, before the record of number `before`. */
  async list(
    filter: AuditFilter,
    { before, limit }: { readonly before?: number; readonly limit: number },
  ): Promise<AuditPage> {
    const { from, to, actor, action, pipelineId, outcome } = filter;
    const rows = await this.database.kysely
      .selectFrom('audit_records')
      .select(['sequence', 'record'])
      .$if(before !== undefined, (query) => query.where('sequence', '<', before ?? 0))
      .$if(from !== undefined, (query) => query.where('at', '>=', from ?? ''))
      .$if(to !== undefined, (query) => query.where('at', '<', to ?? ''))
      .$if(actor !== undefined, (query) => query.where('actor', '=', actor ?? ''))
      .$if(action !== undefined, (query) => query.where('action', '=', action ?? ''))
      .$if(pipelineId !== undefined, (query) => query.where('pipeline_id', '=', pipelineId ?? ''))
      .$if(outcome !== undefined, (query) => query.where('outcome', '=', outcome ?? 'ok'))
      .orderBy('sequence', 'desc')
      .limit(limit + 1)
      .execute();
    const page = rows.slice(0, limit);
    const records = page.map(({ record }) => JSON.parse(record) as AuditRecord);
    const last = page.at(-1);
    return rows.length > limit && last !== undefined ? { records, marker: last.sequence } : { records };
  }

  /** Lines of an export, oldest first, of the records after number `after`; as they are stored, byte for byte. */
  async lines(after: number, limit: number): Promise<{ readonly sequence: number; readonly line: string }[]> {
    const rows = await this.database.kysely
      .selectFrom('audit_records')
      .select(['sequence', 'record'])
      .where('sequence', '>', after)
      .orderBy('sequence')
      .limit(limit)
      .execute();
    return rows.map(({ sequence, record }) => ({ sequence, line: record }));
  }

  /** One statement, in which the chain's lock is asked for and given back: nobody waits for this process. */
  async #append(db: Kysely<Schema>, additions: readonly AuditAddition[]): Promise<void> {
    // No text can hold them by chance. `sequence` is a number: its token is replaced with its quotes.
    const [sequence, previous, hash] = [randomUUID(), randomUUID(), randomUUID()];
    const entries = additions.map(({ entry }) => {
      const place = { ...entry, sequence, previous };
      return {
        body: canonicalJson(place),
        line: canonicalJson({ ...place, hash }),
        at: entry.at,
        actor: entry.actor?.arn ?? null,
        action: entry.action,
        pipeline_id: entry.pipelineId ?? null,
        outcome: entry.outcome,
      };
    });
    const begun = additions.filter((addition) => addition.begun).map(({ entry }) => entry.id);
    const tokens = [`"${sequence}"`, previous, hash];
    await sql`
      select penstock_audit_append(${CHAIN_LOCK}, ${tokens}::text[], ${JSON.stringify(entries)}::json, ${begun}::uuid[])
    `.execute(db);
  }
}

/** SHA-256 of the text's UTF-8, in hex. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
