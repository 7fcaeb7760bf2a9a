import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { readDefinitionFile } from '../../model/definition/definition-file.js';
import { compilePipeline } from '../../model/instance/compile.js';
import { skipUntil } from './skip-until.js';

const pipeline = compilePipeline({
  pipelineId: 'df-1',
  pipelineName: 'p',
  definitionVersion: 1,
  activation: 1,
  firstActivationTime: '2030-01-01T00:00:00Z',
  definition: readDefinitionFile(
    JSON.stringify({
      objects: [
        { id: 'Default', scheduleType: 'cron', schedule: { ref: 'Daily' } },
        { id: 'Daily', type: 'Schedule', period: '1 day', startDateTime: '2030-01-01T00:00:00' },
        { id: 'A', type: 'ShellCommandActivity', command: 'true', workerGroup: 'wg' },
      ],
    }),
  ).definition,
});
const tenDaysOn = Date.parse('2030-01-11T00:00:00Z');

function aLedger() {
  const made = new Map<string, string>();
  let nextIndex = 0;
  return {
    made,
    get nextIndex() {
      return nextIndex;
    },
    async readSchedule() {
      await turn();
      return { definitionVersion: 1, nextIndex, exhausted: false };
    },
    async createInstances(_run: unknown, instances: readonly { id: string; status: string }[]) {
      await turn();
      for (const { id, status } of instances) if (!made.has(id)) made.set(id, status);
    },
    async advanceSchedule(_pipelineId: string, _scheduleId: string, from: number, to: number) {
      await turn();
      if (nextIndex !== from) return false;
      nextIndex = to;
      return true;
    },
  };
}

describe('intervals that an activation passes over', () => {
  it('are SKIPPED up to the moment, and none after it', async () => {
    const ledger = aLedger();
    await skipUntil(ledger, pipeline, 'Daily', tenDaysOn);
    expect(ledger.nextIndex).toBe(10);
    expect([...ledger.made.keys()].at(-1)).toBe('@A_2030-01-10T00:00:00');
    expect(new Set(ledger.made.values())).toEqual(new Set(['SKIPPED']));
  });

  it('are all SKIPPED when it returns, though an attempt that was taken for lost goes on beside it', async () => {
    const ledger = aLedger();
    const lost = skipUntil(ledger, pipeline, 'Daily', tenDaysOn);
    await turn();
    await Promise.race([skipUntil(ledger, pipeline, 'Daily', tenDaysOn), lost]);
    expect(ledger.nextIndex).toBe(10);
    await lost;
    expect([ledger.nextIndex, ledger.made.size]).toEqual([10, 10]);
  });

  it('are passed over in several attempts when one would take too long, each going on where the last one was', async () => {
    const ledger = aLedger();
    for (let attempt = 1; attempt <= 10; attempt++) {
      const tried = skipUntil(ledger, pipeline, 'Daily', tenDaysOn, 0);
      await expect(tried).rejects.toMatchObject({ type: 'NotYet', nonRetryable: false });
      expect(ledger.nextIndex).toBe(attempt);
    }
    await skipUntil(ledger, pipeline, 'Daily', tenDaysOn, 0);
    expect(ledger.made.size).toBe(10);
  });
});
