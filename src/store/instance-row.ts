import type { Selectable } from 'kysely';
import type { AttemptState, NewInstance } from '../../activities/bookkeeping/ledger.js';
import type { InstanceRow } from './object-selector.js';
import type { AttemptTable, InstanceTable } from './schema.js';

/** Drops the members that are null, as the ledger's types leave out what is not known. */
type WithoutNulls<T> = { [K in keyof T as null extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as null extends T[K] ? K : never]?: NonNullable<T[K]>;
};

function withoutNulls<T extends object>(members: T): WithoutNulls<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null)) as WithoutNulls<T>;
}

/** The instance that a row holds. */
export function instanceOfRow(
  row: Omit<Selectable<InstanceTable>, 'terminal'> & { readonly lease_granted: boolean },
): InstanceRow {
  return {
    pipelineId: row.pipeline_id,
    scheduleId: row.schedule_id,
    intervalStart: row.interval_start,
    id: row.id,
    componentId: row.component_id,
    kind: row.kind,
    type: row.type,
    scheduledStart: row.scheduled_start,
    scheduledEnd: row.scheduled_end,
    definitionVersion: row.definition_version,
    activation: row.activation,
    references: JSON.parse(row.references) as NewInstance['references'],
    seq: row.seq,
    status: row.status,
    attemptCount: row.attempt_count,
    triesLeft: row.tries_left,
    waitingOn: row.waiting_on,
    cascadeFailedOn: row.cascade_failed_on,
    changedAt: row.changed_at,
    leaseGranted: row.lease_granted,
    ...withoutNulls({
      nodeId: row.node_id,
      leaseLimit: row.lease_limit,
      actualStart: row.actual_start,
      actualEnd: row.actual_end,
      cancellationReason: row.cancellation_reason,
      errorId: row.error_id,
      errorMessage: row.error_message,
      errorStackTrace: row.error_stack_trace,
      hostname: row.hostname,
      logLocation: row.log_location,
      resourceId: row.resource_id,
    }),
  };
}

/** The attempt that a row holds. */
export function attemptOfRow(row: Selectable<AttemptTable>): AttemptState {
  return {
    instanceId: row.instance_id,
    number: row.number,
    seq: row.seq,
    status: row.status,
    ...withoutNulls({
      actualStart: row.actual_start,
      actualEnd: row.actual_end,
      errorId: row.error_id,
      errorMessage: row.error_message,
      errorStackTrace: row.error_stack_trace,
      hostname: row.hostname,
      logLocation: row.log_location,
    }),
  };
}
