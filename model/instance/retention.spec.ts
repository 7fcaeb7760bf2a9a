import { describe, expect, it } from 'vitest';
import { readDefinitionFile } from '../definition/definition-file.js';
import { compilePipeline } from './compile.js';
import {
  firstToStart,
  mayGo,
  scheduleNeeds,
  type KeptSpan,
  type OldRun,
  type ScheduleNeed,
} from './retention.js';

/** Runs `Schedule from..to` in days; `!` = something of its own keeps it. */
function runs(text: string): OldRun[] {
  return text.split(/\s*,\s*/).map((run) => {
    const [, keeps, scheduleId = '', from = '', to = ''] = /^(!?)(\w+) (\d+)\.\.(\d+)$/.exec(run) ?? [];
    return { scheduleId, startMs: Number(from), endMs: Number(to), free: keeps === '' };
  });
}

const span = (scheduleId: string, fromMs: number, toMs = Number.POSITIVE_INFINITY): KeptSpan => ({
  scheduleId,
  fromMs,
  toMs,
});
const WEEK_OVER_DAY: ScheduleNeed = { from: 'W', to: 'D', by: 'overlap' };
const USER_ON_RESOURCE: readonly ScheduleNeed[] = [
  { from: 'U', to: 'R', by: 'startsIn' },
  { from: 'R', to: 'U', by: 'holds' },
];

interface Case {
  readonly says: string;
  readonly runs: string;
  readonly needs?: readonly ScheduleNeed[];
  readonly spans?: readonly KeptSpan[];
  readonly go: string;
}

const CASES: readonly Case[] = [
  {
    says: 'what nothing keeps goes, the oldest first; its neighbours stay',
    runs: '!D 2..3, D 3..4, D 1..2, !D 0..1',
    go: 'D 1..2, D 3..4',
  },
  {
    says: 'an interval that its own Schedule has not come to stays, as a backfill has run it ahead',
    runs: 'D 0..1, D 1..2, D 5..6',
    spans: [span('D', 1)],
    go: 'D 0..1',
  },
  {
    says: 'what an open backfill was asked for stays, what begins before and after does not',
    runs: 'D 0..1, D 1..2, D 2..3, D 3..4',
    spans: [span('D', 1, 3)],
    go: 'D 0..1, D 3..4',
  },
  {
    says: 'a run that needs others goes before them',
    runs: 'D 0..1, D 6..7, W 0..7',
    needs: [WEEK_OVER_DAY],
    go: 'W 0..7, D 0..1, D 6..7',
  },
  {
    says: 'what a kept run of a longer period needs stays; the days before and after it go',
    runs: 'D 0..1, D 1..2, D 7..8, D 8..9, !W 1..8',
    needs: [WEEK_OVER_DAY],
    go: 'D 0..1, D 8..9',
  },
  {
    says: 'a kept run keeps nothing of a Schedule that needs it',
    runs: '!D 0..1, W 0..7',
    needs: [WEEK_OVER_DAY],
    go: 'W 0..7',
  },
  {
    says: 'nor of one with which it has nothing to do',
    runs: 'D 0..1, !X 0..7',
    needs: [WEEK_OVER_DAY],
    go: 'D 0..1',
  },
  {
    says: 'a run that is not made yet keeps what it will need, to the last moment in common',
    runs: 'D 0..1, D 1..2, D 2..3, D 3..4',
    needs: [WEEK_OVER_DAY],
    spans: [span('W', 2)],
    go: 'D 0..1, D 1..2',
  },
  {
    says: 'a backfill of the longer period keeps what its runs need',
    runs: 'D 0..1, D 1..2, D 2..3',
    needs: [WEEK_OVER_DAY],
    spans: [span('W', 1, 2)],
    go: 'D 0..1, D 2..3',
  },
  {
    says: 'needs are followed over any number of steps',
    runs: '!M 10..40, W 5..12, W 0..5, D 4..5, D 5..6, D 11..12',
    needs: [{ from: 'M', to: 'W', by: 'overlap' }, WEEK_OVER_DAY],
    go: 'W 0..5, D 4..5',
  },
  {
    says: 'Schedules that need each other keep each other',
    runs: '!M 20..40, M 0..20, W 15..22, W 1..8',
    needs: [
      { from: 'M', to: 'W', by: 'overlap' },
      { from: 'W', to: 'M', by: 'overlap' },
    ],
    go: '',
  },
  {
    says: 'and go together where nothing else keeps them',
    runs: 'M 0..20, W 1..8',
    needs: [
      { from: 'M', to: 'W', by: 'overlap' },
      { from: 'W', to: 'M', by: 'overlap' },
    ],
    go: 'W 1..8, M 0..20',
  },
  {
    says: 'a resource stays for a user that starts in its interval, not for one that merely overlaps it',
    runs: '!U 59..79, R 0..60, R 60..120',
    needs: USER_ON_RESOURCE,
    go: 'R 60..120',
  },
  {
    says: 'a resource that is kept keeps those that start in its interval: it ends when they have',
    runs: '!R 60..120, U 40..60, U 50..70, U 60..80, U 100..120, U 120..140',
    needs: USER_ON_RESOURCE,
    go: 'U 40..60, U 50..70, U 120..140',
  },
  {
    says: 'users go before the resource',
    runs: 'R 0..60, U 0..20, U 20..40',
    needs: USER_ON_RESOURCE,
    go: 'U 0..20, U 20..40, R 0..60',
  },
  {
    says: 'users that are not made yet keep the resource in whose interval they will start',
    runs: 'R 0..60, R 60..120',
    needs: USER_ON_RESOURCE,
    spans: [span('U', 80)],
    go: 'R 0..60',
  },
  {
    says: 'runs of ondemand pipelines, whose intervals have no length, go too',
    runs: 'ondemand 5..5, !ondemand 9..9',
    go: 'ondemand 5..5',
  },
];

