import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  alarm,
  check,
  drive,
  machine,
  node,
  shell as work,
  terminate,
  to,
} from '../../test/model/run-driver.js';
import type { RunDriver } from '../../test/model/run-driver.js';
import { readDefinitionFile } from '../definition/definition-file.js';
import { compilePipeline } from './compile.js';
import type { RunAction } from './events.js';
import type { HandOver } from './hand-over.js';
import { IntervalRun } from './interval-run.js';
import { planInterval } from './plan.js';
import type { StoredInstance } from './run-book.js';

const START = new Date('2026-01-01T00:00:00Z');
const END = new Date('2026-01-02T00:00:00Z');
const minutes = (count: number): Date => new Date(START.getTime() + count * 60_000);
const shell = (id: string, more: object = {}) => ({
  id,
  type: 'ShellCommandActivity',
  command: 'true',
  ...more,
});

const pipeline = compilePipeline({
  pipelineId: 'df-1',
  pipelineName: 'long',
  definitionVersion: 1,
  activation: 1,
  firstActivationTime: START.toISOString(),
  definition: readDefinitionFile(
    JSON.stringify({
      objects: [
        { id: 'Default', scheduleType: 'cron', schedule: { ref: 'Daily' }, workerGroup: 'wg' },
        { id: 'Daily', type: 'Schedule', period: '1 day', startDateTime: '2026-01-01T00:00:00' },
        { id: 'Days', type: 'Schedule', period: '2 days', startDateTime: '2026-01-01T00:00:00' },
        { id: 'Alarm', type: 'SnsAlarm', topicArn: 'a', subject: 's', message: 'm', role: 'r' },
        shell('Gate', { schedule: { ref: 'Days' } }),
        shell('Flaky', { retryDelay: '3 hours', maximumRetries: '1' }),
        shell('Soon', {
          dependsOn: { ref: 'Gate' },
          lateAfterTimeout: '20 minutes',
          onLateAction: { ref: 'Alarm' },
        }),
        shell('Late', {
          dependsOn: { ref: 'Gate' },
          lateAfterTimeout: '2 hours',
          onLateAction: { ref: 'Alarm' },
        }),
      ],
    }),
  ).definition,
});
const plan = planInterval(pipeline, 'Daily', { index: 0, start: START, end: END });
const idOf = (name: string): string => `@${name}_2026-01-01T00:00:00`;

/** The rows of the ledger, as the run has told it of them. */
class Rows {
  readonly byId = new Map<string, StoredInstance>();

  take(run: IntervalRun): void {
    const { instances, created } = run.takeChanges();
    const facts = new Map(
      [...plan.instances, ...created].map(({ id, componentId, kind, type, node }) => [
        id,
        { componentId, kind, type, ...(node === undefined ? {} : { nodeId: node.componentId }) },
      ]),
    );
    for (const { waitingOn: _waitingOn, ...state } of instances) {
      const known = this.byId.get(state.id) ?? facts.get(state.id);
      if (known === undefined) throw new Error(state.id);
      this.byId.set(state.id, { leaseGranted: true, ...known, ...state });
    }
  }
}

const failed = { kind: 'failed', failure: { errorId: 'Failed', errorMessage: 'failed' } } as const;
const finished = { kind: 'finished', result: { startedAt: START.toISOString(), hostname: 'h' } } as const;
const timers = (actions: readonly RunAction[]) =>
  actions.flatMap((action) => (action.kind === 'tellAt' ? [{ at: action.at, ...action.event }] : []));

