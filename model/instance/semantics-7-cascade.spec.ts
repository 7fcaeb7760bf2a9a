import { describe, expect, it } from 'vitest';
import { CASCADE, check, drive, machine, node, ONE_TRY, shell, to } from '../../test/model/run-driver.js';

// One case per sentence of semantics.md 7.4 (and of 6.3 and 9.2 where they speak of failure), in our own words.

const ALL = { defaults: { ...CASCADE, ...ONE_TRY } };
const NONE = { defaults: ONE_TRY };

describe('7.4 failureAndRerunMode none, the default', () => {
  const chain = [shell('A'), shell('B', to({ dependsOn: 'A' })), shell('C', to({ dependsOn: 'B' }))];

  it('consumers of a failed object stay WAITING_ON_DEPENDENCIES, however long', () => {
    const run = drive(chain, NONE).fail('A').pass(1_000_000);
    expect(run.statuses('A', 'B', 'C')).toBe(
      'A: FAILED, B: WAITING_ON_DEPENDENCIES, C: WAITING_ON_DEPENDENCIES',
    );
    expect(run.run.open).toBe(true);
  });

  it('a rerun of the failed object unblocks them', () => {
    const run = drive(chain, NONE).fail('A').operator('RERUN', 'A').finish('A');
    expect(run.statuses('A', 'B')).toBe('A: FINISHED, B: WAITING_FOR_RUNNER');
  });

  it('marking it finished unblocks them', () => {
    const run = drive(chain, NONE).fail('A').operator('MARK_FINISHED', 'A');
    expect(run.statuses('A', 'B')).toBe('A: FINISHED, B: WAITING_FOR_RUNNER');
  });

  it.each(['none', 'None', 'NONE'])('given as %s it is the same', (failureAndRerunMode) => {
    const run = drive(chain, { defaults: { failureAndRerunMode, ...ONE_TRY } }).fail('A');
    expect(run.status('B')).toBe('WAITING_ON_DEPENDENCIES');
  });
});

describe('7.4 cascade: whose field counts', () => {
  // "Consumer side", though the text on reruns speaks of the target's field: the consumer's for failure (semantics.md 20).
  it.each([
    ['the consumer’s: it cascades', {}, CASCADE, 'CASCADE_FAILED'],
    ['not that of the failed object', CASCADE, {}, 'WAITING_ON_DEPENDENCIES'],
  ])('%s', (_title, ofFailed, ofConsumer, status) => {
    const run = drive([shell('A', ofFailed), shell('B', to({ dependsOn: 'A' }), ofConsumer)], NONE).fail('A');
    expect(run.status('B')).toBe(status);
  });
});