describe('mayGo', () => {
  it.each(CASES)('$says', ({ runs: text, needs = [], spans = [], go }) => {
    const names = mayGo(runs(text), needs, spans).map(
      ({ scheduleId, startMs, endMs }) => `${scheduleId} ${startMs}..${endMs}`,
    );
    expect(names.join(', ')).toBe(go);
  });
});

const at = { type: 'Schedule', period: '1 day', startDateTime: '2030-01-01T00:00:00' };

function compiled(...objects: readonly object[]) {
  const common = [
    { id: 'Default', scheduleType: 'cron', workerGroup: 'wg' },
    { id: 'Daily', ...at },
    { id: 'Weekly', ...at, period: '1 week' },
  ];
  const { definition } = readDefinitionFile(JSON.stringify({ objects: [...common, ...objects] }));
  const firstActivationTime = '2030-01-01T00:00:00Z';
  return compilePipeline({
    pipelineId: 'df-A',
    pipelineName: 'a',
    definitionVersion: 1,
    activation: 1,
    definition,
    firstActivationTime,
  });
}

describe('scheduleNeeds', () => {
  const daily = { schedule: { ref: 'Daily' } };
  const weekly = { schedule: { ref: 'Weekly' } };
  const shell = { type: 'ShellCommandActivity', command: 'true' };
  const node = { type: 'S3DataNode', filePath: 's3://b/k' };
  const overlap = (from: string, to: string) => [{ from, to, by: 'overlap' }];

  it.each([
    ['one Schedule needs no other', [{ id: 'A', ...shell, ...daily }], []],
    [
      'dependsOn',
      [
        { id: 'A', ...shell, ...daily },
        { id: 'B', ...shell, ...weekly, dependsOn: { ref: 'A' } },
      ],
      overlap('Weekly', 'Daily'),
    ],
    [
      'input',
      [
        { id: 'In', ...node, ...daily },
        { id: 'B', ...shell, ...weekly, input: { ref: 'In' } },
      ],
      overlap('Weekly', 'Daily'),
    ],
    [
      'output: the data node waits for who makes it',
      [
        { id: 'Out', ...node, ...weekly },
        { id: 'A', ...shell, ...daily, output: { ref: 'Out' } },
      ],
      overlap('Weekly', 'Daily'),
    ],
    [
      'runsOn, both ways',
      [
        { id: 'Machine', type: 'Ec2Resource', ...weekly },
        { id: 'A', type: 'ShellCommandActivity', command: 'true', ...daily, runsOn: { ref: 'Machine' } },
      ],
      [
        { from: 'Daily', to: 'Weekly', by: 'startsIn' },
        { from: 'Weekly', to: 'Daily', by: 'holds' },
      ],
    ],
  ])('%s', (_says, objects, needs) => {
    expect(scheduleNeeds(compiled(...objects))).toEqual(needs);
  });
});

describe('firstToStart', () => {
  it.each([
    [0, undefined, 0],
    [0, '2030-01-03T00:00:00Z', 3],
    [5, '2030-01-03T00:00:00Z', 5],
    [0, '2029-12-31T00:00:00Z', 0],
  ])('cursor at %s, forgotten through %s: %s', (nextIndex, through, first) => {
    const schedule = compiled().schedules.get('Daily');
    if (schedule === undefined) throw new Error('Daily is a Schedule');
    const cursor = { nextIndex, ...(through === undefined ? {} : { forgottenThrough: through }) };
    expect(firstToStart(schedule, cursor)).toBe(first);
  });
});
