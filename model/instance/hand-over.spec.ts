import { expect, it } from 'vitest';
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
  expect(first.handOver(), 'Flaky works').toBeUndefined();
  first.on({ kind: 'attemptEnded', instanceId: idOf('Flaky'), attempt: 1, outcome: failed }, minutes(10), 2);
  const fired = first.on({ kind: 'late', instanceId: idOf('Soon') }, minutes(20), 3);
  expect(fired).toMatchObject([{ kind: 'startAttempt', instanceId: '@Alarm_Soon_2026-01-01T00:00:00' }]);
  expect(first.handOver(), 'the alarm is on its way').toBeUndefined();
  const alarm = { instanceId: '@Alarm_Soon_2026-01-01T00:00:00', attempt: 1, outcome: finished };
  first.on({ kind: 'attemptEnded', ...alarm }, minutes(21), 4);
  rows.take(first);
  const handOver = first.handOver();
  expect(handOver).toEqual({
    retries: [{ instanceId: idOf('Flaky'), atMs: minutes(190).getTime() }],
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
