import { readFileSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { copyActivity } from '../../activities/copy/copy-activity.js';
import { shellCommandActivity } from '../../activities/shell/shell-command-activity.js';
import { toApi, type DefinitionFile } from '../../examples/web-logs/definition-file.mjs';
import { addDays, logFileName, logOfDay, writeWhole } from '../../examples/web-logs/generate-logs.mjs';
import { valuesFor } from '../../examples/web-logs/install.mjs';
import { compilePipeline } from '../../model/instance/compile.js';
import { IntervalRun } from '../../model/instance/interval-run.js';
import { planInterval } from '../../model/instance/plan.js';
import { buildTask } from '../../model/instance/task-builder.js';
import type { Task } from '../../model/instance/task.js';
import { intervalAt } from '../../model/schedule/schedule.js';
import { aContext, shellDeps } from '../activity/an-attempt.js';

const EXAMPLE = new URL('../../examples/web-logs/', import.meta.url);
const FIRST_DAY = '2026-11-01';
let fixture: Awaited<ReturnType<typeof shellDeps>>;
beforeEach(async () => {
  fixture = await shellDeps(aContext());
});
afterEach(() => fixture.remove());

it('does the work of the example without an engine: 14 copies, then 2 reports that know each other', async () => {
  const { deps, home } = fixture;
  const data = join(home, 'data');
  for (let day = 0; day < 14; day++) {
    const date = addDays(FIRST_DAY, day);
    await writeWhole(join(data, 'raw'), logFileName(date), logOfDay(date));
  }
  await mkdir(join(data, 'program'), { recursive: true });
  for (const name of await readdir(new URL('report/', EXAMPLE))) {
    await writeWhole(join(data, 'program'), name, await readFile(new URL(`report/${name}`, EXAMPLE), 'utf8'));
  }
  const taskOf = tasksOf(`file://${data}`);
  const copy = copyActivity({ ...deps, secrets: { environment: {} } });
  const shell = shellCommandActivity(deps);
  for (let day = 0; day < 14; day++) await copy(taskOf('Daily', day, 'ArchiveLog'));
  for (let week = 0; week < 2; week++) await shell(taskOf('Weekly', week, 'WeeklyReport'));

  expect(await readdir(join(data, 'archive', 'week-2026-11-08'))).toHaveLength(7);
  const report = join(data, 'reports', 'week-2026-11-08');
  expect((await readdir(report)).sort()).toEqual(['numbers.tsv', 'report.html', 'report.txt']);
  expect(await readFile(join(report, 'report.txt'), 'utf8')).toContain('change since the week before');
});

function tasksOf(uri: string): (scheduleId: string, index: number, componentId: string) => Task {
  const file = JSON.parse(
    readFileSync(new URL('pipeline-definition.json', EXAMPLE), 'utf8'),
  ) as DefinitionFile;
  const values = { ...valuesFor({ uri, now: new Date() }), myStart: `${FIRST_DAY}T00:00:00` };
  const pipeline = compilePipeline({
    pipelineId: 'df-EXAMPLE',
    pipelineName: 'web-logs',
    definitionVersion: 1,
    activation: 1,
    definition: toApi({ ...file, values }),
    firstActivationTime: '2026-11-21T04:00:00Z',
  });
  return (scheduleId, index, componentId) => {
    const schedule = pipeline.schedules.get(scheduleId);
    const interval = schedule && intervalAt(schedule, index);
    if (interval === undefined) throw new Error(`no interval ${index} of ${scheduleId}`);
    const plan = planInterval(pipeline, scheduleId, interval);
    const run = new IntervalRun(plan, pipeline, []);
    const planned = plan.instances.find((instance) => instance.componentId === componentId);
    const live = planned && run.find(planned.id);
    if (live === undefined) throw new Error(`no instance of ${componentId}`);
    return buildTask(pipeline, plan, run, live);
  };
}
