import 'reflect-metadata';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import type { Client } from '@temporalio/client';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import { bookkeepingActivities } from '../activities/bookkeeping/bookkeeping.activities.js';
import { deliver } from '../activities/bookkeeping/deliver.js';
import { backfillActivities } from '../activities/bookkeeping/backfill.activities.js';
import { intervalActivities } from '../activities/bookkeeping/interval.activities.js';
import { ledgerSinks } from '../activities/bookkeeping/ledger-sinks.js';
import type { Ledger } from '../activities/bookkeeping/ledger.js';
import { isOpen } from '../activities/bookkeeping/retention.js';
import { startRetentionSweeps, type RetentionSweeps } from '../activities/bookkeeping/retention-sweeps.js';
import { startUnconfirmedSweeps } from '../activities/bookkeeping/unconfirmed.js';
import { lifecycleActivities } from '../activities/bookkeeping/lifecycle.activities.js';
import { controlDeps } from '../activities/control-deps.js';
import { controlActivities, type WorkActivities } from '../activities/index.js';
import { jsonLogger } from '../activities/logs/json-logger.js';
import { HEARTBEAT_MS } from '../activities/runner/heartbeats.js';
import { listenForStop, stop as newStop, type Stop } from '../activities/runner/stop.js';
import { clientOf, connectWhenUp, type TemporalTarget } from '../activities/temporal/connection.js';
import { installRuntime } from '../activities/temporal/runtime.js';
import { penstockDataConverter } from '../codec/data-converter.js';
import { WORKFLOW_BUILD } from '../workflows/changes.js';
import { CONTROL_TASK_QUEUE } from '../workflows/contract.js';
import { configOfProcess, type Config } from './config/config.js';
import { BackfillStore } from './store/backfill-store.js';
import { Database, migrate } from './store/database.js';
import { ObjectStore } from './store/object-store.js';
import { PipelineStore } from './store/pipeline-store.js';
import { PostgresLedger } from './store/postgres-ledger.js';
import { RetentionStore } from './store/retention-store.js';
import { UnconfirmedStore } from './store/unconfirmed-store.js';
import { controlDeployment, putInForce } from './temporal/control-deployment.js';
import { payloadKeyOf } from './temporal/temporal.module.js';

/** What a crash has left behind is looked for so often: notifications (those younger are being delivered), unconfirmed attempts. */
const SWEEP_MS = 15_000;
/** Checks of preconditions and machines under way at once: they wait for others most of the time. */
const ACTIVITIES_AT_ONCE = 200;
/** How long running bookkeeping may go on after SIGTERM; what does not end is taken over by another control worker. */
const STOP_GRACE_MS = 5_000;
/** And then, when a store or Temporal that does not answer keeps it: what is open survives a kill, so also this. */
const LAST_EXIT_MS = 5_000;

/**
 * Frames of an error in workflow code. The SDK notes where each promise was made, for Temporal's stack-trace query; with V8's ten frames
 * that was half of the processor time of a fan-out of 1,000 (16.5 s against 9.6 s). What a run waits for, `why` tells.
 */
const WORKFLOW_STACK_FRAMES = 3;

const config = configOfProcess();
const logger = jsonLogger((line) => process.stdout.write(`${line}\n`), {
  level: config.logLevel,
  facts: { process: 'control' },
});

/** The control worker: workflows, their bookkeeping, and the work of the service itself. Any number may run side by side. */
async function main(config: Config): Promise<void> {
  const stop = newStop(logger);
  listenForStop(stop, STOP_GRACE_MS, undefined);
  stop.forced.addEventListener('abort', exitLater, { once: true });
  installRuntime(logger, config.logLevel);
  const database = new Database(config.databaseUrl, 'penstock-control');
  await migrate(database.kysely);
  const target: TemporalTarget = {
    address: config.temporalAddress,
    namespace: config.temporalNamespace,
    secretKey: payloadKeyOf(config),
  };
  const connection = await connectWhenUp(target, logger, stop.requested);
  const client = clientOf(connection, target);
  setFlagsFromString(`--stack-trace-limit=${WORKFLOW_STACK_FRAMES}`); // of threads that begin from here on
  const ledger = new PostgresLedger(database);
  const pipelines = new PipelineStore(database);
  const runs = new ObjectStore(database);
  const worker = await Worker.create({
    connection,
    namespace: target.namespace,
    dataConverter: penstockDataConverter(target.secretKey),
    taskQueue: CONTROL_TASK_QUEUE,
    workerDeploymentOptions: controlDeployment(WORKFLOW_BUILD),
    ...workflowCode(),
    activities: {
      ...bookkeepingActivities({ ledger, client }),
      ...intervalActivities({ ledger, runs, client, catchUpRuns: config.catchUpRuns }),
      ...lifecycleActivities({ pipelines, runs, ledger, client }),
      ...backfillActivities({ pipelines, book: new BackfillStore(database), ledger, client }),
      ...serviceActivities(config, client, stop),
    },
    sinks: ledgerSinks({
      ledger,
      client,
      onError: (what, error) => logger.warn(`${what} cannot be written; trying again`, { error }),
    }),
    maxConcurrentActivityTaskExecutions: ACTIVITIES_AT_ONCE,
    maxHeartbeatThrottleInterval: HEARTBEAT_MS,
    defaultHeartbeatThrottleInterval: HEARTBEAT_MS,
    shutdownGraceTime: STOP_GRACE_MS,
  });
  const sweep = setInterval(() => void deliverLeftOver(client, ledger), SWEEP_MS);
  const endUnconfirmed = startUnconfirmedSweeps({
    client,
    book: new UnconfirmedStore(database),
    everyMs: SWEEP_MS,
    onGivenOutAgain: (attemptId) =>
      logger.warn('its task runner never confirmed the attempt: it is given out again', { attemptId }),
    onFailed: (error) => logger.warn('unconfirmed attempts are not looked for; trying again', { error }),
  });
  const retention = retentionSweeps(config, database, client, ledger);
  stop.requested.addEventListener('abort', () => worker.shutdown(), { once: true });
  logger.info('control worker ready', { taskQueue: CONTROL_TASK_QUEUE, temporal: config.temporalAddress });
  try {
    if (!stop.requested.aborted) await runInForce(worker, client, stop.requested);
  } finally {
    clearInterval(sweep);
    await endUnconfirmed();
    await retention?.stop();
    await connection.close();
    await database.close();
  }
}

