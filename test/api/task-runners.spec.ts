import { randomBytes } from 'node:crypto';
import {
  DataPipelineClient,
  EvaluateExpressionCommand,
  PollForTaskCommand,
  ReportTaskProgressCommand,
  ReportTaskRunnerHeartbeatCommand,
  SetTaskStatusCommand,
  type TaskObject,
} from '@aws-sdk/client-data-pipeline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RunnerTasks } from '../../src/task-runners/runner-tasks.js';
import { aTestEngine, midnight, type TestEngine } from '../engine/test-engine.js';
import { intervalRunId } from '../../workflows/contract.js';
import { aWhyApi, type WhyApi } from './why-api.js';

const yesterday = midnight(-1);
const COMMON = [
  {
    id: 'Default',
    scheduleType: 'cron',
    schedule: { ref: 'Daily' },
    workerGroup: 'custom',
    maximumRetries: '1',
    retryDelay: '1 second',
  },
  { id: 'Daily', type: 'Schedule', period: '1 day', startDateTime: yesterday, occurrences: '1' },
];
const SAY = {
  id: 'Say',
  type: 'ShellCommandActivity',
  command: 'echo #{format(@scheduledStartTime, "YYYY")}',
};
const say = `@Say_${yesterday}`;

/** A runner that its user wrote, at one API. */
function aRunner({ url, key }: WhyApi, hostname = 'host-1') {
  const client = new DataPipelineClient({
    endpoint: url,
    region: 'us-east-1',
    credentials: key,
    maxAttempts: 1,
  });
  onTestFinished(() => client.destroy());
  const poll = async (hangUp = new AbortController()): Promise<TaskObject | undefined> => {
    const command = new PollForTaskCommand({ workerGroup: 'custom', hostname });
    return (await client.send(command, { abortSignal: hangUp.signal })).taskObject;
  };
  return {
    client,
    poll,
    /** The next task. */
    async task(): Promise<TaskObject & { taskId: string }> {
      const task = await poll();
      if (task?.taskId === undefined) throw new Error('No task came');
      return { ...task, taskId: task.taskId };
    },
    report: async (taskId: string, fields: Record<string, string> = {}) =>
      (
        await client.send(
          new ReportTaskProgressCommand({
            taskId,
            fields: Object.entries(fields).map(([name, stringValue]) => ({ key: name, stringValue })),
          }),
        )
      ).canceled,
    end: (taskId: string, taskStatus: 'FINISHED' | 'FAILED' | 'FALSE', more: object = {}) =>
      client.send(new SetTaskStatusCommand({ taskId, taskStatus, ...more })),
  };
}

async function aWorld(more: readonly object[] = [SAY]) {
  const engine = await aTestEngine();
  const api = await aWhyApi(engine);
  const tasks = api.app.get(RunnerTasks, { strict: false });
  const pipelineId = await engine.activate({ objects: [...COMMON, ...more] });
  return { engine, api, tasks, pipelineId, runner: aRunner(api) };
}

const is =
  (status: string, id = say) =>
  (seen: Record<string, string>): boolean =>
    seen[id] === status;

const attempts = (engine: TestEngine, pipelineId: string, ...numbers: readonly number[]) =>
  engine.objects.attempts(
    pipelineId,
    numbers.map((number) => `${say}_Attempt=${number}`),
  );

