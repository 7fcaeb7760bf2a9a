import 'reflect-metadata';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import { bundleWorkflowCode, Worker, type WorkflowBundleOption } from '@temporalio/worker';
import { bookkeepingActivities } from '../activities/bookkeeping/bookkeeping.activities.js';
import { deliver } from '../activities/bookkeeping/deliver.js';
import { intervalActivities } from '../activities/bookkeeping/interval.activities.js';
import { lifecycleActivities } from '../activities/bookkeeping/lifecycle.activities.js';
import type { Ledger } from '../activities/bookkeeping/ledger.js';
import { connectWhenUp } from '../activities/temporal/connection.js';
import { penstockDataConverter } from '../codec/data-converter.js';
import { CONTROL_TASK_QUEUE } from '../workflows/contract.js';
import { configOfProcess } from './config/config.js';
import { log } from './config/log.js';
import { Database, migrate } from './store/database.js';
import { PipelineStore } from './store/pipeline-store.js';
import { PostgresLedger } from './store/postgres-ledger.js';
import { RunStore } from './store/run-store.js';
import { payloadKeyOf } from './temporal/temporal.module.js';

/** Notifications that a crash has left behind are looked for so often; those younger are being delivered. */
const SWEEP_MS = 15_000;

/** The workflow bundle that the build has made; made anew when there is none (development, tests). */
const BUNDLE_PATH = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));

/** The control worker: workflows, their bookkeeping, and the activities of the service itself. Any number may run side by side. */
async function main(): Promise<void> {
  const config = configOfProcess();
  const stop = stopSignal();
  const database = new Database(config.databaseUrl, 'penstock-control');
  await migrate(database.kysely);
  const ledger = new PostgresLedger(database);
  const target = {
    address: config.temporalAddress,
    namespace: config.temporalNamespace,
    secretKey: payloadKeyOf(config),
  };
  const connection = await connectWhenUp(target, processLogger, stop);
  const dataConverter = penstockDataConverter(target.secretKey);
  const client = new Client({ connection, namespace: target.namespace, dataConverter });
  const worker = await Worker.create({
    connection,
    namespace: target.namespace,
    dataConverter,
    taskQueue: CONTROL_TASK_QUEUE,
    ...workflowCode(),
    activities: {
      ...bookkeepingActivities({ ledger, client }),
      ...intervalActivities({ ledger, client }),
      ...lifecycleActivities({
        pipelines: new PipelineStore(database),
        runs: new RunStore(database),
        ledger,
        client,
      }),
      ...controlActivities({ config, client, logger: processLogger, shutdownSignal: stop }),
    },
    maxConcurrentActivityTaskExecutions: 200,
    maxHeartbeatThrottleInterval: '5s',
    defaultHeartbeatThrottleInterval: '5s',
    shutdownGraceTime: '5s',
  });
  const sweep = setInterval(() => void deliverLeftOver(client, ledger), SWEEP_MS);
  stop.addEventListener('abort', () => worker.shutdown(), { once: true });
  processLogger.info('control worker ready', {
    taskQueue: CONTROL_TASK_QUEUE,
    temporal: config.temporalAddress,
  });
  try {
    if (stop.aborted) return;
    await worker.run();
  } finally {
    clearInterval(sweep);
    await connection.close();
    await database.close();
  }
}
