import { describe, expect, it } from 'vitest';
import { attemptOptions } from '../../workflows/attempt-options.js';
import {
  alarm,
  check,
  drive,
  machine,
  node,
  ONE_TRY,
  shell,
  START,
  terminate,
  to,
} from '../../test/model/run-driver.js';
import { ONDEMAND_SCHEDULE } from './ids.js';

// One case per sentence of semantics.md 7.1 to 7.3, in our own words.

describe('7.1 defaults', () => {
  it.each([
    ['maximumRetries 2: three attempts', 'maximumRetries', 2],
    ['retryDelay 10 minutes', 'retryDelayMs', 600_000],
    ['attemptTimeout: none', 'attemptTimeoutMs', undefined],
    ['reportProgressTimeout 15 minutes', 'reportProgressTimeoutMs', 900_000],
    ['lateAfterTimeout: none', 'lateAfterMs', undefined],
    ['failureAndRerunMode none', 'cascade', false],
    ['preconditionTimeout: none', 'preconditionTimeoutMs', undefined],
    ['terminateAfter: none', 'terminateAfterMs', undefined],
  ] as const)('%s', (_title, setting, value) => {
    const { plan } = drive([shell('A')]).run.find('@A_2026-01-05T00:00:00') ?? {};
    expect(plan?.kind === 'activity' ? plan.settings[setting] : 'no activity').toBe(value);
  });
});

describe('7.2 the flow of attempts', () => {
  it.each([
    ['SetTaskStatus FAILED', 'CommandFailed'],
    ['attemptTimeout', 'AttemptTimeout'],
    ['reportProgressTimeout', 'ReportProgressTimeout'],
    ['a lost runner', 'RunnerLost'],
  ])('an attempt fails by %s', (_how, errorId) => {
    const run = drive([shell('A')])
      .works('A')
      .fail('A', { errorId });
    expect(run.record('A')).toMatchObject({ status: 'WAITING_FOR_RUNNER', errorId, triesLeft: 2 });
  });

  it('an attempt fails by the failure of its resource', () => {
    const run = drive([machine('R'), shell('A', to({ runsOn: 'R' }))])
      .up('R')
      .works('A')
      .fail('R');
    expect(run.record('A')).toMatchObject({
      status: 'WAITING_FOR_RUNNER',
      errorId: 'ResourceLost',
      triesLeft: 2,
    });
    expect(run.forgotten).toEqual(['A']);
  });

  it('a worker that gives an attempt up unasked has lost it', () => {
    expect(
      drive([shell('A')])
        .letGo('A')
        .record('A'),
    ).toMatchObject({ status: 'WAITING_FOR_RUNNER', errorId: 'RunnerLost' });
  });

  it('while tries are left it waits retryDelay, then makes the attempt of the next number', () => {
    const run = drive([shell('A')])
      .fail('A')
      .pass(9);
    expect(run.begun).toEqual(['A#1']);
    expect(run.pass(1).begun).toEqual(['A#1', 'A#2']);
  });

  it('in between the instance is not over: it is WAITING_FOR_RUNNER again', () => {
    const run = drive([shell('A')]).works('A');
    expect(run.status('A')).toBe('RUNNING');
    expect(run.fail('A').status('A')).toBe('WAITING_FOR_RUNNER');
    expect(run.pass(10).status('A')).toBe('WAITING_FOR_RUNNER');
  });

  it('when no try is left the instance is FAILED, and its failure is told only then', () => {
    const run = drive([alarm('Bad'), shell('A', to({ onFail: 'Bad' })), shell('B', to({ dependsOn: 'A' }))], {
      defaults: { failureAndRerunMode: 'cascade' },
    });
    for (const wait of [10, 10]) {
      run.fail('A').pass(wait);
      expect(run.statuses('A', 'B', 'Bad_A')).toBe(
        'A: WAITING_FOR_RUNNER, B: WAITING_ON_DEPENDENCIES, Bad_A: undefined',
      );
    }
    run.fail('A');
    expect(run.statuses('A', 'B', 'Bad_A')).toBe('A: FAILED, B: CASCADE_FAILED, Bad_A: RUNNING');
    expect(run.attempts('A')).toBe(3);
  });

  it('error id, message and stack trace of the last attempt are copied up', () => {
    const run = drive([shell('A', ONE_TRY)]).fail('A', {
      errorId: 'X',
      errorMessage: 'm',
      errorStackTrace: 't',
    });
    const error = { errorId: 'X', errorMessage: 'm', errorStackTrace: 't' };
    expect(run.record('A')).toMatchObject(error);
    expect(run.told.at(-1)).toMatchObject({ number: 1, status: 'FAILED', ...error });
  });

  it('maximumRetries 0 is one try', () => {
    const run = drive([shell('A', ONE_TRY)])
      .fail('A')
      .pass(600);
    expect(run.begun).toEqual(['A#1']);
    expect(run.record('A')).toMatchObject({ status: 'FAILED', attemptCount: 1, triesLeft: 0 });
  });

  it('attemptTimeout is each attempt’s own: the second one has all of it', () => {
    const run = drive([shell('A', { attemptTimeout: '1 hour', reportProgressTimeout: '20 minutes' })]);
    const limits = () => {
      const live = run.run.find('@A_2026-01-05T00:00:00');
      if (live === undefined) throw new Error('no A');
      return attemptOptions('df-1', live, run.now);
    };
    const first = limits();
    // A minute of grace: the worker ends it itself.
    expect(first).toMatchObject({ startToCloseTimeout: 61 * 60_000, heartbeatTimeout: 20 * 60_000 });
    run.pass(59).fail('A').pass(10);
    expect(limits()).toMatchObject({
      startToCloseTimeout: first.startToCloseTimeout,
      activityId: expect.stringMatching(/=2$/),
    });
  });

  it('all attempts use the same resource, unless it failed itself', () => {
    const run = drive([machine('R'), shell('A', to({ runsOn: 'R' }))])
      .up('R')
      .fail('A')
      .pass(10)
      .fail('A')
      .pass(10);
    expect(run.begun).toEqual(['R#1', 'A#1', 'A#2', 'A#3']);
    const lost = drive([machine('R'), shell('A', to({ runsOn: 'R' }))])
      .up('R')
      .fail('R')
      .pass(10)
      .up('R');
    expect(lost.begun).toEqual(['R#1', 'A#1', 'R#2', 'A#2']);
  });
});