describe('7.4 cascade: what it does', () => {
  it('consumers of a failed object become CASCADE_FAILED', () => {
    const run = drive(
      [shell('A'), shell('B', to({ dependsOn: 'A' })), shell('C', to({ dependsOn: 'A' }))],
      ALL,
    ).fail('A');
    expect(run.statuses('A', 'B', 'C')).toBe('A: FAILED, B: CASCADE_FAILED, C: CASCADE_FAILED');
    expect(run.run.open).toBe(false);
  });

  it('and theirs, recursively, but no further than an object with none', () => {
    const objects = [shell('A'), shell('B', to({ dependsOn: 'A' })), shell('C', to({ dependsOn: 'B' }))];
    expect(drive(objects, ALL).fail('A').statuses('B', 'C')).toBe('B: CASCADE_FAILED, C: CASCADE_FAILED');
    const [a, b, c] = objects;
    const stopped = drive([a ?? {}, { ...b, failureAndRerunMode: 'none' }, c ?? {}], ALL).fail('A');
    expect(stopped.statuses('B', 'C')).toBe('B: WAITING_ON_DEPENDENCIES, C: WAITING_ON_DEPENDENCIES');
  });

  it('only once the object has failed for good, not while it has tries left', () => {
    const run = drive([shell('A'), shell('B', to({ dependsOn: 'A' }))], { defaults: CASCADE })
      .fail('A')
      .pass(10);
    expect(run.status('B')).toBe('WAITING_ON_DEPENDENCIES');
  });

  it('only what is blocked in WAITING_ON_DEPENDENCIES: what works on goes on', () => {
    const run = drive([shell('A'), shell('B', to({ dependsOn: 'A' }))], ALL)
      .finish('A')
      .works('B');
    run.operator('RERUN', 'A').fail('A');
    expect(run.statuses('A', 'B')).toBe('A: FAILED, B: RUNNING');
    expect(run.finish('B').status('B')).toBe('FINISHED');
  });

  it('not while a command is pending on what failed: a rerun that waits for the worker to let go', () => {
    const run = drive([shell('A'), shell('B', to({ dependsOn: 'A' }))], ALL).works('A');
    run.operator('CANCEL', 'A').operator('RERUN', 'A').letGo('A');
    expect(run.statuses('A', 'B')).toBe('A: WAITING_FOR_RUNNER, B: WAITING_ON_DEPENDENCIES');
    expect(run.begun).toEqual(['A#1', 'A#2']);
    expect(run.finish('A').status('B')).toBe('WAITING_FOR_RUNNER');
  });

  it('nor with MARK_FINISHED pending, though the attempt fails meanwhile', () => {
    const run = drive([shell('A'), shell('B', to({ dependsOn: 'A' }))], ALL).works('A');
    run.operator('MARK_FINISHED', 'A').fail('A');
    expect(run.statuses('A', 'B')).toBe('A: FINISHED, B: WAITING_FOR_RUNNER');
  });

  it('preconditions of the failed object become CANCELED', () => {
    const objects = [check('C'), check('D'), shell('A', to({ precondition: ['C', 'D'] }))];
    const run = drive(objects, ALL).fail('C_A').letGo('D_A');
    expect(run.statuses('C_A', 'A', 'D_A')).toBe('C_A: FAILED, A: CASCADE_FAILED, D_A: CANCELED');
    expect(run.run.open).toBe(false);
  });

  it('preconditions of its consumers become CANCELED', () => {
    const run = drive(
      [check('C'), shell('A'), shell('B', to({ dependsOn: 'A', precondition: 'C' }))],
      ALL,
    ).fail('A');
    expect(run.statuses('B', 'C_B')).toBe('B: CASCADE_FAILED, C_B: CANCELED');
  });

  it.each([
    ['FINISHED', (run: ReturnType<typeof drive>) => run.finish('X')],
    ['FAILED', (run: ReturnType<typeof drive>) => run.fail('X')],
    ['CANCELED', (run: ReturnType<typeof drive>) => run.operator('CANCEL', 'X').letGo('X')],
  ])('what is already %s is not touched', (status, end) => {
    const run = end(drive([shell('A'), shell('X', to({ dependsOn: 'A' }))], ALL).finish('A'));
    const before = { ...run.record('X') };
    run.operator('RERUN', 'A').fail('A').pass(600);
    expect(run.record('X')).toEqual(before);
    expect(before.status).toBe(status);
  });

  it('nothing upstream is touched', () => {
    const objects = [
      shell('A'),
      node('N', to({ precondition: 'C' })),
      check('C'),
      shell('B', to({ dependsOn: 'A', input: 'N' })),
    ];
    const run = drive(objects, ALL).finish('A', 'C_N').fail('B');
    expect(run.statuses('A', 'N', 'C_N', 'B')).toBe('A: FINISHED, N: FINISHED, C_N: FINISHED, B: FAILED');
  });

  it('nor what waits upstream beside the failure, which goes on', () => {
    const objects = [
      shell('A'),
      shell('A2'),
      shell('A3', to({ dependsOn: 'A2' })),
      shell('B', to({ dependsOn: ['A', 'A3'] })),
    ];
    const run = drive(objects, ALL).fail('A');
    expect(run.statuses('A2', 'A3', 'B')).toBe(
      'A2: WAITING_FOR_RUNNER, A3: WAITING_ON_DEPENDENCIES, B: CASCADE_FAILED',
    );
    expect(run.finish('A2', 'A3').statuses('A3', 'B')).toBe('A3: FINISHED, B: CASCADE_FAILED');
  });

  it('@cascadeFailedOn tells the chain, from the origin to what the object needs itself', () => {
    const objects = [
      shell('A', to({ output: 'N' })),
      node('N'),
      shell('B', to({ input: 'N' })),
      shell('C', to({ dependsOn: 'B' })),
    ];
    const run = drive(objects, ALL).fail('A');
    const at = '_2026-01-05T00:00:00';
    expect(run.record('A').cascadeFailedOn).toEqual([]);
    expect(run.record('N').cascadeFailedOn).toEqual([`@A${at}`]);
    expect(run.record('C').cascadeFailedOn).toEqual([`@A${at}`, `@N${at}`, `@B${at}`]);
  });

  // "May fire their onFail (and retries)". Our choice: onFail yes (7.3); retries no: no attempt was made that could be tried again.
  it('what is CASCADE_FAILED is not tried again', () => {
    const run = drive([shell('A', ONE_TRY), shell('B', to({ dependsOn: 'A' }))], { defaults: CASCADE })
      .fail('A')
      .pass(600);
    expect(run.record('B')).toMatchObject({ status: 'CASCADE_FAILED', attemptCount: 0, triesLeft: 3 });
    expect(run.attempts('B')).toBe(0);
  });

  it('a cancel by a user counts like failure for consumers', () => {
    const run = drive([shell('A'), shell('B', to({ dependsOn: 'A' }))], ALL)
      .operator('CANCEL', 'A')
      .letGo('A');
    expect(run.statuses('A', 'B')).toBe('A: CANCELED, B: CASCADE_FAILED');
  });

  it('reaches into the runs of other schedules, and says where it came from', () => {
    const objects = [
      shell('A', to({ schedule: 'Week' })),
      shell('B', to({ dependsOn: 'A' })),
      shell('C', to({ dependsOn: 'B' })),
    ];
    const origin = '@A_2026-01-05T00:00:00';
    const run = drive(objects, ALL);
    expect(run.awaited).toEqual([origin]);
    run.elsewhere(origin, 'FAILED');
    expect(run.statuses('B', 'C')).toBe('B: CASCADE_FAILED, C: CASCADE_FAILED');
    expect(run.record('C').cascadeFailedOn[0]).toBe(origin);
  });
});

