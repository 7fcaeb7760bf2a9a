import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from './config.js';
import { unknownSettings } from './unknown-settings.js';

const DATABASE_URL = 'postgres://localhost/x';
const read = (env: Readonly<Record<string, string>>) => readConfig({ DATABASE_URL, ...env });

describe('settings of operations', () => {
  it('are read', () => {
    expect(
      read({
        PENSTOCK_LOG_LEVEL: 'warn',
        PENSTOCK_DRAIN_SECONDS: '15',
        PENSTOCK_TRUSTED_PROXIES: 'loopback, 10.0.0.0/8,2001:db8::1',
        PENSTOCK_RATE_LIMIT: 'read=5/s',
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/',
      }),
    ).toMatchObject({
      logLevel: 'warn',
      drainMs: 15_000,
      trustedProxies: ['loopback', '10.0.0.0/8', '2001:db8::1'],
      rateLimits: { read: { perSecond: 5, burst: 5 } },
      tracesUrl: 'http://collector:4318/v1/traces',
    });
  });

  it('take the address of traces as it is given', () => {
    const OTEL_EXPORTER_OTLP_TRACES_ENDPOINT = 'https://collector/otlp';
    expect(read({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT }).tracesUrl).toBe('https://collector/otlp');
  });

  it('that cannot be used are told of all at once', () => {
    const env = {
      PENSTOCK_LOG_LEVEL: 'loud',
      PENSTOCK_DRAIN_SECONDS: '1000',
      PENSTOCK_TRUSTED_PROXIES: '10.0.0.0/33',
      PENSTOCK_RATE_LIMIT: 'read=fast',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317',
    };
    let problems: readonly string[] = [];
    try {
      read(env);
    } catch (error) {
      if (error instanceof ConfigError) problems = error.problems;
    }
    expect(problems).toHaveLength(5);
    expect(problems).toContain('PENSTOCK_LOG_LEVEL="loud": expected debug, info, warn, error');
    for (const name of Object.keys(env)) expect(problems.join('\n')).toContain(name);
  });
});

describe('settings that do not exist', () => {
  const warnings = (env: Readonly<Record<string, string>>): string[] => {
    const known = new Set<string>();
    readConfig({ DATABASE_URL, ...env }, known);
    return unknownSettings(env, known);
  };

  it('are warned of, with the nearest that does', () => {
    expect(warnings({ PENSTOCK_RETENTON_DAYS: '7', PENSTOCK_FOO_BAR_BAZ_QUX: '' })).toEqual([
      'PENSTOCK_RETENTON_DAYS is set, and there is no such setting; did you mean "PENSTOCK_RETENTION_DAYS"?',
      'PENSTOCK_FOO_BAR_BAZ_QUX is set, and there is no such setting',
    ]);
  });

  it.each(['README.md', 'docker-compose.yml', 'docs/operations.md', 'docs/access.md'])(
    'are none that %s names',
    async (file) => {
      const text = await readFile(new URL(`../../${file}`, import.meta.url), 'utf8');
      const names = [...new Set(text.match(/\bPENSTOCK_[A-Z_]*[A-Z]\b/g))];
      expect(names.length).toBeGreaterThan(0);
      expect(warnings(Object.fromEntries(names.map((name) => [name, ''])))).toEqual([]);
    },
  );

  it('are not those of other processes, of alarms or of others', () => {
    expect(
      warnings({ PENSTOCK_HOME: 'x', PENSTOCK_WORKER_GROUP: 'wg', PENSTOCK_ALARM_TOKEN: 'x', OTHER: 'x' }),
    ).toEqual([]);
  });
});
