import type { PlannedInstance } from './plan.js';
import type { OutlookRow } from './run-outlook.js';
import { STATUS } from './status.js';

/** What a backfill runs: what never ran; that and what failed; or everything. Each includes the one before it. */
export const BACKFILL_RERUNS = ['missing', 'failed', 'all'] as const;
export type BackfillRerun = (typeof BACKFILL_RERUNS)[number];

/** An instance as a backfill finds it. */
export interface BackfillRow extends OutlookRow {
  /** True when its run has decided something about it. */
  readonly wasDriven: boolean;
  /** True when it changed after the backfill was asked for: what is there then was run meanwhile, perhaps by the backfill itself. */
  readonly isNew: boolean;
}

/** What is to be done about one interval. */
export interface BackfillChoice {
  /** Instances that were never made. */
  readonly missing: readonly PlannedInstance[];
  /** Ids of instances to RERUN. */
  readonly again: readonly string[];
}

/**
 * What a backfill makes and reruns in one interval. Doing it a second time finds nothing more to do. With `objects` only these,
 * and of what was never made also what they cannot do without: preconditions, inputs with theirs, and the resource.
 */
export function chooseBackfill(
  planned: readonly PlannedInstance[],
  rows: readonly BackfillRow[],
  rerun: BackfillRerun,
  objects?: readonly string[],
): BackfillChoice {
  const asked = objects === undefined ? undefined : new Set(objects);
  const isAsked = ({ componentId, nodeId }: { componentId: string; nodeId?: string | undefined }): boolean =>
    asked === undefined || asked.has(componentId) || (nodeId !== undefined && asked.has(nodeId));
  const needed = asked === undefined ? undefined : withNeeds(planned, asked);
  const there = new Set(rows.map(({ id }) => id));
  const known = new Set(planned.map(({ id }) => id));
  const missing = planned.filter(({ id }) => !there.has(id) && (needed === undefined || needed.has(id)));
  const hasFailed = rows.some(({ kind, status }) => STATUS[status].cascades && kind !== 'action');
  const again = rows.filter((row) => {
    // What the definition in force does not have (any more), and actions, which follow others, cannot be run again.
    if (!known.has(row.id) || row.isNew || !STATUS[row.status].terminal || !isAsked(row)) return false;
    if (rerun === 'all') return true;
    // An activation with a startTimestamp passed it over.
    if (row.status === 'SKIPPED' && !row.wasDriven) return true;
    // What a condition has left out when something failed decides anew.
    return rerun === 'failed' && (STATUS[row.status].cascades || (row.status === 'SKIPPED' && hasFailed));
  });
  return { missing, again: again.map(({ id }) => id) };
}

function withNeeds(planned: readonly PlannedInstance[], asked: ReadonlySet<string>): ReadonlySet<string> {
  const byId = new Map(planned.map((each) => [each.id, each]));
  const needed = new Set<string>();
  const queue = planned.filter(({ componentId }) => asked.has(componentId));
  for (let each = queue.shift(); each !== undefined; each = queue.shift()) {
    if (needed.has(each.id)) continue;
    needed.add(each.id);
    const ids = each.needs.filter(({ reason }) => reason === 'input' || reason === 'precondition');
    for (const id of [...ids.map(({ instanceId }) => instanceId), each.resourceInstanceId]) {
      const other = id === undefined ? undefined : byId.get(id);
      if (other !== undefined) queue.push(other);
    }
  }
  return needed;
}
