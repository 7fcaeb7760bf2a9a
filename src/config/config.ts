import path from 'node:path';
import type { MailServer } from '../../activities/actions/mailer.js';
import { parseMailAddress } from '../../model/definition/mail-address.js';
import { corsOriginsOf, exposureProblem, tlsOf, type TlsPaths } from './http-settings.js';
import { log, logFrom } from './log.js';
import { readMailServer } from './mail-server.js';
import { readOidc, type OidcSettings } from './oidc.js';
import { readOperations, type OperationsSettings } from './operations-settings.js';
import { unknownSettings } from './unknown-settings.js';

/** Settings of the API process and of the control worker, read once from the environment. Also the injection token. */
export abstract class Config implements OperationsSettings {
  /** Port of the HTTP server; 0 = a free one. `PENSTOCK_PORT`, default 8080. */
  abstract readonly httpPort: number;
  /** Address that the HTTP server binds. `PENSTOCK_HOST`, default 127.0.0.1: nothing is offered to the network unasked. */
  abstract readonly httpHost: string;
  /** Certificate (with its chain) and key of the HTTP server, PEM. `PENSTOCK_TLS_CERT_FILE`, `PENSTOCK_TLS_KEY_FILE`; absent = plain HTTP. */
  abstract readonly tls?: TlsPaths;
  /** Origins whose pages may call the REST API. `PENSTOCK_CORS_ORIGINS`, with commas; absent = none. */
  abstract readonly corsOrigins?: readonly string[];
  abstract readonly logLevel: OperationsSettings['logLevel'];
  abstract readonly drainMs: number;
  abstract readonly trustedProxies?: readonly string[];
  abstract readonly rateLimits?: NonNullable<OperationsSettings['rateLimits']>;
  abstract readonly tracesUrl?: string;
  /** Folder of all state, absolute. `PENSTOCK_HOME`, default `.penstock`. */
  abstract readonly homePath: string;
  /** PostgreSQL URL of the store; holds a password, so never logged. `DATABASE_URL`, required. */
  abstract readonly databaseUrl: string;
  /** `host:port` of Temporal's frontend. `TEMPORAL_ADDRESS`, default 127.0.0.1:7233. */
  abstract readonly temporalAddress: string;
  /** `TEMPORAL_NAMESPACE`, default `default`. */
  abstract readonly temporalNamespace: string;
  /** AWS shared-credentials file: every profile may call the API. `PENSTOCK_CREDENTIALS_FILE`, default `<home>/credentials`. */
  abstract readonly credentialsPath: string;
  /** Key that seals `*` fields (32 bytes, base64). `PENSTOCK_SECRET_KEY_FILE`, default `<home>/secret.key`. */
  abstract readonly secretKeyPath: string;
  /** Key that encrypts Temporal payloads; absent = compressed only. `PENSTOCK_PAYLOAD_KEY_FILE`. */
  abstract readonly payloadKeyPath?: string;
  /** Who makes machines for Ec2Resource and EmrCluster. `PENSTOCK_RESOURCES`: `local` (default) or `none`. */
  abstract readonly resources: (typeof RESOURCE_PROVIDERS)[number];
  /** One endpoint for all AWS calls that Penstock makes. `PENSTOCK_AWS_ENDPOINT_URL`; absent = the SDK's own. */
  abstract readonly awsEndpointUrl?: string;
  /** Mail server of EmailAlarm; holds a password, so never logged. `PENSTOCK_SMTP_URL`; absent = no mail is sent. */
  abstract readonly mailServer?: MailServer;
  /** Sender of an EmailAlarm without `from`. `PENSTOCK_MAIL_FROM`. */
  abstract readonly mailFrom?: string;
  /** Hosts that WebhookAlarm may call: names, or `*.domain`. `PENSTOCK_WEBHOOK_HOSTS`, with commas; absent = any. */
  abstract readonly webhookHosts?: readonly string[];
  /** AWS's guard: no activation that would start intervals of more than a day ago. `PENSTOCK_PAST_START_GUARD`, on or off (default). */
  abstract readonly pastStartGuard: boolean;
  /** Runs of one Schedule that are busy at once in catching up with the past; 0 = any number. `PENSTOCK_CATCH_UP_RUNS`, default 100. */
  abstract readonly catchUpRuns: number;
  /** Days after which runs that have ended and that nothing needs are removed; absent = everything is kept. `PENSTOCK_RETENTION_DAYS`. */
  abstract readonly retentionDays?: number;
  /** Issuer whose tokens the REST API takes; absent = none. `PENSTOCK_OIDC_ISSUER` and others. */
  abstract readonly oidc?: OidcSettings;
  /** `AWS_REGION`, else `AWS_DEFAULT_REGION`, else us-east-1. */
  abstract readonly awsRegion: string;
  /** Twelve digits, shown as `@accountId`. `PENSTOCK_ACCOUNT_ID`, default 000000000000. */
  abstract readonly accountId: string;
}