describe('7.3 actions', () => {
  const all = to({ onSuccess: 'Good', onFail: 'Bad', onLateAction: 'Late' });
  const alarms = [alarm('Good'), alarm('Bad'), alarm('Late')];
  const fired = (run: { begun: readonly string[] }): readonly string[] =>
    run.begun.filter((each) => /^(Good|Bad|Late)_/.test(each));

  it('onSuccess fires once, when it is FINISHED', () => {
    const run = drive([...alarms, shell('A', all)])
      .fail('A')
      .pass(10);
    expect(fired(run)).toEqual([]);
    expect(fired(run.finish('A').pass(10_000))).toEqual(['Good_A#1']);
  });

  it('onFail fires once, when it has failed for good', () => {
    const run = drive([...alarms, shell('A', all, ONE_TRY)])
      .fail('A')
      .pass(10_000);
    expect(fired(run)).toEqual(['Bad_A#1']);
  });

  // "Possibly also on CASCADE_FAILED". Our choice: it does; an operator wants to know of each object that did not work.
  it('onFail fires on CASCADE_FAILED too', () => {
    const run = drive([...alarms, shell('A', ONE_TRY), shell('B', to({ dependsOn: 'A' }), all)], {
      defaults: { failureAndRerunMode: 'cascade' },
    }).fail('A');
    expect(fired(run)).toEqual(['Bad_B#1']);
  });

  // Not said. Our choice: what an operator (or the resource, by him) has ended is no failure of the object.
  it('neither fires on CANCELED, nor onSuccess for what was marked finished', () => {
    const run = drive([...alarms, shell('A', all), shell('B', all, to({ dependsOn: 'A' }))]);
    run.operator('CANCEL', 'A').letGo('A').operator('MARK_FINISHED', 'A', 'B');
    expect(run.statuses('A', 'B')).toBe('A: FINISHED, B: FINISHED');
    expect(fired(run)).toEqual([]);
  });

  // "Once per instance" is inferred. Our choice: once for each run of it, so that a rerun that fails again is told of again.
  it('a rerun that fails again fires onFail again, as a further attempt of the same action', () => {
    const run = drive([...alarms, shell('A', all, ONE_TRY)])
      .fail('A')
      .finish('Bad_A');
    run.operator('RERUN', 'A').fail('A');
    expect(fired(run)).toEqual(['Bad_A#1', 'Bad_A#2']);
  });

  it('an action that fails does not change what it speaks of', () => {
    const run = drive([...alarms, shell('A', all)])
      .finish('A')
      .fail('Good_A', { final: true });
    expect(run.statuses('A', 'Good_A')).toBe('A: FINISHED, Good_A: FAILED');
    expect(run.run.open).toBe(false);
  });

  it('each object that shares a precondition has its own message', () => {
    const run = drive([
      ...alarms,
      check('C', to({ onFail: 'Bad' }), ONE_TRY),
      node('N', to({ precondition: 'C' })),
      node('M', to({ precondition: 'C' })),
    ]);
    run.fail('C_N').fail('C_M');
    expect(fired(run)).toEqual(['Bad_C_N#1', 'Bad_C_M#1']);
  });
});

