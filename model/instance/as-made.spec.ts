import { describe, expect, it } from 'vitest';
import { asMade } from './as-made.js';
import type { CompiledPipeline } from './compile.js';
import { IntervalRun } from './interval-run.js';
import type { IntervalPlan, PlannedInstance } from './plan.js';
import type { StoredInstance } from './run-book.js';

const START = new Date('2026-01-01T00:00:00Z');

function planned(id: string, kind: PlannedInstance['kind'], needs: readonly string[]): PlannedInstance {
  return {
    id,
    componentId: id,
    kind,
    type: kind === 'activity' ? 'ShellCommandActivity' : 'S3DataNode',
    dueAt: START,
    needs: needs.map((instanceId) => ({ instanceId, reason: 'dependsOn', elsewhere: false })),
    worker: kind === 'activity' ? { kind: 'workerGroup', workerGroup: 'wg' } : { kind: 'control' },
    settings: {
      maximumRetries: 2,
      retryDelayMs: 1_000,
      reportProgressTimeoutMs: 900_000,
      cascade: false,
      retryTasksOnResourceFailure: true,
      stopOnTaskFailure: false,
    },
    onSuccess: kind === 'dataNode' ? ['Alarm'] : [],
    onFail: [],
    onLateAction: [],
    references: {},
  };
}

const PLAN: IntervalPlan = {
  pipelineId: 'df-TEST',
  scheduleId: 'Daily',
  interval: { index: 0, start: START, end: new Date('2026-01-02T00:00:00Z') },
  instances: [
    planned('Data', 'dataNode', []),
    planned('Work', 'activity', ['Data']),
    planned('Next', 'activity', ['Work']),
  ],
};
const PIPELINE: CompiledPipeline = {
  pipelineId: 'df-TEST',
  pipelineName: 'test',
  definitionVersion: 1,
  activation: 1,
  components: new Map([['Alarm', { id: 'Alarm', name: 'Alarm', type: 'SnsAlarm', fields: {} }]]),
  parameters: new Map(),
  schedules: new Map(),
  runnables: new Map(),
};

const MADE = PLAN.instances.map(({ id, kind, type }): StoredInstance => ({
  id,
  componentId: id,
  kind,
  type,
  seq: 0,
  status: 'WAITING_ON_DEPENDENCIES',
  attemptCount: 0,
  triesLeft: 3,
  cascadeFailedOn: [],
  leaseGranted: true,
}));

/** The first step of a run over `stored`: what it wants done, and the rows after it. */
function firstStep(stored: readonly StoredInstance[], position: number) {
  const run = new IntervalRun(PLAN, PIPELINE, asMade(stored, PLAN));
  const actions = run.start(START, position);
  const { instances, attempts, created } = run.takeChanges();
  const rows = new Map(stored.map((row) => [row.id, row]));
  for (const { id, componentId, kind, type, node } of created) {
    const row = { id, componentId, kind, type, nodeId: node.componentId, leaseGranted: true };
    rows.set(id, {
      ...row,
      seq: 0,
      status: 'WAITING_ON_DEPENDENCIES',
      attemptCount: 0,
      triesLeft: 1,
      cascadeFailedOn: [],
    });
  }
  for (const { waitingOn: _waitingOn, ...change } of instances) {
    const row = rows.get(change.id);
    if (row !== undefined && change.seq > row.seq) rows.set(change.id, { ...row, ...change });
  }
  const facts = [...rows.values()].map(({ seq: _seq, ...row }) => row);
  return {
    rows: [...rows.values()],
    facts,
    actions,
    attempts: attempts.map(({ seq: _seq, ...attempt }) => attempt),
  };
}

describe('a run whose worker died in its first step', () => {
  it('does the same once more: no attempt is counted twice, and its alarms are sent', () => {
    const first = firstStep(MADE, 3);
    expect(first.actions.map((action) => action.kind)).toEqual(['startAttempt', 'startAttempt']);
    const again = firstStep(first.rows, 3);
    expect(again.actions).toEqual(first.actions);
    expect(again.attempts).toEqual(first.attempts);
    expect(again.facts).toEqual(first.facts);
  });

  it('leaves what startTimestamp passed over SKIPPED', () => {
    const skipped = MADE.map((row) => ({ ...row, status: 'SKIPPED' as const }));
    expect(firstStep(skipped, 3).actions).toEqual([]);
  });
});
