import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { toApi, type DefinitionFile } from '../../examples/web-logs/definition-file.mjs';
import { valuesFor } from '../../examples/web-logs/install.mjs';
import { readDefinitionFile } from '../../model/definition/definition-file.js';
import { validateDefinition } from '../../model/definition/validate.js';
import { textOf, textsOf } from '../../model/definition/component.js';
import { compilePipeline } from '../../model/instance/compile.js';
import { IntervalRun } from '../../model/instance/interval-run.js';
import { planInterval } from '../../model/instance/plan.js';
import { buildTask } from '../../model/instance/task-builder.js';
import type { Task } from '../../model/instance/task.js';
import { countIntervals, intervalAt } from '../../model/schedule/schedule.js';

const TEXT = readFileSync(
  new URL('../../examples/web-logs/pipeline-definition.json', import.meta.url),
  'utf8',
);
const FILE = JSON.parse(TEXT) as DefinitionFile;
const values = valuesFor({ uri: 'file:///data', now: new Date('2026-11-21T04:00:00Z') });
const definition = toApi({ ...FILE, values });

describe('definition of the example', () => {
  it('refers to its own objects only, each id once', () => {
    const ids = definition.pipelineObjects.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const references = definition.pipelineObjects.flatMap(({ fields }) =>
      fields.flatMap((field) => ('refValue' in field ? field.refValue : [])),
    );
    for (const reference of references) expect(ids).toContain(reference);
  });

  it('declares each parameter it uses, uses each it declares, and gets a value for each', () => {
    const used = new Set(JSON.stringify(FILE.objects).match(/\bmy[A-Z]\w*/g));
    const declared = definition.parameterObjects.map(({ id }) => id);
    expect([...used].sort()).toEqual([...declared].sort());
    expect(Object.keys(values).sort()).toEqual([...declared].sort());
  });

  it('is valid; nothing is doubtful but the delay of the installer, which is shorter than AWS allows', () => {
    expect(validateDefinition(definition).map(({ severity, field }) => `${severity}: ${field}`)).toEqual([
      'warning: retryDelay',
    ]);
    const { myRetryDelay: _, ...ownDelay } = values;
    expect(validateDefinition(toApi({ ...FILE, values: ownDelay }))).toEqual([]);
  });

  it('is translated for the API as the model reads it', () => {
    const { definition: read, problems } = readDefinitionFile(JSON.stringify({ ...FILE, values }));
    expect(problems).toEqual([]);
    expect(definition).toEqual(read);
  });
});

describe('plan of the example', () => {
  const pipeline = compilePipeline({
    pipelineId: 'df-EXAMPLE',
    pipelineName: 'web-logs',
    definitionVersion: 1,
    activation: 1,
    definition,
    firstActivationTime: '2026-11-21T04:00:00Z',
  });
  const scheduleOf = (id: string) => {
    const schedule = pipeline.schedules.get(id);
    if (schedule === undefined) throw new Error(`no schedule ${id}`);
    return schedule;
  };
  const planOf = (scheduleId: string, index: number) => {
    const interval = intervalAt(scheduleOf(scheduleId), index);
    if (interval === undefined) throw new Error(`no interval ${index} of ${scheduleId}`);
    return planInterval(pipeline, scheduleId, interval);
  };
  const taskOf = (scheduleId: string, index: number, componentId: string): Task => {
    const plan = planOf(scheduleId, index);
    const run = new IntervalRun(plan, pipeline, []);
    const live = plan.instances
      .filter((instance) => instance.componentId === componentId)
      .map((instance) => run.find(instance.id))[0];
    if (live === undefined) throw new Error(`no instance of ${componentId}`);
    return buildTask(pipeline, plan, run, live);
  };
  const path = (task: Task, objectId: string) => {
    const object = task.objects[objectId];
    if (object === undefined) throw new Error(`no object ${objectId} in the task`);
    return textOf(object, 'filePath') ?? textOf(object, 'directoryPath');
  };

  it('has 14 days and 2 weeks', () => {
    expect(countIntervals(scheduleOf('Daily'))).toBe(14);
    expect(countIntervals(scheduleOf('Weekly'))).toBe(2);
  });

  it('copies the log of a day into the folder of its week', () => {
    const saturday = taskOf('Daily', 6, 'ArchiveLog');
    expect(path(saturday, 'RawLog')).toBe('file:///data/raw/access-2026-11-07.log');
    expect(path(saturday, 'ArchivedLog')).toBe(
      'file:///data/archive/week-2026-11-01/access-2026-11-07.log.gz',
    );
    expect(path(taskOf('Daily', 7, 'ArchiveLog'), 'ArchivedLog')).toContain('/week-2026-11-08/');
  });

  it('looks for the log of the day every few seconds', () => {
    const task = taskOf('Daily', 13, 'RawLogIsThere');
    const check = task.objects['RawLogIsThere'];
    expect(check && textsOf(check, 's3Key')).toEqual(['file:///data/raw/access-2026-11-14.log']);
    const planned = planOf('Daily', 13).instances.find(({ kind }) => kind === 'precondition');
    expect(planned?.settings.retryDelayMs).toBe(5_000);
    expect(planned?.worker).toEqual({ kind: 'control' });
  });

  it('lets the archive of a week wait for its seven days, and the report for the archive', () => {
    const plan = planOf('Weekly', 1);
    const needsOf = (componentId: string) =>
      plan.instances
        .filter((instance) => instance.componentId === componentId)
        .flatMap(({ needs }) => needs.map(({ instanceId }) => instanceId));
    expect(needsOf('WeekArchive')).toEqual(
      ['08', '09', '10', '11', '12', '13', '14'].map((day) => `@ArchivedLog_2026-11-${day}T00:00:00`),
    );
    expect(needsOf('WeeklyReport')).toContain('@WeekArchive_2026-11-08T00:00:00');
  });

  it('gives the report its week, its program, the report before and its place', () => {
    const task = taskOf('Weekly', 1, 'WeeklyReport');
    expect(['WeekArchive', 'ReportProgram', 'LastReport', 'Report'].map((id) => path(task, id))).toEqual([
      'file:///data/archive/week-2026-11-08/',
      'file:///data/program/',
      'file:///data/reports/week-2026-11-01/',
      'file:///data/reports/week-2026-11-08/',
    ]);
    const report = task.objects['WeeklyReport'];
    expect(report && textsOf(report, 'scriptArgument')).toEqual(['2026-11-08']);
    expect(report && textOf(report, 'command')).toContain('"${INPUT2_STAGING_DIR}/weekly-report.sh" "$1"');
  });
});
