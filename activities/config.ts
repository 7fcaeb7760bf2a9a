import { existsSync, readFileSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parseSecretKey, readSecretKeyFile } from '../codec/secret-key.js';
import { readLogLevel, type LogLevel } from '../model/log-level.js';
import { workerGroupTaskQueue } from '../workflows/contract.js';
import { commandEnvironment } from './shell/command-environment.js';
import { fileUri, parseLocation } from './storage/location.js';
import { textOfError } from './storage/work-failure.js';
import type { TemporalTarget } from './temporal/connection.js';

/** All that a task runner is told from outside, read once. */
export interface RunnerConfig {
  readonly taskQueue: string;
  readonly workerGroup?: string;
  readonly temporal: TemporalTarget;
  /** Absolute. State of the runner: work directories, journals, logs. */
  readonly home: string;
  readonly defaultLogUri: string;
  /** Attempts worked on at once. */
  readonly tasks: number;
  readonly hostname: string;
  /** How long running attempts may go on after SIGINT or SIGTERM. */
  readonly stopGraceMs: number;
  readonly awsEndpointUrl?: string;
  /** Opens sealed `*` fields. */
  readonly sealingKey?: Uint8Array;
  /** What `env:NAME` of a secret is looked up in. */
  readonly environment: Environment;
  /** The process without which the runner ends too. */
  readonly parentPid?: number;
  /** Written when the runner polls; see activities/resources. */
  readonly readyFile?: string;
  /** Least level that is logged. */
  readonly logLevel: LogLevel;
  /** What commands inherit. */
  readonly commandEnvironment: Readonly<Record<string, string>>;
}

type Environment = Readonly<Record<string, string | undefined>>;

export type ConfigOutcome =
  | { readonly kind: 'config'; readonly config: RunnerConfig }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'problems'; readonly problems: readonly string[] };

const HELP = `Usage: node dist/activities/main.js --worker-group GROUP [options]

A task runner: takes work of one worker group from Temporal and does it. Needs outbound gRPC to Temporal, nothing else.

  --worker-group GROUP   worker group to serve, exact and case-sensitive    PENSTOCK_WORKER_GROUP
  --temporal HOST:PORT   Temporal's frontend (127.0.0.1:7233)               TEMPORAL_ADDRESS
  --namespace NAME       Temporal's namespace (default)                     TEMPORAL_NAMESPACE
  --tasks N              attempts worked on at once, 1..1000 (10)           PENSTOCK_RUNNER_TASKS
  --home DIR             the runner's state and logs (.penstock)            PENSTOCK_HOME
  --log-uri URI          logs of objects without pipelineLogUri,            PENSTOCK_LOG_URI
                         s3://… or file:///… (DIR/logs/attempts)
  --help                 this text

Also by environment: PENSTOCK_SECRET_KEY_FILE (DIR/secret.key, when it is there) or PENSTOCK_SECRET_KEY, which opens
"*" fields; PENSTOCK_PAYLOAD_KEY_FILE, which encrypts what goes through Temporal (32 bytes, base64 or hexadecimal);
PENSTOCK_AWS_ENDPOINT_URL (an S3-compatible server), PENSTOCK_STOP_GRACE_SECONDS (10), PENSTOCK_LOG_LEVEL (debug, info,
warn or error; info), TEMPORAL_TLS (true), TEMPORAL_TLS_SERVER_CA_CERT_PATH, TEMPORAL_TLS_CLIENT_CERT_PATH,
TEMPORAL_TLS_CLIENT_KEY_PATH, TEMPORAL_API_KEY, and the AWS SDK's own variables. Commands inherit everything but
PENSTOCK_*, TEMPORAL_* and DATABASE_URL.
`;

/** Reads arguments (without node and script) and environment. Arguments win. All problems at once. */
export function readConfig(argv: readonly string[], env: Environment): ConfigOutcome {
  const problems: string[] = [];
  const take = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      problems.push(textOfError(error));
      return undefined;
    }
  };
  const flags = take(() => readFlags(argv));
  if (flags?.help === true) return { kind: 'help', text: HELP };
  const home = resolve(expandHome(flags?.home ?? env['PENSTOCK_HOME'] ?? '.penstock'));
  const workerGroup = flags?.['worker-group'] ?? nonEmpty(env['PENSTOCK_WORKER_GROUP']);
  const taskQueue =
    nonEmpty(env['PENSTOCK_TASK_QUEUE']) ?? (workerGroup && workerGroupTaskQueue(workerGroup));
  if (!taskQueue) problems.push('no worker group: give --worker-group or PENSTOCK_WORKER_GROUP');
  const sealingKey = take(() => readSealingKey(env, home));
  const awsEndpointUrl = take(() => httpUrl('PENSTOCK_AWS_ENDPOINT_URL', env));
  const parentPid = take(() => wholeNumber('PENSTOCK_PARENT_PID', env['PENSTOCK_PARENT_PID'], 2, 2 ** 31));
  const readyFile = nonEmpty(env['PENSTOCK_READY_FILE']);
  const config = {
    taskQueue: taskQueue ?? '',
    ...(workerGroup !== undefined && { workerGroup }),
    temporal: {
      address:
        take(() => hostAndPort(flags?.temporal ?? nonEmpty(env['TEMPORAL_ADDRESS']) ?? '127.0.0.1:7233')) ??
        '',
      namespace: flags?.namespace ?? nonEmpty(env['TEMPORAL_NAMESPACE']) ?? 'default',
      apiKey: nonEmpty(env['TEMPORAL_API_KEY']),
      tls: take(() => readTls(env)),
      secretKey: take(() => readPayloadKey(env)),
    },
    home,
    defaultLogUri: take(() => logUri(flags?.['log-uri'] ?? nonEmpty(env['PENSTOCK_LOG_URI']), home)) ?? '',
    tasks: take(() => wholeNumber('--tasks', flags?.tasks ?? env['PENSTOCK_RUNNER_TASKS'], 1, 1_000)) ?? 10,
    hostname: hostname(),
    stopGraceMs:
      1_000 *
      (take(() =>
        wholeNumber('PENSTOCK_STOP_GRACE_SECONDS', env['PENSTOCK_STOP_GRACE_SECONDS'], 0, 86_400),
      ) ?? 10),
    ...(awsEndpointUrl !== undefined && { awsEndpointUrl }),
    ...(sealingKey !== undefined && { sealingKey }),
    ...(parentPid !== undefined && { parentPid }),
    ...(readyFile !== undefined && { readyFile }),
    logLevel: take(() => logLevel(env['PENSTOCK_LOG_LEVEL'])) ?? 'info',
    commandEnvironment: commandEnvironment(env),
    environment: env,
  };
  return problems.length > 0
    ? { kind: 'problems', problems }
    : { kind: 'config', config: Object.freeze(config) };
}

