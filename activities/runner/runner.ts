import { mkdir, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { type NativeConnection, Worker } from '@temporalio/worker';
import { penstockDataConverter } from '../../codec/data-converter.js';
import type { RunnerConfig } from '../config.js';
import type { WorkActivities } from '../index.js';
import type { JsonLogger } from '../logs/json-logger.js';
import { clientOf, connectWhenUp } from '../temporal/connection.js';
import { cleanUpAfterDeadRunners, type CleanUpDeps } from './clean-up.js';
import { HEARTBEAT_MS } from './heartbeats.js';
import type { Stop } from './stop.js';

/** How often a runner looks for others of its home that were killed. */
const CLEAN_UP_MS = 30_000;
const FIRST_RESTART_MS = 1_000;
const LAST_RESTART_MS = 30_000;
/** Never reached: attempts end by our own signal, and Temporal's worker must not end them before. */
const WORKER_GRACE = '7 days';

export interface RunnerDeps {
  readonly config: RunnerConfig;
  readonly logger: JsonLogger;
  readonly activities: WorkActivities;
  readonly cleanUp: Omit<CleanUpDeps, 'failLost'> & {
    readonly failLost: (client: () => Client) => CleanUpDeps['failLost'];
  };
  readonly stop: Stop;
  /** Called with each new connection's client. */
  readonly onClient: (client: Client) => void;
}

/**
 * Serves the task queue until the stop is requested and every running attempt has ended and been reported.
 * While Temporal is away it waits and connects again; attempts in progress go on meanwhile.
 */
export async function serve(deps: RunnerDeps): Promise<void> {
  const { config, logger, stop } = deps;
  await mkdir(deps.cleanUp.directory, { recursive: true, mode: 0o700 });
  for (
    let waitMs = FIRST_RESTART_MS;
    !stop.requested.aborted;
    waitMs = Math.min(2 * waitMs, LAST_RESTART_MS)
  ) {
    let connection: NativeConnection | undefined;
    try {
      connection = await connectWhenUp(config.temporal, logger, stop.requested);
      const client = clientOf(connection, config.temporal);
      deps.onClient(client);
      await workOn(deps, connection, client);
    } catch (error) {
      if (stop.requested.aborted) break;
      logger.warn('the worker ended; trying again', { error, waitMs });
      await delay(waitMs, undefined, { signal: stop.requested }).catch(() => undefined);
    } finally {
      await connection
        ?.close()
        .catch((error: unknown) => logger.warn('closing the connection failed', { error }));
    }
  }
}

async function workOn(deps: RunnerDeps, connection: NativeConnection, client: Client): Promise<void> {
  const { config, logger, stop } = deps;
  const cleanUp = { ...deps.cleanUp, failLost: deps.cleanUp.failLost(() => client) };
  // Before the first poll: what a killed runner left must be dead before its retry can come to this one.
  await cleanUpAfterDeadRunners(cleanUp);
  const worker = await Worker.create({
    connection,
    namespace: config.temporal.namespace,
    taskQueue: config.taskQueue,
    activities: deps.activities,
    dataConverter: penstockDataConverter(config.temporal.secretKey),
    maxConcurrentActivityTaskExecutions: config.tasks,
    // The defaults would hold heartbeats, and with them the news of a cancel, back for up to a minute.
    maxHeartbeatThrottleInterval: HEARTBEAT_MS,
    defaultHeartbeatThrottleInterval: HEARTBEAT_MS,
    shutdownGraceTime: WORKER_GRACE,
  });
  if (stop.requested.aborted) return;
  const running = worker.run();
  const shutdown = (): void => worker.shutdown();
  stop.requested.addEventListener('abort', shutdown, { once: true });
  const timer = setInterval(() => {
    cleanUpAfterDeadRunners(cleanUp).catch((error: unknown) =>
      logger.warn('cleaning up after dead task runners failed', { error }),
    );
  }, CLEAN_UP_MS);
  try {
    await announceReady(config, logger);
    await running;
  } finally {
    clearInterval(timer);
    stop.requested.removeEventListener('abort', shutdown);
  }
}

async function announceReady(config: RunnerConfig, logger: JsonLogger): Promise<void> {
  const { taskQueue, workerGroup, tasks, home } = config;
  logger.info('task runner ready', {
    taskQueue,
    workerGroup,
    tasks,
    home,
    temporal: config.temporal.address,
  });
  if (config.readyFile !== undefined)
    await writeFile(
      config.readyFile,
      JSON.stringify({ pid: process.pid, readyAt: new Date().toISOString() }),
    );
}
