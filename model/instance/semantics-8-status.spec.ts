import { describe, expect, it } from 'vitest';
import {
  CASCADE,
  check,
  drive,
  machine,
  node,
  ONE_TRY,
  shell,
  START,
  to,
} from '../../test/model/run-driver.js';
import { STATUS, statusesCalled, type Status } from './status.js';
import { isTerminal, mayBecome, TRANSITIONS } from './transitions.js';

// One case per sentence of semantics.md 8.1 and 8.2 that speaks of instances, in our own words. Health: test/api/health.spec.ts.

const ALL = { defaults: { ...CASCADE, ...ONE_TRY } };
const NONE = { defaults: ONE_TRY };

describe('8.1 values', () => {
  it('are those of AWS', () => {
    expect(Object.keys(STATUS).toSorted()).toEqual([
      'CANCELED',
      'CASCADE_FAILED',
      'CREATING',
      'FAILED',
      'FINISHED',
      'RUNNING',
      'SHUTTING_DOWN',
      'SKIPPED',
      'TIMEDOUT',
      'WAITING_FOR_RUNNER',
      'WAITING_ON_DEPENDENCIES',
    ]);
  });

  it('WAITING_ON_DEPENDENCIES: the first; dependencies and preconditions are being looked at', () => {
    const run = drive([check('C'), shell('X'), shell('A', to({ dependsOn: 'X', precondition: 'C' }))]);
    expect(run.status('A')).toBe('WAITING_ON_DEPENDENCIES');
    expect(run.finish('X').status('A')).toBe('WAITING_ON_DEPENDENCIES');
    expect(run.finish('C_A').status('A')).toBe('WAITING_FOR_RUNNER');
  });

  it('WAITING_FOR_RUNNER: queued for a worker; the same of its attempt', () => {
    const run = drive([shell('A')]);
    expect([run.status('A'), run.told.at(-1)?.status]).toEqual(['WAITING_FOR_RUNNER', 'WAITING_FOR_RUNNER']);
  });

  it('RUNNING: a worker works; the same of its attempt', () => {
    const run = drive([shell('A')]).works('A');
    expect([run.status('A'), run.told.at(-1)?.status]).toEqual(['RUNNING', 'RUNNING']);
  });

  it('CREATING: a resource is being made; RUNNING: it is up and ready for work', () => {
    const run = drive([machine('R'), shell('A', to({ runsOn: 'R' }))]);
    expect(run.statuses('R', 'A')).toBe('R: CREATING, A: WAITING_FOR_RUNNER');
    expect(run.begun).toEqual(['R#1']);
    expect(run.up('R').status('R')).toBe('RUNNING');
    expect(run.begun).toEqual(['R#1', 'A#1']);
  });

  it('SHUTTING_DOWN: a resource goes down after success', () => {
    expect(
      drive([machine('R'), shell('A', to({ runsOn: 'R' }))])
        .up('R')
        .finish('A')
        .status('R'),
    ).toBe('SHUTTING_DOWN');
  });

  it('FAILED: an error, and all retries are used up', () => {
    const run = drive([shell('A', { maximumRetries: '1' })])
      .fail('A')
      .pass(10);
    expect(run.status('A')).not.toBe('FAILED');
    expect(run.fail('A').status('A')).toBe('FAILED');
  });

  it('TIMEDOUT: of a resource past terminateAfter', () => {
    const run = drive([machine('R', { terminateAfter: '1 hour' }), shell('A', to({ runsOn: 'R' }))])
      .up('R')
      .pass(59);
    expect(run.status('R')).toBe('RUNNING');
    expect(run.pass(1).letGo('R').status('R')).toBe('TIMEDOUT');
  });

  it('TIMEDOUT: then actionOnResourceFailure and retries do not count any more', () => {
    const retries = { terminateAfter: '1 hour', actionOnResourceFailure: 'retryAll', maximumRetries: '3' };
    const run = drive([machine('R', retries), shell('A', to({ runsOn: 'R' }))])
      .up('R')
      .pass(60)
      .letGo('R')
      .pass(600);
    expect(run.statuses('R', 'A')).toBe('R: TIMEDOUT, A: CANCELED');
    expect(run.begun).toEqual(['R#1', 'A#1']);
  });

  it('TIMEDOUT: of nothing but resources; an activity past attemptTimeout has FAILED', () => {
    const timeout = { errorId: 'AttemptTimeout', errorMessage: 'm' };
    expect(
      drive([shell('A')], NONE)
        .fail('A', timeout)
        .status('A'),
    ).toBe('FAILED');
  });

  it.each([
    ['a user', (run: ReturnType<typeof drive>) => run.operator('CANCEL', 'A'), 'Canceled by user'],
    [
      'deactivation',
      (run: ReturnType<typeof drive>) => run.tell({ kind: 'deactivated', cancelActive: true }),
      'Pipeline deactivated',
    ],
  ])('CANCELED: by %s', (_who, cancel, cancellationReason) => {
    const run = cancel(drive([shell('X'), shell('A', to({ dependsOn: 'X' }))]));
    expect(run.record('A')).toMatchObject({ status: 'CANCELED', cancellationReason });
  });

  it('CASCADE_FAILED: the consequence of another failure', () => {
    expect(
      drive([shell('X'), shell('A', to({ dependsOn: 'X' }))], ALL)
        .fail('X')
        .status('A'),
    ).toBe('CASCADE_FAILED');
  });

  it.each([
    ['CANCELED', ['CANCELED']],
    ['cancelled', ['CANCELED']],
    ['TIMEOUT', ['TIMEDOUT']],
    ['TimedOut', ['TIMEDOUT']],
    ['waiting', ['WAITING_ON_DEPENDENCIES', 'WAITING_FOR_RUNNER']],
    // Of pipelines; no instance ever is.
    ['pending', ['PENDING']],
    ['waiting_for_runner', ['WAITING_FOR_RUNNER']],
  ])('a query for %s means %s', (text, statuses) => {
    expect(statusesCalled(text)).toEqual(statuses);
  });
});

