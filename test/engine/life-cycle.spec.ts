import type { Context } from '@temporalio/activity';
import { describe, expect, it } from 'vitest';
import { aTestEngine, commandFailed, midnight, type TestEngine } from './test-engine.js';
import { shell } from './definitions.js';

const COMMON = {
  id: 'Default',
  scheduleType: 'cron',
  schedule: { ref: 'Daily' },
  workerGroup: 'wg',
  maximumRetries: '0',
};
const daily = (startDateTime: string, occurrences?: number) => ({
  id: 'Daily',
  type: 'Schedule',
  period: '1 day',
  startDateTime,
  ...(occurrences === undefined ? {} : { occurrences: String(occurrences) }),
});

/** True when there are `count` instances (any number, if not given), each with that status. */
const all =
  (status: string, count?: number) =>
  (statuses: Record<string, string>): boolean => {
    const seen = Object.values(statuses);
    return seen.length > 0 && seen.length === (count ?? seen.length) && seen.every((each) => each === status);
  };

/** Opens once, for everyone who waits. */
function aGate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

/** Names of the activities that open workflows of a type wait for. */
async function pendingOf({ client }: TestEngine, type: string): Promise<string[]> {
  const names: string[] = [];
  const query = `WorkflowType = '${type}' AND ExecutionStatus = 'Running'`;
  for await (const { workflowId } of client.workflow.list({ query })) {
    const { raw } = await client.workflow.getHandle(workflowId).describe();
    names.push(...(raw.pendingActivities ?? []).map(({ activityType }) => activityType?.name ?? ''));
  }
  return names;
}

describe('4.5 a start in the past', () => {
  it('runs all missed intervals back to back, oldest first, so many at once as its window allows', async () => {
    const gate = aGate();
    let now = 0;
    let most = 0;
    const engine = await aTestEngine(
      async () => {
        most = Math.max(most, ++now);
        await gate.opened;
        now--;
      },
      { catchUpRuns: 4 },
    );
    const pipelineId = await engine.activate({ objects: [COMMON, daily(midnight(-30), 30), shell('A')] });
    await expect.poll(async () => pendingOf(engine, 'startIntervals')).toEqual(['untilRoom']);
    expect(Object.keys(await engine.statuses(pipelineId)).toSorted()).toEqual(
      [-30, -29, -28, -27].map((day) => `@A_${midnight(day)}`),
    );
    await expect.poll(() => engine.worked.length).toBe(4);
    gate.open();
    await engine.until(pipelineId, all('FINISHED', 30));
    expect(most).toBe(4);
    expect((await engine.pipelines.get(pipelineId)).state).toBe('FINISHED');
  });

  it('goes on where consumers of a failed object stay WAITING_ON_DEPENDENCIES indefinitely', async () => {
    const engine = await aTestEngine(
      () => {
        throw commandFailed();
      },
      { catchUpRuns: 2 },
    );
    const pipelineId = await engine.activate({
      objects: [COMMON, daily(midnight(-10), 10), shell('A'), shell('B', { dependsOn: { ref: 'A' } })],
    });
    await engine.until(
      pipelineId,
      (seen) =>
        Object.keys(seen).length === 20 &&
        Object.values(seen).filter((each) => each === 'FAILED').length === 10,
    );
  });

  it('starts an interval on time whatever is busy', async () => {
    const engine = await aTestEngine(() => undefined, { catchUpRuns: 1 });
    const pipelineId = await engine.activate({
      objects: [COMMON, daily(midnight(-1)), shell('A', { workerGroup: 'nobody-there' })],
    });
    // Yesterday's fills the window; today's is not over, so the window does not keep it.
    await engine.until(pipelineId, all('WAITING_FOR_RUNNER', 2));
    expect(await engine.objects.busyRuns(pipelineId, 'Daily')).toBe(2);
  });
});

const finished = (count: number) => (statuses: Record<string, string>) =>
  Object.values(statuses).filter((status) => status === 'FINISHED').length >= count;

