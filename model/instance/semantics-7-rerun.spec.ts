import { describe, expect, it } from 'vitest';
import {
  alarm,
  CASCADE,
  check,
  drive,
  machine,
  node,
  ONE_TRY,
  shell,
  to,
} from '../../test/model/run-driver.js';

// One case per sentence of semantics.md 7.5, in our own words.

const ALL = { defaults: { ...CASCADE, ...ONE_TRY } };
const NONE = { defaults: ONE_TRY };

describe('7.5 rerun', () => {
  it('by default of the named object only', () => {
    const run = drive(
      [shell('A'), shell('B', to({ dependsOn: 'A' })), shell('C', to({ dependsOn: 'B' }))],
      NONE,
    );
    run.finish('A', 'B', 'C').operator('RERUN', 'B');
    expect(run.statuses('A', 'B', 'C')).toBe('A: FINISHED, B: WAITING_FOR_RUNNER, C: FINISHED');
    expect(run.finish('B').attempts('C')).toBe(1);
  });

  it('and of its resource, when that is gone', () => {
    const run = drive([machine('R'), shell('A', to({ runsOn: 'R' }))], NONE)
      .up('R')
      .fail('A')
      .letGo('R');
    expect(run.statuses('R', 'A')).toBe('R: FINISHED, A: FAILED');
    run.operator('RERUN', 'A');
    expect(run.statuses('R', 'A')).toBe('R: CREATING, A: WAITING_FOR_RUNNER');
    expect(run.up('R').finish('A').letGo('R').statuses('R', 'A')).toBe('R: FINISHED, A: FINISHED');
  });

  it('on its resource as it is, when that is still up', () => {
    const objects = [machine('R'), shell('A', to({ runsOn: 'R' })), shell('B', to({ runsOn: 'R' }))];
    const run = drive(objects, NONE).up('R').fail('A').operator('RERUN', 'A');
    expect(run.begun).toEqual(['R#1', 'A#1', 'B#1', 'A#2']);
  });

  it('it gets new attempts, all its tries again, and its error is gone; attempts are counted on', () => {
    const run = drive([shell('A', { maximumRetries: '1' })])
      .fail('A')
      .pass(10)
      .fail('A');
    expect(run.record('A')).toMatchObject({ status: 'FAILED', triesLeft: 0, errorId: 'CommandFailed' });
    run.operator('RERUN', 'A');
    expect(run.record('A')).toMatchObject({ status: 'WAITING_FOR_RUNNER', attemptCount: 3, triesLeft: 1 });
    expect(run.record('A')).not.toHaveProperty('errorId');
    expect(run.fail('A').pass(10).attempts('A')).toBe(4);
  });

  it('activities show WAITING_FOR_RUNNER, resources CREATING', () => {
    const run = drive([machine('R'), shell('A', to({ runsOn: 'R' })), shell('B')], NONE)
      .fail('R')
      .fail('B');
    expect(run.operator('RERUN', 'R', 'B').statuses('R', 'B')).toBe('R: CREATING, B: WAITING_FOR_RUNNER');
  });

  it('of a FINISHED object, too: its work is done again', () => {
    expect(
      drive([shell('A')])
        .finish('A')
        .operator('RERUN', 'A')
        .status('A'),
    ).toBe('WAITING_FOR_RUNNER');
  });

  // Not said. Our choice: what runs or waits already has nothing to run again; what waits for retryDelay does not wait any longer.
  it('of what is not over changes nothing, but ends the wait for retryDelay', () => {
    const run = drive([shell('A'), shell('B', to({ dependsOn: 'A' })), shell('C')])
      .works('A')
      .fail('C');
    run.operator('RERUN', 'A', 'B', 'C');
    expect(run.begun).toEqual(['A#1', 'C#1', 'C#2']);
    expect(run.statuses('A', 'B')).toBe('A: RUNNING, B: WAITING_ON_DEPENDENCIES');
    expect(run.record('C').triesLeft).toBe(2);
    expect(run.pass(600).attempts('C')).toBe(2);
  });

  // Not said. Our choice: fired again, which is what the operator of a mail that was not sent wants.
  it('of an action sends it again', () => {
    const run = drive([alarm('Bad'), shell('A', to({ onFail: 'Bad' }))], NONE)
      .fail('A')
      .fail('Bad_A');
    const again = run.reopened().operator('RERUN', 'Bad_A');
    expect(again.begun).toEqual(['Bad_A#2']);
    expect(again.finish('Bad_A').statuses('Bad_A', 'A')).toBe('Bad_A: FINISHED, A: FAILED');
  });

  it('in a run that has closed is the same as in one that is open', () => {
    const run = drive([shell('A'), shell('B', to({ dependsOn: 'A' }))], ALL).fail('A');
    expect(run.run.open).toBe(false);
    const again = run.reopened().operator('RERUN', 'A').finish('A', 'B');
    expect(again.statuses('A', 'B')).toBe('A: FINISHED, B: FINISHED');
    expect(again.begun).toEqual(['A#2', 'B#1']);
  });
});

