import type { Context } from '@temporalio/activity';
import { expect, it } from 'vitest';
import type { Task } from '../../model/instance/task.js';
import { aTestEngine, commandFailed, midnight } from './test-engine.js';
import { shell } from './definitions.js';

const every = (status: string) => (statuses: Record<string, string>) =>
  Object.keys(statuses).length > 0 && Object.values(statuses).every((each) => each === status);

const hours = (day: number, hour: number): string =>
  new Date(Date.parse(`${midnight(day)}Z`) + hour * 3_600_000).toISOString().slice(0, 19);

const schedule = (id: string, period: string, startDateTime: string, occurrences: number) => ({
  id,
  type: 'Schedule',
  period,
  startDateTime,
  occurrences: String(occurrences),
});
const COMMON = {
  id: 'Default',
  scheduleType: 'cron',
  schedule: { ref: 'Daily' },
  failureAndRerunMode: 'cascade',
  retryDelay: '1 second',
};
const machine = (more: object = {}) => ({
  id: 'Machine',
  type: 'Ec2Resource',
  role: 'r',
  resourceRole: 'r',
  ...more,
});
const ON_MACHINE = { schedule: { ref: 'Thirds' }, runsOn: { ref: 'Machine' } };

/** Beats until the attempt is told to stop. */
async function hold(context: Context): Promise<void> {
  const beat = setInterval(() => context.heartbeat(), 100);
  await context.cancelled.finally(() => clearInterval(beat));
}

it('makes one resource for all activities of shorter periods in its interval, and lets it go after the last', async () => {
  const queues = new Set<string>();
  const engine = await aTestEngine((_task, context) => void queues.add(context.info.taskQueue));
  const at = midnight(-1);
  const pipelineId = await engine.activate({
    objects: [
      COMMON,
      schedule('Daily', '1 day', at, 1),
      schedule('Thirds', '8 hours', at, 3),
      machine(),
      { id: 'Idle', type: 'Ec2Resource', role: 'r', resourceRole: 'r' },
      shell('On', ON_MACHINE),
      { id: 'Ready', type: 'ShellCommandPrecondition', command: 'true', retryDelay: '1 second' },
      shell('Checked', { ...ON_MACHINE, precondition: { ref: 'Ready' } }),
    ],
  });
  await engine.until(pipelineId, (seen) => Object.keys(seen).length === 2 + 9 && every('FINISHED')(seen));
  expect(engine.worked[0]).toBe(`@Machine_${at}`);
  expect(engine.worked.slice(1).toSorted()).toEqual(
    [0, 8, 16]
      .flatMap((hour) => [`@On_${hours(-1, hour)}`, `@Checked_${hours(-1, hour)}`])
      .concat([0, 8, 16].map((hour) => `@Ready_Checked_${hours(-1, hour)}`))
      .toSorted(),
  );
  expect([...queues]).toEqual([`resource:${pipelineId}/@Machine_${at}`]);
  // Gone, and needed once more.
  await engine.engine.setStatus(pipelineId, [`@On_${hours(-1, 8)}`], 'RERUN');
  await expect.poll(() => engine.worked.slice(10)).toEqual([`@Machine_${at}`, `@On_${hours(-1, 8)}`]);
  await engine.until(pipelineId, every('FINISHED'));
});

