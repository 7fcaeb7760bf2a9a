import { describe, expect, it } from 'vitest';
import { readDefinitionFile } from '../definition/definition-file.js';
import { intervalAt } from '../schedule/schedule.js';
import { compilePipeline, type CompiledPipeline } from './compile.js';
import { ONDEMAND_SCHEDULE } from './ids.js';
import { planInterval, type PlannedInstance } from './plan.js';
import { planRange } from './plan-range.js';

function compiled(objects: readonly object[], values: Record<string, string> = {}): CompiledPipeline {
  const { definition, problems } = readDefinitionFile(JSON.stringify({ objects, values }));
  expect(problems).toEqual([]);
  return compilePipeline({
    pipelineId: 'df-1',
    pipelineName: 'p',
    definitionVersion: 1,
    activation: 1,
    definition,
    firstActivationTime: '2026-01-05T10:00:00.000Z',
  });
}

function planned(pipeline: CompiledPipeline, scheduleId: string, index = 0): Record<string, PlannedInstance> {
  const schedule = pipeline.schedules.get(scheduleId);
  const interval = schedule === undefined ? undefined : intervalAt(schedule, index);
  if (interval === undefined) throw new Error(`no interval ${index} of ${scheduleId}`);
  return Object.fromEntries(
    planInterval(pipeline, scheduleId, interval).instances.map((instance) => [instance.id, instance]),
  );
}

const needs = (instance: PlannedInstance | undefined): string[] =>
  (instance?.needs ?? []).map(
    (need) => `${need.reason} ${need.instanceId}${need.elsewhere ? ' (elsewhere)' : ''}`,
  );

const DAY = {
  id: 'Day',
  type: 'Schedule',
  period: '1 day',
  startDateTime: '2026-01-05T00:00:00',
  occurrences: '7',
};
const WEEK = {
  id: 'Week',
  type: 'Schedule',
  period: '1 week',
  startDateTime: '2026-01-05T00:00:00',
  occurrences: '1',
};
const DEFAULT = { id: 'Default', scheduleType: 'cron', schedule: { ref: 'Day' }, workerGroup: 'wg' };
const shell = (id: string, more: object = {}) => ({
  id,
  type: 'ShellCommandActivity',
  command: 'true',
  ...more,
});
const node = (id: string, more: object = {}) => ({ id, type: 'S3DataNode', filePath: 's3://b/k', ...more });

