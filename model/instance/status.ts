/** What a status means to the engine. */
export interface StatusTraits {
  /** Left only by RERUN. */
  readonly terminal: boolean;
  /** Dependants may go on. */
  readonly satisfies: boolean;
  /** Dependants with failureAndRerunMode `cascade` become CASCADE_FAILED. */
  readonly cascades: boolean;
}

/** Statuses of instances and attempts, spelled as on the wire. Source: reference/semantics.md 8.1. */
export const STATUS = {
  WAITING_ON_DEPENDENCIES: { terminal: false, satisfies: false, cascades: false },
  WAITING_FOR_RUNNER: { terminal: false, satisfies: false, cascades: false },
  CREATING: { terminal: false, satisfies: false, cascades: false },
  RUNNING: { terminal: false, satisfies: false, cascades: false },
  SHUTTING_DOWN: { terminal: false, satisfies: false, cascades: false },
  FINISHED: { terminal: true, satisfies: true, cascades: false },
  FAILED: { terminal: true, satisfies: false, cascades: true },
  TIMEDOUT: { terminal: true, satisfies: false, cascades: true },
  CANCELED: { terminal: true, satisfies: false, cascades: true },
  CASCADE_FAILED: { terminal: true, satisfies: false, cascades: true },
  SKIPPED: { terminal: true, satisfies: false, cascades: false },
} as const satisfies Record<string, StatusTraits>;

export type Status = keyof typeof STATUS;

/** States of a pipeline. Source: reference/semantics.md 8.1. */
export type PipelineState =
  'PENDING' | 'ACTIVATING' | 'SCHEDULED' | 'DEACTIVATING' | 'INACTIVE' | 'FINISHED' | 'DELETING';