/** An object as its wire definition has it, on a Schedule of two seconds that begins at the next. */
function everyTwoSeconds(more: object = {}) {
  const startMs = Math.ceil(Date.now() / 1000) * 1000;
  const schedule = {
    id: 'Daily',
    type: 'Schedule',
    period: '2 seconds',
    startDateTime: new Date(startMs).toISOString().slice(0, 19),
    ...more,
  };
  const idOf = (object: string, index: number): string =>
    `@${object}_${new Date(startMs + index * 2000).toISOString().slice(0, 19)}`;
  /** When interval `index` has begun. */
  const begun = (index: number) =>
    expect.poll(() => Date.now()).toBeGreaterThanOrEqual(startMs + index * 2000);
  return { schedule, idOf, begun };
}

async function state({ pipelines }: TestEngine, pipelineId: string): Promise<string> {
  return pipelines.get(pipelineId).then(
    (pipeline) => pipeline.state,
    (error: Error) => error.constructor.name,
  );
}
const becomes = (engine: TestEngine, pipelineId: string, expected: string) =>
  expect.poll(async () => state(engine, pipelineId)).toBe(expected);

/** Works until the gate opens, or until it is cancelled. */
const held = (opened: Promise<void>) => async (_task: unknown, context: Context) => {
  const beat = setInterval(() => context.heartbeat(), 100);
  await Promise.race([opened, context.cancelled]).finally(() => clearInterval(beat));
};
const HELD = { reportProgressTimeout: '10 seconds' };

describe('4.1 FIRST_ACTIVATION_DATE_TIME', () => {
  it('is the moment of the first activation; kept in later activations', async () => {
    const engine = await aTestEngine();
    const schedule = {
      id: 'Daily',
      type: 'Schedule',
      period: '1 day',
      startAt: 'FIRST_ACTIVATION_DATE_TIME',
    };
    const pipelineId = await engine.activate({ objects: [COMMON, schedule, shell('A')] });
    const [id = ''] = Object.keys(await engine.until(pipelineId, all('FINISHED', 1)));
    const first = (await engine.pipelines.get(pipelineId)).firstActivatedAt;
    expect(id).toBe(`@A_${first?.slice(0, 19)}`);
    await engine.engine.deactivate(pipelineId, { cancelActive: true });
    await becomes(engine, pipelineId, 'INACTIVE');
    await engine.put(pipelineId, { objects: [COMMON, schedule, shell('A'), shell('B')] });
    await engine.engine.activate(pipelineId, {});
    expect(await engine.pipelines.get(pipelineId)).toMatchObject({ firstActivatedAt: first, activation: 2 });
    // The interval of the first activation goes on until tomorrow: a second activation starts no other.
    expect(Object.keys(await engine.statuses(pipelineId))).toEqual([id]);
  });
});

describe('4.4 ondemand', () => {
  const ondemand = (more: object = {}) => ({
    objects: [{ id: 'Default', scheduleType: 'ondemand', workerGroup: 'wg', ...more }, shell('A', HELD)],
  });
  /** Statuses in the order of the activations. */
  const inOrder = async (engine: TestEngine, pipelineId: string): Promise<string[]> =>
    Object.entries(await engine.statuses(pipelineId))
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([, status]) => status);

  it('activating a running pipeline cancels its running objects and runs it again', async () => {
    const gate = aGate();
    const engine = await aTestEngine(held(gate.opened));
    const pipelineId = await engine.activate(ondemand());
    await expect.poll(() => engine.worked.length).toBe(1);
    // startTimestamp has no meaning here.
    await engine.engine.activate(pipelineId, { startTimestamp: new Date('2030-01-01T00:00:00Z') });
    await expect.poll(() => engine.worked.length).toBe(2);
    expect((await inOrder(engine, pipelineId))[0]).toBe('CANCELED');
    gate.open();
    await engine.until(pipelineId, finished(1));
    expect(await inOrder(engine, pipelineId)).toEqual(['CANCELED', 'FINISHED']);
    await becomes(engine, pipelineId, 'FINISHED');
  });

  it('with maxActiveInstances 2 cancels only when the limit is reached', async () => {
    const gate = aGate();
    const engine = await aTestEngine(held(gate.opened));
    const pipelineId = await engine.activate(ondemand({ maxActiveInstances: '2' }));
    for (const count of [2, 3]) {
      await expect.poll(() => engine.worked.length).toBe(count - 1);
      await engine.engine.activate(pipelineId, {});
    }
    await expect.poll(() => engine.worked.length).toBe(3);
    gate.open();
    await engine.until(pipelineId, finished(2));
    expect(await inOrder(engine, pipelineId)).toEqual(['CANCELED', 'FINISHED', 'FINISHED']);
  });
});