it('goes on in another history as if there were one: retries when they are due, lateness once', () => {
  const rows = new Rows();
  const first = new IntervalRun(plan, pipeline, []);
  first.start(START, 1);
  expect(first.handOver().working, 'Flaky works').toMatchObject([
    { instanceId: idOf('Flaky'), begunAtMs: START.getTime(), fresh: true },
  ]);
  first.on({ kind: 'attemptEnded', instanceId: idOf('Flaky'), attempt: 1, outcome: failed }, minutes(10), 2);
  const fired = first.on({ kind: 'late', instanceId: idOf('Soon') }, minutes(20), 3);
  expect(fired).toMatchObject([{ kind: 'startAttempt', instanceId: '@Alarm_Soon_2026-01-01T00:00:00' }]);
  expect(
    first.handOver().working.map(({ instanceId }) => instanceId),
    'the alarm is on its way',
  ).toEqual(['@Alarm_Soon_2026-01-01T00:00:00']);
  const alarm = { instanceId: '@Alarm_Soon_2026-01-01T00:00:00', attempt: 1, outcome: finished };
  first.on({ kind: 'attemptEnded', ...alarm }, minutes(21), 4);
  rows.take(first);
  const handOver = first.handOver();
  expect(handOver).toEqual({
    retries: [{ instanceId: idOf('Flaky'), atMs: minutes(190).getTime(), fresh: true }],
    queued: [],
    working: [],
    late: [idOf('Late')],
    closing: false,
  });

  const carried = JSON.parse(JSON.stringify(handOver)) as HandOver;
  const next = new IntervalRun(plan, pipeline, [...rows.byId.values()], [], carried);
  const begun = next.start(minutes(30), 1);
  expect(begun.filter(({ kind }) => kind === 'startAttempt')).toEqual([]);
  expect(begun).toContainEqual({ kind: 'awaitElsewhere', instanceIds: [idOf('Gate')], watched: [] });
  expect(timers(begun)).toEqual([
    { at: minutes(190), kind: 'retryDue', instanceId: idOf('Flaky'), attempt: 1 },
    { at: minutes(120), kind: 'late', instanceId: idOf('Late') },
  ]);
  rows.take(next);
  expect(rows.byId.get(idOf('Flaky'))).toMatchObject({ status: 'WAITING_FOR_RUNNER', attemptCount: 1 });
  const retried = next.on({ kind: 'retryDue', instanceId: idOf('Flaky'), attempt: 1 }, minutes(190), 2);
  expect(retried).toContainEqual({ kind: 'startAttempt', instanceId: idOf('Flaky'), attempt: 2 });
  next.on({ kind: 'attemptEnded', instanceId: idOf('Flaky'), attempt: 2, outcome: failed }, minutes(191), 3);
  expect(next.find(idOf('Flaky'))?.record.status).toBe('FAILED');
  next.on({ kind: 'endedElsewhere', instanceId: idOf('Gate'), status: 'FINISHED' }, minutes(200), 4);
  for (const name of ['Soon', 'Late'])
    next.on({ kind: 'attemptEnded', instanceId: idOf(name), attempt: 1, outcome: finished }, minutes(201), 5);
  expect(next.open).toBe(false);
});

/** A bit of everything that a run can be in the middle of. */
const EVERYTHING = [
  alarm('Alarm'),
  terminate('Stop'),
  machine('R', { initTimeout: '30 minutes', terminateAfter: '5 hours', maximumRetries: '1' }),
  machine('Lazy', { terminateAfter: '2 hours', actionOnTaskFailure: 'terminate' }),
  check('There', { preconditionTimeout: '3 hours' }),
  node('In', to({ precondition: 'There' })),
  work(
    'A',
    { retryDelay: '1 hour', failureAndRerunMode: 'cascade' },
    to({ onFail: 'Alarm', onSuccess: 'Alarm' }),
  ),
  work('B', to({ dependsOn: 'A' }), { failureAndRerunMode: 'cascade', maximumRetries: '0' }),
  work('C', to({ input: 'In', dependsOn: 'A' })),
  work('D', to({ runsOn: 'R' }), { maximumRetries: '3', retryDelay: '10 minutes' }),
  work(
    'E',
    to({ runsOn: 'R', dependsOn: 'A' }),
    { lateAfterTimeout: '1 hour' },
    to({ onLateAction: 'Alarm' }),
  ),
  work(
    'F',
    to({ runsOn: 'Lazy', dependsOn: 'B' }),
    { lateAfterTimeout: '4 hours' },
    to({ onLateAction: 'Stop' }),
  ),
  work('G', to({ dependsOn: ['B', 'D'] }), { failureAndRerunMode: 'cascade' }),
];
const COMPONENTS = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'In', 'R', 'Lazy'];

