import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ONE_TRY,
  START,
  drive as driveRun,
  shell as activity,
  to,
  type DriverOptions,
  type RunDriver,
} from '../../test/model/run-driver.js';
import type { StoredInstance } from './run-book.js';
import { STATUS, type Status } from './status.js';

const CASCADE = { failureAndRerunMode: 'CASCADE' };
/** An activity after others; `condition` may be left out. */
const shell = (id: string, after: readonly string[] = [], condition?: string, more: object = {}) =>
  activity(id, to({ dependsOn: after }), condition === undefined ? {} : { condition }, more);
const drive = (objects: readonly object[], { defaults, ...options }: DriverOptions = {}): RunDriver =>
  driveRun(objects, { ...options, defaults: { ...ONE_TRY, ...defaults } });

describe('an instance with a condition', () => {
  it('waits until all that it depends on is over, whatever became of it', () => {
    const it = drive([shell('A'), shell('B'), shell('C', ['A', 'B'], "failed('A')")]).fail('A');
    expect(it.status('C')).toBe('WAITING_ON_DEPENDENCIES');
    it.finish('B');
    expect(it.status('C')).toBe('WAITING_FOR_RUNNER');
    it.finish('C');
    expect(it.run.open).toBe(false);
  });

  it.each<[string, 'finish' | 'fail', Status]>([
    ['succeeded()', 'finish', 'WAITING_FOR_RUNNER'],
    ['succeeded()', 'fail', 'SKIPPED'],
    ['failed()', 'finish', 'SKIPPED'],
    ['failed()', 'fail', 'WAITING_FOR_RUNNER'],
    ['always()', 'finish', 'WAITING_FOR_RUNNER'],
    ['always()', 'fail', 'WAITING_FOR_RUNNER'],
    ['skipped()', 'fail', 'SKIPPED'],
  ])('%s after a dependency that did %s is %s', (condition, how, status) => {
    for (const defaults of [{}, CASCADE]) {
      const it = drive([shell('A'), shell('B', ['A'], condition)], { defaults })[how]('A');
      expect(it.status('B')).toBe(status);
      expect(it.run.open).toBe(status !== 'SKIPPED');
    }
  });

  it('without dependencies decides at once', () => {
    const it = drive([shell('A', [], 'always()'), shell('B', [], 'failed()')]);
    expect(it.statuses('A', 'B')).toBe('A: WAITING_FOR_RUNNER, B: SKIPPED');
  });

  it('says what it waits for, and why it was skipped', () => {
    const it = drive([shell('A'), shell('B'), shell('C', ['A', 'B'], "not failed('A')")]).fail('A');
    expect(it.row('C')).toMatchObject({ waitingOn: ['@B_2026-01-05T00:00:00'] });
    it.finish('B');
    expect(it.row('C')).toMatchObject({
      status: 'SKIPPED',
      waitingOn: [],
      cancellationReason: "Its condition does not hold: not failed('A')",
      actualEnd: START.toISOString(),
    });
  });

  it('takes CANCELED, CASCADE_FAILED and a lost resource for failed', () => {
    const it = drive(
      [
        { id: 'R', type: 'Ec2Resource', role: 'r', resourceRole: 'r' },
        shell('OnR', [], undefined, { runsOn: { ref: 'R' } }),
        shell('A'),
        shell('B', ['A']),
        shell('C'),
        shell('AfterB', ['B'], 'failed()'),
        shell('AfterC', ['C'], 'failed()'),
        shell('AfterR', ['OnR'], 'failed()'),
      ],
      { defaults: CASCADE },
    )
      .fail('A')
      .fail('R')
      .operator('CANCEL', 'C')
      .letGo('C');
    expect(it.statuses('B', 'C', 'OnR')).toBe('B: CASCADE_FAILED, C: CANCELED, OnR: CANCELED');
    expect(it.begun).toEqual(expect.arrayContaining(['AfterB#1', 'AfterC#1', 'AfterR#1']));
  });

  it('asks data nodes too: the output of what failed has failed, with cascade', () => {
    const objects = [
      shell('A', [], undefined, { output: { ref: 'N' } }),
      { id: 'N', type: 'S3DataNode', filePath: 's3://b/k' },
      shell('B', [], "failed('N')", { input: { ref: 'N' } }),
    ];
    expect(drive(objects, { defaults: CASCADE }).fail('A').statuses('N', 'B')).toBe(
      'N: CASCADE_FAILED, B: WAITING_FOR_RUNNER',
    );
    // Without it AWS's node waits for ever, and so does what asks about it.
    expect(drive(objects).fail('A').statuses('N', 'B')).toBe(
      'N: WAITING_ON_DEPENDENCIES, B: WAITING_ON_DEPENDENCIES',
    );
  });

  it('branches, joins what is left, and cleans up', () => {
    const objects = [
      shell('Load'),
      shell('Publish', ['Load'], 'succeeded()'),
      shell('Repair', ['Load'], 'failed()'),
      shell('Report', ['Publish', 'Repair'], 'not failed()'),
      shell('CleanUp', ['Report'], 'always()'),
    ];
    const good = drive(objects).finish('Load', 'Publish', 'Report', 'CleanUp');
    expect(good.status('Repair')).toBe('SKIPPED');
    const bad = drive(objects).fail('Load').finish('Repair', 'Report', 'CleanUp');
    expect(bad.status('Publish')).toBe('SKIPPED');
    const worse = drive(objects).fail('Load').fail('Repair').finish('CleanUp');
    expect(worse.statuses('Publish', 'Report', 'CleanUp')).toBe(
      'Publish: SKIPPED, Report: SKIPPED, CleanUp: FINISHED',
    );
    for (const it of [good, bad, worse]) expect(it.run.open).toBe(false);
  });

  it('fires onFail of what failed, though somebody has the failure in hand', () => {
    const alarm = { id: 'Alarm', type: 'SnsAlarm', topicArn: 'a', subject: 's', message: 'm', role: 'r' };
    const it = drive([
      alarm,
      shell('A', [], undefined, { onFail: { ref: 'Alarm' } }),
      shell('B', ['A'], 'failed()'),
    ]).fail('A');
    expect(it.begun).toEqual(['A#1', 'Alarm_A#1', 'B#1']);
    expect(it.status('A')).toBe('FAILED');
  });
});

