import { STATUS, type Status } from './status.js';

/**
 * What an instance may become from each status. `FAILED`, `CANCELED`, `CASCADE_FAILED`, `FINISHED` and `TIMEDOUT` are left
 * only by RERUN (to WAITING_ON_DEPENDENCIES, where everything begins) or MARK_FINISHED. Source: semantics.md 7.5, 7.6, 8.2.
 */
export const TRANSITIONS = {
  WAITING_ON_DEPENDENCIES: [
    'WAITING_FOR_RUNNER',
    'CREATING',
    'RUNNING', // checked by the service itself: nobody has to come for it
    'FINISHED',
    'FAILED',
    'CASCADE_FAILED',
    'CANCELED',
    'SKIPPED',
  ],
  WAITING_FOR_RUNNER: ['RUNNING', 'FINISHED', 'FAILED', 'CANCELED', 'WAITING_ON_DEPENDENCIES'],
  CREATING: [
    'RUNNING',
    'SHUTTING_DOWN',
    'FINISHED',
    'FAILED',
    'TIMEDOUT',
    'CANCELED',
    'WAITING_ON_DEPENDENCIES',
  ],
  RUNNING: [
    'WAITING_FOR_RUNNER', // the next attempt
    'CREATING', // the same, of a resource
    'SHUTTING_DOWN',
    'FINISHED',
    'FAILED',
    'TIMEDOUT',
    'CANCELED',
    'WAITING_ON_DEPENDENCIES',
  ],
  SHUTTING_DOWN: ['CREATING', 'FINISHED', 'FAILED', 'TIMEDOUT', 'CANCELED', 'WAITING_ON_DEPENDENCIES'],
  FINISHED: ['WAITING_ON_DEPENDENCIES'],
  FAILED: ['WAITING_ON_DEPENDENCIES', 'FINISHED'],
  TIMEDOUT: ['WAITING_ON_DEPENDENCIES', 'FINISHED'],
  CANCELED: ['WAITING_ON_DEPENDENCIES', 'FINISHED'],
  CASCADE_FAILED: ['WAITING_ON_DEPENDENCIES', 'FINISHED'],
  SKIPPED: ['WAITING_ON_DEPENDENCIES', 'FINISHED'],
} as const satisfies Record<Status, readonly Status[]>;

/** Whether an instance in `from` may become `to`; staying as it is always may. */
export function mayBecome(from: Status, to: Status): boolean {
  return from === to || (TRANSITIONS[from] as readonly Status[]).includes(to);
}

export function isTerminal(status: Status): boolean {
  return STATUS[status].terminal;
}
