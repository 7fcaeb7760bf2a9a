import type { AttemptLog } from '../logs/attempt-log.js';
import type { ActivityContext } from './attempt.js';
import { fittedTail, type HeartbeatDetails } from './heartbeat-details.js';

/** Usual time between two heartbeats: also how late a cancel is noticed. */
export const HEARTBEAT_MS = 5_000;

export interface Heartbeats {
  /** Adds facts to this and every later heartbeat, and sends one now. */
  with(details: Readonly<Record<string, unknown>>): void;
  /** Sends one now. */
  beat(): void;
  /** What a heartbeat would hold now. */
  details(): HeartbeatDetails;
  stop(): void;
}

/**
 * Heartbeats every 5 s, or a third of the heartbeat timeout where that is shorter, until stopped. Temporal's SDK sends no
 * more than that. Each holds the end of the log, so that a running attempt can be watched from anywhere.
 */
export function startHeartbeats(
  context: ActivityContext,
  log: AttemptLog,
  attempt: Pick<HeartbeatDetails, 'startedAt' | 'hostname'>,
): Heartbeats {
  const timeoutMs = context.info.heartbeatTimeoutMs;
  const everyMs = timeoutMs ? Math.max(100, Math.min(HEARTBEAT_MS, timeoutMs / 3)) : HEARTBEAT_MS;
  let more: Readonly<Record<string, unknown>> = {};
  const details = (): HeartbeatDetails => ({ ...more, ...attempt, log: fittedTail(log.tail()) });
  const beat = (): void => context.heartbeat(details());
  const timer = setInterval(beat, everyMs);
  return {
    with(added) {
      more = { ...more, ...added };
      beat();
    },
    beat,
    details,
    stop: () => clearInterval(timer),
  };
}