describe('7.5 rerun with cascade', () => {
  const chain = [shell('A'), shell('B', to({ dependsOn: 'A' })), shell('C', to({ dependsOn: 'B' }))];
  const two = [shell('A'), shell('X'), shell('B', to({ dependsOn: ['A', 'X'] }))];

  it('propagates to all consumers, and theirs', () => {
    const run = drive(chain, ALL).fail('A').operator('RERUN', 'A');
    expect(run.statuses('A', 'B', 'C')).toBe(
      'A: WAITING_FOR_RUNNER, B: WAITING_ON_DEPENDENCIES, C: WAITING_ON_DEPENDENCIES',
    );
    expect(run.finish('A', 'B', 'C').run.open).toBe(false);
  });

  it('through data nodes and their preconditions', () => {
    const objects = [
      shell('A', to({ output: 'N' })),
      node('N', to({ precondition: 'C' })),
      check('C'),
      shell('B', to({ input: 'N' })),
    ];
    const run = drive(objects, ALL).fail('A');
    expect(run.statuses('N', 'C_N', 'B')).toBe('N: CASCADE_FAILED, C_N: CANCELED, B: CASCADE_FAILED');
    run.operator('RERUN', 'A').finish('A', 'C_N', 'B');
    expect(run.statuses('A', 'N', 'C_N', 'B')).toBe('A: FINISHED, N: FINISHED, C_N: FINISHED, B: FINISHED');
  });

  // "Whose failureAndRerunMode counts": the target's for a rerun (semantics.md 20).
  it.each([
    ['the rerun object says cascade', CASCADE, 'WAITING_ON_DEPENDENCIES'],
    ['it says none', {}, 'CASCADE_FAILED'],
  ])('by the field of the object that is rerun: %s', (_title, ofTarget, status) => {
    const run = drive([shell('A', ofTarget), shell('B', to({ dependsOn: 'A' }), CASCADE)], NONE);
    expect(run.fail('A').operator('RERUN', 'A').status('B')).toBe(status);
  });

  it.each([
    ['FINISHED', (run: ReturnType<typeof drive>) => run.finish('B')],
    ['FAILED', (run: ReturnType<typeof drive>) => run.fail('B')],
    ['CANCELED', (run: ReturnType<typeof drive>) => run.operator('CANCEL', 'B').letGo('B')],
  ])('only to consumers that are CASCADE_FAILED: one that is %s stays', (status, end) => {
    const run = end(drive(chain.slice(0, 2), ALL).finish('A'))
      .operator('RERUN', 'A')
      .finish('A');
    expect(run.status('B')).toBe(status);
  });

  it.each([
    ['FAILED', (run: ReturnType<typeof drive>) => run.fail('X')],
    ['CANCELED', (run: ReturnType<typeof drive>) => run.operator('CANCEL', 'X').letGo('X')],
  ])('only when no other dependency is %s', (_status, end) => {
    const run = end(drive(two, ALL)).fail('A').operator('RERUN', 'A');
    expect(run.status('B')).toBe('CASCADE_FAILED');
  });

  it('only when no other dependency is CASCADE_FAILED', () => {
    const run = drive(
      [shell('Z'), ...two.slice(0, 1), shell('X', to({ dependsOn: 'Z' })), ...two.slice(2)],
      ALL,
    );
    run.fail('Z').fail('A').operator('RERUN', 'A');
    expect(run.statuses('X', 'B')).toBe('X: CASCADE_FAILED, B: CASCADE_FAILED');
    expect(run.operator('RERUN', 'Z').statuses('X', 'B')).toBe(
      'X: WAITING_ON_DEPENDENCIES, B: WAITING_ON_DEPENDENCIES',
    );
  });

  // "No dependency has a rerun pending": AWS would come back to the consumer later. Our choice: it is taken along and waits for both.
  it('a consumer of two that are rerun waits for both', () => {
    const run = drive(two, ALL).fail('A').fail('X').operator('RERUN', 'A', 'X');
    expect(run.finish('A').status('B')).toBe('WAITING_ON_DEPENDENCIES');
    expect(run.finish('X').status('B')).toBe('WAITING_FOR_RUNNER');
    const oneByOne = drive(two, ALL).fail('A').fail('X').operator('RERUN', 'A').operator('RERUN', 'X');
    expect(oneByOne.finish('A', 'X').status('B')).toBe('WAITING_FOR_RUNNER');
  });

  it('what depends on another interval asks for its status anew', () => {
    const run = drive([shell('A', to({ schedule: 'Week' })), shell('B', to({ dependsOn: 'A' }))], ALL);
    const origin = '@A_2026-01-05T00:00:00';
    run.elsewhere(origin, 'FAILED').operator('RERUN', 'B');
    expect(run.awaited).toEqual([origin, origin]);
    expect(run.status('B')).toBe('WAITING_ON_DEPENDENCIES');
    expect(run.elsewhere(origin, 'FINISHED').status('B')).toBe('WAITING_FOR_RUNNER');
  });
});

