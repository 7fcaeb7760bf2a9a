/**
 * A pipeline as the generator thinks of it, with what is to happen in it: the definition is written from it, and what is right is
 * worked out from it, by code that shares nothing with the product.
 */
export interface ChaosPipeline {
  readonly name: string;
  readonly schedules: readonly ChaosSchedule[];
  readonly activities: readonly ChaosActivity[];
  readonly dataNodes: readonly ChaosDataNode[];
  readonly preconditions: readonly ChaosPrecondition[];
  /** Objects that the alarm of that kind is for: activities and data nodes. */
  readonly alarms: { readonly onSuccess: readonly string[]; readonly onFail: readonly string[] };
}

export interface ChaosSchedule {
  readonly id: string;
  /** Start of the first interval, in seconds since 1970. */
  readonly startSeconds: number;
  readonly periodSeconds: number;
  readonly occurrences: number;
}

export type ScheduleType = 'cron' | 'timeseries';

interface Scheduled {
  readonly id: string;
  readonly schedule: string;
  readonly scheduleType: ScheduleType;
  /** failureAndRerunMode. */
  readonly cascade: boolean;
}

/** What an attempt is told to do: succeed, fail, or work until attemptTimeout. */
export type Deed = 'ok' | 'fail' | 'hang';

export interface ChaosActivity extends Scheduled {
  readonly dependsOn: readonly string[];
  /** Data nodes. */
  readonly input: readonly string[];
  /** A data node on the same schedule. */
  readonly output?: string;
  readonly maximumRetries: number;
  readonly retryDelaySeconds: number;
  readonly maxActiveInstances?: number;
  /** How long an attempt works. */
  readonly workSeconds: number;
  readonly attemptTimeoutSeconds?: number;
  readonly condition?: ChaosCondition;
  /** By interval, from 0: what each attempt does, the last one's for all that follow. Empty = ok. */
  readonly deeds: readonly (readonly Deed[])[];
}

/** `not failed()` is a kind of its own; `of` = the one object asked about, absent = all dependencies. */
export interface ChaosCondition {
  readonly kind: 'always' | 'succeeded' | 'failed' | 'skipped' | 'notFailed';
  readonly of?: string;
}

export interface ChaosDataNode extends Scheduled {
  readonly producer?: string;
  /** Has an Exists; a file without producer is made by the harness, so many seconds after activation. */
  readonly exists?: { readonly madeAfterSeconds: number };
}

/** A ShellCommandPrecondition. */
export interface ChaosPrecondition {
  readonly id: string;
  /** The one object that uses it. */
  readonly node: string;
  readonly cascade: boolean;
  /** The check that holds at last; `never` has a preconditionTimeout. */
  readonly holdsAtCheck: number | 'never';
}

export const PRECONDITION_TIMEOUT_SECONDS = 3;

/** Precondition of type Exists of a data node. */
export function existsIdOf(dataNode: string): string {
  return `Exists${dataNode}`;
}

/** Start of interval `index`, `YYYY-MM-DDTHH:MM:SS`. */
export function startOf(schedule: ChaosSchedule, index: number): string {
  return isoSeconds(schedule.startSeconds + index * schedule.periodSeconds);
}

export function isoSeconds(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 19);
}
