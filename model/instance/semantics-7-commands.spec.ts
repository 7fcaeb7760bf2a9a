import { describe, expect, it } from 'vitest';
import { CASCADE, check, drive, machine, node, ONE_TRY, shell, to } from '../../test/model/run-driver.js';

// One case per sentence of semantics.md 7.6, in our own words.

const ALL = { defaults: { ...CASCADE, ...ONE_TRY } };
const NONE = { defaults: ONE_TRY };

describe('7.6 MARK_FINISHED', () => {
  it('makes an instance FINISHED without running, and its consumers go on', () => {
    const run = drive([shell('A'), shell('B', to({ dependsOn: 'A' })), shell('C', to({ dependsOn: 'B' }))]);
    run.operator('MARK_FINISHED', 'B');
    expect(run.statuses('B', 'C')).toBe('B: FINISHED, C: WAITING_FOR_RUNNER');
    expect(run.attempts('B')).toBe(0);
  });

  it('ends what checks for it: nobody asks any more', () => {
    const run = drive([check('C'), node('N', to({ precondition: 'C' }))])
      .operator('MARK_FINISHED', 'N')
      .letGo('C_N');
    expect(run.statuses('N', 'C_N')).toBe('N: FINISHED, C_N: CANCELED');
    expect(run.run.open).toBe(false);
  });

  it('of a precondition lets its node go on', () => {
    const run = drive([check('C'), shell('A', to({ precondition: 'C' }))])
      .operator('MARK_FINISHED', 'C_A')
      .letGo('C_A');
    expect(run.statuses('C_A', 'A')).toBe('C_A: FINISHED, A: WAITING_FOR_RUNNER');
  });

  it('stops what works on it first', () => {
    const run = drive([shell('A')])
      .works('A')
      .operator('MARK_FINISHED', 'A');
    expect([run.status('A'), ...run.canceled]).toEqual(['RUNNING', 'A']);
    expect(run.letGo('A').status('A')).toBe('FINISHED');
  });

  // "Consumers go on" against 8.2, "CASCADE_FAILED is left only by RERUN": those that wait go on; those are rerun then.
  it('of the origin of a cascade lets the others be rerun', () => {
    const run = drive([shell('A'), shell('B', to({ dependsOn: 'A' }))], ALL)
      .fail('A')
      .operator('MARK_FINISHED', 'A');
    expect(run.statuses('A', 'B')).toBe('A: FINISHED, B: CASCADE_FAILED');
    expect(run.operator('RERUN', 'B').status('B')).toBe('WAITING_FOR_RUNNER');
  });

  // Not said. Our choice: its work is not lost with it, a machine is made for it anew.
  it('of a resource in use takes the machine away; what worked on it is tried again on a new one', () => {
    const run = drive([machine('R'), shell('A', to({ runsOn: 'R' }))])
      .up('R')
      .works('A');
    run.operator('MARK_FINISHED', 'R').letGo('R');
    expect(run.statuses('R', 'A')).toBe('R: CREATING, A: WAITING_FOR_RUNNER');
    expect(run.up('R').finish('A').letGo('R').statuses('R', 'A')).toBe('R: FINISHED, A: FINISHED');
  });
});