describe('7.5 a rerun that cannot be', () => {
  const chain = [shell('A'), shell('B', to({ dependsOn: 'A' })), shell('C', to({ dependsOn: 'B' }))];

  it.each([
    ['failed', (run: ReturnType<typeof drive>) => run.fail('A')],
    ['cancelled', (run: ReturnType<typeof drive>) => run.operator('CANCEL', 'A').letGo('A')],
  ])('of a CASCADE_FAILED object whose dependency is still %s falls back to CASCADE_FAILED', (_how, end) => {
    const run = end(drive(chain, ALL)).operator('RERUN', 'B');
    expect(run.statuses('B', 'C')).toBe('B: CASCADE_FAILED, C: CASCADE_FAILED');
    expect(run.record('B').cascadeFailedOn).toEqual(['@A_2026-01-05T00:00:00']);
    expect(run.begun).toEqual(['A#1']);
  });

  it('a rerun of the origin is what works', () => {
    expect(drive(chain, ALL).fail('A').operator('RERUN', 'A').finish('A', 'B', 'C').status('C')).toBe(
      'FINISHED',
    );
  });

  it('of an object whose own precondition failed takes that along', () => {
    const run = drive([check('P'), node('N', to({ precondition: 'P' }))], ALL).fail('P_N');
    expect(run.operator('RERUN', 'N').statuses('P_N', 'N')).toBe('P_N: RUNNING, N: WAITING_ON_DEPENDENCIES');
    expect(run.finish('P_N').status('N')).toBe('FINISHED');
  });
});

describe('7.5 rerun of a resource', () => {
  const objects = [machine('R'), shell('A', to({ runsOn: 'R' })), shell('B', to({ runsOn: 'R' }))];

  it('reruns what depends on it and went down with it', () => {
    const run = drive(objects, NONE).up('R').finish('B').fail('R');
    expect(run.statuses('R', 'A', 'B')).toBe('R: FAILED, A: CANCELED, B: FINISHED');
    run.operator('RERUN', 'R').up('R').finish('A').letGo('R');
    expect(run.statuses('R', 'A')).toBe('R: FINISHED, A: FINISHED');
    expect(run.attempts('A')).toBe(2);
  });

  // "Tries to rerun the objects that depend on it". Our choice: not those that are FINISHED; nobody asked to do their work again.
  it('leaves what has FINISHED on it alone; a machine that nobody needs is over again at once', () => {
    const run = drive(objects, NONE).up('R').finish('A', 'B').letGo('R').operator('RERUN', 'R');
    expect(run.statuses('R', 'A', 'B')).toBe('R: FINISHED, A: FINISHED, B: FINISHED');
    expect([run.attempts('R'), run.run.open]).toEqual([1, false]);
  });

  it('that is going down makes it anew when it is down', () => {
    const run = drive(objects, NONE).up('R').operator('CANCEL', 'R').operator('RERUN', 'R').letGo('R');
    expect(run.statuses('R', 'A', 'B')).toBe('R: CREATING, A: WAITING_FOR_RUNNER, B: WAITING_FOR_RUNNER');
    expect(run.up('R').finish('A', 'B').letGo('R').statuses('R', 'A', 'B')).toBe(
      'R: FINISHED, A: FINISHED, B: FINISHED',
    );
  });

  it('that waits for its next attempt makes that at once', () => {
    const run = drive(objects).fail('R').operator('RERUN', 'R');
    expect(run.begun).toEqual(['R#1', 'R#2']);
    expect(run.record('R').triesLeft).toBe(2);
  });
});

describe('7.5 limits and edits', () => {
  it('reruns do not count against maxActiveInstances', () => {
    const run = drive([shell('A', { maxActiveInstances: '1' })], NONE);
    expect(run.begun).toEqual([]);
    run.tell({ kind: 'leaseGranted', instanceId: '@A_2026-01-05T00:00:00' }).fail('A').operator('RERUN', 'A');
    expect(run.begun).toEqual(['A#1', 'A#2']);
    const never = drive([shell('A', { maxActiveInstances: '1' })], NONE)
      .operator('CANCEL', 'A')
      .operator('RERUN', 'A');
    expect(never.begun).toEqual(['A#1']);
  });
});