it('cancels what would run on a resource of another run that cannot be made, until it is run again', async () => {
  let broken = true;
  const engine = await aTestEngine(undefined, {
    machines: {
      create: () => {
        if (broken) throw commandFailed();
      },
    },
  });
  const at = midnight(-1);
  const pipelineId = await engine.activate({
    objects: [
      COMMON,
      schedule('Daily', '1 day', at, 1),
      schedule('Thirds', '8 hours', at, 3),
      machine({ maximumRetries: '1' }),
      shell('On', ON_MACHINE),
      shell('After', { schedule: { ref: 'Thirds' }, workerGroup: 'wg', dependsOn: { ref: 'On' } }),
    ],
  });
  const of = (id: string) => [0, 8, 16].map((hour) => `@${id}_${hours(-1, hour)}`);
  await engine.until(
    pipelineId,
    (seen) =>
      Object.keys(seen).length === 7 &&
      seen[`@Machine_${at}`] === 'FAILED' &&
      of('On').every((id) => seen[id] === 'CANCELED') &&
      of('After').every((id) => seen[id] === 'CASCADE_FAILED'),
  );
  expect(engine.worked).toEqual([`@Machine_${at}`, `@Machine_${at}`]);
  broken = false;
  // With the resource come all that it had taken down.
  await engine.engine.setStatus(pipelineId, [`@On_${hours(-1, 8)}`], 'RERUN');
  await engine.until(pipelineId, every('FINISHED'));
});

it('tries again what was lost with a resource of another run', async () => {
  let lose: (error: Error) => void = () => undefined;
  const lost = new Promise<void>((_resolve, reject) => (lose = reject));
  lost.catch(() => undefined);
  const engine = await aTestEngine(
    async (task: Task, context) => {
      if (task.attempt === 1) await hold(context);
    },
    { machines: { up: (task) => (task.attempt === 1 ? lost : undefined) } },
  );
  const at = midnight(-1);
  const pipelineId = await engine.activate({
    objects: [
      COMMON,
      schedule('Daily', '1 day', at, 1),
      schedule('Thirds', '8 hours', at, 2),
      machine(),
      shell('On', ON_MACHINE),
    ],
  });
  await expect.poll(() => engine.worked.length).toBe(3);
  lose(commandFailed());
  await engine.until(pipelineId, every('FINISHED'));
  const [on] = await engine.objects.instances(pipelineId, [`@On_${at}`]);
  expect(on).toMatchObject({ attemptCount: 2 });
  const [made] = await engine.objects.instances(pipelineId, [`@Machine_${at}`]);
  expect(made).toMatchObject({ attemptCount: 2 });
});

it('stops a resource when a task of another run has failed on it, with actionOnTaskFailure terminate', async () => {
  const engine = await aTestEngine(async (task, context) => {
    if (task.scheduledStartTime.startsWith(hours(-1, 8))) throw commandFailed();
    await hold(context);
  });
  const at = midnight(-1);
  const pipelineId = await engine.activate({
    objects: [
      COMMON,
      schedule('Daily', '1 day', at, 1),
      schedule('Thirds', '8 hours', at, 2),
      machine({ actionOnTaskFailure: 'terminate' }),
      shell('On', { ...ON_MACHINE, maximumRetries: '0' }),
    ],
  });
  const seen = await engine.until(pipelineId, (now) => now[`@Machine_${at}`] === 'CANCELED');
  expect(seen[`@On_${hours(-1, 8)}`]).toBe('FAILED');
  // Told by the resource's run, or by its own worker, which ends with the machine: whichever comes first.
  await engine.until(pipelineId, (now) => ['CANCELED', 'FAILED'].includes(now[`@On_${at}`] ?? ''));
});

it('lets a resource go when the pipeline is deactivated, though more of its interval would come', async () => {
  const engine = await aTestEngine();
  const anHourAgo = new Date(Date.now() - 3_600_000).toISOString().slice(0, 19);
  const pipelineId = await engine.activate({
    objects: [
      COMMON,
      schedule('Daily', '1 day', anHourAgo, 1),
      schedule('Thirds', '8 hours', anHourAgo, 3),
      machine(),
      shell('On', ON_MACHINE),
    ],
  });
  const seen = await engine.until(pipelineId, (now) => now[`@On_${anHourAgo}`] === 'FINISHED');
  expect(seen[`@Machine_${anHourAgo}`]).toBe('RUNNING');
  await engine.engine.deactivate(pipelineId, { cancelActive: false });
  await engine.until(pipelineId, every('FINISHED'));
  await expect.poll(async () => (await engine.pipelines.get(pipelineId)).state).toBe('INACTIVE');
});
