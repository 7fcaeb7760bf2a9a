import { isIP } from 'node:net';
import { readLogLevel, type LogLevel } from '../../model/log-level.js';
import { parseRateLimits, type RateLimits } from './rate-limits.js';

/** Settings of how the server is operated. */
export interface OperationsSettings {
  /** Least level that is logged. `PENSTOCK_LOG_LEVEL`, default info. */
  readonly logLevel: LogLevel;
  /** How long `/health/ready` says 503 before the server stops to take calls, so that a load balancer sees it. `PENSTOCK_DRAIN_SECONDS`, default 0. */
  readonly drainMs: number;
  /** Proxies whose X-Forwarded-For is believed: addresses, networks, `loopback`, `linklocal`, `uniquelocal`. `PENSTOCK_TRUSTED_PROXIES`, with commas; absent = none. */
  readonly trustedProxies?: readonly string[];
  /** Calls that a principal may make, by kind. `PENSTOCK_RATE_LIMIT`; absent = any number. */
  readonly rateLimits?: RateLimits;
  /** Where traces go. `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, else `OTEL_EXPORTER_OTLP_ENDPOINT` and `/v1/traces`; absent = there are none. */
  readonly tracesUrl?: string;
}

const MOST_DRAIN_SECONDS = 300;

/** Reads the settings with `text`, which answers the value of a variable; what is wrong goes to `problems`. */
export function readOperations(
  text: (name: string) => string | undefined,
  problems: string[],
): OperationsSettings {
  const log = readLogLevel(text('PENSTOCK_LOG_LEVEL'));
  if ('problem' in log) problems.push(log.problem);
  const drain = text('PENSTOCK_DRAIN_SECONDS') ?? '0';
  if (!/^\d{1,3}$/.test(drain) || Number(drain) > MOST_DRAIN_SECONDS) {
    problems.push(
      `PENSTOCK_DRAIN_SECONDS="${drain}": expected a whole number from 0 to ${MOST_DRAIN_SECONDS}`,
    );
  }
  const trustedProxies = text('PENSTOCK_TRUSTED_PROXIES')
    ?.split(',')
    .map((proxy) => proxy.trim());
  const bad = trustedProxies?.find((proxy) => !isProxy(proxy));
  if (bad !== undefined) {
    problems.push(
      `PENSTOCK_TRUSTED_PROXIES has "${bad}": expected addresses, networks such as 10.0.0.0/8, loopback, linklocal or ` +
        `uniquelocal, with commas between`,
    );
  }
  const limit = text('PENSTOCK_RATE_LIMIT');
  const rateLimits = limit === undefined ? undefined : parseRateLimits(limit);
  if (typeof rateLimits === 'string') problems.push(rateLimits);
  const tracesUrl = tracesUrlOf(text, problems);
  return {
    logLevel: 'level' in log ? log.level : 'info',
    drainMs: Number(drain) * 1000,
    ...(trustedProxies === undefined ? {} : { trustedProxies }),
    ...(rateLimits === undefined || typeof rateLimits === 'string' ? {} : { rateLimits }),
    ...(tracesUrl === undefined ? {} : { tracesUrl }),
  };
}

/** Source: OpenTelemetry's specification of the OTLP exporter: only the general variable gets a path. */
function tracesUrlOf(text: (name: string) => string | undefined, problems: string[]): string | undefined {
  const [traces, general] = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'] as const;
  const name = text(traces) === undefined ? general : traces;
  const value = text(name);
  if (value === undefined) return undefined;
  if (!URL.canParse(value) || !['http:', 'https:'].includes(new URL(value).protocol)) {
    // Not quoted: it may hold a token.
    problems.push(`${name} is no URL of OTLP over HTTP: expected one such as http://127.0.0.1:4318`);
    return undefined;
  }
  return name === traces ? value : `${value.replace(/\/+$/, '')}/v1/traces`;
}

/** What Express takes for `trust proxy`. */
function isProxy(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true;
  const [address = '', bits, ...more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}
