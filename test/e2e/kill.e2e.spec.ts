import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { aHome, definitionFile, eventually, startPenstock, type Penstock } from './penstock.js';

const WEEKS = 4;
const DAYS = 7 * WEEKS;

/**
 * Weeks of daily work and their weekly reports. Every attempt leaves one line in `effects`, and then stays for as long as these are
 * more than the number in `allowed`: so there is work under way, and left, whenever something is killed, however slow the machine.
 */
function definition(effects: string, allowed: string): object {
  const start = new Date(Date.now() - DAYS * 86_400_000).toISOString().slice(0, 10);
  const done = `[ "$(wc -l < ${effects})" -le "$(cat ${allowed})" ]`;
  const work = `echo "$PENSTOCK_ATTEMPT_ID" >> ${effects}; sleep 0.3; until ${done}; do sleep 0.1; done`;
  return {
    objects: [
      {
        id: 'Default',
        scheduleType: 'timeseries',
        schedule: { ref: 'Daily' },
        workerGroup: 'local',
        retryDelay: '1 second',
        maximumRetries: '5',
        reportProgressTimeout: '1 minute', // a task on its way to what is killed is missed after this
      },
      {
        id: 'Daily',
        type: 'Schedule',
        period: '1 day',
        startDateTime: `${start}T00:00:00`,
        occurrences: String(DAYS),
      },
      {
        id: 'Weekly',
        type: 'Schedule',
        period: '1 week',
        startDateTime: `${start}T00:00:00`,
        occurrences: String(WEEKS),
      },
      { id: 'Copy', type: 'ShellCommandActivity', command: work, maxActiveInstances: '2' },
      { id: 'Check', type: 'ShellCommandActivity', command: work, dependsOn: { ref: 'Copy' } },
      {
        id: 'Report',
        type: 'ShellCommandActivity',
        command: work,
        schedule: { ref: 'Weekly' },
        dependsOn: { ref: 'Check' },
      },
    ],
  };
}

async function lines(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line !== '');
}

/** Statuses of the attempts of each instance, in their order. */
async function describedAttempts(
  penstock: Penstock,
  pipelineId: string,
  instanceIds: readonly string[],
): Promise<Map<string, (string | undefined)[]>> {
  const numbers = [1, 2, 3, 4, 5, 6];
  const ids = instanceIds.flatMap((id) => numbers.map((number) => `${id}_Attempt=${number}`));
  const described = (await penstock.aws(
    'describe-objects',
    '--pipeline-id',
    pipelineId,
    '--object-ids',
    ...ids,
  )) as { pipelineObjects: { id: string; fields: { key: string; stringValue?: string }[] }[] };
  const statuses = new Map<string, (string | undefined)[]>();
  for (const { id, fields } of described.pipelineObjects) {
    const instanceId = id.slice(0, id.lastIndexOf('_Attempt='));
    const status = fields.find(({ key }) => key === '@status')?.stringValue;
    statuses.set(instanceId, [...(statuses.get(instanceId) ?? []), status]);
  }
  return statuses;
}

/** Everything is FINISHED, and each attempt ran once at most: exactly one of each instance's finished. */
async function expectDoneOnce(
  penstock: Penstock,
  pipelineId: string,
  effects: string,
  kills: number,
): Promise<void> {
  const rows = await penstock.runsOnce(
    pipelineId,
    (runs) => runs.length === 2 * DAYS + WEEKS && runs.every((run) => run.status === 'FINISHED'),
  );
  const done = await lines(effects);
  expect(new Set(done).size, 'an attempt ran twice').toBe(done.length);
  const attemptsOf = await describedAttempts(
    penstock,
    pipelineId,
    rows.map(({ id }) => id),
  );
  for (const { id } of rows) {
    const statuses = attemptsOf.get(id) ?? [];
    expect(statuses.filter((status) => status === 'FINISHED')).toHaveLength(1);
    expect(statuses.at(-1)).toBe('FINISHED');
    expect(done.filter((attempt) => attempt.startsWith(`${id}_Attempt=`)).length).toBeLessThanOrEqual(
      statuses.length,
    );
  }
  // A kill may cost what is under way, two attempts at a time and a report: more would be repeated without need.
  expect(done.length).toBeGreaterThanOrEqual(rows.length);
  expect(done.length).toBeLessThanOrEqual(rows.length + kills * 10);
}

async function activated(penstock: Penstock, effects: string, allowed: string): Promise<string> {
  const created = await penstock.aws('create-pipeline', '--name', 'p', '--unique-id', 'p');
  const { pipelineId } = created as { pipelineId: string };
  const file = await definitionFile(penstock.home, definition(effects, allowed));
  await penstock.aws('put-pipeline-definition', '--pipeline-id', pipelineId, '--pipeline-definition', file);
  await penstock.aws('activate-pipeline', '--pipeline-id', pipelineId);
  return pipelineId;
}

it('kill -9 of one process after the other, then of all at once, twice: it goes on, and nothing is lost or repeated', async () => {
  const home = await aHome();
  const effects = join(home, 'effects');
  const allowed = join(home, 'allowed');
  await writeFile(allowed, '0');
  let penstock = await startPenstock(home);
  const pipelineId = await activated(penstock, effects, allowed);
  const further = async (): Promise<void> => {
    const count = (await lines(effects)).length + 2;
    await writeFile(allowed, String(count));
    await eventually(
      () => lines(effects),
      (seen) => seen.length >= count,
    ).catch(async (cause: unknown) => {
      throw new Error(await penstock.standing(pipelineId), { cause });
    });
  };
  const victims = [
    /engine\.main\.js/,
    /activities\/main\.js/,
    /server start-dev/,
    /postgres -D/,
    /src\/main\.js/,
  ];
  for (const victim of victims) {
    await further();
    await penstock.kill(victim);
  }
  for (let time = 1; time <= 2; time++) {
    await further();
    await penstock.killAll();
    penstock = await startPenstock(home);
  }
  await writeFile(allowed, '1000000');
  await expectDoneOnce(penstock, pipelineId, effects, victims.length + 2);
  await penstock.stop();
}, 900_000);
