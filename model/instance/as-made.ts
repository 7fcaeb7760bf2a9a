import type { IntervalPlan } from './plan.js';
import type { StoredInstance } from './run-book.js';

/**
 * The rows of an interval that was never run before, as they were made. A run writes what it decides before Temporal has it, so one
 * whose worker died in its first step begins again and finds its own rows: of what they say nothing has happened. Leases stay as they
 * are, and so do rows that no run has written (`seq` 0): those of an interval that startTimestamp passed over are SKIPPED.
 */
export function asMade(stored: readonly StoredInstance[], plan: IntervalPlan): StoredInstance[] {
  const planned = new Map(plan.instances.map((each) => [each.id, each]));
  return stored.flatMap((row) => {
    if (row.seq === 0) return [row];
    const { id, componentId, kind, type, nodeId, leaseGranted, seq } = row;
    const instance = planned.get(id);
    if (instance === undefined) return []; // an action that has not fired yet
    return [
      {
        id,
        componentId,
        kind,
        type,
        ...(nodeId === undefined ? {} : { nodeId }),
        leaseGranted,
        // What is written from now on must win.
        seq,
        status: 'WAITING_ON_DEPENDENCIES' as const,
        attemptCount: 0,
        triesLeft: instance.settings.maximumRetries + 1,
        cascadeFailedOn: [],
      },
    ];
  });
}
