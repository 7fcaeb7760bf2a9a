import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  POLLED,
  START,
  check,
  checkNeed,
  id,
  instance,
  needs,
  queued,
  why,
} from '../../test/model/why-world.js';
import type { PlannedInstance } from './plan.js';
import type { Status } from './status.js';
import type { Why } from './why-facts.js';

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
