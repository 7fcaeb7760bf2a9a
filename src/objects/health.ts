import type { Status } from '../../model/instance/status.js';
import type { ComponentOutcome } from '../store/object-selector.js';

/** Health of a component or pipeline, and since when. */
export interface Health {
  readonly status: 'HEALTHY' | 'ERROR';
  readonly updatedAt: string;
}

/** Health of a component by its last instance that ended; undefined for a status that says nothing. Source: semantics.md 8.3. */
export function healthOf({
  status,
  changedAt,
}: Pick<ComponentOutcome, 'status' | 'changedAt'>): Health | undefined {
  const health = HEALTH[status];
  return health === undefined ? undefined : { status: health, updatedAt: changedAt };
}

/** CASCADE_FAILED: the guide does not name it. Our choice: ERROR, the component did not do its work. */
const HEALTH: Partial<Record<Status, Health['status']>> = {
  FINISHED: 'HEALTHY',
  FAILED: 'ERROR',
  TIMEDOUT: 'ERROR',
  CANCELED: 'ERROR',
  CASCADE_FAILED: 'ERROR',
};

/**
 * Health of a pipeline: ERROR when one of its components is, HEALTHY when all are of which an instance has ended, undefined when none
 * has: AWS's console said "No Completed Executions" then, and fields are left out. AWS needed up to five minutes; here it holds at once.
 */
export function pipelineHealth(outcomes: readonly ComponentOutcome[]): Health | undefined {
  const healths = outcomes.map(healthOf).filter((health) => health !== undefined);
  const decisive = healths.some(({ status }) => status === 'ERROR')
    ? healths.filter(({ status }) => status === 'ERROR')
    : healths;
  const updatedAt = decisive
    .map((health) => health.updatedAt)
    .toSorted()
    .at(-1);
  const status = decisive[0]?.status;
  return status === undefined || updatedAt === undefined ? undefined : { status, updatedAt };
}