describe('catching up', () => {
  it('starts each interval that became due while the control worker was away, once, in order', async () => {
    const engine = await aTestEngine();
    const { schedule, idOf, begun } = everyTwoSeconds({ occurrences: '6' });
    const pipelineId = await engine.activate({ objects: [COMMON, schedule, shell('A')] });
    await engine.until(pipelineId, finished(1));
    await engine.stopControlWorker();
    const before = engine.worked.length;
    await begun(6);
    expect(engine.worked).toHaveLength(before);
    await engine.startControlWorker();
    await engine.until(pipelineId, all('FINISHED', 6));
    expect(engine.worked.toSorted()).toEqual(Array.from({ length: 6 }, (_, index) => idOf('A', index)));
    await becomes(engine, pipelineId, 'FINISHED');
  });
});

describe('14.2 DeactivatePipeline', () => {
  it('with cancelActive false waits for running ones; nothing new starts', async () => {
    const gate = aGate();
    const engine = await aTestEngine(held(gate.opened));
    const pipelineId = await engine.activate({
      objects: [COMMON, daily(midnight(-2), 2), shell('A', HELD), shell('B', { dependsOn: { ref: 'A' } })],
    });
    await expect.poll(() => engine.worked.length).toBe(2);
    await engine.engine.deactivate(pipelineId, { cancelActive: false });
    expect(await state(engine, pipelineId)).toBe('DEACTIVATING');
    const running = await engine.until(pipelineId, (seen) => seen[`@B_${midnight(-1)}`] === 'CANCELED');
    expect(running[`@A_${midnight(-1)}`]).not.toBe('CANCELED');
    gate.open();
    await becomes(engine, pipelineId, 'INACTIVE');
    const statuses = await engine.statuses(pipelineId);
    for (const day of [-2, -1]) {
      expect([statuses[`@A_${midnight(day)}`], statuses[`@B_${midnight(day)}`]]).toEqual([
        'FINISHED',
        'CANCELED',
      ]);
    }
    expect(engine.worked).toHaveLength(2);
    expect((await engine.pipelines.get(pipelineId)).lastDeactivatedAt).toBeDefined();
  });
});

describe('14.3 re-activation', () => {
  it('goes on after the last completed execution: missed intervals are backfilled', async () => {
    const engine = await aTestEngine();
    const { schedule, idOf, begun } = everyTwoSeconds({ occurrences: '8' });
    const pipelineId = await engine.activate({ objects: [COMMON, schedule, shell('A')] });
    await engine.until(pipelineId, finished(1));
    await engine.engine.deactivate(pipelineId, { cancelActive: true });
    await becomes(engine, pipelineId, 'INACTIVE');
    const before = engine.worked.length;
    await begun(8);
    expect(engine.worked).toHaveLength(before);
    await engine.engine.activate(pipelineId, {});
    await engine.until(pipelineId, all('FINISHED', 8));
    expect(engine.worked.toSorted()).toEqual(Array.from({ length: 8 }, (_, index) => idOf('A', index)));
  });

  it('with startTimestamp goes on from there; skipped intervals are SKIPPED', async () => {
    const engine = await aTestEngine();
    const pipelineId = await engine.activate(
      { objects: [COMMON, daily(midnight(-4), 4), shell('A'), shell('B', { dependsOn: { ref: 'A' } })] },
      new Date(`${midnight(-2)}Z`),
    );
    const statuses = await engine.until(pipelineId, finished(4));
    const expected = [-4, -3, -2, -1].flatMap((day) =>
      ['A', 'B'].map((object) => [`@${object}_${midnight(day)}`, day < -2 ? 'SKIPPED' : 'FINISHED']),
    );
    expect(statuses).toEqual(Object.fromEntries(expected));
    await becomes(engine, pipelineId, 'FINISHED');
  });

  it('of a FINISHED pipeline with a later end runs what the new end adds', async () => {
    const engine = await aTestEngine();
    const pipelineId = await engine.activate({ objects: [COMMON, daily(midnight(-4), 2), shell('A')] });
    await becomes(engine, pipelineId, 'FINISHED');
    await engine.put(pipelineId, { objects: [COMMON, daily(midnight(-4), 4), shell('A')] });
    await engine.engine.activate(pipelineId, {});
    await engine.until(pipelineId, all('FINISHED', 4));
    await becomes(engine, pipelineId, 'FINISHED');
    // Begun oldest first, but side by side.
    expect(engine.worked.toSorted()).toEqual([-4, -3, -2, -1].map((day) => `@A_${midnight(day)}`));
  });
});

