import type { AttemptFailure } from './events.js';
import type { LiveInstance } from './live-instance.js';

/** What a run that continues as new hands to its successor beside the ledger: what no row says. Plain JSON. */
export interface HandOver {
  /** Instances between two attempts, and when the next is due, in milliseconds since 1970. */
  readonly retries: readonly { readonly instanceId: string; readonly atMs: number; readonly fresh?: true }[];
  /** Instances that wait for their resource. */
  readonly queued: readonly { readonly instanceId: string; readonly fresh?: true }[];
  /** Attempts under way. */
  readonly working: readonly WorkingInstance[];
  /** Instances that are still to be told when they are late: no others are, or lateness would fire twice. */
  readonly late: readonly string[];
  /** The pipeline was deactivated: what was not made yet will not be. */
  readonly closing: boolean;
}

/** An instance whose attempt is under way. The number of the attempt and the status are in the ledger. */
export interface WorkingInstance {
  readonly instanceId: string;
  /** When the attempt was begun, in milliseconds since 1970. */
  readonly begunAtMs: number;
  readonly actualStart?: string;
  readonly hostname?: string;
  readonly resourceAttempt?: number;
  readonly failsAs?: AttemptFailure;
  readonly endAs?: NonNullable<LiveInstance['endAs']>;
  readonly fresh?: true;
}

/** The attempt of `live` as it is handed over; undefined when none is under way. */
export function workingInstance(live: LiveInstance): WorkingInstance | undefined {
  const { id, phase, attempt, begunAtMs, resourceAttempt, failsAs, endAs, fresh } = live;
  if (phase !== 'working' || attempt === undefined) return undefined;
  const { actualStart, hostname } = attempt;
  return {
    instanceId: id,
    begunAtMs: begunAtMs ?? 0,
    ...(actualStart === undefined ? {} : { actualStart }),
    ...(hostname === undefined ? {} : { hostname }),
    ...(resourceAttempt === undefined ? {} : { resourceAttempt }),
    ...(failsAs === undefined ? {} : { failsAs }),
    ...(endAs === undefined ? {} : { endAs }),
    ...(fresh ? { fresh } : {}),
  };
}