describe('preconditions of an instance with a condition', () => {
  const check = { id: 'Check', type: 'S3KeyExists', s3Key: 's3://b/k', role: 'r', maximumRetries: '0' };
  const objects = [check, shell('A'), shell('B', ['A'], 'failed()', { precondition: { ref: 'Check' } })];

  it('are checked when it holds, not before', () => {
    const it = drive(objects);
    expect(it.begun).toEqual(['A#1']);
    it.fail('A');
    expect(it.begun).toEqual(['A#1', 'Check_B#1']);
    expect(it.status('B')).toBe('WAITING_ON_DEPENDENCIES');
    it.finish('Check_B');
    expect(it.status('B')).toBe('WAITING_FOR_RUNNER');
  });

  it('are CANCELED when it does not', () => {
    const it = drive(objects).finish('A');
    expect(it.statuses('B', 'Check_B')).toBe('B: SKIPPED, Check_B: CANCELED');
    expect(it.run.open).toBe(false);
  });

  it('that fail cascade into it as into any other', () => {
    expect(drive(objects, { defaults: CASCADE }).fail('A').fail('Check_B').status('B')).toBe(
      'CASCADE_FAILED',
    );
    expect(drive(objects).fail('A').fail('Check_B').status('B')).toBe('WAITING_ON_DEPENDENCIES');
  });

  it('do not bring the decision back once it is made', () => {
    const it = drive(objects).fail('A').operator('MARK_FINISHED', 'A').finish('Check_B');
    expect(it.status('B')).toBe('WAITING_FOR_RUNNER');
  });
});

describe('what needs an instance that a condition has skipped', () => {
  const chain = [
    shell('A'),
    shell('B', ['A'], 'failed()', { output: { ref: 'N' } }),
    { id: 'N', type: 'S3DataNode', filePath: 's3://b/k' },
    shell('C', [], undefined, { input: { ref: 'N' } }),
    shell('D', ['C']),
    shell('E', ['D'], "skipped('D')"),
    shell('F', ['D'], "succeeded('D')"),
  ];

  it('is skipped too, all the way down; with a condition of its own it decides', () => {
    for (const defaults of [{}, CASCADE]) {
      const it = drive(chain, { defaults }).finish('A');
      expect(it.statuses('B', 'N', 'C', 'D', 'F')).toBe(
        'B: SKIPPED, N: SKIPPED, C: SKIPPED, D: SKIPPED, F: SKIPPED',
      );
      expect(it.begun).toEqual(['A#1', 'E#1']);
      it.finish('E');
      expect(it.run.open).toBe(false);
    }
  });

  it('takes its preconditions and its unused resource with it', () => {
    const it = drive([
      { id: 'R', type: 'Ec2Resource', role: 'r', resourceRole: 'r' },
      { id: 'Check', type: 'ShellCommandPrecondition', command: 'true' },
      shell('A'),
      shell('B', ['A'], 'failed()'),
      shell('C', ['B'], undefined, { runsOn: { ref: 'R' }, precondition: { ref: 'Check' } }),
    ]).finish('A');
    expect(it.statuses('B', 'C', 'Check_C', 'R')).toBe(
      'B: SKIPPED, C: SKIPPED, Check_C: CANCELED, R: FINISHED',
    );
    expect(it.begun).toEqual(['A#1']);
    expect(it.run.open).toBe(false);
  });

  it('stays CASCADE_FAILED or SKIPPED, whichever it was first', () => {
    const objects = [shell('A'), shell('B'), shell('S', ['A'], 'failed()'), shell('C', ['S', 'B'])];
    expect(drive(objects, { defaults: CASCADE }).finish('A').fail('B').status('C')).toBe('SKIPPED');
    expect(drive(objects, { defaults: CASCADE }).fail('B').finish('A').status('C')).toBe('CASCADE_FAILED');
    expect(drive(objects).fail('B').finish('A').status('C')).toBe('SKIPPED');
  });
});