const FAILURES = [
  () => ({}),
  (now: Date) => ({ startedAt: now.toISOString() }),
  () => ({ errorId: 'RunnerLost' }),
  () => ({ final: true }),
];

type Step = readonly [kind: number, which: number];
const at = <T>(list: readonly T[], index: number): T | undefined => list[index % list.length];

/** Does to `run` what `step` means for it; false when it means nothing. */
function act(run: RunDriver, [kind, which]: Step, paused: Set<string>): boolean {
  const name = at([...run.inFlight.keys()].toSorted(), which);
  const component = at(COMPONENTS, which) ?? '';
  switch (kind) {
    case 0:
    case 1:
      if (name !== undefined) run.finish(name);
      return name !== undefined;
    case 2:
      if (name !== undefined) run.fail(name, FAILURES[which % FAILURES.length]?.(run.now));
      return name !== undefined;
    case 3:
      if (name === 'R' || name === 'Lazy') run.up(name);
      else if (name !== undefined) run.works(name);
      return name !== undefined;
    case 4: {
      const canceled = at([...run.canceled].filter((each) => run.inFlight.has(each)).toSorted(), which);
      if (canceled !== undefined) run.letGo(canceled);
      return canceled !== undefined;
    }
    case 5:
      run.pass((which % 9) * 10);
      return true;
    case 6:
      run.operator(at(['CANCEL', 'RERUN', 'MARK_FINISHED', 'RERUN'] as const, which) ?? 'RERUN', component);
      return true;
    case 7:
      if (!paused.delete(component)) paused.add(component);
      run.tell({ kind: 'paused', componentIds: [...paused] });
      return true;
    default:
      run.tell({ kind: 'deactivated', cancelActive: which % 2 === 0 });
      return true;
  }
}

/** In no order. */
function sorted({ retries, queued, working, late }: HandOver): object {
  const byId = <T extends { readonly instanceId: string }>(list: readonly T[]): T[] =>
    list.toSorted((a, b) => (a.instanceId < b.instanceId ? -1 : 1));
  return { retries: byId(retries), queued: byId(queued), working: byId(working), late: late.toSorted() };
}

/** All that is to be seen of a run, but for sequence numbers. */
function seen(run: RunDriver): object {
  const handOver = run.run.handOver();
  const ids = [...COMPONENTS.map((each) => `${each}`), 'There_In', 'Alarm_A', 'Alarm_E'];
  const records = ids.map((id) => {
    const live = run.run.find(`@${id}_2026-01-05T00:00:00`);
    if (live === undefined) return [id];
    const { seq: _seq, ...record } = live.record;
    return [
      id,
      live.phase,
      record,
      record.status === 'WAITING_ON_DEPENDENCIES' ? [...live.unmet].toSorted() : [],
    ];
  });
  return {
    records,
    handOver: { ...handOver, ...sorted(handOver) },
    inFlight: [...run.inFlight.entries()].map((each) => each.join('#')).toSorted(),
    canceled: [...run.canceled].toSorted(),
  };
}

it('cut anywhere, a run goes on as if it were not', () => {
  // Deactivation is rare: little happens after it.
  const kind = fc.oneof({ weight: 40, arbitrary: fc.nat(7) }, { weight: 1, arbitrary: fc.constant(8) });
  const step = fc.tuple(kind, fc.nat(359), fc.boolean());
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const whole = drive(EVERYTHING);
      let cut = drive(EVERYTHING);
      const [paused, pausedToo] = [new Set<string>(), new Set<string>()];
      for (const [what, which, cutsHere] of steps) {
        if (cutsHere) cut = cut.movedOn({ paused: [...pausedToo] });
        act(whole, [what, which], paused);
        act(cut, [what, which], pausedToo);
        expect(seen(cut)).toEqual(seen(whole));
      }
    }),
    { numRuns: 60 },
  );
});
