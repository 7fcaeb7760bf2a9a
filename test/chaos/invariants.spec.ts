import { describe, expect, it } from 'vitest';
import type { ChaosActivity, ChaosPipeline } from './chaos-pipeline.js';
import { ALARMS } from './definition.js';
import { generatePipeline } from './generate.js';
import { unsettled, violations, type Evidence } from './invariants.js';
import type { AttemptLines } from './journal.js';
import type { AttemptView, InstanceView } from './observe.js';
import { referenceModel, type ExpectedInstance } from './reference-model.js';
import type { ReceivedAlarm } from './webhook-receiver.js';

const NOW = 1_800_000_000;
const SIZE = { activities: [3, 12], intervals: [6, 12], periodSeconds: [10, 20] } as const;
const PIPELINE_ID = 'df-CHAOS';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
/** Evidence that a test may spoil. */
interface Found extends Mutable<Evidence> {
  instances: Map<string, Mutable<InstanceView>>;
  lines: Map<string, AttemptLines>;
}

/** What would be seen had everything gone well: each instance at its time, one after the other. */
function idealEvidence(pipeline: ChaosPipeline): Found {
  const instances = new Map<string, Mutable<InstanceView>>();
  const lines = new Map<string, AttemptLines>();
  const alarms: ReceivedAlarm[] = [];
  let at = 0;
  for (const expected of referenceModel(pipeline, () => undefined)) {
    const { id, component, kind } = expected;
    const [end = 'WAITING'] = expected.ends;
    const own: AttemptLines = { begin: [], end: [], overlap: [], check: [] };
    const attempts: AttemptView[] = [];
    for (let number = 1; number <= (expected.attempts?.[0] ?? 0); number++) {
      const deed = expected.deedOf(number);
      const clock = expected.dueSeconds + 1;
      if (kind === 'precondition') own.check.push({ at: at++, clock, holds: end === 'FINISHED' });
      else {
        own.begin.push({ at: at++, clock, attempt: number });
        own.end.push({
          at: at++,
          clock,
          attempt: number,
          outcome: { ok: '0', fail: '1', hang: 'killed' }[deed],
        });
      }
      const errorId = { ok: null, fail: 'CommandFailed', hang: 'AttemptTimeout' }[deed];
      const status = deed === 'ok' ? end : 'FAILED';
      attempts.push({ number, status, errorId, startSeconds: clock, endSeconds: clock });
    }
    if (own.begin.length + own.check.length > 0) lines.set(id, own);
    const schedule = [...pipeline.activities, ...pipeline.dataNodes].find((node) =>
      id.includes(`${node.id}_`),
    )?.schedule;
    const workflowId = `${PIPELINE_ID}/${schedule}/${id.slice(-19)}Z`;
    const row = {
      id,
      componentId: component,
      kind,
      nodeId: null,
      workflowId,
      attemptCount: attempts.length,
      attempts,
    };
    instances.set(id, { ...row, status: end === 'WAITING' ? 'WAITING_ON_DEPENDENCIES' : end });
    for (const alarm of expected.alarms) {
      const action = {
        ...row,
        id: `@${ALARMS[alarm]}_${id.slice(1)}`,
        kind: 'action',
        status: 'FINISHED',
        attempts: [],
      };
      instances.set(action.id, action);
      alarms.push({ pipelineId: PIPELINE_ID, alarmId: ALARMS[alarm], instanceId: id, key: action.id });
    }
  }
  const open = [...instances.values()].filter(({ status }) => status === 'WAITING_ON_DEPENDENCIES');
  const openRuns = new Set(open.map((each) => each.workflowId));
  const runIds = new Set([...instances.values()].map((each) => each.workflowId));
  return {
    pipelineId: PIPELINE_ID,
    pipeline,
    instances,
    lines,
    ledger: {
      state: open.length === 0 ? 'FINISHED' : 'SCHEDULED',
      instances,
      waits: [],
      leases: [],
      notifications: 0,
    },
    runs: [...runIds].map((workflowId) => ({
      workflowId,
      status: openRuns.has(workflowId) ? 'RUNNING' : 'COMPLETED',
    })),
    journal: lines,
    alarms,
    outages: [],
    free: new Set(),
    clockOffset: 0,
  };
}

