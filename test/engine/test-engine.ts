import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure, Context } from '@temporalio/activity';
import { Client } from '@temporalio/client';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { inject, onTestFinished } from 'vitest';
import { backfillActivities } from '../../activities/bookkeeping/backfill.activities.js';
import { bookkeepingActivities } from '../../activities/bookkeeping/bookkeeping.activities.js';
import { ledgerSinks } from '../../activities/bookkeeping/ledger-sinks.js';
import { intervalActivities } from '../../activities/bookkeeping/interval.activities.js';
import { lifecycleActivities } from '../../activities/bookkeeping/lifecycle.activities.js';
import { startUnconfirmedSweeps } from '../../activities/bookkeeping/unconfirmed.js';
import { penstockDataConverter } from '../../codec/data-converter.js';
import type { Principal } from '../../model/access/principal.js';
import { readDefinitionFile } from '../../model/definition/definition-file.js';
import type { Task, TaskResult } from '../../model/instance/task.js';
import { readConfig } from '../../src/config/config.js';
import { Definitions } from '../../src/objects/definitions.js';
import { SetStatus } from '../../src/objects/set-status.operation.js';
import { Backfills } from '../../src/schedules/backfills.js';
import { ConsumersElsewhere } from '../../src/schedules/consumers-elsewhere.js';
import { TemporalPipelineEngine } from '../../src/schedules/temporal-pipeline-engine.js';
import { BackfillStore } from '../../src/store/backfill-store.js';
import { Database } from '../../src/store/database.js';
import { ObjectStore } from '../../src/store/object-store.js';
import { PauseStore } from '../../src/store/pause-store.js';
import { PipelineStore } from '../../src/store/pipeline-store.js';
import { PostgresLedger } from '../../src/store/postgres-ledger.js';
import { UnconfirmedStore } from '../../src/store/unconfirmed-store.js';
import { TemporalClient } from '../../src/temporal/temporal.module.js';
import '../quiet-temporal.js';
import {
  CONTROL_TASK_QUEUE,
  type BackfillInput,
  RESOURCE_READY_SIGNAL,
  resourceTaskQueue,
  workerGroupTaskQueue,
  type ResourceReadySignal,
  type RunBounds,
} from '../../workflows/contract.js';
import { createDatabase, MIGRATED } from '../store/new-database.js';
import { recordHistories } from './histories.js';

/** Gives a control worker that is away less time than a user would. */
class ImpatientEngine extends TemporalPipelineEngine {
  override answerMs = 3_000;
}

/** Continues as new after a few steps. */
class ShortBackfills extends Backfills {
  override stepsPerHistory = 5;
}

/** What a scripted worker does with a task: nothing = FINISHED, a throw = FAILED, `notYet` = ask again later. */
export type Script = (task: Task, context: Context) => Promise<void> | void;

/** The engine as the control worker runs it, on a namespace and a database of its own, with scripted work. */
export interface TestEngine {
  readonly client: Client;
  readonly namespace: string;
  readonly databaseUrl: string;
  readonly pipelines: PipelineStore;
  readonly objects: ObjectStore;
  readonly engine: TemporalPipelineEngine;
  readonly backfills: Backfills;
  readonly pauses: PauseStore;
  /** As the API does it. */
  setStatus(pipelineId: string, status: string, ...objectIds: readonly string[]): Promise<void>;
  /** Ids of the instances whose work began, in order. */
  readonly worked: string[];
  /** Puts and activates a definition in the CLI's file format. */
  activate(definition: object, startTimestamp?: Date): Promise<string>;
  /** Puts a definition in the CLI's file format. */
  put(pipelineId: string, definition: object): Promise<void>;
  statuses(pipelineId: string): Promise<Record<string, string>>;
  /** Waits until `holds`, asking the ledger every 150 ms; fails after a minute with what it saw last. */
  until(
    pipelineId: string,
    holds: (statuses: Record<string, string>) => boolean,
  ): Promise<Record<string, string>>;
  startControlWorker(options?: Partial<WorkerOptions>): Promise<() => Promise<void>>;
  /** Ends the one that was started first. */
  stopControlWorker(): Promise<void>;
  /** Starts another worker of the group; its `stop` ends it. */
  serve(workerGroup: string, script: Script): Promise<{ stop(): Promise<void> }>;
}

/** What scripted machines do. */
export interface Machines {
  /** While it is made; a throw: it cannot be. */
  readonly create?: Script;
  /** While it is up; a throw: it is lost. It ends by itself when no work is left. */
  readonly up?: Script;
}

const PATIENCE_MS = 120_000;

