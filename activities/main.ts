import { writeSync } from 'node:fs';
import type { Client } from '@temporalio/client';
import { standingOf } from '../temporal/standing-of.js';
import { readConfig, type RunnerConfig } from './config.js';
import { runnerActivities } from './index.js';
import { jsonLogger } from './logs/json-logger.js';
import { processGuard } from './runner/guard.js';
import { type Journal, journalDirectory, openJournal } from './runner/journal.js';
import { ownIdentity } from './runner/process-identity.js';
import { serve } from './runner/runner.js';
import { listenForStop, stop } from './runner/stop.js';
import { createStorage } from './storage/open-storage.js';
import { createS3Client } from './storage/s3-client.js';
import { textOfError } from './storage/work-failure.js';
import { failLost } from './temporal/fail-lost.js';
import { installRuntime } from './temporal/runtime.js';
import { signalStarted } from './temporal/signal-started.js';

/** After the last attempt was told to end: five seconds to SIGKILL, a minute for logs at most, and a little. */
const LAST_EXIT_MS = 70_000;

const STDOUT = 1;

/** The task runner's process: reads its configuration, serves its task queue until it is told to stop. */
async function main(): Promise<void> {
  const outcome = readConfig(process.argv.slice(2), process.env);
  if (outcome.kind === 'help') return void process.stdout.write(outcome.text);
  if (outcome.kind === 'problems') {
    process.stderr.write(`${outcome.problems.map((problem) => `task runner: ${problem}`).join('\n')}\n`);
    process.exit(1);
  }
  await run(outcome.config);
  process.exit(0); // an IPC channel to the parent would keep the process
}

async function run(config: RunnerConfig): Promise<void> {
  const logger = jsonLogger(printLine, {
    level: config.logLevel,
    facts: { process: 'runner', pid: process.pid },
  });
  const stopping = stop(logger);
  listenForStop(stopping, config.stopGraceMs, config.parentPid);
  stopping.forced.addEventListener('abort', () =>
    exitLater(() => logger.error('running attempts do not end')),
  );
  installRuntime(logger, config.logLevel);
  const directory = journalDirectory(config.home, config.taskQueue);
  const journal = openedJournal(directory, config);
  const storage = createStorage(createS3Client({ endpointUrl: config.awsEndpointUrl }));
  let client: Client | undefined;
  const connectedClient = (): Client => {
    if (!client) throw new Error('not connected to Temporal');
    return client;
  };
  const { home, hostname, defaultLogUri, commandEnvironment } = config;
  const shared = { home, hostname, storage, logger };
  await serve({
    config,
    logger,
    stop: stopping,
    activities: runnerActivities({
      ...shared,
      defaultLogUri,
      commandEnvironment,
      secrets: {
        environment: config.environment,
        ...(config.sealingKey && { sealingKey: config.sealingKey }),
        awsEndpointUrl: config.awsEndpointUrl,
      },
      journal,
      guard: processGuard(logger),
      shutdownSignal: stopping.forced,
      signalStarted: signalStarted(connectedClient),
      standingOf: (token, details) => standingOf(connectedClient(), token, details),
    }),
    cleanUp: { ...shared, directory, failLost },
    onClient: (connected) => {
      client = connected;
    },
  });
  journal.close();
  logger.info('task runner stopped');
}

// The first thing that needs the home: a wrong one is told in a sentence, not in a stack.
function openedJournal(directory: string, config: RunnerConfig): Journal {
  try {
    return openJournal(directory, { ...ownIdentity(), hostname: config.hostname });
  } catch (error) {
    process.stderr.write(`task runner: home "${config.home}" cannot be written: ${textOfError(error)}\n`);
    process.exit(1);
  }
}

function exitLater(say: () => void): void {
  setTimeout(() => {
    say();
    process.exit(1); // their journal tells the next runner
  }, LAST_EXIT_MS).unref();
}

// Synchronous, so that no line is lost at exit; a reader that went away must not end the runner.
function printLine(line: string): void {
  try {
    writeSync(STDOUT, `${line}\n`);
  } catch {
    return;
  }
}

await main().catch((error: unknown) => {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`task runner: ${text}\n`);
  process.exit(1);
});