describe('7.4 by type', () => {
  it('an activity with a failed dependency is CASCADE_FAILED, and so on to its consumers', () => {
    const objects = [
      shell('A'),
      shell('B', to({ dependsOn: 'A', output: 'N' })),
      node('N'),
      shell('C', to({ input: 'N' })),
    ];
    expect(drive(objects, ALL).fail('A').statuses('B', 'N', 'C')).toBe(
      'B: CASCADE_FAILED, N: CASCADE_FAILED, C: CASCADE_FAILED',
    );
  });

  const onMachine = [machine('R'), shell('A', to({ runsOn: 'R' })), shell('B', to({ dependsOn: 'A' }))];

  it('resource failure: the activity becomes CANCELED, its consumers CASCADE_FAILED', () => {
    const run = drive(onMachine, ALL).fail('R');
    expect(run.statuses('R', 'A', 'B')).toBe('R: FAILED, A: CANCELED, B: CASCADE_FAILED');
    expect(run.record('A').cancellationReason).toBe('Resource @R_2026-01-05T00:00:00 is FAILED');
    expect(run.run.open).toBe(false);
  });

  // 9.2 says it without a word of the mode: with none, too, nothing could ever work on it.
  it('and the activity is CANCELED with mode none, too, while its consumers wait', () => {
    expect(drive(onMachine, NONE).fail('R').statuses('A', 'B')).toBe(
      'A: CANCELED, B: WAITING_ON_DEPENDENCIES',
    );
  });

  it('an activity that works on it at that moment is CANCELED, and one that waits for its dependencies', () => {
    const objects = [
      machine('R'),
      shell('A', to({ runsOn: 'R' })),
      shell('X'),
      shell('B', to({ runsOn: 'R', dependsOn: 'X' })),
    ];
    const run = drive(objects, ALL).up('R').works('A').fail('R');
    expect(run.statuses('R', 'A', 'B', 'X')).toBe(
      'R: FAILED, A: CANCELED, B: CANCELED, X: WAITING_FOR_RUNNER',
    );
    expect(run.forgotten).toEqual(['A']);
  });

  const LOST = { errorId: 'RunnerLost' };
  const lost = (): ReturnType<typeof drive> => drive(onMachine, ALL).up('R').works('A');

  it('an activity whose worker went with the resource is CANCELED too, though its last try was the first to end', () => {
    const run = lost().operator('CANCEL', 'R').fail('A', LOST).pass(5);
    expect(run.statuses('R', 'A')).toBe('R: RUNNING, A: RUNNING');
    expect(run.letGo('R').statuses('R', 'A', 'B')).toBe('R: CANCELED, A: CANCELED, B: CASCADE_FAILED');
    expect(run.run.open).toBe(false);
    const died = lost().fail('A', LOST).fail('R');
    expect(died.statuses('R', 'A', 'B')).toBe('R: FAILED, A: CANCELED, B: CASCADE_FAILED');
  });

  it('but FAILED when the resource was marked finished, or is made again: it is not gone', () => {
    const marked = lost().operator('MARK_FINISHED', 'R').fail('A', LOST).letGo('R');
    expect(marked.statuses('R', 'A', 'B')).toBe('R: FINISHED, A: FAILED, B: CASCADE_FAILED');
    const again = [machine('R', { maximumRetries: '1' }), ...onMachine.slice(1)];
    const made = drive(again, ALL).up('R').works('A').fail('A', LOST).fail('R');
    expect(made.status('A')).toBe('FAILED');
  });

  it('and when nothing is heard of the resource for a while, or the work itself has failed', () => {
    expect(lost().fail('A', LOST).status('A')).toBe('RUNNING');
    expect(lost().fail('A', LOST).pass(1).status('A')).toBe('FAILED');
    expect(lost().fail('A', LOST).movedOn().pass(1).status('A')).toBe('FAILED');
    expect(lost().operator('CANCEL', 'R').fail('A').status('A')).toBe('FAILED');
  });

  it('what waits to be judged takes commands', () => {
    expect(lost().fail('A', LOST).operator('CANCEL', 'A').status('A')).toBe('CANCELED');
    expect(lost().fail('A', LOST).operator('RERUN', 'A').statuses('R', 'A')).toBe(
      'R: RUNNING, A: WAITING_FOR_RUNNER',
    );
  });

  it('the output data node of a failed activity is CASCADE_FAILED, its preconditions CANCELED', () => {
    const run = drive(
      [shell('A', to({ output: 'N' })), node('N', to({ precondition: 'C' })), check('C')],
      ALL,
    ).fail('A');
    expect(run.statuses('N', 'C_N')).toBe('N: CASCADE_FAILED, C_N: CANCELED');
  });

  it('a resource in WAITING_ON_DEPENDENCIES whose dependents have all failed is FINISHED, and was never launched', () => {
    const objects = [
      machine('R'),
      shell('X'),
      shell('A', to({ runsOn: 'R', dependsOn: 'X' })),
      shell('B', to({ runsOn: 'R', dependsOn: 'A' })),
    ];
    const run = drive(objects, ALL).fail('X');
    expect(run.statuses('A', 'B', 'R')).toBe('A: CASCADE_FAILED, B: CASCADE_FAILED, R: FINISHED');
    expect(run.attempts('R')).toBe(0);
  });

  it('but not before the last of them has', () => {
    const objects = [
      machine('R'),
      shell('X'),
      shell('A', to({ runsOn: 'R', dependsOn: 'X' })),
      shell('Y'),
      shell('B', to({ runsOn: 'R', dependsOn: 'Y' })),
    ];
    const run = drive(objects, ALL).fail('X');
    expect(run.statuses('A', 'R')).toBe('A: CASCADE_FAILED, R: WAITING_ON_DEPENDENCIES');
    expect(run.fail('Y').statuses('B', 'R')).toBe('B: CASCADE_FAILED, R: FINISHED');
  });

  // 6.3 says that the node fails with its precondition, 8.2 shows FAILED, [K] CASCADE_FAILED: [K] it is, an article on just this.
  it('a precondition that failed makes its node and the consumers CASCADE_FAILED', () => {
    const objects = [check('C'), node('N', to({ precondition: 'C' })), shell('A', to({ input: 'N' }))];
    const timeout = { errorId: 'PreconditionTimeout', final: true } as const;
    expect(drive(objects, ALL).fail('C_N', timeout).statuses('C_N', 'N', 'A')).toBe(
      'C_N: FAILED, N: CASCADE_FAILED, A: CASCADE_FAILED',
    );
    expect(drive(objects, NONE).fail('C_N', timeout).statuses('C_N', 'N', 'A')).toBe(
      'C_N: FAILED, N: WAITING_ON_DEPENDENCIES, A: WAITING_ON_DEPENDENCIES',
    );
  });

  it('a resource past terminateAfter counts like one that failed', () => {
    const objects = [machine('R', { terminateAfter: '1 hour' }), ...onMachine.slice(1)];
    const run = drive(objects, ALL).up('R').pass(60).letGo('R');
    expect(run.statuses('R', 'A', 'B')).toBe('R: TIMEDOUT, A: CANCELED, B: CASCADE_FAILED');
  });
});
