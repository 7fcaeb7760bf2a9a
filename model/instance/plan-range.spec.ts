import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDefinitionFile } from '../definition/definition-file.js';
import type { PipelineDefinition } from '../definition/pipeline-definition.js';
import { intervalAt } from '../schedule/schedule.js';
import { compilePipeline, type CompiledPipeline } from './compile.js';
import { IntervalRun } from './interval-run.js';
import { parseRangeEnd, planDefinition } from './plan-definition.js';
import { planRange, type PlanEntry } from './plan-range.js';
import { planInterval } from './plan.js';
import { buildTask } from './task-builder.js';
import { taskQueueOf } from './task-queue.js';

const DAY = { id: 'Day', type: 'Schedule', period: '1 day', startDateTime: '2026-01-05T00:00:00' };
const WEEK = { ...DAY, id: 'Week', period: '1 week' };
const HOUR = { ...DAY, id: 'Hour', period: '1 hour', occurrences: '100' };
const DEFAULT = {
  id: 'Default',
  scheduleType: 'cron',
  schedule: { ref: 'Day' },
  workerGroup: 'wg',
  anything: '#{@status}',
};
const OBJECTS = [
  DEFAULT,
  DAY,
  WEEK,
  HOUR,
  { id: 'There', type: 'S3KeyExists', s3Key: '#{node.filePath}.done', role: 'r' },
  {
    id: 'In',
    type: 'S3DataNode',
    filePath: "s3://b/#{format(@scheduledStartTime,'YYYY-MM-dd')}.csv",
    precondition: { ref: 'There' },
  },
  {
    id: 'Work',
    type: 'ShellCommandActivity',
    command: 'echo #{@attemptCount} #{input.filePath}',
    stdout: 's3://b/log/#{@id}',
    input: { ref: 'In' },
    runsOn: { ref: 'Machine' },
    onFail: { ref: 'Tell' },
  },
  { id: 'Machine', type: 'Ec2Resource', role: 'r', resourceRole: 'r', scheduleType: 'timeseries' },
  {
    id: 'Tell',
    type: 'SnsAlarm',
    topicArn: 'arn:t',
    subject: 's',
    message: '#{node.errorMessage}',
    role: 'r',
  },
  {
    id: 'Report',
    type: 'ShellCommandActivity',
    schedule: { ref: 'Week' },
    command: 'true',
    input: { ref: 'In' },
  },
  { id: 'Tick', type: 'ShellCommandActivity', schedule: { ref: 'Hour' }, command: 'true' },
];

function definitionOf(objects: readonly object[], values: Record<string, string> = {}): PipelineDefinition {
  const { definition, problems } = readDefinitionFile(JSON.stringify({ objects, values }));
  expect(problems).toEqual([]);
  return definition;
}

function compiled(objects: readonly object[] = OBJECTS): CompiledPipeline {
  return compilePipeline({
    pipelineId: 'df-1',
    pipelineName: 'p',
    definitionVersion: 1,
    activation: 1,
    definition: definitionOf(objects),
    firstActivationTime: '2026-01-05T10:00:00.000Z',
  });
}

const at = (text: string): Date => parseRangeEnd(text);
const byId = (entries: Iterable<PlanEntry>): Map<string, PlanEntry> =>
  new Map([...entries].map((entry) => [entry.id, entry]));