function found(evidence: Evidence): string {
  return [...unsettled(evidence), ...violations(evidence)].join('\n');
}

describe('what went well', () => {
  it.each(Array.from({ length: 60 }, (_, seed) => [seed]))('has no violation, seed %i', (seed) => {
    expect(found(idealEvidence(generatePipeline(seed, 'p', NOW, SIZE)))).toBe('');
  });
});

const activity = (id: string, more: Partial<ChaosActivity> = {}): ChaosActivity => ({
  id,
  schedule: 'Fine',
  scheduleType: 'cron',
  cascade: true,
  dependsOn: [],
  input: [],
  maximumRetries: 1,
  retryDelaySeconds: 1,
  workSeconds: 0,
  deeds: [],
  ...more,
});

/** Load fails once in its first interval and for good in its second; Report needs it; Limited is alone. */
const PIPELINE: ChaosPipeline = {
  name: 'p',
  schedules: [{ id: 'Fine', startSeconds: NOW - 100, periodSeconds: 10, occurrences: 3 }],
  activities: [
    activity('Load', { deeds: [['fail', 'ok'], ['fail', 'fail'], []] }),
    activity('Report', { dependsOn: ['Load'] }),
    activity('Limited', { maxActiveInstances: 1 }),
  ],
  dataNodes: [],
  preconditions: [{ id: 'Check', node: 'Report', cascade: true, holdsAtCheck: 2 }],
  alarms: { onSuccess: ['Load'], onFail: ['Load', 'Report'] },
};
const at = (index: number): string => new Date((NOW - 100 + 10 * index) * 1000).toISOString().slice(0, 19);

/** Make makes a File, which Use needs. */
const MAKER: ChaosPipeline = {
  ...PIPELINE,
  activities: [activity('Make', { output: 'File' }), activity('Use', { input: ['File'] })],
  dataNodes: [
    {
      id: 'File',
      schedule: 'Fine',
      scheduleType: 'cron',
      cascade: true,
      producer: 'Make',
      exists: { madeAfterSeconds: 0 },
    },
  ],
  preconditions: [],
  alarms: { onSuccess: [], onFail: [] },
};

it('nobody waits for the maker of a file that was marked finished, else everybody does', () => {
  const evidence = idealEvidence(MAKER);
  expect(found(evidence)).toBe('');
  evidence.lines.get(`@Use_${at(0)}`)?.begin.splice(0, 1, { at: -1, clock: NOW - 100, attempt: 1 });
  expect(found(evidence)).toMatch(/@Use_.* began before @Make_.* was done/);
  evidence.free = new Set([`@File_${at(0)}`, `@Use_${at(0)}`]);
  expect(found(evidence)).toBe('');
});

it('who looks for a file may look for ever when its maker was marked finished before it had made it, and only then', () => {
  const evidence = idealEvidence(MAKER);
  expect(found(evidence)).toBe('');
  const [maker, look, file, use] = ['Make', 'ExistsFile_File', 'File', 'Use'].map(
    (name) => `@${name}_${at(0)}`,
  );
  const row = (id = ''): Mutable<InstanceView> | undefined => evidence.instances.get(id);
  Object.assign(row(look) ?? {}, { status: 'WAITING_FOR_RUNNER' });
  for (const id of [file, use])
    Object.assign(row(id) ?? {}, { status: 'WAITING_ON_DEPENDENCIES', attempts: [] });
  evidence.lines.delete(use ?? '');
  const workflowId = row(file)?.workflowId;
  evidence.runs = evidence.runs.map((run) =>
    run.workflowId === workflowId ? { ...run, status: 'RUNNING' } : run,
  );
  evidence.ledger = { ...evidence.ledger, state: 'SCHEDULED' };
  evidence.free = new Set([maker, look, file, use].flatMap((id) => id ?? []));
  expect(found(evidence)).toMatch(/ExistsFile_File.* is WAITING_FOR_RUNNER, expected FINISHED/);
  evidence.lines.delete(maker ?? '');
  Object.assign(row(maker) ?? {}, { attempts: [] });
  expect(found(evidence)).toBe('');
});