const RESOURCE_PROVIDERS = ['local', 'none'] as const;

/** What is wrong with the environment, all of it at once. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly problems: readonly string[]) {
    super(`The environment cannot be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
}

/**
 * Reads the settings. An empty variable counts as absent. The names of all variables that are read go to `known`.
 * @throws ConfigError naming every variable that cannot be used.
 */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  known: Set<string> = new Set(),
): Config {
  const problems: string[] = [];
  const text = (name: string): string | undefined => {
    known.add(name);
    return env[name] === '' ? undefined : env[name];
  };
  const checked = (
    name: string,
    fallback: string,
    fits: (value: string) => boolean,
    expected: string,
  ): string => {
    const value = text(name) ?? fallback;
    if (!fits(value)) problems.push(`${name}="${value}": expected ${expected}`);
    return value;
  };

  const homePath = path.resolve(text('PENSTOCK_HOME') ?? '.penstock');
  const databaseUrl = text('DATABASE_URL');
  // The value is not quoted: it may hold a password.
  if (databaseUrl === undefined) {
    problems.push(
      'DATABASE_URL is missing: expected the URL of a PostgreSQL database, postgres://user@host/database',
    );
  } else if (!isUrl(databaseUrl, ['postgres:', 'postgresql:'])) {
    problems.push('DATABASE_URL is not a PostgreSQL URL: expected postgres://user@host/database');
  }
  const resources = text('PENSTOCK_RESOURCES') ?? 'local';
  const provider = RESOURCE_PROVIDERS.find((each) => each === resources);
  if (provider === undefined) {
    problems.push(`PENSTOCK_RESOURCES="${resources}": expected ${RESOURCE_PROVIDERS.join(' or ')}`);
  }
  const awsEndpointUrl = text('PENSTOCK_AWS_ENDPOINT_URL');
  if (awsEndpointUrl !== undefined && !isUrl(awsEndpointUrl, ['http:', 'https:'])) {
    problems.push(
      `PENSTOCK_AWS_ENDPOINT_URL="${awsEndpointUrl}": expected a URL that begins with http:// or https://`,
    );
  }
  const payloadKeyPath = text('PENSTOCK_PAYLOAD_KEY_FILE');
  const smtpUrl = text('PENSTOCK_SMTP_URL');
  const mailServer = smtpUrl === undefined ? undefined : readMailServer(smtpUrl);
  if (typeof mailServer === 'string') problems.push(mailServer);
  const mailFrom = text('PENSTOCK_MAIL_FROM');
  if (mailFrom !== undefined && parseMailAddress(mailFrom) === undefined) {
    problems.push(`PENSTOCK_MAIL_FROM="${mailFrom}": expected name@example.org or Name <name@example.org>`);
  }
  const webhookHosts = text('PENSTOCK_WEBHOOK_HOSTS')
    ?.split(',')
    .map((host) => host.trim());
  for (const host of webhookHosts ?? []) {
    if (!isHostPattern(host))
      problems.push(
        `PENSTOCK_WEBHOOK_HOSTS has "${host}": expected names or addresses of hosts, or *.domain, with commas between`,
      );
  }
  const httpHost = text('PENSTOCK_HOST') ?? '127.0.0.1';
  const tls = tlsOf(text('PENSTOCK_TLS_CERT_FILE'), text('PENSTOCK_TLS_KEY_FILE'));
  if (typeof tls === 'string') problems.push(tls);
  const exposed = exposureProblem(httpHost, tls !== undefined, text('PENSTOCK_INSECURE_HTTP'));
  if (exposed !== undefined) problems.push(exposed);
  const corsOrigins = corsOriginsOf(text('PENSTOCK_CORS_ORIGINS'));
  if (typeof corsOrigins === 'string') problems.push(corsOrigins);
  const retention = text('PENSTOCK_RETENTION_DAYS');
  if (retention !== undefined && !isDays(retention)) {
    problems.push(
      `PENSTOCK_RETENTION_DAYS="${retention}": expected a whole number of days from 1 to 36500, or nothing to keep everything`,
    );
  }
  const operations = readOperations(text, problems);
  const oidc = readOidc(text);
  if (oidc !== undefined && 'problems' in oidc) problems.push(...oidc.problems);
  const config: Config = {
    ...operations,
    httpPort: Number(checked('PENSTOCK_PORT', '8080', isPort, 'a port number from 0 to 65535')),
    httpHost,
    ...(tls === undefined || typeof tls === 'string' ? {} : { tls }),
    ...(corsOrigins === undefined || typeof corsOrigins === 'string' ? {} : { corsOrigins }),
    homePath,
    databaseUrl: databaseUrl ?? '',
    temporalAddress: checked('TEMPORAL_ADDRESS', '127.0.0.1:7233', isAddress, 'host:port'),
    temporalNamespace: text('TEMPORAL_NAMESPACE') ?? 'default',
    credentialsPath: path.resolve(text('PENSTOCK_CREDENTIALS_FILE') ?? path.join(homePath, 'credentials')),
    secretKeyPath: path.resolve(text('PENSTOCK_SECRET_KEY_FILE') ?? path.join(homePath, 'secret.key')),
    ...(payloadKeyPath === undefined ? {} : { payloadKeyPath: path.resolve(payloadKeyPath) }),
    resources: provider ?? 'local',
    ...(awsEndpointUrl === undefined ? {} : { awsEndpointUrl }),
    ...(mailServer === undefined || typeof mailServer === 'string' ? {} : { mailServer }),
    ...(mailFrom === undefined ? {} : { mailFrom }),
    ...(webhookHosts === undefined ? {} : { webhookHosts }),
    pastStartGuard:
      checked('PENSTOCK_PAST_START_GUARD', 'off', (value) => ['on', 'off'].includes(value), 'on or off') ===
      'on',
    catchUpRuns: Number(
      checked(
        'PENSTOCK_CATCH_UP_RUNS',
        '100',
        isCount,
        'a whole number from 0, which is no limit, to 1000000',
      ),
    ),
    ...(retention === undefined ? {} : { retentionDays: Number(retention) }),
    ...(oidc === undefined || 'problems' in oidc ? {} : { oidc }),
    awsRegion: text('AWS_REGION') ?? text('AWS_DEFAULT_REGION') ?? 'us-east-1',
    accountId: checked(
      'PENSTOCK_ACCOUNT_ID',
      '000000000000',
      (value) => /^\d{12}$/.test(value),
      'twelve digits',
    ),
  };
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(config);
}

/** The settings of this process; warns of those that do not exist, prints every problem and ends the process with code 1 when there is one. */
export function configOfProcess(): Config {
  try {
    const known = new Set<string>();
    const config = readConfig(process.env, known);
    logFrom(config.logLevel);
    for (const warning of unknownSettings(process.env, known)) log('warn', warning);
    return config;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535;
}

function isCount(text: string): boolean {
  return /^\d{1,7}$/.test(text) && Number(text) <= 1_000_000;
}

function isDays(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 36_500;
}

function isAddress(text: string): boolean {
  const colon = text.lastIndexOf(':');
  return colon > 0 && isPort(text.slice(colon + 1)) && !text.includes('/');
}

function isHostPattern(text: string): boolean {
  return /^(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*$/i.test(text) || /^[0-9a-f]*:[0-9a-f:.]*$/i.test(text);
}

function isUrl(text: string, protocols: readonly string[]): boolean {
  return URL.canParse(text) && protocols.includes(new URL(text).protocol);
}