describe('8.2 ways', () => {
  it('of an activity that works', () => {
    const run = drive([shell('X'), shell('A', to({ dependsOn: 'X' }))])
      .finish('X')
      .works('A')
      .finish('A');
    expect(run.path('A')).toBe('WAITING_ON_DEPENDENCIES > WAITING_FOR_RUNNER > RUNNING > FINISHED');
  });

  it('of one that is tried again', () => {
    const run = drive([shell('A', { maximumRetries: '1' })])
      .works('A')
      .fail('A')
      .pass(10)
      .works('A')
      .fail('A');
    expect(run.path('A')).toBe('WAITING_FOR_RUNNER > RUNNING > WAITING_FOR_RUNNER > RUNNING > FAILED');
  });

  it.each([
    ['CASCADE_FAILED', () => drive([shell('X'), shell('A', to({ dependsOn: 'X' }))], ALL).fail('X')],
    ['CANCELED', () => drive([shell('X'), shell('A', to({ dependsOn: 'X' }))]).operator('CANCEL', 'A')],
    [
      'FINISHED',
      () => drive([shell('X'), shell('A', to({ dependsOn: 'X' }))]).operator('MARK_FINISHED', 'A'),
    ],
    [
      'SKIPPED', // an extension: a condition has left it out
      () => drive([shell('X'), shell('A', to({ dependsOn: 'X' }), { condition: 'failed()' })]).finish('X'),
    ],
  ])('of one that waits to %s', (status, make) => {
    expect(make().path('A')).toBe(`WAITING_ON_DEPENDENCIES > ${status}`);
  });

  it.each([
    ['FINISHED', () => drive([shell('A', to({ output: 'N' })), node('N')]).finish('A')],
    ['CASCADE_FAILED', () => drive([shell('A', to({ output: 'N' })), node('N')], ALL).fail('A')],
    ['CANCELED', () => drive([shell('A', to({ output: 'N' })), node('N')]).operator('CANCEL', 'N')],
    // 8.2 shows FAILED here; see 7.4 by type.
    ['CASCADE_FAILED', () => drive([check('C'), node('N', to({ precondition: 'C' }))], ALL).fail('C_N')],
  ])('of a data node to %s: it does no work', (status, make) => {
    expect(make().path('N')).toBe(`WAITING_ON_DEPENDENCIES > ${status}`);
  });

  const onMachine = (...more: readonly object[]) => [
    machine('R', ...more),
    shell('X'),
    shell('A', to({ runsOn: 'R', dependsOn: 'X' })),
  ];
  it.each([
    [
      'CREATING > RUNNING > SHUTTING_DOWN > FINISHED',
      () => drive(onMachine()).finish('X').up('R').finish('A').letGo('R'),
    ],
    ['FINISHED', () => drive(onMachine(), ALL).fail('X')],
    ['CREATING > FAILED', () => drive(onMachine(), NONE).finish('X').fail('R')],
    [
      'CREATING > RUNNING > CREATING > RUNNING',
      () => drive(onMachine()).finish('X').up('R').fail('R').pass(10).up('R'),
    ],
    [
      'CREATING > RUNNING > SHUTTING_DOWN > TIMEDOUT',
      () =>
        drive(onMachine({ terminateAfter: '1 hour' }))
          .finish('X')
          .up('R')
          .pass(60)
          .letGo('R'),
    ],
    [
      'CREATING > RUNNING > CANCELED',
      () => drive(onMachine()).finish('X').up('R').operator('CANCEL', 'R').letGo('R'),
    ],
  ])('of a resource: %s', (path, make) => {
    expect(make().path('R')).toBe(`WAITING_ON_DEPENDENCIES > ${path}`);
  });

  it('of a precondition: RUNNING while the service checks it', () => {
    expect(
      drive([check('C'), node('N', to({ precondition: 'C' }))])
        .finish('C_N')
        .path('C_N'),
    ).toBe('RUNNING > FINISHED');
  });
});

