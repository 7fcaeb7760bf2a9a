import type { Component } from '../definition/component.js';

/** Where an expression is evaluated. Source: semantics.md 3.2. */
export interface EvaluationContext {
  readonly pipelineId: string;
  readonly components: ReadonlyMap<string, Component>;
  /** Values of each parameter; an optional parameter without a value has an empty array. */
  readonly parameters: ReadonlyMap<string, readonly string[]>;
  /** Parameters that give an error when they are asked for: those that need a value and have none. @default none */
  readonly withoutValue?: { has(parameterId: string): boolean };
  /** Id of the object that holds the expression. */
  readonly self: string;
  /** Actions and preconditions: id of the object that they are evaluated for. */
  readonly node?: string;
  /**
   * Runtime fields (`@scheduledStartTime`, `@status`, `errorMessage`…) of the instance that object `objectId` has in
   * this interval; instants as YYYY-MM-DDTHH:MM:SS. Before a run: `() => ({})`.
   */
  readonly runtime: (objectId: string) => Readonly<Record<string, string>>;
  /**
   * What a known runtime field gives that has no value yet: an error, or empty text. Default: empty text in an action
   * at work (an alarm or Terminate with a `node`), for an alarm that is not sent helps nobody; else an error.
   */
  readonly absent?: 'error' | 'empty';
  /** What validation spends on values that it looks at only in passing. Without one each evaluation has its own limits. */
  readonly budget?: EvaluationBudget;
}

/** Work that is left for many evaluations together; their messages, which nobody reads, suggest nothing. */
export interface EvaluationBudget {
  /** Single operations and characters of text read or made. */
  stepsLeft: number;
}

/** Runtime fields that hold instants. Source: objects.yaml, runtime_fields and pipeline_fields, kind datetime. */
export const DATETIME_RUNTIME_FIELDS: ReadonlySet<string> = new Set([
  '@actualStartTime',
  '@actualEndTime',
  '@finishedTime',
  '@healthStatusUpdatedTime',
  '@lastDeactivatedTime',
  '@latestCompletedRunTime',
  '@latestRunTime',
  '@nextRunTime',
  'reportProgressTime',
  '@scheduledStartTime',
  '@scheduledEndTime',
  '@firstActivationTime',
  '@lastActivationTime',
  '@creationTime',
]);

/** All runtime fields that expressions may ask for. Source: objects.yaml, runtime_fields. */
export const RUNTIME_FIELDS: ReadonlySet<string> = new Set([
  ...DATETIME_RUNTIME_FIELDS,
  '@activeInstances',
  '@attemptCount',
  '@cascadeFailedOn',
  '@componentParent',
  '@error',
  '@failureReason',
  '@headAttempt',
  '@healthStatus',
  '@healthStatusFromInstanceId',
  '@id',
  '@instanceParent',
  '@logLocation',
  '@pipelineId',
  '@resourceId',
  '@resourceRegion',
  '@resourceStatus',
  '@sphere',
  '@status',
  '@triesLeft',
  '@version',
  '@waitingOn',
  'cancellationReason',
  'currentRetryCount',
  'emrStepLog',
  'errorId',
  'errorMessage',
  'errorStackTrace',
  'hadoopJobLog',
  'hostname',
  'lastRetryTime',
]);
