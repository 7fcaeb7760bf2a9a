import { choice, int, period, reference, text, type FieldDefinition } from './object-type.js';

/** Every type may name the object whose fields it inherits. Source: objects.yaml, common_fields. */
export const PARENT = {
  parent: reference('Any', 'Object whose fields are inherited (replaces the implicit Default parent).'),
} as const satisfies Record<string, FieldDefinition>;

/** What activities, data nodes, resources and preconditions share: attempts, lateness, actions. */
export const EXECUTION_FIELDS = {
  ...PARENT,
  attemptStatus: text(
    'Status last reported by the worker; settable in the table but really output, treat as read-only.',
    { readOnly: true },
  ),
  attemptTimeout: period(
    'Longest time one attempt may take once started; on expiry the attempt may be retried.',
    { defaultNote: 'none (no limit)', defaultSource: 'inferred' },
  ),
  failureAndRerunMode: choice(
    ['none', 'cascade'],
    'Whether failure and rerun of dependencies propagate to this object (consumer side).',
    { default: 'none', defaultSource: 'docs', caseInsensitive: true },
  ),
  lateAfterTimeout: period(
    'Time after scheduled start by which the run must start (2019 table) or complete (later text), else onLateAction fires. Ignored for ondemand.',
    { defaultNote: 'none (no late check)', defaultSource: 'inferred' },
  ),
  onFail: reference('Action', 'Action(s) run when the instance fails for good.', { list: true }),
  onLateAction: reference(
    'Action',
    'Action(s) run when the instance has not been scheduled or not completed in lateAfterTimeout.',
    { list: true },
  ),
  onSuccess: reference('Action', 'Action(s) run when the instance succeeds.', { list: true }),
  reportProgressTimeout: period(
    'Longest silence between ReportTaskProgress calls before the attempt is taken as stalled and retried.',
    { default: '15 minutes', defaultSource: 'api' },
  ),
} as const satisfies Record<string, FieldDefinition>;

/** What activities, data nodes and resources share: they run on a schedule and write logs. */
export const SCHEDULED_FIELDS = {
  ...EXECUTION_FIELDS,
  schedule: reference('Schedule', 'Schedule that drives the object; normally inherited from Default.', {
    use: 'invocation',
  }),
  maxActiveInstances: int('Most instances of this component active together; reruns are not counted. 1..5.', {
    min: 1,
    max: 5,
  }),
  pipelineLogUri: text('S3 prefix for logs.'),
  scheduleType: choice(
    ['cron', 'timeseries', 'ondemand'],
    'Run at interval start (cron), end (timeseries), or once per activation (ondemand: Default object only).',
    { caseInsensitive: true },
  ),
  trigger: reference('Trigger', 'What starts the ondemand pipeline by itself. Default object only.', {
    list: true,
    extension: true,
  }),
} as const satisfies Record<string, FieldDefinition>;

/** What activities and data nodes share: they wait for other objects and for preconditions. */
export const ORDERED_FIELDS = {
  ...SCHEDULED_FIELDS,
  dependsOn: reference(
    'Runnable',
    'Other runnable objects whose instance for the same interval must be FINISHED first.',
    { list: true },
  ),
  precondition: reference('Precondition', 'Condition(s) to satisfy before the object becomes ready.', {
    list: true,
  }),
} as const satisfies Record<string, FieldDefinition>;
