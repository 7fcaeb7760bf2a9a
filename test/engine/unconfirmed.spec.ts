import type { Client } from '@temporalio/client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sweepUnconfirmed } from '../../activities/bookkeeping/unconfirmed.js';
import { Database } from '../../src/store/database.js';
import { UnconfirmedStore } from '../../src/store/unconfirmed-store.js';
import { standingOf } from '../../temporal/standing-of.js';
import { workerGroupTaskQueue } from '../../workflows/contract.js';
import { shell } from './definitions.js';
import { aTestEngine, midnight } from './test-engine.js';

/** A pipeline whose one activity was given to a runner that keeps silent. */
async function aSilentRunner() {
  const engine = await aTestEngine();
  const database = new Database(engine.databaseUrl);
  onTestFinished(() => database.close());
  const pipelineId = await engine.activate({
    objects: [
      { id: 'Default', scheduleType: 'cron', schedule: { ref: 'Daily' }, workerGroup: 'silent' },
      { id: 'Daily', type: 'Schedule', period: '1 day', startDateTime: midnight(-1), occurrences: '1' },
      shell('Work', { maximumRetries: '1', retryDelay: '1 second' }),
    ],
  });
  const { taskToken } = await engine.client.workflowService.pollActivityTaskQueue({
    namespace: engine.namespace,
    taskQueue: { name: workerGroupTaskQueue('silent') },
    identity: 'silent',
  });
  await engine.until(pipelineId, (statuses) => Object.values(statuses).includes('WAITING_FOR_RUNNER'));
  const lost: string[] = [];
  return {
    ...engine,
    pipelineId,
    instanceId: `@Work_${midnight(-1)}`,
    taskToken,
    lost,
    look: (client: Client = engine.client, confirmedWithinMs = 0) =>
      sweepUnconfirmed({
        client,
        book: new UnconfirmedStore(database),
        confirmedWithinMs,
        onGivenOutAgain: (attemptId) => void lost.push(attemptId),
      }),
  };
}

/** The client, with `before` and `after` done around its call to pause an activity. */
function around(client: Client, before: () => Promise<unknown>, after: () => Promise<unknown>): Client {
  const pauseActivity: Client['workflowService']['pauseActivity'] = (async (request: never) => {
    await before();
    const answer: unknown = await client.workflowService.pauseActivity(request);
    await after();
    return answer;
  }) as never;
  const workflowService = new Proxy(client.workflowService, {
    get: (target, name): unknown =>
      name === 'pauseActivity' ? pauseActivity : Reflect.get(target, name, target),
  });
  return Object.create(client, { workflowService: { value: workflowService } }) as Client;
}

const nothing = (): Promise<void> => Promise.resolve();

describe('an attempt whose runner keeps silent about it', () => {
  it('is given out again after its time, to another runner, and uses no try', async () => {
    const { look, lost, instanceId, ...engine } = await aSilentRunner();
    await look(engine.client, 60_000);
    expect(lost).toEqual([]);
    await look();
    expect(lost).toEqual([`${instanceId}_Attempt=1`]);
    // While nobody takes it, it is nobody's.
    await look();
    expect(lost).toHaveLength(1);
    expect(await standingOf(engine.client, engine.taskToken, {})).toBe('closed');
    await engine.serve('silent', () => undefined);
    await engine.until(engine.pipelineId, (statuses) => statuses[instanceId] === 'FINISHED');
    const ids = [1, 2].map((number) => `${instanceId}_Attempt=${number}`);
    const attempts = await engine.objects.attempts(engine.pipelineId, ids);
    expect(attempts).toMatchObject([{ number: 1, status: 'FINISHED', hostname: 'test-host' }]);
  });

  it('gets no leave to begin while it is being given up', async () => {
    const { look, ...engine } = await aSilentRunner();
    const standings: string[] = [];
    const ask = async () => void standings.push(await standingOf(engine.client, engine.taskToken, {}));
    await look(around(engine.client, nothing, ask));
    expect(standings).toEqual(['ending']);
  });

  it('goes on when its runner was heard of just before', async () => {
    const { look, lost, instanceId, ...engine } = await aSilentRunner();
    const standings: string[] = [];
    const ask = async () => void standings.push(await standingOf(engine.client, engine.taskToken, {}));
    await look(around(engine.client, ask, nothing));
    await ask();
    expect(standings).toEqual(['open', 'open']);
    expect(lost).toEqual([]);
    await engine.client.activity.complete(engine.taskToken, {
      startedAt: new Date().toISOString(),
      hostname: 'h',
    });
    await engine.until(engine.pipelineId, (statuses) => statuses[instanceId] === 'FINISHED');
  });

  it('goes on when who was about to give it up is killed', async () => {
    const { look, lost, ...engine } = await aSilentRunner();
    const ask = (): Promise<string> => standingOf(engine.client, engine.taskToken, {});
    const killed = () => Promise.reject(new Error('killed'));
    await expect(look(around(engine.client, ask, killed))).rejects.toThrow('killed');
    expect(await ask()).toBe('ending');
    // Temporal's visibility follows after a moment.
    await expect.poll(async () => look().then(ask)).toBe('open');
    expect(lost).toEqual([]);
  });
});
