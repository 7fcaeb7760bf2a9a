import { describe, expect, it } from 'vitest';
import { aTestEngine, midnight } from './test-engine.js';

const SHELL = { type: 'ShellCommandActivity', command: 'true' };

describe('what a run decides is in the ledger before it takes effect', () => {
  it('shows an attempt, and the end of what it waited for, when its work begins', async () => {
    const seen: Record<string, string>[] = [];
    const engine = await aTestEngine(async (task) => {
      const attempts = await engine.objects.attempts(task.pipelineId, [task.attemptId]);
      const statuses = await engine.statuses(task.pipelineId);
      seen.push({ ...statuses, attempt: attempts[0]?.status ?? 'unknown' });
    });
    const pipelineId = await engine.activate({
      objects: [
        { id: 'Default', scheduleType: 'cron', schedule: { ref: 'Daily' }, workerGroup: 'wg' },
        { id: 'Daily', type: 'Schedule', period: '1 day', startDateTime: midnight(-1), occurrences: '1' },
        { id: 'A', ...SHELL },
        { id: 'B', ...SHELL, dependsOn: { ref: 'A' } },
      ],
    });
    await engine.until(pipelineId, (statuses) => statuses[`@B_${midnight(-1)}`] === 'FINISHED');
    const [a, b] = [`@A_${midnight(-1)}`, `@B_${midnight(-1)}`];
    expect(seen).toEqual([
      { [a]: 'WAITING_FOR_RUNNER', [b]: 'WAITING_ON_DEPENDENCIES', attempt: 'WAITING_FOR_RUNNER' },
      { [a]: 'FINISHED', [b]: 'WAITING_FOR_RUNNER', attempt: 'WAITING_FOR_RUNNER' },
    ]);
  });
});
