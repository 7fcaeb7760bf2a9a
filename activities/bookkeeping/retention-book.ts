import type { ScheduleNeed } from '../../model/instance/retention.js';

/** What was removed. */
export interface Removed {
  /** Interval runs. */
  readonly runs: number;
  readonly instances: number;
}

/** What keeps runs of a pipeline that are still to come, or are being looked at again. */
export interface RetentionOutlook {
  /** Absent: never activated, or deleted. */
  readonly activeVersion?: number;
  /** Of which the ledger has instances. */
  readonly scheduleIds: readonly string[];
  readonly cursors: readonly {
    readonly scheduleId: string;
    readonly nextIndex: number;
    readonly exhausted: boolean;
  }[];
  /** That have not ended. Instants are ISO-8601 UTC. */
  readonly backfills: readonly {
    readonly scheduleIds: readonly string[];
    readonly from: string;
    readonly to: string;
  }[];
}

/** An interval run, as the ledger has it before it is removed. */
export interface StoredRun {
  readonly scheduleId: string;
  readonly intervalStart: string;
  readonly intervalEnd: string;
  /** Instances. */
  readonly size: number;
  /** Contract: OldRun. */
  readonly free: boolean;
}

/** Runs of one Schedule that are to go. */
export interface RunsToForget {
  readonly pipelineId: string;
  readonly scheduleId: string;
  readonly intervalStarts: readonly string[];
  /** Who must not be there any more: runs of these Schedules that need them. */
  readonly neededBy: readonly Pick<ScheduleNeed, 'from' | 'by'>[];
  /** What ended later stays. */
  readonly endedBefore: string;
}

/** What retention needs of the store. Implemented by src/store. */
export interface RetentionBook {
  /**
   * Calls `work` with the instant before which runs must have ended, and takes note of it; undefined when another process is at
   * it, or all was done with the same setting less than `everyMs` ago. One that a process has left half done is not waited for.
   */
  alone(
    setting: { readonly days: number; readonly everyMs: number },
    work: (endedBefore: string) => Promise<Removed>,
  ): Promise<Removed | undefined>;
  /** Ids of the pipelines that were not deleted, after `after`. */
  pipelineIds(after: string, limit: number): Promise<string[]>;
  outlook(pipelineId: string): Promise<RetentionOutlook>;
  /** Runs of a Schedule that began after `after` and before `endedBefore`, oldest first. */
  oldRuns(
    pipelineId: string,
    scheduleId: string,
    endedBefore: string,
    after: string | undefined,
    limit: number,
  ): Promise<StoredRun[]>;
  /**
   * Removes runs with all that belongs to them, and marks them as forgotten, in one transaction. Looks again at each whether it may
   * go; `isOpen` is asked while nobody can begin it again. What may not, or is looked at by another process, stays.
   */
  forget(runs: RunsToForget, isOpen: (intervalStart: string) => Promise<boolean>): Promise<Removed>;
}