it('the reference model says how each instance ends', () => {
  const ends = (model: readonly ExpectedInstance[]): string[] =>
    model.map(
      ({ id, ends: right, attempts }) => `${id.slice(1, -20)} ${right.join('/')} ${attempts?.join('/')}`,
    );
  const lost = { end: undefined, lost: new Set([2]) };
  expect(ends(referenceModel(PIPELINE, () => undefined))).toEqual([
    'Load FINISHED 2',
    'Load FAILED 2',
    'Load FINISHED 1',
    'Check_Report FINISHED 1',
    'Report FINISHED 1',
    'Check_Report CANCELED 0',
    'Report CASCADE_FAILED 0',
    'Check_Report FINISHED 1',
    'Report FINISHED 1',
    'Limited FINISHED 1',
    'Limited FINISHED 1',
    'Limited FINISHED 1',
  ]);
  expect(
    ends(referenceModel(PIPELINE, (id) => (id === `@Load_${at(0)}` ? lost : undefined))).slice(0, 5),
  ).toEqual([
    'Load FAILED 2',
    'Load FAILED 2',
    'Load FINISHED 1',
    'Check_Report CANCELED 0',
    'Report CASCADE_FAILED 0',
  ]);
});

describe('what went wrong is found', () => {
  const instance = (evidence: Found, id: string): Mutable<InstanceView> => {
    const row = evidence.instances.get(id);
    if (row === undefined) throw new Error(`no ${id}`);
    return row;
  };
  const linesOf = (evidence: Found, id: string): AttemptLines => {
    const lines = evidence.lines.get(id);
    if (lines === undefined) throw new Error(`no lines of ${id}`);
    return lines;
  };
  const LATE = 1_000_000;
  const line = (position: number, attempt: number) => ({ at: position, clock: NOW, attempt });
  const lostAttempt = (evidence: Found): void => {
    const [first, ...rest] = instance(evidence, `@Load_${at(0)}`).attempts;
    if (first === undefined) throw new Error('no attempt');
    instance(evidence, `@Load_${at(0)}`).attempts = [{ ...first, errorId: 'RunnerLost' }, ...rest];
  };

  it.each<[name: string, spoil: (evidence: Found) => void, text: RegExp]>([
    [
      'a wrong status',
      (e) => (instance(e, `@Load_${at(2)}`).status = 'FAILED'),
      /is FAILED, expected FINISHED/,
    ],
    [
      'an instance that is not over',
      (e) => (instance(e, `@Load_${at(2)}`).status = 'RUNNING'),
      /is RUNNING, expected/,
    ],
    ['a missing instance', (e) => e.instances.delete(`@Limited_${at(1)}`), /is missing/],
    [
      'an instance too many',
      (e) => e.instances.set('@X', { ...instance(e, `@Limited_${at(1)}`), id: '@X' }),
      /nobody asked for this instance/,
    ],
    ['a try too few', (e) => (instance(e, `@Load_${at(1)}`).attempts = []), /after 0 attempts, expected 2/],
    [
      'an attempt that ran twice',
      (e) => linesOf(e, `@Load_${at(2)}`).begin.push(line(0, 1)),
      /has run twice/,
    ],
    [
      'work after what was reported',
      (e) => linesOf(e, `@Load_${at(2)}`).begin.push(line(LATE, 2)),
      /run again after attempt 1 had finished/,
    ],
    [
      'success that was none',
      (e) => linesOf(e, `@Load_${at(2)}`).end.splice(0, 1, { ...line(LATE, 1), outcome: '1' }),
      /is FINISHED, its command ended with 1/,
    ],
    [
      'two attempts at once',
      (e) => linesOf(e, `@Load_${at(0)}`).overlap.push({ ...line(LATE, 2), other: 1 }),
      /attempt 2 began while 1 was at work/,
    ],
    [
      'work before its dependency',
      (e) => linesOf(e, `@Report_${at(0)}`).begin.splice(0, 1, line(-1, 1)),
      /began before @Load_.* was done/,
    ],
    ['work before its precondition', (e) => e.lines.delete(`@Check_Report_${at(0)}`), /was holds/],
    [
      'work before it was due',
      (e) => linesOf(e, `@Limited_${at(0)}`).begin.splice(0, 1, { at: 0, clock: NOW - 101, attempt: 1 }),
      /began 1.00 s before it was due/,
    ],
    [
      'work that nobody asked for',
      (e) => e.lines.set('@Y', { begin: [line(LATE, 1)], end: [], overlap: [], check: [] }),
      /nobody asked for it/,
    ],
    [
      'too many at once',
      (e) => linesOf(e, `@Limited_${at(0)}`).end.splice(0, 1, { ...line(LATE, 1), outcome: '0' }),
      /2 active at once, maxActiveInstances is 1/,
    ],
    [
      'an attempt that begins after it was over',
      (e) => linesOf(e, `@Load_${at(2)}`).begin.splice(0, 1, { at: 0, clock: NOW, attempt: 1 }),
      /began 79.0 s after it was over/,
    ],
    ['an attempt lost without reason', lostAttempt, /was lost \(RunnerLost\), and no runner was/],
    ['an alarm that did not come', (e) => (e.alarms = e.alarms.slice(1)), /has not come/],
    [
      'an alarm that came as two messages',
      (e) => (e.alarms = e.alarms.flatMap((alarm) => [alarm, { ...alarm, key: `${alarm.key} 2` }])),
      /has fired 2 times/,
    ],
    [
      'an alarm that must not come',
      (e) =>
        (e.alarms = [
          ...e.alarms,
          { pipelineId: PIPELINE_ID, alarmId: 'Failed', instanceId: `@Limited_${at(0)}`, key: '' },
        ]),
      /has come, and must not/,
    ],
    [
      'a notification',
      (e) => (e.ledger = { ...e.ledger, notifications: 1 }),
      /1 notifications are undelivered/,
    ],
    [
      'a lease',
      (e) => {
        const lease = { instanceId: `@Limited_${at(0)}`, componentId: 'Limited', granted: true };
        e.ledger = { ...e.ledger, leases: [lease] };
      },
      /the lease of .* is left over/,
    ],
    [
      'a wait',
      (e) =>
        (e.ledger = {
          ...e.ledger,
          waits: [{ instanceId: `@Load_${at(0)}`, workflowId: e.runs[0]?.workflowId ?? '' }],
        }),
      /a wait of .* is left over/,
    ],
    [
      'a run that does not close',
      (e) => (e.runs = e.runs.map((run) => ({ ...run, status: 'RUNNING' }))),
      /is open, all its instances/,
    ],
    ['a run that failed', (e) => (e.runs = e.runs.map((run) => ({ ...run, status: 'FAILED' }))), /is FAILED/],
    ['a run too few', (e) => (e.runs = e.runs.slice(1)), /2 runs, expected 3/],
    [
      'the state of the pipeline',
      (e) => (e.ledger = { ...e.ledger, state: 'SCHEDULED' }),
      /is SCHEDULED, expected FINISHED/,
    ],
  ])('%s', (_, spoil, text) => {
    const evidence = idealEvidence(PIPELINE);
    expect(found(evidence)).toBe('');
    spoil(evidence);
    expect(found(evidence)).toMatch(text);
  });
});
