import { DatabaseError } from 'pg';

const TRIES = 4;
/** PostgreSQL's codes deadlock_detected and serialization_failure: the transaction was rolled back and may be repeated. */
const REPEATABLE: readonly (string | undefined)[] = ['40P01', '40001'];

/** Runs a transaction again when PostgreSQL ended it in favour of another one; at most four times in all. */
export async function retryDeadlocks<T>(transaction: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await transaction();
    } catch (error) {
      if (!(error instanceof DatabaseError) || !REPEATABLE.includes(error.code) || tried === TRIES)
        throw error;
    }
  }
}
