import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from './config.js';

const DATABASE_URL = 'postgres://penstock:hunter2@127.0.0.1/penstock';

describe('readConfig', () => {
  it('fills in defaults, and is frozen', () => {
    const config = readConfig({ DATABASE_URL, PENSTOCK_HOME: '/srv/penstock', TEMPORAL_ADDRESS: '' });
    expect(config).toEqual({
      logLevel: 'info',
      drainMs: 0,
      httpPort: 8080,
      httpHost: '127.0.0.1',
      homePath: '/srv/penstock',
      databaseUrl: DATABASE_URL,
      temporalAddress: '127.0.0.1:7233',
      temporalNamespace: 'default',
      credentialsPath: '/srv/penstock/credentials',
      secretKeyPath: '/srv/penstock/secret.key',
      resources: 'local',
      pastStartGuard: false,
      catchUpRuns: 100,
      awsRegion: 'us-east-1',
      accountId: '000000000000',
    });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('makes paths absolute', () => {
    const config = readConfig({
      DATABASE_URL,
      PENSTOCK_HOME: 'state',
      PENSTOCK_PAYLOAD_KEY_FILE: 'payload.key',
    });
    expect(config.homePath).toBe(path.resolve('state'));
    expect(config.payloadKeyPath).toBe(path.resolve('payload.key'));
  });

  it('reads who sends mail and what webhooks may call', () => {
    const config = readConfig({
      DATABASE_URL,
      PENSTOCK_SMTP_URL: 'smtps://me:hunter2@mail.example.org',
      PENSTOCK_MAIL_FROM: 'Penstock <penstock@example.org>',
      PENSTOCK_WEBHOOK_HOSTS: 'hooks.slack.com, *.example.org,10.0.0.1,::1',
    });
    expect(config.mailServer).toMatchObject({ host: 'mail.example.org', password: 'hunter2' });
    expect(config.mailFrom).toBe('Penstock <penstock@example.org>');
    expect(config.webhookHosts).toEqual(['hooks.slack.com', '*.example.org', '10.0.0.1', '::1']);
  });

  it.each([
    [undefined, undefined],
    ['', undefined],
    ['1', 1],
    ['90', 90],
    ['36500', 36_500],
  ])('keeps everything unless it is told for how many days: %s', (text, days) => {
    const config = readConfig({ DATABASE_URL, PENSTOCK_RETENTION_DAYS: text });
    expect(config.retentionDays).toBe(days);
  });

  it.each(['0', '-1', '1.5', '7d', '1e3', '36501', ' 7', 'forever'])(
    'refuses %j as a number of days, quoting it',
    (text) => {
      expect(() => readConfig({ DATABASE_URL, PENSTOCK_RETENTION_DAYS: text })).toThrow(
        `PENSTOCK_RETENTION_DAYS="${text}": expected a whole number of days from 1 to 36500`,
      );
    },
  );

  it('names every problem at once, and no password', () => {
    const read = () =>
      readConfig({
        DATABASE_URL: 'mysql://root:hunter2@db/x',
        PENSTOCK_PORT: '99999',
        TEMPORAL_ADDRESS: 'temporal',
        PENSTOCK_RESOURCES: 'aws',
        PENSTOCK_AWS_ENDPOINT_URL: 'localhost',
        PENSTOCK_ACCOUNT_ID: '12',
        PENSTOCK_SMTP_URL: 'http://me:hunter2@mail',
        PENSTOCK_MAIL_FROM: 'nobody',
        PENSTOCK_WEBHOOK_HOSTS: 'a.example.org,https://b',
      });
    expect(read).toThrow(ConfigError);
    try {
      read();
    } catch (error) {
      const text = String(error);
      for (const part of ['DATABASE_URL', '"99999"', '"temporal"', '"aws"', '"localhost"', '"12"']) {
        expect(text).toContain(part);
      }
      for (const part of ['PENSTOCK_SMTP_URL', '"nobody"', '"https://b"']) expect(text).toContain(part);
      expect(text).not.toContain('hunter2');
    }
  });
});