export async function aTestEngine(
  script: Script = () => undefined,
  {
    catchUpRuns = 100,
    lostAnswers = 0,
    machines = {},
    bounds,
  }: {
    readonly catchUpRuns?: number;
    readonly lostAnswers?: number;
    readonly machines?: Machines;
    readonly bounds?: RunBounds;
  } = {},
): Promise<TestEngine> {
  const namespace = `engine-${randomUUID()}`;
  const databaseUrl = await newDatabaseUrl();
  const database = new Database(databaseUrl);
  const address = inject('temporalAddress');
  const connection = await NativeConnection.connect({ address });
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
  });
  const dataConverter = penstockDataConverter();
  const client = new Client({ connection, namespace, dataConverter });
  const ledger = new PostgresLedger(database);
  const pipelines = new PipelineStore(database);
  const objects = new ObjectStore(database);
  const book = new BackfillStore(database);
  const steps = backfillActivities({ pipelines, book, ledger, client });
  let toLose = lostAnswers;
  const worked: string[] = [];

  const activitiesOf = (work: Script): Record<string, (task: Task) => Promise<TaskResult>> => {
    const one = async (task: Task): Promise<TaskResult> => {
      const startedAt = new Date().toISOString();
      const { info } = Context.current();
      Context.current().heartbeat(); // as every task runner confirms its task
      if (info.attempt === 1 || task.nodeId === undefined) worked.push(task.instanceId);
      await work(task, Context.current());
      return { startedAt, hostname: 'test-host' };
    };
    const types = ['ShellCommandActivity', 'CopyActivity', 'SqlActivity', 'S3KeyExists', 'S3PrefixNotEmpty'];
    return Object.fromEntries(
      [...types, 'Exists', 'ShellCommandPrecondition', 'SnsAlarm', 'EmailAlarm', 'WebhookAlarm'].map(
        (type) => [type, one],
      ),
    );
  };
  const running: { worker: Worker; ended: Promise<void> }[] = [];
  const run = async (taskQueue: string, options: Partial<Parameters<typeof Worker.create>[0]>) => {
    const throttle = {
      maxHeartbeatThrottleInterval: '100ms',
      defaultHeartbeatThrottleInterval: '100ms',
    } as const;
    // A thread of its own for the workflows of each engine takes longer to start than most tests to run.
    const common = { connection, namespace, dataConverter, taskQueue, ...throttle, debugMode: true };
    const worker = await Worker.create({ ...common, ...options });
    const started = { worker, ended: worker.run() };
    running.push(started);
    return started;
  };
  /** A machine that serves its queue until the run says that no work is left. */
  const machine = async (task: Task): Promise<TaskResult> => {
    const startedAt = new Date().toISOString();
    const { info, cancelled } = Context.current();
    worked.push(task.instanceId);
    await machines.create?.(task, Context.current());
    const queue = resourceTaskQueue(task.pipelineId, task.instanceId);
    const { worker, ended } = await run(queue, { activities: activitiesOf(script) });
    const beat = setInterval(() => Context.current().heartbeat(), 200);
    const signal: ResourceReadySignal = {
      instanceId: task.instanceId,
      attempt: task.attempt,
      readyAt: startedAt,
      resourceId: 'i-test',
    };
    await client.workflow
      .getHandle(info.workflowExecution?.workflowId ?? '')
      .signal(RESOURCE_READY_SIGNAL, signal);
    try {
      const up = Promise.resolve(machines.up?.(task, Context.current()));
      await Promise.race([cancelled, up.then(() => cancelled)]);
    } finally {
      clearInterval(beat);
      worker.shutdown();
      await ended;
    }
    return { startedAt, hostname: 'test-host' };
  };
  const startControlWorker = async (options?: Partial<WorkerOptions>): Promise<() => Promise<void>> => {
    const { worker, ended } = await run(CONTROL_TASK_QUEUE, {
      workflowBundle: { codePath: inject('workflowBundlePath') },
      sinks: ledgerSinks({ ledger, client, onError: (what, error) => console.error(what, error) }),
      activities: {
        ...bookkeepingActivities({ ledger, client, ...(bounds === undefined ? {} : { bounds }) }),
        ...intervalActivities({ ledger, runs: objects, client, catchUpRuns }),
        ...lifecycleActivities({ pipelines, runs: objects, ledger, client }),
        ...steps,
        stepBackfill: async (input: BackfillInput) => {
          const done = await steps.stepBackfill(input);
          if (toLose-- > 0) throw new Error('what was done is lost');
          return done;
        },
        ...activitiesOf(script),
        Ec2Resource: machine,
      },
      ...options,
    });
    return async () => {
      worker.shutdown();
      await ended;
    };
  };
  const stopControlWorker = await startControlWorker();
  // A Temporal server that is very busy loses a task now and then.
  const endSweeps = startUnconfirmedSweeps({
    client,
    book: new UnconfirmedStore(database),
    confirmedWithinMs: 20_000,
    everyMs: 5_000,
    onGivenOutAgain: (attemptId) => console.warn(`given out again: ${attemptId}`),
    onFailed: (error) => console.warn('unconfirmed attempts are not looked for', error),
  });
  await run(workerGroupTaskQueue('wg'), { activities: activitiesOf(script) });

  const config = readConfig({
    DATABASE_URL: 'postgres://unused/unused',
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
  });
  const temporal = new TemporalClient(config);
  const pauses = new PauseStore(database);
  const engine = new ImpatientEngine(
    temporal,
    pipelines,
    objects,
    pauses,
    new ConsumersElsewhere(objects, ledger),
  );
  const backfills = new ShortBackfills(temporal, pipelines, ledger, book);
  const definitions = new Definitions(pipelines, ledger);
  const setStatus = new SetStatus(pipelines, objects, definitions, pauses, engine);
  onTestFinished(async ({ task }) => {
    if (process.env['PENSTOCK_RECORD_HISTORIES'] !== undefined) await recordHistories(client, task.name);
    await endSweeps();
    for (const { worker, ended } of running) {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await ended;
    }
    await temporal.connection.close();
    await connection.close();
    await database.close();
  });

  const put = async (pipelineId: string, definition: object): Promise<void> => {
    const { definition: wire, problems } = readDefinitionFile(JSON.stringify(definition));
    if (problems.length > 0) throw new Error(JSON.stringify(problems));
    await pipelines.putDefinition(pipelineId, wire, { errored: false });
  };
  const statuses = async (pipelineId: string): Promise<Record<string, string>> => {
    const { instances } = await objects.listInstances(pipelineId, { limit: 10_000 });
    return Object.fromEntries(instances.map((instance) => [instance.id, instance.status]));
  };
  return {
    client,
    namespace,
    databaseUrl,
    pipelines,
    objects,
    engine,
    backfills,
    pauses,
    async setStatus(pipelineId, status, ...objectIds) {
      const principal: Principal = {
        arn: 'arn:aws:iam::000000000000:user/operator',
        name: 'operator',
        by: 'access-key',
        credentialId: 'key',
        role: 'operator',
        policies: [],
      };
      const caller = { principal };
      await setStatus.handle({ pipelineId, objectIds: [...objectIds], status }, caller);
    },
    worked,
    put,
    statuses,
    startControlWorker,
    stopControlWorker,
    async activate(definition, startTimestamp) {
      const name = `test ${randomUUID()}`;
      const { pipelineId } = await pipelines.create({
        name,
        uniqueId: name,
        tags: [],
        creator: 'test',
        accountId: '0',
      });
      await put(pipelineId, definition);
      await engine.activate(pipelineId, startTimestamp === undefined ? {} : { startTimestamp });
      return pipelineId;
    },
    async until(pipelineId, holds) {
      const deadline = Date.now() + PATIENCE_MS;
      for (;;) {
        const seen = await statuses(pipelineId);
        if (holds(seen)) return seen;
        if (Date.now() > deadline) {
          const open = await openRuns(client);
          throw new Error(`Did not come to hold: ${JSON.stringify({ seen, open }, undefined, 1)}`);
        }
        await delay(150);
      }
    },
    async serve(workerGroup, work) {
      const started = await run(workerGroupTaskQueue(workerGroup), { activities: activitiesOf(work) });
      return {
        stop: async () => {
          started.worker.shutdown();
          await started.ended;
        },
      };
    },
  };
}