describe('the protocol of task runners', () => {
  it('gives a task with its evaluated fields, and takes its progress and its end', async () => {
    const { engine, pipelineId, runner, api } = await aWorld([
      { ...SAY, '*myPassword': 'hunter2', '*myToken': 'env:TOKEN', input: { ref: 'Data' } },
      { id: 'Data', type: 'S3DataNode', filePath: 's3://b/#{format(@scheduledStartTime, "YYYY-MM-dd")}' },
    ]);
    const task = await runner.task();
    const attemptId = `${say}_Attempt=1`;
    expect(task).toMatchObject({ pipelineId, attemptId });
    expect(task.taskId.length).toBeLessThan(2048);
    expect(Object.keys(task.objects ?? {}).toSorted()).toEqual([attemptId, 'Data'].toSorted());
    const { fields = [] } = task.objects?.[attemptId] ?? {};
    const text = Object.fromEntries(
      fields.map(({ key, stringValue, refValue }) => [key, stringValue ?? refValue]),
    );
    expect(text).toMatchObject({
      type: 'ShellCommandActivity',
      command: `echo ${yesterday.slice(0, 4)}`,
      workerGroup: 'custom',
      '@sphere': 'ATTEMPT',
      '@status': 'WAITING_FOR_RUNNER',
      '@componentParent': 'Say',
      '@instanceParent': say,
      '@pipelineId': pipelineId,
      '@scheduledStartTime': yesterday,
      '*myPassword': '********',
      '*myToken': 'env:TOKEN',
      input: 'Data',
    });
    expect(task.objects?.['Data']?.fields).toContainEqual({
      key: 'filePath',
      stringValue: `s3://b/${yesterday.slice(0, 10)}`,
    });
    expect(JSON.stringify(task)).not.toContain('hunter2');

    await engine.until(pipelineId, is('WAITING_FOR_RUNNER'));
    expect(await runner.report(task.taskId, { percentComplete: '40' })).toBe(false);
    await engine.until(pipelineId, is('RUNNING'));
    const live = await api.get(`/v1/pipelines/${pipelineId}/attempts/${encodeURIComponent(attemptId)}`);
    expect(await live.json()).toMatchObject({ hostname: 'host-1', progress: { percentComplete: 40 } });
    await runner.end(task.taskId, 'FINISHED');
    await engine.until(pipelineId, is('FINISHED'));
    expect(await attempts(engine, pipelineId, 1)).toMatchObject([{ status: 'FINISHED', hostname: 'host-1' }]);
    await expect(runner.end(task.taskId, 'FINISHED')).rejects.toMatchObject({
      name: 'TaskNotFoundException',
    });
    await expect(runner.report(task.taskId)).rejects.toMatchObject({ name: 'TaskNotFoundException' });
  });

  it('keeps the error of a failed task, and gives its next attempt out', async () => {
    const { engine, pipelineId, runner } = await aWorld();
    const first = await runner.task();
    await expect(runner.end(first.taskId, 'FAILED', { errorId: 'Service_X' })).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: expect.stringContaining('"Service_X"') as unknown,
    });
    await runner.end(first.taskId, 'FAILED', {
      errorId: 'DiskFull',
      errorMessage: 'no space on /data',
      errorStackTrace: 'at write',
    });
    const second = await runner.task();
    expect(second.attemptId).toBe(`${say}_Attempt=2`);
    await runner.end(second.taskId, 'FINISHED');
    await engine.until(pipelineId, is('FINISHED'));
    expect(await attempts(engine, pipelineId, 1)).toMatchObject([
      {
        status: 'FAILED',
        errorId: 'DiskFull',
        errorMessage: 'no space on /data',
        errorStackTrace: 'at write',
      },
    ]);
  });

  it('asks a precondition again after FALSE, and then gives the activity out', async () => {
    const { engine, pipelineId, runner } = await aWorld([
      { ...SAY, precondition: { ref: 'Ready' } },
      { id: 'Ready', type: 'ShellCommandPrecondition', command: 'test -e /x', retryDelay: '1 second' },
    ]);
    const check = await runner.task();
    expect(check.attemptId).toContain('@Ready_Say_');
    expect(check.objects?.[check.attemptId ?? '']?.fields).toContainEqual({ key: 'node', refValue: 'Say' });
    await runner.report(check.taskId);
    await runner.end(check.taskId, 'FALSE');
    const again = await runner.task();
    expect(again.attemptId).toBe(check.attemptId);
    await runner.end(again.taskId, 'FINISHED');
    const task = await runner.task();
    expect(task.attemptId).toBe(`${say}_Attempt=1`);
    await expect(runner.end(task.taskId, 'FALSE')).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: expect.stringContaining('expected FINISHED or FAILED') as unknown,
    });
    await runner.end(task.taskId, 'FINISHED');
    await engine.until(pipelineId, is('FINISHED'));
  });

  it('tells a runner to stop when its task is cancelled, and takes its silence for having stopped', async () => {
    const { engine, tasks, pipelineId, runner } = await aWorld();
    tasks.stopsWithinMs = 100;
    const task = await runner.task();
    expect(await runner.report(task.taskId)).toBe(false);
    await engine.until(pipelineId, is('RUNNING'));
    await engine.setStatus(pipelineId, 'CANCEL', say);
    await expect.poll(() => runner.report(task.taskId)).toBe(true);
    await engine.until(pipelineId, is('CANCELED'));
  });

  it('ends a task that is paused by hand in Temporal, and gives it out again when it may go on', async () => {
    const { engine, tasks, pipelineId, runner } = await aWorld();
    tasks.stopsWithinMs = 100;
    const task = await runner.task();
    await runner.report(task.taskId);
    await engine.until(pipelineId, is('RUNNING'));
    const workflowId = intervalRunId({
      pipelineId,
      scheduleId: 'Daily',
      intervalStart: `${yesterday}Z`,
    });
    const activity = {
      namespace: engine.namespace,
      execution: { workflowId },
      id: task.attemptId ?? '',
      identity: 'an operator',
    };
    await engine.client.workflowService.pauseActivity(activity);
    expect(await runner.report(task.taskId)).toBe(true);
    await expect
      .poll(() => runner.report(task.taskId).catch(({ name }: Error) => name))
      .toBe('TaskNotFoundException');
    await engine.client.workflowService.unpauseActivity(activity);
    const again = await runner.task();
    expect(again.attemptId).toBe(task.attemptId);
    await runner.end(again.taskId, 'FINISHED');
    await engine.until(pipelineId, is('FINISHED'));
  });

  it('gives a task whose runner never confirmed it to another; the first is told that it is too late', async () => {
    const { engine, tasks, pipelineId, api, runner } = await aWorld();
    tasks.confirmedWithinMs = 200;
    const lost = await runner.task();
    const other = aRunner(api, 'host-2');
    const task = await other.task();
    expect(task.attemptId).toBe(lost.attemptId);
    expect(await other.report(task.taskId)).toBe(false);
    await engine.until(pipelineId, is('RUNNING'));
    await expect(runner.end(lost.taskId, 'FINISHED')).rejects.toMatchObject({
      name: 'TaskNotFoundException',
    });
    await other.end(task.taskId, 'FINISHED');
    await engine.until(pipelineId, is('FINISHED'));
    expect(await attempts(engine, pipelineId, 1, 2)).toMatchObject([
      { number: 1, status: 'FINISHED', hostname: 'host-2' },
    ]);
  });

  it('loses no task to a runner that hangs up while it polls', async () => {
    const engine = await aTestEngine();
    const api = await aWhyApi(engine);
    const runner = aRunner(api);
    for (const _ of [1, 2, 3]) {
      const hangUp = new AbortController();
      const polling = runner.poll(hangUp);
      await pollerOf(engine);
      hangUp.abort();
      await expect(polling).rejects.toMatchObject({ name: 'AbortError' });
    }
    const pipelineId = await engine.activate({ objects: [...COMMON, SAY] });
    const task = await runner.task();
    await runner.end(task.taskId, 'FINISHED');
    await engine.until(pipelineId, is('FINISHED'));
    expect(task.attemptId).toBe(`${say}_Attempt=1`);
  });

  it('answers with nothing when no task comes', async () => {
    const engine = await aTestEngine();
    const api = await aWhyApi(engine);
    api.app.get(RunnerTasks, { strict: false }).pollMs = 3_000;
    expect(await aRunner(api).poll()).toBeUndefined();
  });

  it('takes reports at any API of the installation, and at no other', async () => {
    const engine = await aTestEngine();
    const secretKey = randomBytes(32);
    const [one, two, stranger] = await Promise.all([
      aWhyApi({ ...engine, secretKey }),
      aWhyApi({ ...engine, secretKey }),
      aWhyApi(engine),
    ]);
    const pipelineId = await engine.activate({ objects: [...COMMON, SAY] });
    const task = await aRunner(one).task();
    expect(await aRunner(two).report(task.taskId)).toBe(false);
    await engine.until(pipelineId, is('RUNNING'));
    await expect(aRunner(stranger).end(task.taskId, 'FINISHED')).rejects.toMatchObject({
      name: 'TaskNotFoundException',
    });
    await aRunner(two).end(task.taskId, 'FINISHED');
    await engine.until(pipelineId, is('FINISHED'));
  });

  it('knows no task that it has not given out', async () => {
    const api = await aWhyApi(await aTestEngine());
    const runner = aRunner(api);
    for (const taskId of ['nonsense', 'AAAA', '../../etc', 'x'.repeat(10_000)]) {
      await expect(runner.report(taskId)).rejects.toMatchObject({ name: 'TaskNotFoundException' });
      await expect(runner.end(taskId, 'FAILED')).rejects.toMatchObject({ name: 'TaskNotFoundException' });
    }
    const answer = await runner.client.send(new ReportTaskRunnerHeartbeatCommand({ taskrunnerId: 'r-1' }));
    expect(answer.terminate).toBe(false);
  });

  it('answers its polls when it ends', async () => {
    const engine = await aTestEngine();
    const api = await aWhyApi(engine);
    const polling = aRunner(api).poll();
    await pollerOf(engine);
    await api.app.close();
    expect(await polling).toBeUndefined();
  });
});