describe('14.4 edits', () => {
  it('take effect only after Activate, for new instances; new objects may be added', async () => {
    const engine = await aTestEngine();
    const { schedule, idOf } = everyTwoSeconds();
    const pipelineId = await engine.activate({ objects: [COMMON, schedule, shell('A')] });
    await engine.until(pipelineId, finished(1));
    await engine.put(pipelineId, {
      objects: [COMMON, schedule, shell('A', { command: 'new' }), shell('New')],
    });
    expect(Object.keys(await engine.until(pipelineId, finished(2))).join()).not.toContain('New');
    await engine.engine.activate(pipelineId, {});
    const seen = await engine.until(pipelineId, (now) =>
      Object.keys(now).some((id) => id.startsWith('@New_')),
    );
    const indexes = Array.from({ length: Object.keys(seen).length }, (_, index) => index);
    const first = indexes.findIndex((index) => idOf('New', index) in seen);
    expect(first).toBeGreaterThan(1);
    const ids = indexes.map((index) => idOf('A', index)).filter((id) => id in seen);
    const rows = await engine.objects.instances(pipelineId, ids);
    expect(rows.slice(0, first).map(({ definitionVersion }) => definitionVersion)).not.toContain(2);
    expect(rows[first]?.definitionVersion).toBe(2);
    await engine.engine.remove(pipelineId);
    await becomes(engine, pipelineId, 'PipelineDeleted');
  });

  it('of the end of a Schedule: an earlier one starts nothing more, and the pipeline is FINISHED', async () => {
    const engine = await aTestEngine();
    const { schedule } = everyTwoSeconds();
    const pipelineId = await engine.activate({ objects: [COMMON, schedule, shell('A')] });
    await engine.until(pipelineId, finished(2));
    await engine.put(pipelineId, { objects: [COMMON, { ...schedule, occurrences: '1' }, shell('A')] });
    await engine.engine.activate(pipelineId, {});
    await becomes(engine, pipelineId, 'FINISHED');
    expect(new Set(Object.values(await engine.statuses(pipelineId)))).toEqual(new Set(['FINISHED']));
  });
});

describe('14.5 DeletePipeline', () => {
  it('cancels running tasks; definition and history are gone', async () => {
    const gate = aGate();
    let stopped = 0;
    const engine = await aTestEngine(async (task, context) => {
      await held(gate.opened)(task, context).finally(() => stopped++);
    });
    const pipelineId = await engine.activate({ objects: [COMMON, daily(midnight(-2), 2), shell('A', HELD)] });
    await expect.poll(() => engine.worked.length).toBe(2);
    await engine.engine.remove(pipelineId);
    await becomes(engine, pipelineId, 'PipelineDeleted');
    expect(stopped).toBe(2);
    expect(await engine.statuses(pipelineId)).toEqual({});
    expect(await engine.objects.attemptsOf(pipelineId, engine.worked)).toEqual([]);
  });
});
