import { describe, expect, inject, it, onTestFinished } from 'vitest';
import {
  intervalRunId,
  laneId,
  LEASE_GRANTED_SIGNAL,
  type LeaseGrantedSignal,
} from '../../workflows/contract.js';
import { readConfig } from '../../src/config/config.js';
import { WhyTemporal } from '../../src/objects/why-temporal.js';
import { TemporalClient } from '../../src/temporal/temporal.module.js';
import { aTestEngine, midnight, type Script, type TestEngine } from './test-engine.js';

/** A run of three attempts is long already; its histories and lanes are short. */
const SMALL = { lanesFrom: 2, attemptsPerLane: 20, eventsPerHistory: 120 };
/** What comes while a run waits for its histories to come to rest, at most. */
const SLACK = 60;
/** Of one attempt in its lane, at most. */
const EVENTS_OF_ATTEMPT = 24;

const AT = midnight(-2);
const DAILY = {
  id: 'Daily',
  type: 'Schedule',
  period: '1 day',
  startDateTime: AT,
  occurrences: '1',
};
const COMMON = {
  id: 'Default',
  scheduleType: 'cron',
  schedule: { ref: 'Daily' },
  workerGroup: 'wg',
  retryDelay: '1 second',
};
const shell = (id: string, dependsOn: readonly string[] = [], more: object = {}) => ({
  id,
  type: 'ShellCommandActivity',
  command: 'true',
  ...(dependsOn.length === 0 ? {} : { dependsOn: dependsOn.map((ref) => ({ ref })) }),
  ...more,
});
const idOf = (name: string): string => `@${name}_${AT}`;
const runOf = (pipelineId: string): string =>
  intervalRunId({ pipelineId, scheduleId: 'Daily', intervalStart: `${AT}Z` });
const every = (status: string) => (statuses: Record<string, string>) =>
  Object.values(statuses).length > 0 && Object.values(statuses).every((each) => each === status);

/** Lengths of the histories of the run and of its lanes, once all have closed. */
async function histories(engine: TestEngine, pipelineId: string) {
  const lengths: Record<string, number[]> = { runInterval: [], runAttempts: [] };
  await engine.client.workflow.getHandle(runOf(pipelineId)).result();
  await expect
    .poll(async () => {
      for (const type of Object.keys(lengths)) lengths[type] = [];
      const open: string[] = [];
      const query = `WorkflowId STARTS_WITH "${runOf(pipelineId)}"`;
      for await (const { type, historyLength, status, workflowId } of engine.client.workflow.list({
        query,
      })) {
        lengths[type]?.push(historyLength ?? Number.NaN);
        if (status.name === 'RUNNING' || Number.isNaN(historyLength)) open.push(workflowId);
      }
      return [...open, ...(lengths['runInterval']?.length === 0 ? ['no run'] : [])];
    })
    .toEqual([]);
  return { runs: lengths['runInterval'] ?? [], lanes: lengths['runAttempts'] ?? [] };
}

/** Signals that change nothing, until the run has another history. */
async function makeItMoveOn(engine: TestEngine, workflowId: string): Promise<void> {
  const handle = engine.client.workflow.getHandle(workflowId);
  const { runId } = await handle.describe();
  for (let sent = 0; (await handle.describe()).runId === runId; sent++) {
    if (sent > 2 * SMALL.eventsPerHistory) throw new Error('The run does not move on');
    await handle.signal<[LeaseGrantedSignal]>(LEASE_GRANTED_SIGNAL, { instanceId: '@nobody' });
  }
}

/** Work that goes on until it is let go, or told to stop. */
function blocked(...components: readonly string[]): { readonly script: Script; letGo(): void } {
  let letGo = (): void => undefined;
  const gate = new Promise<void>((resolve) => (letGo = resolve));
  onTestFinished(letGo);
  const script: Script = async ({ objectId }, context) => {
    if (!components.includes(objectId)) return;
    const beat = setInterval(() => context.heartbeat(), 100);
    await Promise.race([gate, context.cancelled]).finally(() => clearInterval(beat));
  };
  return { script, letGo };
}

const names = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, at) => `${prefix}${at}`);
/** Pseudo-random, the same each time. */
const someOf = (list: readonly string[], seed: number): string[] =>
  list.filter((_, at) => ((at + 7) * (seed + 13) * 2_654_435_761) % 97 < 5);

const SHAPES = {
  chain: names('C', 30).map((id, at, all) => shell(id, all.slice(Math.max(0, at - 1), at))),
  fanOut: names('F', 60).map((id) => shell(id)),
  diamond: [shell('Top'), ...names('M', 30).map((id) => shell(id, ['Top'])), shell('Bottom', names('M', 30))],
  random: names('R', 40).map((id, at, all) => shell(id, someOf(all.slice(0, at), at))),
};