describe('7.6 TRY_CANCEL', () => {
  it.each([
    ['WAITING_ON_DEPENDENCIES', () => drive([shell('X'), shell('A', to({ dependsOn: 'X' }))])],
    ['WAITING_FOR_RUNNER', () => drive([shell('A')]).fail('A')],
    ['WAITING_FOR_RUNNER', () => drive([machine('R'), shell('A', to({ runsOn: 'R' }))])],
    ['CREATING', () => drive([machine('A'), shell('B', to({ runsOn: 'A' }))]).fail('A')],
  ])('of %s without a worker: CANCELED at once', (status, make) => {
    const run = make();
    expect(run.status('A')).toBe(status);
    expect(run.operator('CANCEL', 'A').pass(600).status('A')).toBe('CANCELED');
    expect(run.record('A').cancellationReason).toBe('Canceled by user');
  });

  it.each([
    ['WAITING_FOR_RUNNER', () => drive([shell('A')])],
    ['RUNNING', () => drive([shell('A')]).works('A')],
    ['CREATING', () => drive([machine('A'), shell('B', to({ runsOn: 'A' }))])],
    ['RUNNING', () => drive([machine('A'), shell('B', to({ runsOn: 'A' }))]).up('A')],
  ])(
    'of %s with an attempt under way: the worker learns of it, and it is CANCELED when that has let go',
    (status, make) => {
      const run = make().operator('CANCEL', 'A');
      expect([run.status('A'), ...run.canceled]).toEqual([status, 'A']);
      expect(run.letGo('A').status('A')).toBe('CANCELED');
      expect(run.told.findLast((each) => each.instanceId.startsWith('@A_'))?.status).toBe('CANCELED');
    },
  );

  it('is a try: work that finishes before it hears of it is FINISHED', () => {
    const run = drive([shell('A')])
      .works('A')
      .operator('CANCEL', 'A')
      .finish('A');
    expect(run.status('A')).toBe('FINISHED');
  });

  it('work that fails before it hears of it is CANCELED, and is not tried again', () => {
    const run = drive([shell('A')])
      .works('A')
      .operator('CANCEL', 'A')
      .fail('A')
      .pass(600);
    expect(run.status('A')).toBe('CANCELED');
    expect(run.attempts('A')).toBe(1);
  });

  it.each([
    ['FINISHED', () => drive([shell('A')]).finish('A')],
    ['FAILED', () => drive([shell('A')], NONE).fail('A')],
    ['CASCADE_FAILED', () => drive([shell('X'), shell('A', to({ dependsOn: 'X' }))], ALL).fail('X')],
    [
      'TIMEDOUT',
      () =>
        drive([machine('A', { terminateAfter: '1 hour' }), shell('B', to({ runsOn: 'A' }))])
          .up('A')
          .pass(60)
          .letGo('A'),
    ],
  ])('of %s changes nothing', (status, make) => {
    const run = make().operator('CANCEL', 'A');
    expect(run.status('A')).toBe(status);
    expect(run.canceled.size).toBe(0);
  });

  it('of SHUTTING_DOWN changes nothing: it is going down', () => {
    const run = drive([machine('R'), shell('A', to({ runsOn: 'R' }))])
      .up('R')
      .finish('A');
    expect(run.status('R')).toBe('SHUTTING_DOWN');
    expect(run.operator('CANCEL', 'R').letGo('R').status('R')).toBe('FINISHED');
  });

  it('the last command counts', () => {
    const run = drive([shell('A')])
      .operator('CANCEL', 'A')
      .operator('MARK_FINISHED', 'A')
      .letGo('A');
    expect(run.status('A')).toBe('FINISHED');
    const other = drive([shell('A')])
      .operator('CANCEL', 'A')
      .operator('RERUN', 'A')
      .operator('CANCEL', 'A')
      .letGo('A');
    expect(other.status('A')).toBe('CANCELED');
  });
});