describe('an operator', () => {
  const objects = [
    shell('A'),
    shell('B', ['A'], 'succeeded()'),
    shell('C', ['B']),
    shell('D', ['A'], 'failed()'),
  ];

  it('who reruns a dependency has what was left out decided anew, with cascade', () => {
    const it = drive(objects, { defaults: CASCADE }).fail('A').finish('D');
    expect(it.statuses('B', 'C')).toBe('B: SKIPPED, C: SKIPPED');
    it.operator('RERUN', 'A');
    expect(it.statuses('B', 'C', 'D')).toBe(
      'B: WAITING_ON_DEPENDENCIES, C: WAITING_ON_DEPENDENCIES, D: FINISHED',
    );
    it.finish('A', 'B', 'C');
    expect(it.run.open).toBe(false);
  });

  it('who reruns a dependency without cascade reruns nothing else', () => {
    const it = drive(objects).fail('A').finish('D').operator('RERUN', 'A').finish('A');
    expect(it.statuses('A', 'B', 'C')).toBe('A: FINISHED, B: SKIPPED, C: SKIPPED');
  });

  it('who reruns the skipped instance itself has it decided at once', () => {
    const it = drive(objects).fail('A').finish('D').operator('RERUN', 'A').finish('A').operator('RERUN', 'B');
    expect(it.status('B')).toBe('WAITING_FOR_RUNNER');
    const still = drive(objects).fail('A').finish('D').operator('RERUN', 'B', 'C');
    expect(still.statuses('B', 'C')).toBe('B: SKIPPED, C: SKIPPED');
    expect(still.run.open).toBe(false);
  });

  it('who reruns a dependency while the others still work has it waited for again', () => {
    const it = drive([shell('A'), shell('B'), shell('C', ['A', 'B'], "succeeded('A')")])
      .fail('A')
      .operator('RERUN', 'A')
      .finish('B');
    expect(it.status('C')).toBe('WAITING_ON_DEPENDENCIES');
    expect(it.finish('A').status('C')).toBe('WAITING_FOR_RUNNER');
  });

  it('who marks it FINISHED lets go on whatever still waits for it', () => {
    const it = drive([...objects, shell('E', ['B', 'Slow'], 'succeeded()'), shell('Slow')]).fail('A');
    it.operator('MARK_FINISHED', 'B').finish('D', 'Slow');
    expect(it.statuses('B', 'C', 'E')).toBe('B: FINISHED, C: SKIPPED, E: WAITING_FOR_RUNNER');
  });

  it('finds the outcomes again in a run that had closed', () => {
    const before = drive(objects, { defaults: CASCADE }).fail('A').finish('D');
    const it = drive(objects, { defaults: CASCADE, stored: before.stored() });
    expect(it.run.open).toBe(false);
    it.operator('RERUN', 'D');
    expect(it.begun).toEqual(['D#2']);
    it.finish('D').operator('RERUN', 'A').finish('A', 'B', 'C');
    expect(it.run.open).toBe(false);
  });
});

describe('what startTimestamp passed over', () => {
  const passedOver = (driver: RunDriver): StoredInstance[] =>
    driver.stored().map(({ actualStart: _start, actualEnd: _end, cancellationReason: _why, ...row }) => ({
      ...row,
      status: 'SKIPPED',
    }));

  it('leaves its consumers as they are, and alone in a rerun', () => {
    const objects = [shell('A'), shell('B', ['A']), shell('C', ['B'], 'always()')];
    const it = drive(objects, { defaults: CASCADE, stored: passedOver(drive(objects)) });
    expect(it.run.open).toBe(false);
    it.operator('RERUN', 'B');
    expect(it.status('B')).toBe('WAITING_ON_DEPENDENCIES');
    it.operator('RERUN', 'A').finish('A', 'B');
    expect(it.statuses('A', 'B', 'C')).toBe('A: FINISHED, B: FINISHED, C: SKIPPED');
  });

  it('counts as skipped for a condition', () => {
    const objects = [shell('A'), shell('B', ['A'], 'skipped()')];
    const it = drive(objects, { stored: passedOver(drive(objects)) }).operator('RERUN', 'B');
    expect(it.status('B')).toBe('WAITING_FOR_RUNNER');
  });
});

