import type { RuntimeFieldSet } from './object-type.js';

/** A field that the service or a worker writes; nobody sets it in a definition. */
export interface RuntimeField {
  readonly kind: 'string' | 'int' | 'datetime' | 'reference';
  readonly meaning: string;
  readonly list?: true;
  readonly values?: readonly string[];
}

/** Runtime fields of components, instances and attempts. Source: objects.yaml, runtime_fields. */
export const RUNTIME_FIELD_DEFINITIONS = {
  '@activeInstances': { kind: 'reference', meaning: 'Currently scheduled/active instances.', list: true },
  '@actualStartTime': {
    kind: 'datetime',
    meaning: 'When execution began; instances waiting on dependencies already have it in recordings.',
  },
  '@actualEndTime': { kind: 'datetime', meaning: 'When execution ended.' },
  '@cascadeFailedOn': {
    kind: 'reference',
    meaning: 'Chain of dependencies that caused the cascade failure.',
  },
  cancellationReason: { kind: 'string', meaning: 'Why it was cancelled.' },
  currentRetryCount: { kind: 'string', meaning: 'Times the precondition was tried in this attempt.' },
  lastRetryTime: { kind: 'string', meaning: 'Last time the precondition was tried in this attempt.' },
  emrStepLog: { kind: 'string', meaning: 'EMR step log location; EmrActivity attempts only.' },
  hadoopJobLog: { kind: 'string', meaning: 'Hadoop job log location; attempts of EMR-based activities.' },
  errorId: { kind: 'string', meaning: 'Error id of a failure (from SetTaskStatus or the service).' },
  errorMessage: { kind: 'string', meaning: 'Error text.' },
  errorStackTrace: { kind: 'string', meaning: 'Stack trace.' },
  '@failureReason': { kind: 'string', meaning: 'Why the resource failed.' },
  '@finishedTime': { kind: 'datetime', meaning: 'When execution finished.' },
  '@healthStatus': {
    kind: 'string',
    meaning: 'Outcome of the last instance that reached a terminal state (component sphere).',
    values: ['HEALTHY', 'ERROR'],
  },
  '@healthStatusFromInstanceId': { kind: 'string', meaning: 'Id of that instance.' },
  '@healthStatusUpdatedTime': { kind: 'datetime', meaning: 'When health last changed.' },
  hostname: { kind: 'string', meaning: 'Host of the worker that took the attempt.' },
  '@lastDeactivatedTime': { kind: 'datetime', meaning: 'Last deactivation.' },
  '@latestCompletedRunTime': { kind: 'datetime', meaning: 'Time of the latest completed run.' },
  '@latestRunTime': { kind: 'datetime', meaning: 'Time of the latest scheduled run.' },
  '@nextRunTime': { kind: 'datetime', meaning: 'Time of the next run.' },
  node: {
    kind: 'reference',
    meaning: 'The object for which this action or precondition runs (also the expression root node).',
  },
  reportProgressTime: { kind: 'datetime', meaning: 'Last progress report.' },
  '@scheduledStartTime': { kind: 'datetime', meaning: 'Start of the interval.' },
  '@scheduledEndTime': { kind: 'datetime', meaning: 'End of the interval.' },
  '@status': { kind: 'string', meaning: 'Status; values in semantics.md 8.' },
  '@version': {
    kind: 'string',
    meaning: 'Pipeline version the object was made with (integer text; rises by one per activation).',
  },
  '@waitingOn': { kind: 'reference', meaning: 'Dependencies still awaited.', list: true },
  '@error': { kind: 'string', meaning: 'What is wrong with an ill-formed object.' },
  '@pipelineId': { kind: 'string', meaning: 'Owning pipeline.' },
  '@sphere': {
    kind: 'string',
    meaning: "Stage of the object's life; PIPELINE occurs only in DescribePipelines fields.",
    values: ['COMPONENT', 'INSTANCE', 'ATTEMPT', 'PIPELINE'],
  },
  '@firstActivationTime': {
    kind: 'datetime',
    meaning: 'On Schedule: set at first activation (docs call it object creation time).',
  },
  '@componentParent': {
    kind: 'reference',
    meaning: 'Component the object was made from; list-runs fails without it.',
  },
  '@instanceParent': { kind: 'reference', meaning: 'Instance the attempt belongs to.' },
  '@headAttempt': { kind: 'reference', meaning: 'Newest attempt.' },
  '@attemptCount': { kind: 'int', meaning: 'Attempts made.' },
  '@triesLeft': { kind: 'int', meaning: 'Attempts left (1 attempt made, 2 left with the default).' },
  '@logLocation': { kind: 'string', meaning: 'Where the logs are.' },
  '@resourceId': { kind: 'string', meaning: 'Id of the EC2 instance or EMR cluster.' },
  '@resourceRegion': { kind: 'string', meaning: 'Its region.' },
  '@resourceStatus': { kind: 'string', meaning: 'Status of the underlying resource.' },
  '@id': { kind: 'string', meaning: 'Own id; #{parent.@id} in an instance gives the component id.' },
} as const satisfies Record<string, RuntimeField>;