describe('the plan of an interval', () => {
  it('has an edge for each input, dependsOn, producer and precondition', () => {
    const plan = planned(
      compiled([
        DEFAULT,
        DAY,
        { id: 'There', type: 'S3KeyExists', s3Key: 's3://b/k', role: 'r' },
        node('In', { precondition: { ref: 'There' } }),
        node('Out'),
        shell('First'),
        shell('Work', { input: { ref: 'In' }, output: { ref: 'Out' }, dependsOn: { ref: 'First' } }),
      ]),
      'Day',
    );
    const at = '_2026-01-05T00:00:00';
    expect(needs(plan[`@Work${at}`])).toEqual([`input @In${at}`, `dependsOn @First${at}`]);
    expect(needs(plan[`@In${at}`])).toEqual([`precondition @There_In${at}`]);
    expect(needs(plan[`@Out${at}`])).toEqual([`producer @Work${at}`]);
    expect(plan[`@Work${at}`]?.references).toEqual({
      input: [`@In${at}`],
      output: [`@Out${at}`],
      dependsOn: [`@First${at}`],
    });
    const order = Object.keys(plan);
    expect(order.indexOf(`@In${at}`)).toBeLessThan(order.indexOf(`@Work${at}`));
  });

  it('needs every instance of another schedule whose interval overlaps', () => {
    const pipeline = compiled([
      DEFAULT,
      DAY,
      WEEK,
      node('Daily'),
      shell('Report', { schedule: { ref: 'Week' }, input: { ref: 'Daily' } }),
      shell('Publish', { dependsOn: { ref: 'Report' } }),
    ]);
    expect(needs(planned(pipeline, 'Week')['@Report_2026-01-05T00:00:00'])).toEqual(
      [5, 6, 7, 8, 9, 10, 11].map(
        (day) => `input @Daily_2026-01-${String(day).padStart(2, '0')}T00:00:00 (elsewhere)`,
      ),
    );
    expect(needs(planned(pipeline, 'Day', 3)['@Publish_2026-01-08T00:00:00'])).toEqual([
      'dependsOn @Report_2026-01-05T00:00:00 (elsewhere)',
    ]);
  });

  it.each([
    ['cron', '2026-01-05T00:00:00.000Z'],
    ['TIMESERIES', '2026-01-06T00:00:00.000Z'],
  ])('%s: an activity is due at %s, its resource always at the start', (scheduleType, due) => {
    const plan = planned(
      compiled([
        { ...DEFAULT, scheduleType },
        DAY,
        shell('Work', { runsOn: { ref: 'Machine' } }),
        { id: 'Machine', type: 'Ec2Resource', role: 'r', resourceRole: 'r' },
      ]),
      'Day',
    );
    expect(plan['@Work_2026-01-05T00:00:00']?.dueAt.toISOString()).toBe(due);
    expect(plan['@Work_2026-01-05T00:00:00']?.resourceInstanceId).toBe('@Machine_2026-01-05T00:00:00');
    expect(plan['@Machine_2026-01-05T00:00:00']?.dueAt.toISOString()).toBe('2026-01-05T00:00:00.000Z');
  });

  it('gives one precondition an instance per node, and user-managed ones the worker of their activity', () => {
    const plan = planned(
      compiled([
        DEFAULT,
        DAY,
        { id: 'Check', type: 'ShellCommandPrecondition', command: 'true' },
        node('A', { precondition: { ref: 'Check' } }),
        shell('Work', { workerGroup: 'onprem', input: { ref: 'A' }, precondition: { ref: 'Check' } }),
      ]),
      'Day',
    );
    expect(plan['@Check_A_2026-01-05T00:00:00']?.worker).toEqual({ kind: 'workerGroup', workerGroup: 'wg' });
    expect(plan['@Check_Work_2026-01-05T00:00:00']?.worker).toEqual({
      kind: 'workerGroup',
      workerGroup: 'onprem',
    });
    expect(needs(plan['@Check_Work_2026-01-05T00:00:00'])).toEqual(['input @A_2026-01-05T00:00:00']);
  });

  it('reads settings with parameters put in, and the documented defaults', () => {
    const plan = planned(
      compiled(
        [
          { ...DEFAULT, failureAndRerunMode: 'CASCADE' },
          DAY,
          shell('A', {
            maximumRetries: '#{myRetries}',
            attemptTimeout: '#{myHours} Hours',
            retryDelay: '2 minutes',
          }),
          shell('B'),
        ],
        { myRetries: '5', myHours: '3' },
      ),
      'Day',
    );
    expect(plan['@A_2026-01-05T00:00:00']?.settings).toMatchObject({
      maximumRetries: 5,
      attemptTimeoutMs: 3 * 3_600_000,
      retryDelayMs: 120_000,
      cascade: true,
    });
    expect(plan['@B_2026-01-05T00:00:00']?.settings).toMatchObject({
      maximumRetries: 2,
      retryDelayMs: 600_000,
      reportProgressTimeoutMs: 900_000,
    });
  });

  it('plans an instance that needs half a million others', () => {
    const pipeline = compiled([
      DEFAULT,
      DAY,
      { id: 'Minute', type: 'Schedule', period: '1 minute', startDateTime: '2026-01-05T00:00:00' },
      {
        id: 'Year',
        type: 'Schedule',
        period: '1 year',
        startDateTime: '2026-01-05T00:00:00',
        occurrences: '1',
      },
      node('Often', { schedule: { ref: 'Minute' } }),
      shell('Report', { schedule: { ref: 'Year' }, input: { ref: 'Often' } }),
    ]);
    expect(planned(pipeline, 'Year')['@Report_2026-01-05T00:00:00']?.needs).toHaveLength(365 * 24 * 60);
  });

  it('holds as much as the definition has edges: 50,000 objects around one node with very many preconditions', () => {
    const [writers, readers, checks] = [10_000, 30_000, 10_000];
    const many = <T>(count: number, make: (index: number) => T): T[] =>
      Array.from({ length: count }, (_, i) => make(i));
    const pipeline = compiled([
      DEFAULT,
      DAY,
      ...many(checks, (i) => ({ id: `Check${i}`, type: 'ShellCommandPrecondition', command: 'true' })),
      node('Common', { workerGroup: [], precondition: many(checks, (i) => ({ ref: `Check${i}` })) }),
      ...many(writers, (i) => shell(`Write${i}`, { workerGroup: [], output: { ref: 'Common' } })),
      ...many(readers, (i) => shell(`Read${i}`, { input: { ref: 'Common' } })),
    ]);
    const instances = Object.values(planned(pipeline, 'Day'));
    expect(instances).toHaveLength(writers + readers + checks + 1);
    const lists = new Set(instances.map((instance) => instance.needs));
    const held = [...lists].reduce((sum, list) => sum + list.length, 0);
    // The preconditions share what they need: the writers. Common has the same, and them.
    expect(held).toBe(writers + (writers + checks) + readers);
    const at = (id: string) =>
      instances.findIndex((instance) => instance.id === `@${id}_2026-01-05T00:00:00`);
    expect(at('Write9999')).toBeLessThan(at('Check0_Common'));
    expect(at('Check9999_Common')).toBeLessThan(at('Common'));
    expect(at('Common')).toBeLessThan(at('Read0'));
    const range = { from: new Date('2026-01-05T00:00:00Z'), to: new Date('2026-01-06T00:00:00Z') };
    let entries = 0;
    for (const entry of planRange(pipeline, range)) entries += Math.min(1, entry.id.length);
    expect(entries).toBe(instances.length);
  });

  it('puts an ondemand pipeline on no Schedule', () => {
    const pipeline = compiled([{ id: 'Default', scheduleType: 'ondemand', workerGroup: 'wg' }, shell('A')]);
    expect(pipeline.runnables.get('A')).toMatchObject({
      scheduleId: ONDEMAND_SCHEDULE,
      scheduleType: 'ondemand',
    });
  });

  it('starts a FIRST_ACTIVATION_DATE_TIME schedule at the first activation', () => {
    const pipeline = compiled([
      DEFAULT,
      {
        id: 'Day',
        type: 'Schedule',
        period: '1 day',
        startAt: 'FIRST_ACTIVATION_DATE_TIME',
        occurrences: '1',
      },
      shell('A'),
    ]);
    expect(Object.keys(planned(pipeline, 'Day'))).toEqual(['@A_2026-01-05T10:00:00']);
  });
});
