import type { PlannedInstance } from '../../model/instance/plan.js';
import type { Status } from '../../model/instance/status.js';
import { explain } from '../../model/instance/why.js';
import type {
  ActivityFacts,
  InstanceFacts,
  InstanceState,
  NeedFacts,
  QueueFacts,
  Why,
  WhyFacts,
} from '../../model/instance/why-facts.js';

/** Beginning of the interval that every instance belongs to; now is the morning after it. */
export const START = '2026-11-20T00:00:00Z';
const END = '2026-11-21T00:00:00Z';
const NOW = new Date('2026-11-21T08:12:30Z');
/** The id of the instance of the component `name`. */
export const id = (name: string): string => `@${name}_2026-11-20T00:00:00`;

/** A queue that somebody polls. */
export const POLLED: QueueFacts = { pollers: [{ identity: '7@etl-1', lastPollAt: '2026-11-21T08:12:00Z' }] };
const CONTROL = { 'penstock-control': POLLED };

type Settings = PlannedInstance['settings'];
const SETTINGS: Settings = {
  maximumRetries: 2,
  retryDelayMs: 600_000,
  reportProgressTimeoutMs: 900_000,
  cascade: false,
  retryTasksOnResourceFailure: true,
  stopOnTaskFailure: false,
};

interface Given {
  readonly status?: Status;
  readonly kind?: PlannedInstance['kind'];
  readonly row?: Partial<InstanceState>;
  readonly plan?: Partial<PlannedInstance>;
  readonly settings?: Partial<Settings>;
  readonly more?: Partial<InstanceFacts>;
}

/** An instance of yesterday that waits for nothing, of a worker group. */
export function instance(
  name: string,
  { status, kind = 'activity', row, plan, settings, more }: Given,
): InstanceFacts {
  return {
    id: id(name),
    componentId: name,
    runId: `df-A/Daily/${START}`,
    needs: [],
    scheduleType: 'cron',
    row: {
      status: status ?? 'WAITING_ON_DEPENDENCIES',
      kind,
      scheduledStart: START,
      scheduledEnd: END,
      attemptCount: 1,
      triesLeft: 2,
      changedAt: '2026-11-21T08:00:00Z',
      cascadeFailedOn: [],
      waitingOn: [],
      ...row,
    },
    plan: {
      id: id(name),
      componentId: name,
      kind,
      type: 'X',
      dueAt: new Date(START),
      needs: [],
      worker: { kind: 'workerGroup', workerGroup: 'etl' },
      settings: { ...SETTINGS, ...settings },
      onSuccess: [],
      onFail: [],
      onLateAction: [],
      references: {},
      ...plan,
    },
    ...more,
  };
}

interface World extends Partial<Omit<WhyFacts, 'instances' | 'queues'>> {
  readonly queues?: Readonly<Record<string, QueueFacts>>;
}

/** What is said of the first of the instances; a control worker is there. */
export function why(instances: readonly InstanceFacts[], { queues, ...world }: World = {}): Why {
  return explain({
    now: NOW,
    instanceId: instances[0]?.id ?? '',
    pipeline: {
      id: 'df-A',
      name: 'nightly',
      state: 'SCHEDULED',
      activeVersion: 1,
      latestVersion: 1,
      latestErrored: false,
    },
    instances: new Map(instances.map((each) => [each.id, each])),
    runs: new Map([[`df-A/Daily/${START}`, { status: 'RUNNING', taskTries: 0 }]]),
    queues: new Map(Object.entries({ ...CONTROL, ...queues })),
    polledGroups: [],
    ...world,
  });
}

/** The need of one instance of the component `name`, unmet. */
export const needs = (name: string, more: Partial<NeedFacts> = {}): NeedFacts[] => [
  { componentId: name, precondition: false, total: 1, unmet: 1, shown: [id(name)], ...more },
];
/** An activity that waits in the queue of group etl. */
export const queued = (more: Partial<ActivityFacts> = {}): ActivityFacts => ({
  taskQueue: 'wg:etl',
  started: false,
  tries: 1,
  scheduledAt: '2026-11-21T08:01:02Z',
  ...more,
});
const NOT_YET = { type: 'NotYet', message: 'There is no object "s3://b/k" yet' };
/** A check that was asked twelve times and found nothing. */
export const asking = (more: Partial<ActivityFacts> = {}): ActivityFacts =>
  queued({
    taskQueue: 'penstock-control',
    tries: 13,
    lastTryEndedAt: '2026-11-21T08:12:03Z',
    nextTryAt: '2026-11-21T08:13:03Z',
    lastFailure: NOT_YET,
    ...more,
  });
/** The precondition IsThere of the data node Archived. */
export const check = (given: Given = {}): InstanceFacts => ({
  ...instance('IsThere', { kind: 'precondition', status: 'RUNNING', ...given }),
  id: id('IsThere_Archived'),
});
/** What Archived waits for. */
export const checkNeed = needs('IsThere', { precondition: true, shown: [id('IsThere_Archived')] });
