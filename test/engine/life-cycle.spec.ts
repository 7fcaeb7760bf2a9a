import { describe, expect, it } from 'vitest';
import { aTestEngine, commandFailed, midnight, type TestEngine } from './test-engine.js';

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
const shell = (id: string, more: object = {}) => ({
  id,
  type: 'ShellCommandActivity',
  command: 'true',
  ...more,
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
    await expect
      .poll(async () => pendingOf(engine, 'startIntervals'), { timeout: 20_000 })
      .toEqual(['untilRoom']);
    expect(Object.keys(await engine.statuses(pipelineId)).toSorted()).toEqual(
      [-30, -29, -28, -27].map((day) => `@A_${midnight(day)}`),
    );
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
