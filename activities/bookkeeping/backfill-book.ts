import type { BackfillRow } from '../../model/instance/backfill.js';
import type { Status } from '../../model/instance/status.js';
import type { BackfillCounts } from '../../workflows/contract.js';
import type { RunKey } from './ledger.js';

/** RUNNING and PAUSED go on; FINISHED: every interval had its turn; CANCELED: by a user; STOPPED: its pipeline was deactivated. */
export type BackfillState = 'RUNNING' | 'PAUSED' | 'FINISHED' | 'CANCELED' | 'STOPPED';

/** What a backfill says of itself. */
export interface BackfillReport {
  readonly state: BackfillState;
  readonly counts: BackfillCounts;
  /** Runs under way. */
  readonly running: number;
  /** Something a user should know. */
  readonly note?: string;
}

/** What backfills need of the store. Implemented by src/store. */
export interface BackfillBook {
  /** Stores how far it is; nothing when it has ended, or is not there any more. */
  report(pipelineId: string, backfillId: string, report: BackfillReport): Promise<void>;
  /** Instances of the runs, as this backfill sees them. */
  rows(
    pipelineId: string,
    backfillId: string,
    runs: readonly Omit<RunKey, 'pipelineId'>[],
  ): Promise<readonly (BackfillRow & { readonly run: RunKey })[]>;
  /** By Schedule: the start of the last interval that retention has removed. */
  forgottenThrough(pipelineId: string): Promise<ReadonlyMap<string, string>>;
  /** Statuses of those instances that exist. */
  statuses(pipelineId: string, instanceIds: readonly string[]): Promise<ReadonlyMap<string, Status>>;
}