describe('a run of more attempts than one history holds', () => {
  it('has lanes for them and a new history when it needs one, and runs each once', async () => {
    const engine = await aTestEngine(() => undefined, { bounds: SMALL });
    const shapes = Object.values(SHAPES);
    const ids = await Promise.all(
      shapes.map(async (objects) => engine.activate({ objects: [COMMON, DAILY, ...objects] })),
    );
    await expect.poll(() => engine.worked.length).toBeGreaterThan(30);
    // Another one goes on, which replays what it finds.
    await engine.stopControlWorker();
    await engine.startControlWorker();
    for (const [at, pipelineId] of ids.entries()) {
      await engine.until(pipelineId, every('FINISHED'));
      const { runs, lanes } = await histories(engine, pipelineId);
      expect(lanes.length).toBeGreaterThanOrEqual(
        Math.ceil((shapes[at]?.length ?? 0) / SMALL.attemptsPerLane),
      );
      expect(Math.max(...runs)).toBeLessThan(SMALL.eventsPerHistory + SLACK);
      expect(Math.max(...lanes)).toBeLessThan(SMALL.attemptsPerLane * EVENTS_OF_ATTEMPT);
    }
    const chain = await histories(engine, ids[0] ?? '');
    expect(chain.runs.length).toBeGreaterThan(1);
    expect(engine.worked.toSorted()).toEqual(
      shapes
        .flat()
        .map(({ id }) => idOf(id))
        .toSorted(),
    );
  });

  it('goes on in a new history while attempts work: cancel, rerun and a machine that is up', async () => {
    const work = blocked('Long', 'Other');
    const engine = await aTestEngine(work.script, { bounds: SMALL });
    const pipelineId = await engine.activate({
      objects: [
        COMMON,
        DAILY,
        { id: 'Machine', type: 'Ec2Resource' },
        shell('Long'),
        shell('Other'),
        { ...shell('OnIt', ['Other']), runsOn: { ref: 'Machine' } },
        { ...shell('First'), runsOn: { ref: 'Machine' } },
      ],
    });
    await engine.until(
      pipelineId,
      (seen) => seen[idOf('First')] === 'FINISHED' && engine.worked.includes(idOf('Other')),
    );
    await makeItMoveOn(engine, runOf(pipelineId));
    // It knows its attempts, and they are to be seen.
    const config = { TEMPORAL_ADDRESS: inject('temporalAddress'), TEMPORAL_NAMESPACE: engine.namespace };
    const temporal = new TemporalClient(readConfig({ DATABASE_URL: 'postgres://unused/unused', ...config }));
    onTestFinished(() => temporal.connection.close());
    const { activities, run } = await new WhyTemporal(temporal).describeRun(runOf(pipelineId));
    const attempts = [...activities.keys()].filter((id) => id.startsWith('@'));
    expect([run.status, ...attempts.toSorted()]).toEqual([
      'RUNNING',
      `${idOf('Long')}_Attempt=1`,
      `${idOf('Machine')}_Attempt=1`,
      `${idOf('Other')}_Attempt=1`,
    ]);
    await engine.setStatus(pipelineId, 'CANCEL', idOf('Long'));
    await engine.until(pipelineId, (seen) => seen[idOf('Long')] === 'CANCELED');
    await engine.setStatus(pipelineId, 'RERUN', idOf('Long'));
    await expect.poll(() => engine.worked.filter((id) => id === idOf('Long')).length).toBe(2);
    await makeItMoveOn(engine, runOf(pipelineId));
    work.letGo();
    await engine.until(pipelineId, every('FINISHED'));
    const { runs } = await histories(engine, pipelineId);
    expect(runs.length).toBeGreaterThanOrEqual(3);
    expect(engine.worked.toSorted()).toEqual(
      ['First', 'Long', 'Long', 'Machine', 'OnIt', 'Other'].map(idOf).toSorted(),
    );
  });

  it('tries again what was lost with its lane', async () => {
    const work = blocked('A', 'B', 'C');
    const engine = await aTestEngine(work.script, { bounds: SMALL });
    const pipelineId = await engine.activate({
      objects: [COMMON, DAILY, shell('A'), shell('B'), shell('C')],
    });
    const workedThrice = (times: number) => expect.poll(() => engine.worked.length).toBe(3 * times);
    const lane = (number: number) => engine.client.workflow.getHandle(laneId(runOf(pipelineId), number));
    await workedThrice(1);
    await lane(1).terminate('by hand');
    await workedThrice(2);
    // The next history knows of it only by what it asks.
    await makeItMoveOn(engine, runOf(pipelineId));
    await lane(2).terminate('by hand');
    await workedThrice(3);
    work.letGo();
    await engine.until(pipelineId, every('FINISHED'));
  });

  it('takes its lanes along when it is ended by force', async () => {
    const work = blocked('A', 'B', 'C');
    const engine = await aTestEngine(work.script, { bounds: SMALL });
    const pipelineId = await engine.activate({
      objects: [COMMON, DAILY, shell('A'), shell('B'), shell('C')],
    });
    await expect.poll(() => engine.worked.length).toBe(3);
    await engine.client.workflow.getHandle(runOf(pipelineId)).terminate('by hand');
    const lane = engine.client.workflow.getHandle(laneId(runOf(pipelineId), 1));
    await expect.poll(async () => (await lane.describe()).status.name).toBe('COMPLETED');
    // A new run of the interval has lanes of its own.
    await engine.setStatus(pipelineId, 'RERUN', idOf('A'));
    await expect.poll(() => engine.worked.length).toBe(6);
    work.letGo();
    await engine.until(pipelineId, every('FINISHED'));
  });

  it('has a definition that is too long for one answer', async () => {
    const engine = await aTestEngine(() => undefined, { bounds: SMALL });
    const objects = names('L', 4).map((id) => ({
      ...shell(id),
      command: `true # ${'long '.repeat(200_000)}`,
    }));
    const pipelineId = await engine.activate({ objects: [COMMON, DAILY, ...objects] });
    await engine.until(pipelineId, every('FINISHED'));
    expect(engine.worked.toSorted()).toEqual(objects.map(({ id }) => idOf(id)));
  });
});
