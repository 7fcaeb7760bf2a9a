import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import type { Client } from '@temporalio/client';
import { ALARM_VARIABLE_PREFIX } from '../model/definition/check-alarms.js';
import { readSecretKeyFile } from '../codec/secret-key.js';
import { createMailer, type MailServer } from './actions/mailer.js';
import { homeLogUri } from './config.js';
import type { JsonLogger } from './logs/json-logger.js';
import type { AlarmDeps } from './index.js';
import type { ResourceDeps } from './resources/ec2-resource.js';
import { localProvider } from './resources/local-provider.js';
import type { SecretSources } from './secrets/open-secret.js';
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
  /** What alarms are sent with, and what they may use. */
  readonly alarms: AlarmOptions;
  /** Starts machines as processes of this host; absent: none are started. */
  readonly localResources?: {
    /** For the task runners of the machines: Temporal's address, PENSTOCK_HOME, keys, AWS. */
    readonly environment: Readonly<Record<string, string | undefined>>;
    /** The process without which they end: the supervisor, or the control worker itself. */
    readonly parentPid: number;
  };
}

/** Settings of the alarms. */
export interface AlarmOptions {
  readonly mailServer?: MailServer | undefined;
  readonly mailFrom?: string | undefined;
  readonly webhookHosts?: readonly string[] | undefined;
  /** Key file that opens sealed `*` fields; read when an alarm needs it. */
  readonly sealingKeyPath: string;
  /** Of which alarms see the variables that begin with PENSTOCK_ALARM_. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Dependencies of the activities that the control worker serves. */
export function controlDeps(options: ControlOptions): ResourceDeps & AlarmDeps {
  const { client, logger, shutdownSignal, localResources } = options;
  const home = resolve(options.home);
  const storage = createStorage(createS3Client({ endpointUrl: options.awsEndpointUrl }));
  const shared = { home, hostname: hostname(), storage, logger };
  return {
    ...shared,
    awsEndpointUrl: options.awsEndpointUrl,
    ...alarmDeps(options.alarms, options.awsEndpointUrl),
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

function alarmDeps(alarms: AlarmOptions, awsEndpointUrl: string | undefined): AlarmDeps {
  const { mailServer, mailFrom, webhookHosts } = alarms;
  return {
    mailer: mailServer && createMailer(mailServer),
    mailFrom,
    webhookHosts,
    alarmSecrets: alarmSecrets(alarms, awsEndpointUrl),
  };
}

/** Whoever writes a definition must not read with it what the service itself lives on. */
export function alarmSecrets(
  { sealingKeyPath, environment }: Pick<AlarmOptions, 'sealingKeyPath' | 'environment'>,
  awsEndpointUrl?: string,
): SecretSources {
  const names = Object.keys(environment).filter((name) => name.startsWith(ALARM_VARIABLE_PREFIX));
  return {
    get sealingKey() {
      return existsSync(sealingKeyPath) ? readSecretKeyFile(sealingKeyPath) : undefined;
    },
    environment: Object.fromEntries(names.map((name) => [name, environment[name]])),
    readsFiles: false,
    awsEndpointUrl,
  };
}
