import { STATUS, type Status } from './status.js';

/** What is told of an instance of a run to say how the run stands. */
export interface OutlookRow {
  readonly id: string;
  readonly componentId: string;
  readonly kind: string;
  /** Preconditions and actions: the component they are for. */
  readonly nodeId?: string;
  readonly status: Status;
  readonly waitingOn: readonly string[];
}

/**
 * How a run stands: under way, over without a failure, over with one, or `stuck`: every instance that is not over waits for one
 * that failed, without cascade, and so for ever unless somebody acts. Source: semantics.md 7.4.
 */
export type RunOutlook = 'open' | 'finished' | 'failed' | 'stuck';

/** @param elsewhere statuses of instances of other runs, as far as they are known. */
export function runOutlook(
  rows: readonly OutlookRow[],
  elsewhere: ReadonlyMap<string, Status> = new Map(),
): RunOutlook {
  const open = rows.filter(({ status }) => !STATUS[status].terminal);
  if (open.length === 0) return rows.some(isFailure) ? 'failed' : 'finished';
  const byId = new Map(rows.map((row) => [row.id, row]));
  const byComponent = new Map(
    rows.flatMap((row) => (row.nodeId === undefined ? [[row.componentId, row]] : [])),
  );
  const known = new Map<string, boolean>();
  const isStuck = (row: OutlookRow): boolean => {
    const before = known.get(row.id);
    if (before !== undefined) return before;
    known.set(row.id, false);
    const node = row.kind === 'precondition' ? byComponent.get(row.nodeId ?? '') : undefined;
    const stuck =
      row.status === 'WAITING_ON_DEPENDENCIES' &&
      (row.waitingOn.some((id) => keeps(id)) || (node !== undefined && keeps(node.id)));
    known.set(row.id, stuck);
    return stuck;
  };
  const keeps = (id: string): boolean => {
    const row = byId.get(id);
    const status = row?.status ?? elsewhere.get(id);
    if (status === undefined) return false;
    return STATUS[status].cascades || (row !== undefined && !STATUS[status].terminal && isStuck(row));
  };
  // A resource follows those who use it.
  const workers = open.filter(({ kind }) => kind !== 'resource');
  return workers.length > 0 && workers.every(isStuck) ? 'stuck' : 'open';
}

/** What nobody asks any more (a precondition of a node that ended) or nothing depends on (an alarm) fails no run. */
function isFailure({ kind, status }: OutlookRow): boolean {
  return STATUS[status].cascades && kind !== 'precondition' && kind !== 'action';
}