describe('the plan of a range', () => {
  it('is the union of the plans of its intervals, whatever the range', () => {
    const pipeline = compiled();
    const minute = fc.integer({ min: -3 * 1440, max: 30 * 1440 });
    const epochMs = at('2026-01-05').getTime();
    fc.assert(
      fc.property(minute, fc.integer({ min: 0, max: 15 * 1440 }), (fromMinute, minutes) => {
        const from = new Date(epochMs + fromMinute * 60_000);
        const to = new Date(from.getTime() + minutes * 60_000);
        const expected = ['Day', 'Week', 'Hour'].flatMap((scheduleId) => {
          const schedule = pipeline.schedules.get(scheduleId);
          if (schedule === undefined) throw new Error(scheduleId);
          const plans = [];
          for (let index = 0; ; index++) {
            const interval = intervalAt(schedule, index);
            if (interval === undefined || interval.start >= to) return plans;
            if (interval.start >= from) plans.push(...planInterval(pipeline, scheduleId, interval).instances);
          }
        });
        const entries = [...planRange(pipeline, { from, to })];
        expect(entries.map(({ id }) => id).toSorted()).toEqual(expected.map(({ id }) => id).toSorted());
        const found = byId(entries);
        for (const instance of expected) {
          expect(found.get(instance.id)?.dependencies).toEqual(instance.needs);
          expect(found.get(instance.id)?.taskQueue).toBe(taskQueueOf('df-1', instance));
        }
        const starts = entries.map(({ scheduledStartTime }) => scheduledStartTime);
        expect(starts).toEqual(starts.toSorted());
      }),
      { numRuns: 50 },
    );
  });

  it('parts into ranges without a gap or an overlap', () => {
    const pipeline = compiled();
    const ids = (from: string, to: string) =>
      [...planRange(pipeline, { from: at(from), to: at(to) })].map(({ id }) => id);
    expect([
      ...ids('2026-01-05', '2026-01-07T11:30:00'),
      ...ids('2026-01-07T11:30:00', '2026-01-09'),
    ]).toEqual(ids('2026-01-05', '2026-01-09'));
    expect(ids('2026-01-05', '2026-01-05')).toEqual([]);
  });

  it('shows what is known before the run, and marks what is not', () => {
    const plan = byId(planRange(compiled(), { from: at('2026-01-06'), to: at('2026-01-07') }));
    const time = '2026-01-06T00:00:00';
    expect(plan.get(`@In_${time}`)?.fields['filePath']).toEqual(['s3://b/2026-01-06.csv']);
    expect(plan.get(`@There_In_${time}`)?.fields['s3Key']).toEqual(['s3://b/2026-01-06.csv.done']);
    expect(plan.get(`@Work_${time}`)).toMatchObject({
      objectId: 'Work',
      kind: 'activity',
      scheduleId: 'Day',
      dueTime: `${time}Z`,
      resource: `@Machine_${time}`,
      worker: 'resource',
      taskQueue: `resource:df-1/@Machine_${time}`,
      onFail: ['Tell'],
      fields: {
        stdout: [`s3://b/log/@Work_${time}`],
        command: [
          {
            unresolved: 'echo #{@attemptCount} #{input.filePath}',
            reason: '"@attemptCount" of object "Work" has no value yet',
          },
        ],
      },
    });
    expect(plan.get(`@Work_${time}`)?.fields).not.toHaveProperty('anything');
    expect(plan.get(`@In_${time}`)).toMatchObject({
      preconditions: [`@There_In_${time}`],
      dependencies: [{ instanceId: `@There_In_${time}`, reason: 'precondition', elsewhere: false }],
      taskQueue: 'penstock-control',
    });
  });

  it('is what the tasks of the run are made of', () => {
    const pipeline = compiled();
    const schedule = pipeline.schedules.get('Day');
    const interval = schedule && intervalAt(schedule, 3);
    if (interval === undefined) throw new Error('no interval');
    const plan = planInterval(pipeline, 'Day', interval);
    const run = new IntervalRun(plan, pipeline, []);
    const range = { from: interval.start, to: interval.end, scheduleIds: ['Day'] };
    const entries = [...planRange(pipeline, range)];
    expect(entries.map(({ id }) => id)).toEqual(plan.instances.map(({ id }) => id));
    for (const entry of entries) {
      const live = run.find(entry.id);
      if (live === undefined) throw new Error(entry.id);
      const task = buildTask(pipeline, plan, run, live);
      expect(task.objectId).toBe(entry.objectId);
      expect([task.scheduledStartTime, task.scheduledEndTime]).toEqual([
        entry.scheduledStartTime,
        entry.scheduledEndTime,
      ]);
      for (const [field, values] of Object.entries(entry.fields)) {
        if (values.some((value) => typeof value !== 'string' && 'unresolved' in value)) continue;
        expect(task.objects[entry.objectId]?.fields[field], `${entry.id} ${field}`).toEqual(values);
      }
    }
  });

  it.each([
    [{ from: at('2026-01-07'), to: at('2026-01-06') }, /ends at 2026-01-06T00:00:00Z, before it begins/],
    [
      { from: at('2026-01-05'), to: at('2026-01-06'), scheduleIds: ['Weekk'] },
      /no schedule "Weekk".*did you mean "Week"/,
    ],
  ])('refuses %o', (range, message) => {
    expect(() => planRange(compiled(), range)).toThrow(message);
  });
});