/** Where attempts log by default: under the home. */
export function homeLogUri(home: string): string {
  return fileUri(join(home, 'logs', 'attempts'));
}

function readFlags(argv: readonly string[]) {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...argv],
    strict: true,
    allowPositionals: false,
    options: {
      'worker-group': text,
      temporal: text,
      namespace: text,
      tasks: text,
      home: text,
      'log-uri': text,
      help: { type: 'boolean', short: 'h' },
    },
  });
  for (const [name, value] of Object.entries(values))
    if (value === '') throw new Error(`--${name} is empty; expected a value`);
  return values;
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value;
}

function expandHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}

function wholeNumber(
  name: string,
  text: string | undefined,
  least: number,
  most: number,
): number | undefined {
  const value = nonEmpty(text);
  if (value === undefined) return undefined;
  const number = /^\d+$/.test(value.trim()) ? Number(value) : NaN;
  if (!(number >= least && number <= most))
    throw new Error(`${name} "${value}" is no whole number from ${least} to ${most}`);
  return number;
}

function hostAndPort(text: string): string {
  const port = /^(?:\[[0-9a-f:.]+\]|[^\s:/[\]]+):(\d{1,5})$/i.exec(text.trim())?.[1];
  if (port === undefined || Number(port) < 1 || Number(port) > 65_535)
    throw new Error(`Temporal address "${text}" is not host:port, such as 127.0.0.1:7233`);
  return text.trim();
}

function httpUrl(name: string, env: Environment): string | undefined {
  const value = nonEmpty(env[name]);
  if (value !== undefined && !(URL.canParse(value) && /^https?:/i.test(value)))
    throw new Error(`${name} "${value}" is no http:// or https:// URL`);
  return value;
}

function logUri(value: string | undefined, home: string): string {
  if (value === undefined) return homeLogUri(home);
  try {
    parseLocation(value);
    return value;
  } catch (cause) {
    throw new Error(`log URI "${value}" is neither s3://bucket/prefix nor file:///absolute/path`, { cause });
  }
}

function logLevel(value: string | undefined): LogLevel {
  const read = readLogLevel(value);
  if ('problem' in read) throw new Error(read.problem);
  return read.level;
}

/** The key file that the installation makes in its home; a runner of that home needs no setting. */
const KEY_FILE = 'secret.key';

function readSealingKey(env: Environment, home: string): Uint8Array | undefined {
  const file = nonEmpty(env['PENSTOCK_SECRET_KEY_FILE']);
  const text = nonEmpty(env['PENSTOCK_SECRET_KEY']);
  if (file !== undefined && text !== undefined)
    throw new Error('both PENSTOCK_SECRET_KEY_FILE and PENSTOCK_SECRET_KEY are set; expected one of them');
  if (text !== undefined) return parseSecretKey(text, 'PENSTOCK_SECRET_KEY');
  if (file !== undefined) return readSecretKeyFile(expandHome(file));
  const own = join(home, KEY_FILE);
  return existsSync(own) ? readSecretKeyFile(own) : undefined;
}

function readPayloadKey(env: Environment): Uint8Array | undefined {
  const file = nonEmpty(env['PENSTOCK_PAYLOAD_KEY_FILE']);
  return file === undefined ? undefined : readSecretKeyFile(expandHome(file));
}

// Names as in Temporal's own environment configuration.
function readTls(env: Environment): TemporalTarget['tls'] {
  const ca = fileOf('TEMPORAL_TLS_SERVER_CA_CERT_PATH', env);
  const crt = fileOf('TEMPORAL_TLS_CLIENT_CERT_PATH', env);
  const key = fileOf('TEMPORAL_TLS_CLIENT_KEY_PATH', env);
  if ((crt === undefined) !== (key === undefined))
    throw new Error(
      'TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH are only of use together',
    );
  if (ca ?? crt)
    return {
      ...(ca && { serverRootCACertificate: ca }),
      ...(crt && key && { clientCertPair: { crt, key } }),
    };
  const on = nonEmpty(env['TEMPORAL_TLS'])?.toLowerCase();
  if (on !== undefined && !['true', 'false', '1', '0'].includes(on))
    throw new Error(`TEMPORAL_TLS "${on}" is neither "true" nor "false"`);
  return on === undefined ? undefined : on === 'true' || on === '1';
}

function fileOf(name: string, env: Environment): Buffer | undefined {
  const path = nonEmpty(env[name]);
  if (path === undefined) return undefined;
  try {
    return readFileSync(expandHome(path));
  } catch (cause) {
    throw new Error(`${name}: file "${path}" cannot be read`, { cause });
  }
}