const RUNNABLE = [
  '@activeInstances',
  '@actualEndTime',
  '@actualStartTime',
  'cancellationReason',
  '@cascadeFailedOn',
  'emrStepLog',
  'errorId',
  'errorMessage',
  'errorStackTrace',
  '@finishedTime',
  'hadoopJobLog',
  '@healthStatus',
  '@healthStatusFromInstanceId',
  '@healthStatusUpdatedTime',
  'hostname',
  '@lastDeactivatedTime',
  '@latestCompletedRunTime',
  '@latestRunTime',
  '@nextRunTime',
  'reportProgressTime',
  '@scheduledEndTime',
  '@scheduledStartTime',
  '@status',
  '@version',
  '@waitingOn',
] as const;
const PRECONDITION = [
  '@activeInstances',
  '@actualEndTime',
  '@actualStartTime',
  'cancellationReason',
  '@cascadeFailedOn',
  'emrStepLog',
  'errorId',
  'errorMessage',
  'errorStackTrace',
  'hadoopJobLog',
  'hostname',
  'node',
  'reportProgressTime',
  '@scheduledEndTime',
  '@scheduledStartTime',
  '@status',
  '@version',
  '@waitingOn',
] as const;

/** Which types have which runtime fields; all have @error, @pipelineId and @sphere. Source: objects.yaml, sets. */
export const RUNTIME_FIELD_SETS: Readonly<Record<RuntimeFieldSet, readonly string[]>> = {
  runnable: RUNNABLE,
  resource: [...RUNNABLE, '@failureReason'],
  precondition_user: PRECONDITION,
  precondition_system: [...PRECONDITION, 'currentRetryCount', 'lastRetryTime'],
  action: ['node', '@version'],
  definition_only: ['@version'],
};

/** Fields of a pipeline in DescribePipelines (sphere PIPELINE); `always`: on every pipeline. Source: objects.yaml, pipeline_fields. */
export const PIPELINE_FIELDS = {
  '@id': { kind: 'string', always: true, meaning: 'Pipeline id.' },
  '@sphere': { kind: 'string', always: true, meaning: 'The text PIPELINE.' },
  '@pipelineState': { kind: 'string', always: true, meaning: 'Pipeline status; values in semantics.md 8.' },
  '@creationTime': { kind: 'datetime', always: true, meaning: 'Creation time.' },
  '@accountId': { kind: 'string', always: true, meaning: 'Owning account.' },
  '@userId': { kind: 'string', always: true, meaning: 'Creating user.' },
  pipelineCreator: { kind: 'string', always: true, meaning: 'Creating user.' },
  uniqueId: { kind: 'string', always: true, meaning: 'Token given to CreatePipeline.' },
  name: { kind: 'string', always: true, meaning: 'Pipeline name.' },
  description: { kind: 'string', always: false, meaning: 'Description, when given.' },
  '*tags': { kind: 'string', always: false, meaning: 'Tags as JSON text.' },
  '@version': {
    kind: 'int',
    always: false,
    meaning: 'Absent until the first activation; then 1, rising by one per activation.',
  },
  '@firstActivationTime': { kind: 'datetime', always: false, meaning: 'First activation.' },
  '@lastActivationTime': { kind: 'datetime', always: false, meaning: 'Latest activation.' },
  '@scheduledStartTime': { kind: 'datetime', always: false, meaning: 'Start of the schedule.' },
  '@scheduledEndTime': { kind: 'datetime', always: false, meaning: 'End of the schedule.' },
  '@scheduledPeriod': { kind: 'period', always: false, meaning: 'Schedule period.' },
  '@latestRunTime': { kind: 'datetime', always: false, meaning: 'Latest run.' },
  '@nextRunTime': { kind: 'datetime', always: false, meaning: 'Next run.' },
  '@finishedTime': { kind: 'datetime', always: false, meaning: 'When the pipeline finished.' },
  '@healthStatus': {
    kind: 'string',
    always: false,
    meaning: 'HEALTHY or ERROR; lags components by up to 5 minutes.',
  },
  '@healthStatusUpdatedTime': { kind: 'datetime', always: false, meaning: 'When it changed.' },
  '@deletionRequestTime': {
    kind: 'datetime',
    always: false,
    meaning: 'When deletion was asked for (state DELETING).',
  },
} as const;
