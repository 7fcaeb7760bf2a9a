import { sql, type Transaction } from 'kysely';
import type { Schema } from './schema.js';

/** First key of our two-key advisory locks, so that they meet nobody else's in a shared database. */
const LEDGER_LOCK = 0x70656e; // "pen"

/**
 * Locks the ledger of one pipeline until the transaction ends.
 *
 * Who ends or makes instances holds it `shared`, who decides something from "this has not ended yet" holds it
 * `exclusive`: registering a wait, exhausting a schedule, deleting. So no such decision falls between the moment an
 * instance is written as ended and the moment its writer has read the waits (and the cursors): either the writer
 * committed before, and the decision sees the end; or it begins after, and sees the wait. Writers do not wait for each
 * other. It must be its own statement, as the next one then takes its snapshot after the lock was given.
 */
export async function lockLedger(
  trx: Transaction<Schema>,
  pipelineId: string,
  mode: 'shared' | 'exclusive',
): Promise<void> {
  const lock = sql.raw(mode === 'shared' ? 'pg_advisory_xact_lock_shared' : 'pg_advisory_xact_lock');
  await sql`select ${lock}(${LEDGER_LOCK}, hashtext(${pipelineId}))`.execute(trx);
}
