import { describe, expect, it } from 'vitest';
import { readDefinitionFile } from '../definition/definition-file.js';
import { chooseBackfill, type BackfillRow } from './backfill.js';
import { compilePipeline } from './compile.js';
import { planInterval } from './plan.js';
import type { Status } from './status.js';

const AT = '2030-01-01T00:00:00';
const pipeline = compilePipeline({
  pipelineId: 'df-1',
  pipelineName: 'p',
  definitionVersion: 1,
  activation: 1,
  firstActivationTime: `${AT}Z`,
  definition: readDefinitionFile(
    JSON.stringify({
      objects: [
        { id: 'Default', scheduleType: 'cron', schedule: { ref: 'Daily' } },
        { id: 'Daily', type: 'Schedule', period: '1 day', startDateTime: AT },
        { id: 'There', type: 'S3KeyExists', s3Key: 's3://b/k', role: 'r' },
        { id: 'Raw', type: 'S3DataNode', filePath: 's3://b/raw', precondition: { ref: 'There' } },
        { id: 'Out', type: 'S3DataNode', filePath: 's3://b/out' },
        { id: 'Machine', type: 'Ec2Resource', role: 'r', resourceRole: 'r' },
        { id: 'First', type: 'ShellCommandActivity', command: 'true', runsOn: { ref: 'Machine' } },
        {
          id: 'Copy',
          type: 'CopyActivity',
          input: { ref: 'Raw' },
          output: { ref: 'Out' },
          runsOn: { ref: 'Machine' },
          dependsOn: { ref: 'First' },
        },
      ],
    }),
  ).definition,
});
const start = new Date(`${AT}Z`);
const { instances: planned } = planInterval(pipeline, 'Daily', {
  index: 0,
  start,
  end: new Date(start.getTime() + 86_400_000),
});

/** Every instance of the plan with one status, but for what is given. */
const rows = (statuses: Readonly<Record<string, Status>>, more: Partial<BackfillRow> = {}): BackfillRow[] =>
  planned.map(({ id, componentId, kind, node }) => ({
    id,
    componentId,
    kind,
    ...(node === undefined ? {} : { nodeId: node.componentId }),
    status: statuses[componentId] ?? 'FINISHED',
    waitingOn: [],
    wasDriven: true,
    isNew: false,
    ...more,
  }));
const names = (ids: readonly string[]): string[] =>
  ids.map((id) => id.slice(1).replace(`_${AT}`, '')).toSorted();
const choice = (...[given, rerun, objects]: [BackfillRow[], 'missing' | 'failed' | 'all', string[]?]) => {
  const { missing, again } = chooseBackfill(planned, given, rerun, objects);
  return { missing: names(missing.map(({ id }) => id)), again: names(again) };
};
const ALL = names(planned.map(({ id }) => id));

describe('a backfill of one interval', () => {
  it('makes everything where nothing was made', () => {
    for (const rerun of ['missing', 'failed', 'all'] as const) {
      expect(choice([], rerun)).toEqual({ missing: ALL, again: [] });
    }
  });

  it('makes of the objects asked for what they cannot do without, and no more', () => {
    expect(choice([], 'missing', ['Copy'])).toEqual({
      missing: ['Copy', 'Machine', 'Raw', 'There_Raw'],
      again: [],
    });
    expect(choice([], 'missing', ['First'])).toEqual({ missing: ['First', 'Machine'], again: [] });
  });

  it('makes what was added to the definition since', () => {
    const before = rows({}).filter(({ componentId }) => componentId !== 'Copy');
    expect(choice(before, 'missing')).toEqual({ missing: ['Copy'], again: [] });
  });

  it('takes up what an activation has passed over, not what a condition has left out', () => {
    expect(choice(rows({ First: 'SKIPPED' }, { wasDriven: false }), 'missing').again).toEqual(['First']);
    expect(choice(rows({ First: 'SKIPPED' }), 'missing').again).toEqual([]);
  });

  it('reruns what failed, and with it what was left out for that', () => {
    const failed = rows({ First: 'FAILED', Copy: 'SKIPPED', Out: 'CASCADE_FAILED' });
    expect(choice(failed, 'missing').again).toEqual([]);
    expect(choice(failed, 'failed').again).toEqual(['Copy', 'First', 'Out']);
    expect(choice(failed, 'failed', ['First']).again).toEqual(['First']);
    expect(choice(rows({ Copy: 'SKIPPED' }), 'failed').again).toEqual([]);
  });

  it('reruns everything that is over when asked to', () => {
    expect(choice(rows({}), 'all').again).toEqual(ALL);
    expect(choice(rows({ Copy: 'RUNNING' }), 'all').again).not.toContain('Copy');
    expect(choice(rows({}), 'all', ['Raw']).again).toEqual(['Raw', 'There_Raw']);
  });

  it('leaves what has changed since it was asked for', () => {
    expect(choice(rows({ First: 'FAILED' }, { isNew: true }), 'all')).toEqual({ missing: [], again: [] });
  });

  it('leaves what the definition in force does not have', () => {
    const [row] = rows({});
    const gone = { ...row, id: '@Gone', componentId: 'Gone', status: 'FAILED' } as BackfillRow;
    expect(choice([...rows({}), gone], 'all').again).toEqual(ALL);
  });
});
