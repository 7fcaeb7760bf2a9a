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

/** Other names of statuses in AWS's texts and clients, of which any may stand in a query. Source: semantics.md 8.1, 20. */
const ALSO_CALLED: Readonly<Record<string, readonly Status[]>> = {
  CANCELLED: ['CANCELED'],
  TIMEOUT: ['TIMEDOUT'],
  // The CLI's filter `waiting`, which AWS does not explain. Our choice: it waits for either.
  WAITING: ['WAITING_ON_DEPENDENCIES', 'WAITING_FOR_RUNNER'],
};

/** The statuses that a query means by `text`, in any case; a name that nobody knows stands for itself and is never met. */
export function statusesCalled(text: string): readonly string[] {
  const name = text.toUpperCase();
  return Object.hasOwn(ALSO_CALLED, name) ? (ALSO_CALLED[name] ?? []) : [name];
}

/** States of a pipeline. Source: reference/semantics.md 8.1. */
export type PipelineState =
  'PENDING' | 'ACTIVATING' | 'SCHEDULED' | 'DEACTIVATING' | 'INACTIVE' | 'FINISHED' | 'DELETING';