describe('7.3 lateness', () => {
  const late = [alarm('Late'), shell('A', { lateAfterTimeout: '1 hour' }, to({ onLateAction: 'Late' }))];
  const times = (run: { attempts(name: string): number }): number => run.attempts('Late_A');

  // The texts differ: must have started, or must be complete (semantics.md 20: fire when not completed).
  it('is to be not complete lateAfterTimeout after the scheduled start', () => {
    const run = drive(late).works('A').pass(59);
    expect(times(run)).toBe(0);
    expect(times(run.pass(1))).toBe(1);
    expect(times(drive(late).finish('A').pass(600))).toBe(0);
  });

  it('counts from the scheduled start, not from when it began', () => {
    const run = drive(late, { now: new Date(START.getTime() + 30 * 60_000) });
    expect(times(run.pass(30))).toBe(1);
  });

  it('fires once', () => {
    const run = drive(late).pass(60).finish('Late_A').pass(10_000);
    expect(times(run)).toBe(1);
    run.fail('A').pass(10).finish('A');
    expect(times(run)).toBe(1);
  });

  it('is also that of what never starts', () => {
    const [action, activity] = late;
    const waits = [action ?? {}, { ...activity, ...to({ dependsOn: 'B' }) }, shell('B')];
    expect(times(drive(waits).pass(60))).toBe(1);
    const leased = [action ?? {}, { ...activity, maxActiveInstances: '1' }];
    const run = drive(leased);
    expect(run.begun).toEqual([]);
    expect(times(run.pass(60))).toBe(1);
  });

  it.each(['lateAfterTimeout', 'onLateAction'])('needs both fields: nothing is late without %s', (field) => {
    const [action, activity] = late;
    const without = Object.fromEntries(Object.entries(activity ?? {}).filter(([key]) => key !== field));
    expect(drive([action ?? {}, without]).timers).toEqual([]);
  });

  it('does not exist on demand', () => {
    const defaults = { scheduleType: 'ondemand', schedule: [] };
    const run = drive(late, { defaults, scheduleId: ONDEMAND_SCHEDULE });
    expect(run.begun).toEqual(['A#1']);
    expect(times(run.pass(600))).toBe(0);
  });

  it('does not fail the run', () => {
    const run = drive(late).pass(60).finish('Late_A', 'A');
    expect(run.status('A')).toBe('FINISHED');
  });

  // Not said: the scheduled start of timeseries lies a whole interval before the run. Our choice: counted from when it is due.
  it('of timeseries counts from the end of the interval', () => {
    const run = drive(late, { defaults: { scheduleType: 'timeseries' } });
    expect(times(run.pass(24 * 60 + 59))).toBe(0);
    expect(times(run.pass(1))).toBe(1);
  });

  // Not said. Our choice: a rerun in time may become late; one after its time is not late, or Terminate would end each of them.
  it('is seen again of a rerun, also in a run that was opened for it, unless its time has passed', () => {
    const run = drive(late).pass(10).finish('A').reopened().operator('RERUN', 'A').pass(50);
    expect(times(run)).toBe(1);
    const afterwards = drive(late).finish('A').pass(61).operator('RERUN', 'A').pass(600);
    expect(times(afterwards)).toBe(0);
  });
});

describe('7.3 Terminate', () => {
  const doomed = (make: typeof shell, ...more: readonly object[]) =>
    make('A', { lateAfterTimeout: '1 hour' }, to({ onLateAction: 'Stop' }), ...more);
  const stop = terminate('Stop');

  it('cancels a late activity that waits', () => {
    const run = drive([stop, shell('B'), doomed(shell, to({ dependsOn: 'B' }))]).pass(60);
    expect(run.record('A')).toMatchObject({ status: 'CANCELED', cancellationReason: 'Terminated by Stop' });
  });

  it('tries to cancel one that works: it is CANCELED when the worker has let go', () => {
    const run = drive([stop, doomed(shell)])
      .works('A')
      .pass(60);
    expect(run.statuses('A')).toBe('A: RUNNING');
    expect([...run.canceled]).toEqual(['A']);
    expect(run.letGo('A').status('A')).toBe('CANCELED');
  });

  it('cancels a data node that is not ready', () => {
    expect(
      drive([stop, shell('B', to({ output: 'A' })), doomed(node)])
        .pass(60)
        .status('A'),
    ).toBe('CANCELED');
  });

  it('cancels a resource, and with it what runs on it', () => {
    const run = drive([stop, doomed(machine), shell('B', to({ runsOn: 'A' }))])
      .up('A')
      .pass(60)
      .letGo('A');
    expect(run.statuses('A', 'B')).toBe('A: CANCELED, B: CANCELED');
    expect(run.run.open).toBe(false);
  });

  it('does nothing to what is complete', () => {
    expect(
      drive([stop, doomed(shell)])
        .finish('A')
        .pass(60)
        .status('A'),
    ).toBe('FINISHED');
  });

  it('stands beside other actions, which still fire', () => {
    const actions = to({ onLateAction: ['Stop', 'Late'] });
    const run = drive([stop, alarm('Late'), doomed(shell, actions), shell('B')]).pass(60);
    expect(run.attempts('Late_A')).toBe(1);
  });
});
