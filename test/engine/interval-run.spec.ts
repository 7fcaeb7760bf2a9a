import { describe, expect, it } from 'vitest';
import { workFailure } from '../../activities/storage/work-failure.js';
import type { Task } from '../../model/instance/task.js';
import { aTestEngine, commandFailed, midnight, notYet } from './test-engine.js';
import { shell } from './definitions.js';

const every = (status: string) => (statuses: Record<string, string>) =>
  Object.keys(statuses).length > 0 && Object.values(statuses).every((each) => each === status);

const COMMON = {
  id: 'Default',
  scheduleType: 'cron',
  schedule: { ref: 'Daily' },
  workerGroup: 'wg',
  retryDelay: '1 second',
};
const daily = (startDateTime: string, occurrences: number) => ({
  id: 'Daily',
  type: 'Schedule',
  period: '1 day',
  startDateTime,
  occurrences: String(occurrences),
});

describe('the engine', () => {
  it('runs what is due since a start in the past, oldest first, and the pipeline is FINISHED', async () => {
    const engine = await aTestEngine();
    const pipelineId = await engine.activate({
      objects: [COMMON, daily(midnight(-5), 5), shell('A'), shell('B', { dependsOn: { ref: 'A' } })],
    });
    const statuses = await engine.until(
      pipelineId,
      (seen) => Object.keys(seen).length === 10 && every('FINISHED')(seen),
    );
    expect(Object.keys(statuses).toSorted()).toEqual(
      [-5, -4, -3, -2, -1].flatMap((day) => [`@A_${midnight(day)}`, `@B_${midnight(day)}`]).toSorted(),
    );
    const started = async (): Promise<string[]> => {
      const runs: { id: string; startedAt: number }[] = [];
      const query = "WorkflowType = 'runInterval'";
      for await (const { workflowId, startTime } of engine.client.workflow.list({ query })) {
        runs.push({ id: workflowId, startedAt: startTime.getTime() });
      }
      return runs.toSorted((a, b) => a.startedAt - b.startedAt).map((run) => run.id);
    };
    await expect
      .poll(started) // Temporal's visibility follows after a moment
      .toEqual([-5, -4, -3, -2, -1].map((day) => `${pipelineId}/Daily/${midnight(day)}Z`));
    expect((await engine.pipelines.get(pipelineId)).state).toBe('FINISHED');
    await engine.engine.activate(pipelineId, {});
    await expect
      .poll(async () => engine.pipelines.get(pipelineId))
      .toMatchObject({ state: 'FINISHED', activation: 2 });
  });

  it('lets a weekly instance wait for every daily one in its interval', async () => {
    let late = true;
    const engine = await aTestEngine((task) => {
      if (task.objectId === 'FileIsThere' && task.scheduledStartTime.startsWith(midnight(-1)) && late)
        throw notYet();
    });
    const pipelineId = await engine.activate({
      objects: [
        { ...COMMON, scheduleType: 'timeseries' },
        daily(midnight(-7), 7),
        { id: 'Weekly', type: 'Schedule', period: '7 days', startDateTime: midnight(-7), occurrences: '1' },
        { id: 'FileIsThere', type: 'S3KeyExists', s3Key: 's3://b/k', retryDelay: '1 second', role: 'r' },
        { id: 'Raw', type: 'S3DataNode', filePath: 's3://b/raw', precondition: { ref: 'FileIsThere' } },
        { id: 'Archived', type: 'S3DataNode', filePath: 's3://b/archived' },
        { id: 'Archive', type: 'CopyActivity', input: { ref: 'Raw' }, output: { ref: 'Archived' } },
        shell('Report', { schedule: { ref: 'Weekly' }, input: { ref: 'Archived' } }),
      ],
    });
    const report = `@Report_${midnight(-7)}`;
    await engine.until(
      pipelineId,
      (seen) => Object.values(seen).filter((each) => each === 'FINISHED').length === 4 * 6,
    );
    expect((await engine.statuses(pipelineId))[report]).toBe('WAITING_ON_DEPENDENCIES');
    const [waiting] = await engine.objects.instances(pipelineId, [report]);
    await engine.until(pipelineId, (seen) => seen[`@FileIsThere_Raw_${midnight(-1)}`] === 'RUNNING');
    expect(waiting?.waitingOn).toContain(`@Archived_${midnight(-1)}`);
    late = false;
    await engine.until(pipelineId, every('FINISHED'));
    expect(engine.worked.at(-1)).toBe(report);
  });

  it('fires mail and webhooks as it does SnsAlarm, and sends again what nobody took', async () => {
    const tasks = new Map<string, Task>();
    let away = true;
    const engine = await aTestEngine((task) => {
      tasks.set(task.objectId, task);
      if (task.objectId === 'Broken') throw commandFailed();
      if (task.objectId === 'Hook' && away) {
        away = false;
        throw workFailure('ReceiverUnavailable', 'nobody is there');
      }
    });
    const pipelineId = await engine.activate({
      objects: [
        COMMON,
        daily(midnight(-1), 1),
        {
          id: 'Mail',
          type: 'EmailAlarm',
          to: ['ops@example.org', 'a@example.org'],
          subject: '#{node.name}: #{node.@status}',
          message: '#{node.errorMessage}#{node.@actualEndTime}',
        },
        { id: 'Hook', type: 'WebhookAlarm', url: 'https://example.org/' },
        shell('Broken', { maximumRetries: '0', onFail: [{ ref: 'Mail' }, { ref: 'Hook' }] }),
      ],
    });
    const at = midnight(-1);
    await engine.until(
      pipelineId,
      (now) => now[`@Mail_Broken_${at}`] === 'FINISHED' && now[`@Hook_Broken_${at}`] === 'FINISHED',
    );
    expect(tasks.get('Mail')?.objects['Mail']?.fields).toMatchObject({
      to: ['ops@example.org', 'a@example.org'],
      subject: ['Broken: FAILED'],
      message: [expect.stringMatching(/^exit status 1\d{4}-/)],
    });
    expect(tasks.get('Hook')).toMatchObject({
      nodeId: 'Broken',
      actionNode: { type: 'ShellCommandActivity', status: 'FAILED', attempt: 1, errorId: 'CommandFailed' },
    });
    const [hook] = await engine.objects.instances(pipelineId, [`@Hook_Broken_${at}`]);
    expect(hook).toMatchObject({ attemptCount: 1 });
  });

  it('tries a failed attempt again after retryDelay; onFail and onSuccess fire once', async () => {
    let fails = 2;
    const engine = await aTestEngine((task) => {
      if (task.objectId === 'Flaky' && fails-- > 0) throw commandFailed();
      if (task.objectId === 'Broken') throw commandFailed();
    });
    const alarm = (id: string, message: string) => ({
      id,
      type: 'SnsAlarm',
      topicArn: 'arn:aws:sns:x',
      subject: 's',
      message,
      role: 'r',
    });
    const pipelineId = await engine.activate({
      objects: [
        COMMON,
        daily(midnight(-1), 1),
        alarm('Good', '#{node.@status}'),
        alarm('Bad', 'failed: #{node.errorMessage}'),
        shell('Flaky', { onSuccess: { ref: 'Good' }, onFail: { ref: 'Bad' } }),
        shell('Broken', { maximumRetries: '1', onSuccess: { ref: 'Good' }, onFail: { ref: 'Bad' } }),
        shell('After', { dependsOn: { ref: 'Broken' } }),
      ],
    });
    const at = midnight(-1);
    const seen = await engine.until(
      pipelineId,
      (now) => now[`@Good_Flaky_${at}`] === 'FINISHED' && now[`@Bad_Broken_${at}`] === 'FINISHED',
    );
    expect(seen).toMatchObject({
      [`@Flaky_${at}`]: 'FINISHED',
      [`@Broken_${at}`]: 'FAILED',
      [`@After_${at}`]: 'WAITING_ON_DEPENDENCIES',
    });
    const [flaky, broken] = await Promise.all(
      ['Flaky', 'Broken'].map(
        async (id) => (await engine.objects.instances(pipelineId, [`@${id}_${at}`]))[0],
      ),
    );
    expect(flaky).toMatchObject({ attemptCount: 3, triesLeft: 0 });
    expect(broken).toMatchObject({
      attemptCount: 2,
      errorId: 'CommandFailed',
      errorMessage: 'exit status 1',
    });
    expect(engine.worked.filter((id) => id.startsWith('@Good') || id.startsWith('@Bad')).toSorted()).toEqual([
      `@Bad_Broken_${at}`,
      `@Good_Flaky_${at}`,
    ]);
  });

  it('takes commands for an open run, and for a closed one', async () => {
    let broken = true;
    const engine = await aTestEngine((task) => {
      if (task.objectId === 'A' && broken) throw commandFailed();
    });
    const pipelineId = await engine.activate({
      objects: [
        { ...COMMON, failureAndRerunMode: 'cascade', maximumRetries: '0' },
        daily(midnight(-1), 1),
        shell('A'),
        shell('B', { dependsOn: { ref: 'A' } }),
      ],
    });
    const [a, b] = [`@A_${midnight(-1)}`, `@B_${midnight(-1)}`];
    await engine.until(pipelineId, (seen) => seen[a] === 'FAILED' && seen[b] === 'CASCADE_FAILED');
    broken = false;
    await engine.engine.setStatus(pipelineId, [a], 'RERUN');
    await engine.until(pipelineId, every('FINISHED'));
    const [again] = await engine.objects.attempts(pipelineId, [`${a}_Attempt=2`]);
    expect(again?.status).toBe('FINISHED');
    await expect(engine.engine.setStatus(pipelineId, ['@X_2026-01-01T00:00:00'], 'RERUN')).rejects.toThrow(
      'has no instance @X_2026-01-01T00:00:00',
    );
  });

  it('shows WAITING_FOR_RUNNER while nobody serves the group, and goes on when somebody comes', async () => {
    const engine = await aTestEngine();
    const pipelineId = await engine.activate({
      objects: [COMMON, daily(midnight(-1), 1), shell('A', { workerGroup: 'onprem' })],
    });
    await engine.until(pipelineId, every('WAITING_FOR_RUNNER'));
    await engine.serve('onprem', () => undefined);
    await engine.until(pipelineId, every('FINISHED'));
  });

  it('holds no more than maxActiveInstances at a time, oldest first', async () => {
    let now = 0;
    let most = 0;
    const engine = await aTestEngine(async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now--;
    });
    const pipelineId = await engine.activate({
      objects: [COMMON, daily(midnight(-12), 12), shell('A', { maxActiveInstances: '1' })],
    });
    await engine.until(pipelineId, (seen) => Object.keys(seen).length === 12 && every('FINISHED')(seen));
    expect(most).toBe(1);
    expect(engine.worked).toEqual(engine.worked.toSorted());
  });

  it('runs an ondemand pipeline once per activation', async () => {
    const engine = await aTestEngine();
    const pipelineId = await engine.activate({
      objects: [{ id: 'Default', scheduleType: 'ondemand', workerGroup: 'wg' }, shell('A')],
    });
    await engine.until(pipelineId, (seen) => Object.keys(seen).length === 1 && every('FINISHED')(seen));
    await engine.engine.activate(pipelineId, {});
    await engine.until(pipelineId, (seen) => Object.keys(seen).length === 2 && every('FINISHED')(seen));
  });

  it('deactivates, and takes up again what that has cancelled', async () => {
    let release: () => void = () => undefined;
    const hold = new Promise<void>((resolve) => (release = resolve));
    let held = true;
    const engine = await aTestEngine(async (_task, context) => {
      if (!held) return;
      const beat = setInterval(() => context.heartbeat(), 100);
      await Promise.race([hold, context.cancelled]).finally(() => clearInterval(beat));
    });
    const pipelineId = await engine.activate({
      objects: [COMMON, daily(midnight(-2), 2), shell('A', { reportProgressTimeout: '10 seconds' })],
    });
    await engine.until(
      pipelineId,
      (seen) => Object.keys(seen).length === 2 && every('WAITING_FOR_RUNNER')(seen),
    );
    await engine.engine.deactivate(pipelineId, { cancelActive: true });
    await engine.until(pipelineId, every('CANCELED'));
    for (;;) if ((await engine.pipelines.get(pipelineId)).state === 'INACTIVE') break;
    held = false;
    release();
    await engine.engine.activate(pipelineId, {});
    await engine.until(pipelineId, every('FINISHED'));
  });

  it('makes a resource when it is first needed, works on it, and lets it go', async () => {
    const engine = await aTestEngine();
    const pipelineId = await engine.activate({
      objects: [
        COMMON,
        daily(midnight(-1), 1),
        { id: 'Machine', type: 'Ec2Resource', role: 'r', resourceRole: 'r', terminateAfter: '1 hour' },
        { id: 'Idle', type: 'Ec2Resource', role: 'r', resourceRole: 'r' },
        shell('First'),
        shell('On', { dependsOn: { ref: 'First' }, runsOn: { ref: 'Machine' } }),
      ],
    });
    await engine.until(pipelineId, (seen) => Object.keys(seen).length === 4 && every('FINISHED')(seen));
    const at = midnight(-1);
    expect(engine.worked).toEqual([`@First_${at}`, `@Machine_${at}`, `@On_${at}`]);
    const [machine] = await engine.objects.instances(pipelineId, [`@Machine_${at}`]);
    expect(machine?.resourceId).toBe('i-test');
  });

  it('takes an activation on while no control worker is there, and does it when one comes', async () => {
    const engine = await aTestEngine();
    await engine.stopControlWorker();
    const pipelineId = await engine.activate({ objects: [COMMON, daily(midnight(-1), 1), shell('A')] });
    expect(await engine.statuses(pipelineId)).toEqual({});
    await engine.startControlWorker();
    await engine.until(pipelineId, every('FINISHED'));
  });

  it('says so when a command is not answered', async () => {
    const engine = await aTestEngine();
    const pipelineId = await engine.activate({
      objects: [COMMON, daily(midnight(-1), 1), shell('A', { workerGroup: 'nobody-there' })],
    });
    await engine.until(pipelineId, every('WAITING_FOR_RUNNER'));
    await engine.stopControlWorker();
    await expect(engine.engine.setStatus(pipelineId, [`@A_${midnight(-1)}`], 'CANCEL')).rejects.toThrow(
      'is a control worker running?',
    );
  });

  it('deletes a pipeline with all that runs', async () => {
    const engine = await aTestEngine();
    const pipelineId = await engine.activate({
      objects: [COMMON, daily(midnight(-1), 1), shell('A', { workerGroup: 'nobody-there' })],
    });
    await engine.until(pipelineId, every('WAITING_FOR_RUNNER'));
    await engine.engine.remove(pipelineId);
    await expect
      .poll(async () =>
        engine.pipelines.get(pipelineId).then(
          () => 'there',
          (error: Error) => error.constructor.name,
        ),
      )
      .toBe('PipelineDeleted');
    expect(await engine.statuses(pipelineId)).toEqual({});
  });
});
