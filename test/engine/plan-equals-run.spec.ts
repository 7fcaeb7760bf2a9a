import type { Context } from '@temporalio/activity';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDefinitionFile } from '../../model/definition/definition-file.js';
import { planDefinition } from '../../model/instance/plan-definition.js';
import type { PlanEntry } from '../../model/instance/plan-range.js';
import type { Task } from '../../model/instance/task.js';
import { aTestEngine, commandFailed, midnight, type TestEngine } from './test-engine.js';

/** What was seen of one attempt: `began` and `ended` count the steps of all attempts of the test. */
interface Seen {
  readonly task: Task;
  readonly taskQueue: string;
  readonly beganAtMs: number;
  readonly began: number;
  ended: number;
}

/** Sees everything that works; work on the objects named `fails` fails. */
class Watch {
  readonly seen = new Map<string, Seen>();
  #step = 0;

  constructor(readonly fails: readonly string[] = []) {}

  readonly script = async (task: Task, context: Context): Promise<void> => {
    const { taskQueue } = context.info;
    const attempt = { task, taskQueue, beganAtMs: Date.now(), began: ++this.#step, ended: Infinity };
    this.seen.set(task.instanceId, attempt);
    await new Promise((resolve) => setImmediate(resolve));
    attempt.ended = ++this.#step;
    if (this.fails.includes(task.objectId)) throw commandFailed();
  };
}

/** Runs the definition until nothing of it is open, and plans what ran; `from` as the activation knew it. */
async function runAndPlan(
  engine: TestEngine,
  definition: { readonly objects: readonly object[] },
): Promise<{ readonly pipelineId: string; readonly entries: readonly PlanEntry[] }> {
  const pipelineId = await engine.activate(definition);
  await expect.poll(async () => (await engine.pipelines.get(pipelineId)).state).toBe('FINISHED');
  const { instances } = await engine.objects.listInstances(pipelineId, { limit: 10_000 });
  const first = instances.map(({ scheduledStart }) => scheduledStart).toSorted()[0] ?? '';
  const plan = planDefinition({
    definition: readDefinitionFile(JSON.stringify(definition)).definition,
    from: new Date(first),
    to: new Date(Date.now() + 86_400_000),
    pipelineId,
  });
  if (plan.kind === 'refused') throw new Error(JSON.stringify(plan.problems));
  return { pipelineId, entries: [...plan.entries] };
}

/** Holds what ran against what was planned. */
async function expectRunAsPlanned(
  engine: TestEngine,
  watch: Watch,
  { pipelineId, entries }: { readonly pipelineId: string; readonly entries: readonly PlanEntry[] },
): Promise<void> {
  const { instances } = await engine.objects.listInstances(pipelineId, { limit: 10_000 });
  const ran = instances.filter(({ kind }) => kind !== 'action');
  expect(ran.map(({ id }) => id).toSorted(), 'the same instances').toEqual(
    entries.map(({ id }) => id).toSorted(),
  );
  const planned = new Map(entries.map((entry) => [entry.id, entry]));
  for (const { id, scheduleId, scheduledStart, scheduledEnd, type, references } of ran) {
    const entry = planned.get(id);
    expect({ id, scheduleId, scheduledStart, scheduledEnd, type }).toEqual({
      id,
      scheduleId: entry?.scheduleId,
      scheduledStart: entry?.scheduledStartTime,
      scheduledEnd: entry?.scheduledEndTime,
      type: entry?.type,
    });
    const idsFor = (reason: string): string[] | undefined => {
      const needs = entry?.dependencies.filter((need) => need.reason === reason) ?? [];
      return needs.length === 0 ? undefined : needs.map(({ instanceId }) => instanceId);
    };
    expect(references['dependsOn'], `what ${id} waits for`).toEqual(
      entry?.kind === 'precondition' ? undefined : idsFor('dependsOn'),
    );
    expect(references['input']).toEqual(entry?.kind === 'precondition' ? undefined : idsFor('input'));
    expect(references['precondition'] ?? []).toEqual(entry?.preconditions);
    expect(references['runsOn']?.[0]).toBe(entry?.resource);
  }
  const skipped = new Set(ran.filter(({ status }) => status === 'SKIPPED').map(({ id }) => id));
  for (const [id, attempt] of watch.seen) {
    const entry = planned.get(id);
    if (entry === undefined) continue; // an action
    expectWorkAsPlanned(attempt, entry);
    for (const dependency of worksBefore(entry, planned)) {
      const before = watch.seen.get(dependency);
      if (before === undefined && skipped.has(dependency)) continue;
      expect(before?.ended, `${id} begins after the end of ${dependency}`).toBeLessThan(attempt.began);
    }
  }
}

/** Queue, time and every value of a task. */
function expectWorkAsPlanned({ task, taskQueue, beganAtMs }: Seen, entry: PlanEntry): void {
  expect(taskQueue, entry.id).toBe(entry.taskQueue);
  expect(beganAtMs, `${entry.id} begins when it is due`).toBeGreaterThanOrEqual(Date.parse(entry.dueTime));
  const fields = task.objects[task.objectId]?.fields ?? {};
  expect(Object.keys(fields).toSorted()).toEqual(Object.keys(entry.fields).toSorted());
  for (const [name, values] of Object.entries(entry.fields)) {
    const unresolved = values.filter((value) => typeof value === 'object' && 'unresolved' in value);
    // What only a run knows is a runtime field.
    for (const { unresolved: text } of unresolved) expect(text).toMatch(/@(attemptCount|actualStartTime)/);
    if (unresolved.length === 0) expect(fields[name], `${entry.id}, field ${name}`).toEqual(values);
  }
}

/** The instances with work of their own that end before `entry` begins: through data nodes, which have none. */
function worksBefore(entry: PlanEntry, planned: ReadonlyMap<string, PlanEntry>): string[] {
  const found = new Set<string>();
  const visited = new Set<string>();
  const queue = [...entry.dependencies];
  for (let need = queue.shift(); need !== undefined; need = queue.shift()) {
    const other = planned.get(need.instanceId);
    if (other === undefined || visited.has(other.id)) continue;
    visited.add(other.id);
    if (other.kind === 'dataNode') queue.push(...other.dependencies);
    else found.add(other.id);
  }
  return [...found];
}

const daily = (startDateTime: string, occurrences: number) => ({
  id: 'Daily',
  type: 'Schedule',
  period: '1 day',
  startDateTime,
  occurrences: String(occurrences),
});
const shell = (id: string, more: object = {}) => ({
  id,
  type: 'ShellCommandActivity',
  command: `echo ${id}`,
  ...more,
});
const COMMON = {
  id: 'Default',
  scheduleType: 'cron',
  schedule: { ref: 'Daily' },
  workerGroup: 'wg',
  failureAndRerunMode: 'cascade',
  maximumRetries: '0',
  retryDelay: '1 second',
};

describe('what runs is what was planned', () => {
  it('with data nodes, preconditions, alarms, roll-ups, parameters and expressions', async () => {
    const watch = new Watch();
    const engine = await aTestEngine(watch.script);
    const definition = {
      objects: [
        {
          ...COMMON,
          scheduleType: 'timeseries',
          myBase: 's3://bucket/#{format(@scheduledStartTime, "YYYY/MM")}',
        },
        daily(midnight(-4), 4),
        { id: 'Two days', type: 'Schedule', period: '2 days', startDateTime: midnight(-4), occurrences: '2' },
        { id: 'Key', type: 'S3KeyExists', s3Key: '#{node.filePath}.done', role: 'r', retryDelay: '1 second' },
        {
          id: 'Raw',
          type: 'S3DataNode',
          filePath: '#{myBase}/#{myName}-#{day(@scheduledStartTime)}',
          precondition: { ref: 'Key' },
        },
        { id: 'Clean', type: 'S3DataNode', directoryPath: '#{myBase}/clean/' },
        {
          id: 'Alarm',
          type: 'SnsAlarm',
          topicArn: 'arn:aws:sns:x',
          subject: 's',
          message: '#{node.@status}',
          role: 'r',
        },
        {
          id: 'Copy',
          type: 'CopyActivity',
          input: { ref: 'Raw' },
          output: { ref: 'Clean' },
          onSuccess: { ref: 'Alarm' },
        },
        shell('Report', {
          schedule: { ref: 'Two days' },
          input: { ref: 'Clean' },
          command:
            'report #{input.directoryPath} #{plusDays(@scheduledStartTime, 1)} #{myNumbers} try #{@attemptCount}',
        }),
      ],
      parameters: [
        { id: 'myName', type: 'String' },
        { id: 'myNumbers', type: 'Integer', isArray: 'true', default: '7' },
      ],
      values: { myName: 'visits' },
    };
    const run = await runAndPlan(engine, definition);
    expect(run.entries).toHaveLength(4 * 4 + 2);
    expect(watch.seen.size).toBe(4 * 3 + 2); // Key, Copy, Alarm each day, Report
    await expectRunAsPlanned(engine, watch, run);
  });

  it('on a resource, on a group of its own, and at the moment that is due', async () => {
    const watch = new Watch();
    const engine = await aTestEngine(watch.script);
    await engine.serve('elsewhere', watch.script);
    const soon = new Date(Date.now() + 3_000).toISOString().slice(0, 19);
    const run = await runAndPlan(engine, {
      objects: [
        COMMON,
        daily(soon, 1),
        { id: 'Machine', type: 'Ec2Resource', role: 'r', resourceRole: 'r', terminateAfter: '1 hour' },
        shell('First'),
        shell('Far', { workerGroup: 'elsewhere' }),
        shell('On', { dependsOn: [{ ref: 'First' }, { ref: 'Far' }], runsOn: { ref: 'Machine' } }),
      ],
    });
    await expectRunAsPlanned(engine, watch, run);
    const queues = [...watch.seen.values()].map(({ taskQueue }) => taskQueue).toSorted();
    expect(queues).toEqual([`resource:${run.pipelineId}/@Machine_${soon}`, 'wg:elsewhere', 'wg:wg']);
  });

  it('on resources of longer and of shorter periods', async () => {
    const watch = new Watch();
    const engine = await aTestEngine(watch.script);
    const run = await runAndPlan(engine, {
      objects: [
        COMMON,
        daily(midnight(-4), 4),
        { id: 'Two days', type: 'Schedule', period: '2 days', startDateTime: midnight(-4), occurrences: '2' },
        {
          id: 'Large',
          type: 'Ec2Resource',
          role: 'r',
          resourceRole: 'r',
          schedule: { ref: 'Two days' },
        },
        { id: 'Small', type: 'Ec2Resource', role: 'r', resourceRole: 'r' },
        shell('On large', { runsOn: { ref: 'Large' }, command: 'echo #{runsOn.@id}' }),
        shell('On small', { runsOn: { ref: 'Small' }, schedule: { ref: 'Two days' } }),
      ],
    });
    await expectRunAsPlanned(engine, watch, run);
    const queues = new Set([...watch.seen.values()].map(({ taskQueue }) => taskQueue));
    expect([...queues].toSorted()).toEqual(
      [-4, -2]
        .flatMap((day) => [`@Large_${midnight(day)}`, `@Small_${midnight(day)}`])
        .map((id) => `resource:${run.pipelineId}/${id}`)
        .toSorted(),
    );
    // The small ones of the days on which nothing begins are never made.
    expect(engine.worked.filter((id) => id.startsWith('@Small'))).toHaveLength(2);
  });

  it('when the start is the first activation', async () => {
    const watch = new Watch();
    const engine = await aTestEngine(watch.script);
    const run = await runAndPlan(engine, {
      objects: [
        COMMON,
        {
          id: 'Daily',
          type: 'Schedule',
          period: '1 day',
          startAt: 'FIRST_ACTIVATION_DATE_TIME',
          occurrences: '1',
        },
        shell('A', { command: 'echo #{@scheduledStartTime} #{@scheduledEndTime} #{@pipelineId} #{@id}' }),
      ],
    });
    await expectRunAsPlanned(engine, watch, run);
  });

  it('on demand', async () => {
    const watch = new Watch();
    const engine = await aTestEngine(watch.script);
    const run = await runAndPlan(engine, {
      objects: [
        { id: 'Default', scheduleType: 'ondemand', workerGroup: 'wg' },
        shell('A', { command: 'echo #{@scheduledStartTime}' }),
        shell('B', { dependsOn: { ref: 'A' } }),
      ],
    });
    await expectRunAsPlanned(engine, watch, run);
  });

  it('on the fires of a cron expression while the clocks of its zone change', async () => {
    const watch = new Watch();
    const engine = await aTestEngine(watch.script);
    const nightly = {
      id: 'Daily',
      type: 'Schedule',
      cronExpression: '30 2 * * *',
      timeZone: 'Europe/Berlin',
      startDateTime: '2026-03-27T00:00:00',
      endDateTime: '2026-03-31T12:00:00',
    };
    const run = await runAndPlan(engine, {
      objects: [COMMON, nightly, shell('A', { command: 'echo #{@scheduledStartTime} #{@scheduledEndTime}' })],
    });
    expect(run.entries.map(({ scheduledStartTime }) => scheduledStartTime)).toEqual([
      '2026-03-27T01:30:00Z',
      '2026-03-28T01:30:00Z',
      '2026-03-29T01:30:00Z', // 02:30 does not exist: 03:30 summer time
      '2026-03-30T00:30:00Z',
    ]);
    await expectRunAsPlanned(engine, watch, run);
  });

  it('with conditions: what a branch leaves out is planned, and SKIPPED', async () => {
    const watch = new Watch(['Load']);
    const engine = await aTestEngine(watch.script);
    const run = await runAndPlan(engine, {
      objects: [
        COMMON,
        daily(midnight(-2), 2),
        shell('Load'),
        shell('Report', { dependsOn: { ref: 'Load' }, condition: 'succeeded()' }),
        shell('Repair', { dependsOn: { ref: 'Load' }, condition: 'failed()' }),
        shell('Clean', { dependsOn: [{ ref: 'Report' }, { ref: 'Repair' }], condition: 'always()' }),
      ],
    });
    await expectRunAsPlanned(engine, watch, run);
    const { instances } = await engine.objects.listInstances(run.pipelineId, { limit: 100 });
    const statuses = new Set(instances.map(({ componentId, status }) => `${componentId} ${status}`));
    expect(statuses).toEqual(new Set(['Load FAILED', 'Report SKIPPED', 'Repair FINISHED', 'Clean FINISHED']));
  });

  it('whatever the graph: pipelines made at random', async () => {
    const watch = new Watch();
    const engine = await aTestEngine(watch.script);
    for (const definition of fc.sample(anyPipeline(), { numRuns: 6, seed: 20_261_121 })) {
      watch.seen.clear();
      const run = await runAndPlan(engine, definition);
      expect(watch.seen.size).toBe(run.entries.filter(({ kind }) => kind !== 'dataNode').length);
      await expectRunAsPlanned(engine, watch, run);
    }
  });
});

/** A graph without circles over two schedules: activity n depends on, or reads what is written by, some of those before it. */
function anyPipeline(): fc.Arbitrary<{ readonly objects: readonly object[] }> {
  const activity = fc.record({
    every: fc.constantFrom('Daily', 'Two days'),
    dependsOn: fc.uniqueArray(fc.nat(11), { maxLength: 3 }),
    reads: fc.uniqueArray(fc.nat(11), { maxLength: 2 }),
    checked: fc.boolean(),
  });
  return fc.array(activity, { minLength: 4, maxLength: 12 }).map((activities) => ({
    objects: [
      COMMON,
      daily(midnight(-4), 4),
      { id: 'Two days', type: 'Schedule', period: '2 days', startDateTime: midnight(-4), occurrences: '2' },
      { id: 'Check', type: 'Exists', retryDelay: '1 second' },
      ...activities.flatMap(({ every, dependsOn, reads, checked }, at) => {
        const before = (numbers: readonly number[]) => numbers.filter((number) => number < at);
        const schedule = { ref: every };
        const precondition = checked ? { precondition: { ref: 'Check' } } : {};
        return [
          {
            id: `Out${at}`,
            type: 'S3DataNode',
            directoryPath: `s3://b/${at}/#{@scheduledStartTime}`,
            schedule,
          },
          shell(`Work${at}`, {
            schedule,
            ...precondition,
            command: `echo #{format(@scheduledEndTime, 'DDD')}`,
            output: { ref: `Out${at}` },
            input: before(reads).map((number) => ({ ref: `Out${number}` })),
            dependsOn: before(dependsOn).map((number) => ({ ref: `Work${number}` })),
          }),
        ];
      }),
    ],
  }));
}