/** For who has waited in vain: what Temporal has open, and what it waits for. */
async function openRuns(client: Client): Promise<unknown[]> {
  const open: unknown[] = [];
  for await (const { workflowId } of client.workflow.list({ query: `ExecutionStatus = 'Running'` })) {
    const { raw } = await client.workflow.getHandle(workflowId).describe();
    open.push({ workflowId, activities: raw.pendingActivities, workflowTask: raw.pendingWorkflowTask });
  }
  return open;
}

/** A database with the migrations of the store. */
export function newDatabaseUrl(): Promise<string> {
  return createDatabase(inject('postgresUrl'), { template: MIGRATED });
}

/** What a precondition throws that does not hold yet. */
export function notYet(): ApplicationFailure {
  return ApplicationFailure.create({ type: 'NotYet', message: 'not there yet' });
}

export function commandFailed(): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'CommandFailed',
    message: 'exit status 1',
    nonRetryable: true,
    details: [{ startedAt: new Date().toISOString(), hostname: 'test-host' }],
  });
}

/** `YYYY-MM-DDTHH:MM:SS`, `days` days from today's midnight (UTC). */
export function midnight(days: number): string {
  const today = new Date();
  today.setUTCHours(0, 0, 0, 0);
  return new Date(today.getTime() + days * 86_400_000).toISOString().slice(0, 19);
}
