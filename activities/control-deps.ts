import { hostname } from 'node:os';
import { resolve } from 'node:path';
import type { Client } from '@temporalio/client';
import type { SnsDeps } from './actions/sns-alarm.js';
import { homeLogUri } from './config.js';
import type { JsonLogger } from './logs/json-logger.js';
import type { ResourceDeps } from './resources/ec2-resource.js';
import { localProvider } from './resources/local-provider.js';
import { cleanUpAfterDeadRunners } from './runner/clean-up.js';
import { journalDirectory } from './runner/journal.js';
import { createStorage } from './storage/open-storage.js';
import { createS3Client } from './storage/s3-client.js';
import { failLost } from './temporal/fail-lost.js';
import { signalReady } from './temporal/signal-ready.js';

/** What the control worker, which has its own configuration, gives to its share of the work. */
export interface ControlOptions {
  /** Folder of its state, logs and resources. */
  readonly home: string;
  readonly awsEndpointUrl?: string | undefined;
  readonly client: Client;
  readonly logger: JsonLogger;
  readonly shutdownSignal: AbortSignal;
  /** Starts machines as processes of this host; absent: none are started. */
  readonly localResources?: {
    /** For the task runners of the machines: Temporal's address, PENSTOCK_HOME, keys, AWS. */
    readonly environment: Readonly<Record<string, string | undefined>>;
    /** The process without which they end: the supervisor, or the control worker itself. */
    readonly parentPid: number;
  };
}

/** Dependencies of the activities that the control worker serves. */
export function controlDeps(options: ControlOptions): ResourceDeps & SnsDeps {
  const { client, logger, shutdownSignal, localResources } = options;
  const home = resolve(options.home);
  const storage = createStorage(createS3Client({ endpointUrl: options.awsEndpointUrl }));
  const shared = { home, hostname: hostname(), storage, logger };
  return {
    ...shared,
    awsEndpointUrl: options.awsEndpointUrl,
    defaultLogUri: homeLogUri(home),
    shutdownSignal,
    ...(localResources && {
      localProvider: localProvider(
        { ...localResources.environment, PENSTOCK_HOME: home },
        localResources.parentPid,
      ),
    }),
    signalReady: signalReady(() => client),
    async cleanUpQueue(taskQueue) {
      const directory = journalDirectory(home, taskQueue);
      await cleanUpAfterDeadRunners({ ...shared, directory, failLost: failLost(() => client) });
    },
  };
}
