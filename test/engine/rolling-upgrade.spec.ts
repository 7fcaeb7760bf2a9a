import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Context } from '@temporalio/activity';
import { bundleWorkflowCode, DefaultLogger, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Task } from '../../model/instance/task.js';
import { CONTROL_DEPLOYMENT, controlDeployment, putInForce } from '../../src/temporal/control-deployment.js';
import { intervalRunId } from '../../workflows/contract.js';
import { aTestEngine, midnight, type TestEngine } from './test-engine.js';

const [OLD, NEW] = [1, 2];
const at = midnight(-1);

/** The product's workflows, with one file that decides differently. */
let newer: WorkflowBundleWithSourceMap;
beforeAll(async () => {
  const loader = createRequire(import.meta.url).resolve('../fixtures/newer-workflows.cjs');
  newer = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../../workflows/index.ts', import.meta.url)),
    logger: new DefaultLogger('ERROR'),
    webpackConfigHook: (config) => {
      config.module?.rules?.push({ test: /run-interval\.workflow\.ts$/, enforce: 'pre', use: loader });
      return config;
    },
  });
});

describe('control workers of two releases side by side', () => {
  it('let every run go on to its end, whoever began it, by the newer one, or by the older when the operator goes back', async () => {
    const held = hold();
    const engine = await aTestEngine(held.script);
    await engine.stopControlWorker();
    const old = await control(engine, OLD, 'old');
    expect(old.inForce).toBe(OLD);
    const first = await engine.activate(AB);
    await held.has(first);

    // What the older one began the newer one ends, though an older one starts once more.
    const young = await control(engine, NEW, 'new');
    expect(young.inForce).toBe(NEW);
    const second = await engine.activate(AB);
    await held.has(second);
    await old.stop();
    const oldAgain = await control(engine, OLD, 'old again');
    expect(oldAgain.inForce).toBe(NEW);
    held.release(first);
    await engine.until(first, finished);
    expect(await storyOf(engine, first)).toEqual({ by: ['old', 'new'], patches: 1, trouble: [] });

    // What the newer one has decided waits for it, and is left alone by the older one, which polls.
    held.release(second, '@A');
    await held.has(second, '@B');
    await young.stop();
    held.release(second, '@B');
    await expect.poll(() => awaitsWorker(engine, second)).toBe(true);
    const youngAgain = await control(engine, NEW, 'new again');
    await engine.until(second, finished);
    expect(await storyOf(engine, second)).toEqual({ by: ['new', 'new again'], patches: 1, trouble: [] });

    // What the newer one began the older one ends.
    const third = await engine.activate(AB);
    await held.has(third);
    await engine.client.workflowService.setWorkerDeploymentCurrentVersion({
      namespace: engine.namespace,
      deploymentName: CONTROL_DEPLOYMENT,
      buildId: String(OLD),
    });
    await youngAgain.stop();
    held.release(third);
    await engine.until(third, finished);
    expect(await storyOf(engine, third)).toEqual({
      by: ['new again', 'old again'],
      patches: 0,
      trouble: [],
    });

    const each = [first, second, third];
    expect(engine.worked.toSorted()).toEqual([...each.map(() => `@A_${at}`), ...each.map(() => `@B_${at}`)]);
  });
});

const SHELL = { type: 'ShellCommandActivity', command: 'true' };
const AB = {
  objects: [
    { id: 'Default', scheduleType: 'cron', schedule: { ref: 'Daily' }, workerGroup: 'wg' },
    { id: 'Daily', type: 'Schedule', period: '1 day', startDateTime: at, occurrences: '1' },
    { id: 'A', ...SHELL },
    { id: 'B', ...SHELL, dependsOn: { ref: 'A' } },
  ],
};
const finished = (statuses: Record<string, string>) =>
  statuses[`@A_${at}`] === 'FINISHED' && statuses[`@B_${at}`] === 'FINISHED';

async function control(engine: TestEngine, build: number, identity: string) {
  const stop = await engine.startControlWorker({
    identity,
    workerDeploymentOptions: controlDeployment(build),
    workflowBundle: build === NEW ? newer : { codePath: inject('workflowBundlePath') },
  });
  return { stop, inForce: await putInForce(engine.client, build, AbortSignal.timeout(30_000)) };
}

/** Work that begins, and then waits until it is released. */
function hold() {
  const begun = new Set<string>();
  const gates = new Map<string, { opens: Promise<void>; open: () => void }>();
  const gate = (key: string) => {
    const known = gates.get(key);
    if (known !== undefined) return known;
    let open: () => void = () => undefined;
    const made = { opens: new Promise<void>((done) => (open = done)), open: () => open() };
    gates.set(key, made);
    return made;
  };
  const keyOf = (pipelineId: string, instanceId: string) => `${pipelineId} ${instanceId.slice(0, 2)}`;
  return {
    script: async ({ pipelineId, instanceId }: Task, { cancelled }: Context) => {
      const key = keyOf(pipelineId, instanceId);
      begun.add(key);
      await Promise.race([gate(key).opens, cancelled]);
    },
    has: async (pipelineId: string, instanceId = '@A') =>
      expect.poll(() => begun.has(keyOf(pipelineId, instanceId))).toBe(true),
    release: (pipelineId: string, ...instanceIds: string[]) => {
      for (const id of instanceIds.length > 0 ? instanceIds : ['@A', '@B'])
        gate(keyOf(pipelineId, id)).open();
    },
  };
}

const runOf = (engine: TestEngine, pipelineId: string) =>
  engine.client.workflow.getHandle(
    intervalRunId({ pipelineId, scheduleId: 'Daily', intervalStart: `${at}Z` }),
  );

async function awaitsWorker(engine: TestEngine, pipelineId: string): Promise<boolean> {
  const { raw } = await runOf(engine, pipelineId).describe();
  return raw.pendingWorkflowTask?.scheduledTime != null && (raw.pendingActivities ?? []).length === 0;
}

/** Who decided, in order, how many changes of the newer release they noted down, and which of its workflow tasks came to nothing. */
async function storyOf(engine: TestEngine, pipelineId: string) {
  const { events } = await runOf(engine, pipelineId).fetchHistory();
  const by: string[] = [];
  let patches = 0;
  const trouble: string[] = [];
  for (const event of events ?? []) {
    const identity = event.workflowTaskCompletedEventAttributes?.identity;
    if (identity != null && by.at(-1) !== identity) by.push(identity);
    if (event.markerRecordedEventAttributes?.markerName === 'core_patch') patches += 1;
    const failure = event.workflowTaskFailedEventAttributes;
    if (failure) trouble.push(failure.failure?.message ?? 'failed');
    if (event.workflowTaskTimedOutEventAttributes) trouble.push('timed out');
  }
  return { by, patches, trouble };
}
