import type { AttemptState, InstanceSnapshot, RunKey } from '../../activities/bookkeeping/ledger.js';
import type { Status } from '../../model/instance/status.js';

/** Spheres whose objects are rows of the ledger. */
export type LedgerSphere = 'INSTANCE' | 'ATTEMPT';

/** One selector of a query. Source: api.md 2.2. */
export interface ObjectSelector {
  readonly fieldName: string;
  readonly type: 'EQ' | 'REF_EQ' | 'LE' | 'GE' | 'BETWEEN';
  readonly values: readonly string[];
}

/** A query over the instances or attempts of one pipeline; all selectors must match. */
export interface ObjectQuery {
  readonly pipelineId: string;
  readonly sphere: LedgerSphere;
  readonly selectors: readonly ObjectSelector[];
  /** Marker of the page before. */
  readonly after?: string;
  readonly limit: number;
}

/** One page of ids, by scheduled start and id; `marker` is absent on the last. */
export interface ObjectIdPage {
  readonly ids: readonly string[];
  readonly marker?: string;
}

/** An instance and the run it belongs to. */
export interface InstanceRow extends InstanceSnapshot, RunKey {
  /** When the status was last changed. */
  readonly changedAt: string;
}

/** An attempt with what its instance says of it. */
export interface AttemptRow extends AttemptState, RunKey {
  /** `<instanceId>_Attempt=<n>`. */
  readonly id: string;
  readonly componentId: string;
  readonly nodeId?: string;
  readonly type: string;
  readonly kind: InstanceRow['kind'];
  readonly scheduledStart: string;
  readonly scheduledEnd: string;
  readonly definitionVersion: number;
  readonly activation: number;
}

/** One page of instances, by scheduled start and id. */
export interface InstancePage {
  readonly instances: readonly InstanceRow[];
  readonly marker?: string;
}

/** The last instance of a component that ended (SKIPPED ones do not count), or a precondition of one that failed since: the source of `@healthStatus`. */
export interface ComponentOutcome {
  readonly componentId: string;
  readonly instanceId: string;
  readonly status: Status;
  readonly changedAt: string;
}

/** Start of the latest interval that has come, and of the next that is known; absent when there is none. */
export interface RunTimes {
  readonly latest?: string;
  readonly next?: string;
}
