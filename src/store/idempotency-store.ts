import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database } from './database.js';

/** How long an answer is kept. */
export const IDEMPOTENCY_HOURS = 24;
/** A call that has held its key for so long has died with its process. Our choice: no call takes a tenth of it. */
const ABANDONED_MINUTES = 10;
/** Expired rows that a new one takes along: the table stays as large as a day's calls. */
const SWEPT = 100;

/** A call with an Idempotency-Key. */
export interface KeyedCall {
  /** Whose key it is: two callers may use the same one. */
  readonly caller: string;
  readonly key: string;
  /** Of everything that makes the call what it is. */
  readonly requestDigest: string;
}

/** What is known of a key. */
export type KeyState =
  | { readonly kind: 'taken'; readonly holder: string }
  | { readonly kind: 'running' }
  | { readonly kind: 'another' }
  | { readonly kind: 'answered'; readonly status: number; readonly answer: string };

/** Which calls were made under which Idempotency-Key, and what was answered. */
@Injectable()
export class IdempotencyStore {
  constructor(private readonly database: Database) {}

  /** Takes the key for a call: `taken` for exactly one of those that come at once. */
  async take(call: KeyedCall, now = new Date()): Promise<KeyState> {
    const { caller, key, requestDigest } = call;
    const expired = new Date(now.getTime() - IDEMPOTENCY_HOURS * 3_600_000);
    const abandoned = new Date(now.getTime() - ABANDONED_MINUTES * 60_000);
    for (;;) {
      const holder = randomUUID();
      const { rows: taken } = await sql<{ holder: string }>`
        insert into idempotency_keys as k (caller, key, request_digest, holder, taken_at)
        values (${caller}, ${key}, ${requestDigest}, ${holder}::uuid, ${now})
        on conflict (caller, key) do update
          set request_digest = excluded.request_digest, holder = excluded.holder, taken_at = excluded.taken_at,
            status = null, answer = null
          where k.taken_at < ${expired} or (k.status is null and k.taken_at < ${abandoned})
        returning holder
      `.execute(this.database.kysely);
      if (taken.length > 0) {
        await this.sweep(expired);
        return { kind: 'taken', holder };
      }
      const { rows } = await sql<{ request_digest: string; status: number | null; answer: string | null }>`
        select request_digest, status, answer from idempotency_keys where caller = ${caller} and key = ${key}
      `.execute(this.database.kysely);
      const [row] = rows;
      // Released between the two statements: it is free again.
      if (row === undefined) continue;
      if (row.request_digest !== requestDigest) return { kind: 'another' };
      if (row.status === null || row.answer === null) return { kind: 'running' };
      return { kind: 'answered', status: row.status, answer: row.answer };
    }
  }

  /** Keeps the answer of the call that holds the key. */
  async answer(
    { caller, key }: KeyedCall,
    holder: string,
    { status, answer }: { readonly status: number; readonly answer: string },
  ): Promise<void> {
    await sql`
      update idempotency_keys set status = ${status}, answer = ${answer}
      where caller = ${caller} and key = ${key} and holder = ${holder}::uuid
    `.execute(this.database.kysely);
  }

  /** The call came to nothing: the key may be used again. */
  async release({ caller, key }: KeyedCall, holder: string): Promise<void> {
    await sql`
      delete from idempotency_keys where caller = ${caller} and key = ${key} and holder = ${holder}::uuid
    `.execute(this.database.kysely);
  }

  private async sweep(expired: Date): Promise<void> {
    await sql`
      delete from idempotency_keys where (caller, key) in (
        select caller, key from idempotency_keys where taken_at < ${expired} order by taken_at limit ${SWEPT}
        for update skip locked
      )
    `.execute(this.database.kysely);
  }
}