/** Resolves when somebody polls the group. */
async function pollerOf({ client, namespace }: TestEngine): Promise<void> {
  await expect
    .poll(async () => {
      const { pollers } = await client.workflowService.describeTaskQueue({
        namespace,
        taskQueue: { name: 'wg:custom' },
        taskQueueType: 2,
      });
      return pollers?.map(({ identity }) => identity);
    })
    .toContain('host-1 (Task Runner protocol)');
}

describe('EvaluateExpression', () => {
  it('evaluates a text in the place of an object of any sphere', async () => {
    const { engine, pipelineId, runner } = await aWorld();
    const task = await runner.task();
    await runner.end(task.taskId, 'FINISHED');
    await engine.until(pipelineId, is('FINISHED'));
    const evaluate = async (objectId: string, expression: string) =>
      (await runner.client.send(new EvaluateExpressionCommand({ pipelineId, objectId, expression })))
        .evaluatedExpression;
    expect(await evaluate('Daily', 'from #{startDateTime}')).toBe(`from ${yesterday}`);
    const sql = 'delete from t where day = \'#{format(@scheduledStartTime, "YYYY-MM-dd")}\'';
    const done = `delete from t where day = '${yesterday.slice(0, 10)}'`;
    expect(await evaluate(say, sql)).toBe(done);
    expect(await evaluate(`${say}_Attempt=1`, sql)).toBe(done);
    expect(await evaluate('Say', 'no expression, {} #')).toBe('no expression, {} #');
    for (const [objectId, expression, says] of [
      ['Nobody', 'x', '"Nobody"'],
      ['Say', '#{nonsense}', 'nonsense'],
      ['Say', '#{@scheduledStartTime}', '@scheduledStartTime'],
      ['Say', '#{', '#{'],
    ] as const) {
      await expect(evaluate(objectId, expression)).rejects.toMatchObject({
        name: 'InvalidRequestException',
        message: expect.stringContaining(says) as unknown,
      });
    }
  });
});
