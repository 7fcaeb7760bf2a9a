import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from './config.js';

const DATABASE_URL = 'postgres://penstock@127.0.0.1/penstock';

const problemsOf = (env: Readonly<Record<string, string>>): readonly string[] => {
  try {
    readConfig({ DATABASE_URL, ...env });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems;
  }
};

describe('the address of the HTTP server', () => {
  it.each(['127.0.0.1', '127.8.9.1', '::1', '::ffff:127.0.0.1', 'localhost', 'LocalHost'])(
    '%s is for this machine',
    (host) => {
      expect(problemsOf({ PENSTOCK_HOST: host })).toEqual([]);
    },
  );

  it.each([
    '0.0.0.0',
    '::',
    '10.0.0.5',
    '::ffff:10.0.0.5',
    '2001:db8::1',
    'penstock.example.org',
    'localhost.example.org',
  ])('%s is refused over plain HTTP, with both ways out', (host) => {
    const [problem = '', ...others] = problemsOf({ PENSTOCK_HOST: host });
    expect(others).toEqual([]);
    expect(problem).toContain(`PENSTOCK_HOST="${host}"`);
    expect(problem).toContain('PENSTOCK_TLS_CERT_FILE and PENSTOCK_TLS_KEY_FILE');
    expect(problem).toContain('PENSTOCK_INSECURE_HTTP=allow');
  });

  it.each([{ PENSTOCK_INSECURE_HTTP: 'allow' }, { PENSTOCK_TLS_CERT_FILE: 'c', PENSTOCK_TLS_KEY_FILE: 'k' }])(
    'may be any with %j',
    (env) => {
      expect(problemsOf({ PENSTOCK_HOST: '0.0.0.0', ...env })).toEqual([]);
    },
  );

  it('takes one word only', () => {
    expect(problemsOf({ PENSTOCK_HOST: '0.0.0.0', PENSTOCK_INSECURE_HTTP: 'true' })).toEqual([
      'PENSTOCK_INSECURE_HTTP="true": expected "allow", or nothing',
    ]);
  });
});

describe('TLS', () => {
  it.each([
    [{ PENSTOCK_TLS_CERT_FILE: 'c' }, 'PENSTOCK_TLS_CERT_FILE is set and PENSTOCK_TLS_KEY_FILE is missing'],
    [{ PENSTOCK_TLS_KEY_FILE: 'k' }, 'PENSTOCK_TLS_KEY_FILE is set and PENSTOCK_TLS_CERT_FILE is missing'],
  ])('wants both files: %j', (env, text) => {
    expect(problemsOf(env)).toEqual([expect.stringContaining(text)]);
  });
});

describe('origins of CORS', () => {
  it('are none unless they are listed', () => {
    expect(readConfig({ DATABASE_URL }).corsOrigins).toBeUndefined();
    const list = 'https://console.example.org, http://localhost:5173';
    expect(readConfig({ DATABASE_URL, PENSTOCK_CORS_ORIGINS: list }).corsOrigins).toEqual([
      'https://console.example.org',
      'http://localhost:5173',
    ]);
  });

  it.each([
    '*',
    'https://a.example/',
    'https://a.example/app',
    'a.example',
    'null',
    'HTTPS://a.example',
    ',',
    'file:///a',
  ])('refuses "%s"', (list) => {
    expect(problemsOf({ PENSTOCK_CORS_ORIGINS: list })).toEqual([
      expect.stringContaining('expected origins such as'),
    ]);
  });
});
