import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PlannedInstance } from './plan.js';
import type { Status } from './status.js';
import { explain } from './why.js';
import type {
  ActivityFacts,
  InstanceFacts,
  InstanceState,
  NeedFacts,
  QueueFacts,
  Why,
  WhyFacts,
} from './why-facts.js';

const NOW = new Date('2026-11-21T08:12:30Z');
const START = '2026-11-20T00:00:00Z';
const END = '2026-11-21T00:00:00Z';
const id = (name: string): string => `@${name}_2026-11-20T00:00:00`;

const POLLED: QueueFacts = { pollers: [{ identity: '7@etl-1', lastPollAt: '2026-11-21T08:12:00Z' }] };
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
function instance(
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

function why(instances: readonly InstanceFacts[], { queues, ...world }: World = {}): Why {
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

const needs = (name: string, more: Partial<NeedFacts> = {}): NeedFacts[] => [
  { componentId: name, precondition: false, total: 1, unmet: 1, shown: [id(name)], ...more },
];
const queued = (more: Partial<ActivityFacts> = {}): ActivityFacts => ({
  taskQueue: 'wg:etl',
  started: false,
  tries: 1,
  scheduledAt: '2026-11-21T08:01:02Z',
  ...more,
});
const NOT_YET = { type: 'NotYet', message: 'There is no object "s3://b/k" yet' };
const asking = (more: Partial<ActivityFacts> = {}): ActivityFacts =>
  queued({
    taskQueue: 'penstock-control',
    tries: 13,
    lastTryEndedAt: '2026-11-21T08:12:03Z',
    nextTryAt: '2026-11-21T08:13:03Z',
    lastFailure: NOT_YET,
    ...more,
  });
const check = (given: Given = {}): InstanceFacts => ({
  ...instance('IsThere', { kind: 'precondition', status: 'RUNNING', ...given }),
  id: id('IsThere_Archived'),
});
const checkNeed = needs('IsThere', { precondition: true, shown: [id('IsThere_Archived')] });

/** What the guide's own list of symptoms has (semantics.md 18), where an instance can answer it. */
describe('symptoms of the guide', () => {
  it.each<[string, Why, string]>([
    [
      'the pipeline stays PENDING: not activated',
      why([{ id: id('Copy'), componentId: 'Copy', needs: [], interval: { start: START, passed: false } }], {
        pipeline: { id: 'df-A', name: 'nightly', state: 'PENDING', latestVersion: 1, latestErrored: false },
      }),
      `${id('Copy')} was not made: pipeline df-A (nightly) is PENDING, it was never activated: activate it.`,
    ],
    [
      'the pipeline stays PENDING: validation failed',
      why([{ id: id('Copy'), componentId: 'Copy', needs: [], interval: { start: START, passed: false } }], {
        pipeline: { id: 'df-A', name: 'nightly', state: 'PENDING', latestVersion: 1, latestErrored: true },
      }),
      `${id('Copy')} was not made: pipeline df-A (nightly) is PENDING, it was never activated, and its newest definition has errors, so it cannot be.`,
    ],
    [
      'WAITING_FOR_RUNNER: neither runsOn nor workerGroup',
      why([
        instance('Copy', {
          status: 'WAITING_FOR_RUNNER',
          plan: { worker: { kind: 'nobody' } },
          more: { activity: queued({ taskQueue: 'wg:' }) },
        }),
      ]),
      `${id('Copy')} waits for ever: Copy has neither runsOn nor workerGroup, so nobody comes for it.`,
    ],
    [
      'WAITING_FOR_RUNNER: the name of the group differs in case',
      why([instance('Copy', { status: 'WAITING_FOR_RUNNER', more: { activity: queued() } })], {
        queues: { 'wg:etl': { pollers: [] } },
        polledGroups: ['ETL', 'web'],
      }),
      `${id('Copy')} waits since 08:01:02 for a task runner: nobody polls worker group "etl"; polled are "ETL", "web"; names of groups are case-sensitive, and "ETL" is polled.`,
    ],
    [
      'WAITING_ON_DEPENDENCIES: a precondition is false',
      why([
        instance('Report', { more: { needs: needs('Archived', { total: 7 }) } }),
        instance('Archived', { kind: 'dataNode', more: { needs: checkNeed } }),
        check({ more: { activity: asking() } }),
      ]),
      `${id('Report')} waits for 1 of 7 instances of Archived: ${id('Archived')}, because precondition IsThere has not held yet (asked 12 times, last at 08:12:03: There is no object "s3://b/k" yet, next at 08:13:03).`,
    ],
    [
      'WAITING_ON_DEPENDENCIES: no permission to check it',
      why([
        instance('Archived', { kind: 'dataNode', more: { needs: checkNeed } }),
        check({
          row: { errorId: 'AccessDenied', errorMessage: 'no s3:GetObject for b/k' },
          more: {
            attempt: {
              number: 1,
              status: 'FAILED',
              actualEnd: '2026-11-21T08:12:00Z',
              errorId: 'AccessDenied',
              errorMessage: 'no s3:GetObject for b/k',
            },
          },
        }),
      ]),
      `${id('Archived')} waits for its precondition IsThere, which failed its attempt 1 of 3 at 08:12:00 (AccessDenied: no s3:GetObject for b/k); the next begins at 08:22:00 (retryDelay 10 minutes).`,
    ],
    [
      'WAITING_ON_DEPENDENCIES: upstream failed without cascade',
      why([
        instance('Report', { more: { needs: needs('Load') } }),
        instance('Load', {
          status: 'FAILED',
          row: {
            attemptCount: 3,
            actualEnd: '2026-11-21T07:59:00Z',
            errorId: 'CommandFailed',
            errorMessage: 'exit status 1',
          },
        }),
      ]),
      `${id('Report')} waits for ${id('Load')}, which failed at 07:59:00 after 3 attempts (CommandFailed: exit status 1); since failureAndRerunMode of Report is not cascade, it waits for ever: rerun ${id('Load')} or mark it finished.`,
    ],
    [
      'WAITING_ON_DEPENDENCIES: the resource waits in timeseries',
      why([
        instance('Machine', { kind: 'resource', more: { users: [id('Copy')] } }),
        instance('Copy', {
          row: { scheduledEnd: '2026-11-22T00:00:00Z' },
          plan: { dueAt: new Date('2026-11-22T00:00:00Z') },
          more: { scheduleType: 'timeseries' },
        }),
      ]),
      `${id('Machine')} is launched when an activity that runs on it is ready; first ${id('Copy')}, which is due at 2026-11-22T00:00:00, the end of its interval: with scheduleType timeseries it runs then, with cron at the beginning.`,
    ],
    [
      'not run when expected: dates are UTC, and the interval begins later',
      why([
        {
          id: id('Copy'),
          componentId: 'Copy',
          needs: [],
          interval: { scheduleId: 'Daily', start: '2026-11-21T10:00:00Z', passed: false },
        },
      ]),
      `${id('Copy')} is not made yet: its interval begins at 10:00:00.`,
    ],
    [
      'no runs shown: retention has removed them',
      why([
        {
          id: id('Copy'),
          componentId: 'Copy',
          needs: [],
          interval: { scheduleId: 'Daily', start: START, passed: true, forgottenThrough: START },
        },
      ]),
      `${id('Copy')} was removed by retention, with the runs of Daily that began up to 2026-11-20T00:00:00 and that nothing needed; a backfill that reruns all runs its interval anew.`,
    ],
    [
      'not run when expected: an interval after those that retention has removed',
      why([
        {
          id: id('Copy'),
          componentId: 'Copy',
          needs: [],
          interval: {
            scheduleId: 'Daily',
            start: '2026-11-21T10:00:00Z',
            passed: false,
            forgottenThrough: '2026-11-20T10:00:00Z',
          },
        },
      ]),
      `${id('Copy')} is not made yet: its interval begins at 10:00:00.`,
    ],
    [
      'wrong order: nothing was written down that it should have waited for',
      why([
        instance('Copy', {
          status: 'FINISHED',
          row: { actualEnd: '2026-11-21T08:10:00Z', hostname: 'etl-1' },
          more: { attempt: { number: 1, status: 'FINISHED' } },
        }),
      ]),
      `${id('Copy')} is FINISHED since 08:10:00 on etl-1.`,
    ],
  ])('%s', (_title, { sentence }, expected) => expect(sentence).toBe(expected));

  it('wrong order: the facts say that it waited for nothing', () => {
    const { facts } = why([instance('Copy', { status: 'FINISHED' })]);
    expect(facts).toMatchObject({ waitedFor: 'nothing: it has no input and no dependsOn' });
  });
});

describe('what keeps an instance', () => {
  const PAUSE = { pausedBy: 'anna', pausedAt: '2026-11-21T07:00:00Z' };
  it('says of a dependency first, and of PAUSE too', () => {
    const { reason, because } = why([
      instance('Report', { more: { needs: needs('Load'), pause: PAUSE } }),
      instance('Load', { status: 'FINISHED' }),
    ]);
    expect([reason, ...because.map((each) => each.reason)]).toEqual(['dependency', 'finished', 'paused']);
  });

  const opening = new Date('2026-11-21T20:00:00Z');
  const closed = {
    zone: 'UTC' as never,
    week: [{ from: 0, to: 10_080 }],
    closed: [{ from: 0, to: opening.getTime() }],
  };
  it.each<[string, Why, string]>([
    [
      'an operator who has paused its component',
      why([instance('Copy', { more: { pause: PAUSE } })]),
      `${id('Copy')} does not go on: Copy is paused, by anna since 07:00:00; SetStatus RESUME lets it go on.`,
    ],
    [
      'the same between two attempts, whatever retryDelay says',
      why([
        instance('Copy', {
          status: 'WAITING_FOR_RUNNER',
          more: { pause: PAUSE, attempt: { number: 1, status: 'FAILED', actualEnd: '2026-11-21T08:11:00Z' } },
        }),
      ]),
      `${id('Copy')} does not go on: Copy is paused, by anna since 07:00:00; SetStatus RESUME lets it go on.`,
    ],
    [
      'a task runner, while its component is paused: an attempt that has begun goes on',
      why(
        [
          instance('Copy', {
            status: 'WAITING_FOR_RUNNER',
            more: { pause: PAUSE, activity: queued(), attempt: { number: 1, status: 'WAITING_FOR_RUNNER' } },
          }),
        ],
        { queues: { 'wg:etl': { pollers: [] } }, polledGroups: ['web'] },
      ),
      `${id('Copy')} waits since 08:01:02 for a task runner: nobody polls worker group "etl"; polled are "web".`,
    ],
    [
      'a dependency that is paused',
      why([
        instance('Report', { more: { needs: needs('Load') } }),
        instance('Load', { more: { pause: PAUSE } }),
      ]),
      `${id('Report')} waits for ${id('Load')}, which does not go on: Load is paused, by anna since 07:00:00; SetStatus RESUME lets it go on.`,
    ],
    [
      'a chain that is longer than a sentence',
      why(
        'ABCDEFG'
          .split('')
          .map((name, at) =>
            instance(
              name,
              at < 6
                ? { more: { needs: needs('ABCDEFG'[at + 1] ?? '') } }
                : { status: 'RUNNING', more: { activity: queued({ started: true, worker: '7@etl-1' }) } },
            ),
          ),
      ),
      `${id('A')} waits for ${id('B')}, which waits for ${id('C')}, which waits for ${id('D')}, which waits for ${id('E')}, and so on over 2 more instances to ${id('G')}, which is RUNNING on 7@etl-1 since 08:00:00, attempt 1 of 3; no heartbeat has come yet.`,
    ],
    [
      'several components, of which only some instances are looked at',
      why([
        instance('Report', {
          more: { needs: [...needs('Load'), ...needs('Clean', { total: 24, unmet: 20, shown: [] })] },
        }),
        instance('Load', {
          status: 'CANCELED',
          row: { cancellationReason: 'Canceled by user', actualEnd: '2026-11-20T23:00:00Z' },
        }),
      ]),
      `${id('Report')} waits for 21 instances (1 of Load, 20 of 24 of Clean), first ${id('Load')}, which was canceled at 2026-11-20T23:00:00: Canceled by user; since failureAndRerunMode of Report is not cascade, it waits for ever: rerun ${id('Load')} or mark it finished.`,
    ],
    [
      'a dependency that startTimestamp has passed over, for ever with cascade too',
      why([
        instance('Report', { settings: { cascade: true }, more: { needs: needs('Load') } }),
        instance('Load', { status: 'SKIPPED' }),
      ]),
      `${id('Report')} waits for ${id('Load')}, which was skipped: an activation went on at a later time (startTimestamp); it waits for ever: rerun ${id('Load')} or mark it finished.`,
    ],
    [
      'a precondition that failed for good',
      why([
        instance('Report', { more: { needs: needs('Archived') } }),
        instance('Archived', { kind: 'dataNode', more: { needs: checkNeed } }),
        check({
          status: 'FAILED',
          row: {
            actualEnd: '2026-11-21T08:00:00Z',
            errorId: 'PreconditionTimeout',
            errorMessage: 'preconditionTimeout has passed.',
          },
        }),
      ]),
      `${id('Report')} waits for ${id('Archived')}, because precondition IsThere failed at 08:00:00 after 1 attempt (PreconditionTimeout: preconditionTimeout has passed); since failureAndRerunMode of Archived is not cascade, it waits for ever: rerun ${id('IsThere_Archived')} or mark it finished.`,
    ],
    [
      'a condition that is not decided yet',
      why([
        instance('Repair', {
          plan: { condition: { text: "failed('Load')" } as PlannedInstance['condition'] & object },
          more: { needs: needs('Load') },
        }),
        instance('Load', {
          status: 'RUNNING',
          more: {
            activity: queued({
              started: true,
              startedAt: '2026-11-21T08:05:00Z',
              lastHeartbeatAt: '2026-11-21T08:12:27Z',
            }),
            attempt: { number: 1, status: 'RUNNING', hostname: 'etl-1' },
          },
        }),
      ]),
      `${id('Repair')} waits for ${id('Load')}, which is RUNNING on etl-1 since 08:05:00, attempt 1 of 3; its last heartbeat came at 08:12:27; then it decides its condition failed('Load').`,
    ],
    [
      'maxActiveInstances',
      why([
        instance('Copy', {
          more: {
            lease: {
              limit: 2,
              ahead: 3,
              holdersTotal: 2,
              holders: [{ instanceId: id('Held'), grantedAt: START }],
            },
          },
        }),
        instance('Held', {
          status: 'CREATING',
          kind: 'resource',
          more: { activity: queued({ started: true, startedAt: '2026-11-21T08:05:00Z' }) },
        }),
      ]),
      `${id('Copy')} is behind 3 others for maxActiveInstances 2 of Copy, held by 2 instances, first ${id('Held')}, which is being made since 08:05:00, attempt 1 of 3.`,
    ],
    [
      'a resource that is being made',
      why([
        instance('Copy', { status: 'WAITING_FOR_RUNNER', plan: { resourceInstanceId: id('Machine') } }),
        instance('Machine', {
          status: 'CREATING',
          kind: 'resource',
          row: { attemptCount: 2, triesLeft: 1 },
          more: { activity: queued({ started: true, startedAt: '2026-11-21T08:05:00Z' }) },
        }),
      ]),
      `${id('Copy')} waits for its resource ${id('Machine')}, which is being made since 08:05:00, attempt 2 of 3.`,
    ],
    [
      'a resource that failed',
      why([
        instance('Copy', {
          status: 'CANCELED',
          plan: { resourceInstanceId: id('Machine') },
          row: {
            cancellationReason: `Resource ${id('Machine')} is FAILED`,
            actualEnd: '2026-11-21T08:00:00Z',
          },
        }),
        instance('Machine', { status: 'FAILED', kind: 'resource' }),
      ]),
      `${id('Copy')} was canceled at 08:00:00 because of its resource ${id('Machine')}, which failed at 08:00:00 after 1 attempt.`,
    ],
    [
      'its run window',
      why([instance('Copy', { plan: { dueAt: opening, hours: closed } })]),
      `${id('Copy')} waits for its run window, which opens at 20:00:00.`,
    ],
    [
      'its run window, of the next attempt',
      why([
        instance('Copy', {
          status: 'WAITING_FOR_RUNNER',
          plan: { hours: closed },
          more: {
            attempt: {
              number: 1,
              status: 'FAILED',
              actualEnd: '2026-11-21T08:10:00Z',
              errorId: 'RunnerLost',
            },
          },
        }),
      ]),
      `${id('Copy')} failed its attempt 1 of 3 at 08:10:00 (RunnerLost); the next begins at 20:00:00, when its run window opens.`,
    ],
    [
      'a runner that has gone, or is busy',
      why([instance('Copy', { status: 'WAITING_FOR_RUNNER', more: { activity: queued() } })], {
        queues: { 'wg:etl': { pollers: [{ identity: '7@etl-1', lastPollAt: '2026-11-21T08:08:00Z' }] } },
      }),
      `${id('Copy')} waits since 08:01:02 for a task runner: nobody polls worker group "etl"; the last was 7@etl-1 at 08:08:00: it is gone, or all its slots are busy; no known group is polled.`,
    ],
    [
      'others before it in the queue',
      why([instance('Copy', { status: 'WAITING_FOR_RUNNER', more: { activity: queued() } })], {
        queues: { 'wg:etl': { ...POLLED, backlog: 40 } },
      }),
      `${id('Copy')} waits since 08:01:02 for a task runner of worker group "etl": 7@etl-1 polls it, and about 40 tasks wait there.`,
    ],
    [
      'a check on a group that nobody polls',
      why([check({ status: 'WAITING_FOR_RUNNER', more: { activity: queued() } })], {
        queues: { 'wg:etl': { pollers: [] } },
      }),
      `${id('IsThere_Archived')} waits since 08:01:02 for a task runner: nobody polls worker group "etl"; no known group is polled.`,
    ],
    [
      'no control worker',
      why([check({ more: { activity: queued({ taskQueue: 'penstock-control' }) } })], {
        queues: {
          'penstock-control': { pollers: [{ identity: '3@c', lastPollAt: '2026-11-21T08:05:00Z' }] },
        },
      }),
      `${id('IsThere_Archived')} was not asked: no control worker polls penstock-control (the last, 3@c, did at 08:05:00).`,
    ],
    [
      'a run that is not in Temporal any more',
      why([instance('Copy', {})], {
        runs: new Map([[`df-A/Daily/${START}`, { status: 'TERMINATED', taskTries: 0 }]]),
      }),
      `${id('Copy')} is WAITING_ON_DEPENDENCIES, but its interval run is TERMINATED in Temporal: a RERUN begins it again.`,
    ],
    [
      'a run whose workflow task fails',
      why([instance('Copy', {})], {
        runs: new Map([[`df-A/Daily/${START}`, { status: 'RUNNING', taskTries: 9 }]]),
      }),
      `${id('Copy')} is WAITING_ON_DEPENDENCIES; its interval run does not go on: Temporal has tried its workflow task 9 times, and the log of the control worker says why it fails.`,
    ],
    [
      'a mark',
      why([
        instance('Copy', {
          status: 'FINISHED',
          row: { actualEnd: START },
          more: { attempt: { number: 1, status: 'FAILED' } },
        }),
      ]),
      `${id('Copy')} is FINISHED since 2026-11-20T00:00:00: it was marked so, its last attempt did not finish.`,
    ],
    [
      'terminateAfter',
      why([instance('Machine', { status: 'TIMEDOUT', kind: 'resource', row: { actualEnd: START } })]),
      `${id('Machine')} is TIMEDOUT since 2026-11-20T00:00:00: terminateAfter has passed.`,
    ],
  ])('%s', (_title, { sentence }, expected) => expect(sentence).toBe(expected));
});

describe('whatever the facts', () => {
  const NAMES = 'ABCDEFGH'.split('');
  /** Any graph at all, circles too. */
  const graphs = fc.array(
    fc.record({
      status: fc.constantFrom<Status>(
        'WAITING_ON_DEPENDENCIES',
        'WAITING_FOR_RUNNER',
        'RUNNING',
        'FAILED',
        'CASCADE_FAILED',
        'FINISHED',
        'CANCELED',
        'SKIPPED',
      ),
      needed: fc.subarray(NAMES),
      origin: fc.constantFrom(...NAMES),
      resource: fc.constantFrom(...NAMES),
    }),
    { minLength: 1, maxLength: NAMES.length },
  );

  it('it ends, in one sentence for each instance, and explains none of them twice', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const answer = why(
          graph.map(({ status, needed, origin, resource }, at) =>
            instance(NAMES[at] ?? '', {
              status,
              row: { cascadeFailedOn: [id(origin)] },
              plan: { resourceInstanceId: id(resource) },
              more: { needs: needed.flatMap((name) => needs(name)) },
            }),
          ),
        );
        const explained: string[] = [];
        const visit = (each: Why): void => {
          expect(each.sentence).toMatch(/^@[^\n]+[^.]\.$/);
          expect(each.leftOut).toBeGreaterThanOrEqual(0);
          if (each.because.length > 0) explained.push(each.instanceId);
          each.because.forEach(visit);
        };
        visit(answer);
        expect(new Set(explained).size).toBe(explained.length);
      }),
    );
  });
});
