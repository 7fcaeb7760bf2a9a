import { describe, expect, it } from 'vitest';
import {
  START,
  asking,
  check,
  checkNeed,
  id,
  instance,
  needs,
  queued,
  why,
} from '../../test/model/why-world.js';
import type { Why } from './why-facts.js';

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
