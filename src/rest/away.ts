import { isGrpcServiceError } from '@temporalio/client';
import { TemporalAway } from '../objects/why-temporal.js';

/** gRPC's codes of a server that is away: DEADLINE_EXCEEDED, UNAVAILABLE. */
const TEMPORAL_AWAY = new Set([4, 14]);
/** PostgreSQL's of one that is away, starts, stops, or has no connection left (classes 08 and 57P, 53300), and the system's. */
const STORE_AWAY =
  /^(08\w{3}|57P0[123]|53300|ECONNREFUSED|ECONNRESET|ENOTFOUND|ETIMEDOUT|EPIPE|EHOSTUNREACH)$/;

/** The part that did not answer, when that is why a call failed; not for the world to know more of. */
export function awayOf(error: unknown): 'Temporal' | 'The store' | undefined {
  // Clients wrap what their connection says.
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof TemporalAway) return 'Temporal';
    if (isGrpcServiceError(cause)) return TEMPORAL_AWAY.has(cause.code) ? 'Temporal' : undefined;
    if ('code' in cause && typeof cause.code === 'string' && STORE_AWAY.test(cause.code)) return 'The store';
  }
  return undefined;
}