describe('8.2 the table', () => {
  const statuses = Object.keys(STATUS) as Status[];

  // "Only by RERUN": that begins anew. Against 7.4 and 7.6, by which MARK_FINISHED ends what has failed, too: both.
  it.each(['FAILED', 'CANCELED', 'CASCADE_FAILED', 'FINISHED', 'TIMEDOUT'] as const)(
    '%s is left only by RERUN, or MARK_FINISHED',
    (from) => {
      const ways = statuses.filter((to) => to !== from && mayBecome(from, to));
      expect(ways).toEqual(
        from === 'FINISHED' ? ['WAITING_ON_DEPENDENCIES'] : ['WAITING_ON_DEPENDENCIES', 'FINISHED'],
      );
    },
  );

  it('nothing but a start passed over, and a condition, makes SKIPPED; RERUN and MARK_FINISHED take it up', () => {
    expect(statuses.filter((from) => from !== 'SKIPPED' && mayBecome(from, 'SKIPPED'))).toEqual([
      'WAITING_ON_DEPENDENCIES',
    ]);
    expect(TRANSITIONS.SKIPPED).toEqual(['WAITING_ON_DEPENDENCIES', 'FINISHED']);
  });

  it('CASCADE_FAILED comes from WAITING_ON_DEPENDENCIES alone', () => {
    expect(statuses.filter((from) => from !== 'CASCADE_FAILED' && mayBecome(from, 'CASCADE_FAILED'))).toEqual(
      ['WAITING_ON_DEPENDENCIES'],
    );
  });

  it('each status that is no end has a way to every end by which work can end', () => {
    for (const from of statuses.filter((status) => !isTerminal(status))) {
      for (const end of ['FINISHED', 'FAILED', 'CANCELED'] as const)
        expect(mayBecome(from, end), `${from} to ${end}`).toBe(true);
    }
  });

  it('refuses any other way', () => {
    expect(mayBecome('FINISHED', 'RUNNING')).toBe(false);
    expect(mayBecome('FAILED', 'CASCADE_FAILED')).toBe(false);
    expect(mayBecome('CANCELED', 'CASCADE_FAILED')).toBe(false);
  });
});

describe('8.2 @actualStartTime', () => {
  const at = (minutes: number): string => new Date(START.getTime() + minutes * 60_000).toISOString();

  it('what waits on dependencies has it already, from when it was due', () => {
    const run = drive([shell('X'), shell('A', to({ dependsOn: 'X' }))]);
    expect(run.record('A').actualStart).toBe(at(0));
    expect(drive([machine('R'), shell('A', to({ runsOn: 'R' }))]).record('R').actualStart).toBe(at(0));
  });

  // Not said. Our choice: what is not due has not begun to wait either.
  it('what is not due yet has none', () => {
    const run = drive([shell('A')], { defaults: { scheduleType: 'timeseries' } });
    expect(run.record('A').actualStart).toBeUndefined();
    expect(run.pass(24 * 60).record('A').actualStart).toBe(at(24 * 60));
  });

  it('then it is when its first attempt began, and stays', () => {
    const run = drive([shell('A')])
      .pass(5)
      .works('A');
    expect(run.record('A').actualStart).toBe(at(5));
    expect(run.fail('A').pass(10).works('A').record('A').actualStart).toBe(at(5));
  });

  it('a rerun has its own', () => {
    const run = drive([shell('A')])
      .works('A')
      .finish('A')
      .pass(60)
      .operator('RERUN', 'A');
    expect(run.record('A').actualStart).toBe(at(60));
    expect(run.record('A')).not.toHaveProperty('actualEnd');
    expect(run.pass(1).works('A').record('A').actualStart).toBe(at(61));
  });

  it('what ended without a start has both times', () => {
    const run = drive([shell('X'), shell('A', to({ dependsOn: 'X' }))], ALL)
      .pass(3)
      .fail('X');
    expect(run.record('A')).toMatchObject({ actualStart: at(0), actualEnd: at(3) });
  });
});