/** Polls, and sees to it that Temporal gives work to this build of the workflows or to a newer one. */
async function runInForce(worker: Worker, client: Client, stopped: AbortSignal): Promise<void> {
  const ended = new AbortController();
  let failure: Error | undefined;
  const waiting = (error: Error) => logger.warn('the build is not in force yet; trying again', { error });
  const decided = putInForce(client, WORKFLOW_BUILD, AbortSignal.any([stopped, ended.signal]), waiting)
    .then((inForce) => {
      if (inForce === WORKFLOW_BUILD) logger.info('build in force', { build: WORKFLOW_BUILD });
      else
        logger.warn('a newer build is in force: this one gets no work', { build: WORKFLOW_BUILD, inForce });
    })
    .catch((error: unknown) => {
      if (stopped.aborted || ended.signal.aborted) return;
      failure = new Error('Temporal refuses the build of the workflows', { cause: error });
      worker.shutdown();
    });
  try {
    await worker.run();
  } finally {
    ended.abort();
    await decided;
  }
  if (failure !== undefined) throw failure;
}

/** What the service does itself: checks that need no worker of the user's, alarms, machines. */
function serviceActivities(config: Config, client: Client, stop: Stop): WorkActivities {
  const parentPid = Number(process.env['PENSTOCK_PARENT_PID'] ?? process.pid);
  return controlActivities(
    controlDeps({
      home: config.homePath,
      ...(config.awsEndpointUrl === undefined ? {} : { awsEndpointUrl: config.awsEndpointUrl }),
      client,
      logger,
      shutdownSignal: stop.forced,
      alarms: {
        mailServer: config.mailServer,
        mailFrom: config.mailFrom,
        webhookHosts: config.webhookHosts,
        sealingKeyPath: config.secretKeyPath,
        environment: process.env,
      },
      ...(config.resources === 'local' ? { localResources: { environment: process.env, parentPid } } : {}),
    }),
  );
}

/** The bundle that the build has made, else the sources beside it. */
function workflowCode(): Pick<WorkerOptions, 'workflowBundle'> | Pick<WorkerOptions, 'workflowsPath'> {
  const codePath = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));
  if (existsSync(codePath)) return { workflowBundle: { codePath } };
  return { workflowsPath: fileURLToPath(new URL('../workflows/index.js', import.meta.url)) };
}

/** Undefined: everything is kept. */
function retentionSweeps(
  config: Config,
  database: Database,
  client: Client,
  ledger: Ledger,
): RetentionSweeps | undefined {
  const { retentionDays: days } = config;
  if (days === undefined) return undefined;
  return startRetentionSweeps({
    days,
    book: new RetentionStore(database),
    ledger,
    isOpen: (workflowId) => isOpen(client, workflowId),
    onError: (pipelineId, error) => logger.warn('old runs are not removed', { pipelineId, error }),
    onFailed: (error) => logger.warn('old runs are not looked at; trying again', { error }),
    onSwept: (removed) => logger.info('old runs removed', { days, ...removed }),
  });
}

function exitLater(): void {
  setTimeout(() => {
    logger.warn('the control worker does not end in order; another one takes over what is open');
    process.exit(0);
  }, LAST_EXIT_MS).unref();
}

async function deliverLeftOver(client: Client, ledger: Ledger): Promise<void> {
  try {
    await deliver(client, ledger, await ledger.undelivered(SWEEP_MS));
  } catch (error) {
    logger.warn('notifications are not delivered; trying again', { error });
  }
}

await main(config).then(
  () => process.exit(0), // an IPC channel to the parent would keep the process
  (error: unknown) => {
    logger.error('the control worker cannot go on', { error });
    process.exit(1);
  },
);