describe('the plan of a definition', () => {
  const range = { from: at('2026-01-05'), to: at('2026-01-06') };

  it('never shows a secret, wherever it flows', () => {
    const plan = planDefinition({
      ...range,
      definition: definitionOf(
        [
          DEFAULT,
          DAY,
          {
            id: 'Work',
            type: 'ShellCommandActivity',
            command: 'login #{*myPassword} #{myDatabase.*password}',
            myDatabase: { ref: 'Database' },
          },
          {
            id: 'Database',
            type: 'JdbcDatabase',
            connectionString: 'jdbc:postgresql://h/d',
            jdbcDriverClass: 'd',
            username: 'u',
            '*password': 'tops3cret',
          },
        ],
        { '*myPassword': 'verys3cret' },
      ),
      parameterValues: [{ id: '*myPassword', stringValue: 'others3cret' }],
    });
    if (plan.kind === 'refused') throw new Error(JSON.stringify(plan.problems));
    const entries = [...plan.entries];
    expect(entries.map(({ id }) => id)).toEqual(['@Work_2026-01-05T00:00:00']);
    expect(JSON.stringify(entries)).not.toContain('s3cret');
    expect(entries[0]?.fields['command']).toEqual(['login ******** ********']);
  });

  it('plans an ondemand pipeline as if it were activated at the begin of the range', () => {
    const plan = planDefinition({
      ...range,
      definition: definitionOf([
        { id: 'Default', scheduleType: 'ondemand', workerGroup: 'wg' },
        { id: 'Work', type: 'ShellCommandActivity', command: 'true' },
      ]),
    });
    expect(plan.kind === 'plan' && [...plan.entries]).toMatchObject([
      { id: '@Work_2026-01-05T00:00:00', scheduleId: 'ondemand', dueTime: '2026-01-05T00:00:00Z' },
    ]);
  });

  it('has problems instead when the definition has errors; what cannot run yet is told', () => {
    const refused = planDefinition({
      ...range,
      definition: definitionOf([DEFAULT, DAY, { id: 'Work', type: 'ShellComandActivity' }]),
    });
    expect(refused).toMatchObject({ kind: 'refused', problems: [{ objectId: 'Work' }, { objectId: 'Day' }] });
    const hive = planDefinition({
      ...range,
      definition: definitionOf([
        DEFAULT,
        DAY,
        { id: 'Work', type: 'PigActivity', script: 's', runsOn: { ref: 'Cluster' } },
        { id: 'Cluster', type: 'EmrCluster' },
      ]),
    });
    expect(hive.kind === 'plan' && hive.notYet.map(({ message }) => message)).toContainEqual(
      expect.stringContaining('cannot be run by this version'),
    );
  });

  it('refuses edges beyond any memory, at once', () => {
    const plan = planDefinition({
      ...range,
      definition: definitionOf([
        DEFAULT,
        { ...DAY, period: '15 minutes' },
        { ...WEEK, period: '1000 years' },
        { id: 'Work', type: 'ShellCommandActivity', command: 'true' },
        {
          id: 'Sum',
          type: 'ShellCommandActivity',
          command: 'true',
          schedule: { ref: 'Week' },
          dependsOn: { ref: 'Work' },
        },
      ]),
    });
    expect(plan).toMatchObject({
      kind: 'refused',
      problems: [
        { objectId: 'Week', severity: 'warning' },
        { objectId: 'Sum', severity: 'error', message: expect.stringMatching(/some 350\d{5} instances/) },
      ],
    });
  });

  it.each(['2026-01-05', '2026-01-05T00:00:00', ' 2026-01-05T00:00:00Z'])('reads "%s"', (text) => {
    expect(at(text).toISOString()).toBe('2026-01-05T00:00:00.000Z');
  });
  it.each(['', 'today', '2026-02-30', '2026-01-05T00:00:00+01:00'])('refuses "%s"', (text) => {
    expect(() => at(text)).toThrow(/expected YYYY-MM-DD or/);
  });
});