describe('conditions over other schedules', () => {
  const days = [5, 6, 7, 8, 9, 10, 11].map(
    (day) => `@Daily_2026-01-${String(day).padStart(2, '0')}T00:00:00`,
  );
  const weekly = (condition?: string) => shell('Report', ['Daily'], condition, { schedule: { ref: 'Week' } });
  const place = { scheduleId: 'Week' };

  it('wait for every instance in the interval, and take them all into account', () => {
    const it = drive([shell('Daily'), weekly("not failed('Daily')")], place);
    expect(it.awaited).toEqual(days);
    for (const day of days.slice(1)) it.elsewhere(day, 'FINISHED');
    expect(it.status('Report')).toBe('WAITING_ON_DEPENDENCIES');
    expect(it.elsewhere(days[0] ?? '', 'FAILED').status('Report')).toBe('SKIPPED');
  });

  it('take what was passed over for skipped, and so hold without it', () => {
    const it = drive([shell('Daily'), weekly('not failed()')], place);
    for (const day of days) it.elsewhere(day, day === days[0] ? 'SKIPPED' : 'FINISHED');
    expect(it.status('Report')).toBe('WAITING_FOR_RUNNER');
  });

  it('skip consumers there too', () => {
    const objects = [shell('First'), shell('Daily', ['First'], 'failed()'), weekly()];
    expect(
      drive(objects, place)
        .elsewhere(days[0] ?? '', 'SKIPPED')
        .status('Report'),
    ).toBe('SKIPPED');
  });

  it('change nothing where no condition is: what was passed over is waited for', () => {
    const it = drive([shell('Daily'), weekly()], { ...place, defaults: CASCADE }).elsewhere(
      days[0] ?? '',
      'SKIPPED',
    );
    expect(it.status('Report')).toBe('WAITING_ON_DEPENDENCIES');
  });
});

it('every run of every shape ends, and nothing runs against its condition', () => {
  const wish = fc.record({
    after: fc.array(fc.nat(30), { maxLength: 3 }),
    condition: fc.constantFrom(
      undefined,
      undefined,
      'succeeded()',
      'failed()',
      'always()',
      'skipped()',
      'not failed()',
      'not skipped()',
    ),
    fails: fc.boolean(),
    precondition: fc.boolean(),
    rerun: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.array(wish, { minLength: 1, maxLength: 12 }),
      fc.array(fc.nat(), { maxLength: 60 }),
      (wishes, choices) => {
        const after = (index: number): string[] => [
          ...new Set((wishes[index]?.after ?? []).filter((need) => need < index).map((need) => `N${need}`)),
        ];
        const check = { id: 'Check', type: 'S3KeyExists', s3Key: 's3://b/k', role: 'r' };
        const more = { precondition: { ref: 'Check' } };
        const it = drive(
          [
            check,
            ...wishes.map((each, index) =>
              shell(`N${index}`, after(index), each.condition, each.precondition ? more : {}),
            ),
          ],
          { defaults: CASCADE },
        );
        const work = (choice: number): boolean => {
          const name = [...it.inFlight.keys()].at(choice % Math.max(1, it.inFlight.size));
          if (name === undefined) return false;
          const index = Number(/N(\d+)$/.exec(name)?.[1]);
          if (!name.startsWith('Check')) {
            const needs = after(index).map((need) => it.status(need) ?? 'RUNNING');
            for (const need of needs) expect(STATUS[need].terminal).toBe(true);
            const bad = needs.some((need) => STATUS[need].cascades);
            const skipped = needs.includes('SKIPPED');
            const condition = wishes[index]?.condition ?? 'succeeded()';
            const holds = {
              'succeeded()': !bad && !skipped,
              'failed()': bad,
              'always()': true,
              'skipped()': skipped,
              'not failed()': !bad,
              'not skipped()': !skipped,
            }[condition];
            expect(holds, `${name} runs if ${condition} after ${needs.join(', ')}`).toBe(true);
          }
          if (wishes[index]?.fails === true && !name.startsWith('Check')) it.fail(name);
          else it.finish(name);
          return true;
        };
        for (const choice of choices) if (!work(choice)) break;
        while (work(0));
        expect(it.run.open).toBe(false);
        for (const [index, { rerun }] of wishes.entries()) {
          if (!rerun) continue;
          it.operator('RERUN', `N${index}`);
          while (work(0));
          expect(it.run.open).toBe(false);
        }
      },
    ),
    { numRuns: 200 },
  );
});