describe('7.6 PAUSE and RESUME', () => {
  const chain = [shell('A'), shell('B', to({ dependsOn: 'A' }))];
  const pause = (run: ReturnType<typeof drive>, ...componentIds: readonly string[]) =>
    run.tell({ kind: 'paused', componentIds });

  it('of a component: no work of it begins, in a run that opens', () => {
    const run = drive(chain, { paused: ['A'] }).pass(1_000);
    expect(run.begun).toEqual([]);
    expect(run.statuses('A', 'B')).toBe('A: WAITING_ON_DEPENDENCIES, B: WAITING_ON_DEPENDENCIES');
    expect(run.run.open).toBe(true);
    expect(pause(run).begun).toEqual(['A#1']);
  });

  it('and in one that is open; RESUME goes on at once', () => {
    const run = pause(drive(chain), 'B').finish('A').pass(1_000);
    expect(run.statuses('A', 'B')).toBe('A: FINISHED, B: WAITING_ON_DEPENDENCIES');
    expect(pause(run).begun).toEqual(['A#1', 'B#1']);
  });

  // "No work is done". Our choice: what a worker has begun goes on to its end; who wants that to end, too, cancels it.
  it('an attempt under way goes on; the next one does not begin before RESUME', () => {
    const run = pause(drive(chain).works('A'), 'A').fail('A').pass(1_000);
    expect(run.status('A')).toBe('WAITING_FOR_RUNNER');
    expect(run.begun).toEqual(['A#1']);
    expect(pause(run).begun).toEqual(['A#1', 'A#2']);
  });

  it('RESUME does not cut retryDelay short', () => {
    const run = pause(drive(chain).fail('A'), 'A');
    expect(pause(run).begun).toEqual(['A#1']);
    expect(run.pass(10).begun).toEqual(['A#1', 'A#2']);
  });

  it('of a data node: it does not become FINISHED, so its consumers wait', () => {
    const run = pause(
      drive([shell('A', to({ output: 'N' })), node('N'), shell('B', to({ input: 'N' }))]),
      'N',
    ).finish('A');
    expect(run.statuses('N', 'B')).toBe('N: WAITING_ON_DEPENDENCIES, B: WAITING_ON_DEPENDENCIES');
    expect(pause(run).statuses('N', 'B')).toBe('N: FINISHED, B: WAITING_FOR_RUNNER');
  });

  it('of a precondition: no check begins', () => {
    const run = drive(
      [check('C'), node('N', to({ precondition: 'C' })), node('M', to({ precondition: 'C' }))],
      { paused: ['C'] },
    );
    expect(run.begun).toEqual([]);
    expect(pause(run).begun).toEqual(['C_N#1', 'C_M#1']);
  });

  it('of a resource: it is not launched; one that is up serves on', () => {
    const run = drive([machine('R'), shell('A', to({ runsOn: 'R' }))], { paused: ['R'] });
    expect(run.statuses('R', 'A')).toBe('R: WAITING_ON_DEPENDENCIES, A: WAITING_FOR_RUNNER');
    expect(pause(run).up('R').begun).toEqual(['R#1', 'A#1']);
    expect(pause(run, 'R').fail('A').pass(10).begun).toEqual(['R#1', 'A#1', 'A#2']);
  });

  it('of an activity whose machine comes up meanwhile: the machine waits with it', () => {
    const run = pause(drive([machine('R'), shell('A', to({ runsOn: 'R' }))]), 'A').up('R');
    expect(run.statuses('R', 'A')).toBe('R: RUNNING, A: WAITING_FOR_RUNNER');
    expect(pause(run).begun).toEqual(['R#1', 'A#1']);
  });

  it('it may be cancelled and marked finished all the same; a rerun waits for RESUME', () => {
    const run = drive([shell('A'), shell('B')], { paused: ['A', 'B'] });
    run.operator('CANCEL', 'A').operator('MARK_FINISHED', 'B').operator('RERUN', 'A');
    expect(run.statuses('A', 'B')).toBe('A: WAITING_ON_DEPENDENCIES, B: FINISHED');
    expect(pause(run).begun).toEqual(['A#1']);
  });

  it('twice is once', () => {
    const run = pause(pause(drive(chain), 'B'), 'B').finish('A');
    expect(pause(pause(run)).begun).toEqual(['A#1', 'B#1']);
  });

  it('hours that come while it is paused do not pass by', () => {
    const schedule = {
      id: 'Night',
      type: 'Schedule',
      period: '1 day',
      startDateTime: '2026-01-05T00:00:00',
      runWindow: '02:00-06:00',
    };
    const objects = [schedule, shell('A')];
    const run = drive(objects, {
      defaults: { schedule: { ref: 'Night' } },
      scheduleId: 'Night',
      paused: ['A'],
    }).pass(180);
    expect(pause(run).begun).toEqual(['A#1']);
    const late = drive(objects, {
      defaults: { schedule: { ref: 'Night' } },
      scheduleId: 'Night',
      paused: ['A'],
    }).pass(420);
    expect(pause(late).begun).toEqual([]);
    expect(late.pass(24 * 60).begun).toEqual(['A#1']);
  });
});
