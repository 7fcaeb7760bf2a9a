import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { markReference, newSealingKey, parseSealingKey, seal } from '../../sealing/sealing.js';
import { forOneAttempt, openSealedParts, openSecret } from './open-secret.js';
import { SecretNotGiven, type SecretReference } from './secrets-manager.js';

const place = { pipelineId: 'df-1', objectId: 'Database', field: '*password' };
const sealingKey = parseSealingKey(newSealingKey());
const sources = { sealingKey, environment: { DB_PASSWORD: 'from-env' } };
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'penstock-secret-'));
  await writeFile(join(directory, 'password'), 'from-file\n');
});
afterAll(() => rm(directory, { recursive: true }));

describe('openSecret', () => {
  it('takes plain and sealed values, and finds env: and file: on this worker', async () => {
    expect(await openSecret('plain', place, sources)).toBe('plain');
    expect(await openSecret(seal('s3cret', sealingKey, 'df-1'), place, sources)).toBe('s3cret');
    expect(await openSecret('env:DB_PASSWORD', place, sources)).toBe('from-env');
    expect(await openSecret(`file:${directory}/password`, place, sources)).toBe('from-file');
    expect(await openSecret(seal('env:DB_PASSWORD', sealingKey, 'df-1'), place, sources)).toBe('from-env');
  });

  it.each([
    ['env:NOT_THERE', 'environment variable "NOT_THERE" is not set'],
    ['file:/not/there', 'cannot be read on this worker'],
    [seal('s3cret', sealingKey, 'df-2'), 'cannot be opened'],
  ])('fails as SecretUnavailable for %s', async (value, message) => {
    await expect(openSecret(value, place, sources)).rejects.toMatchObject({
      type: 'SecretUnavailable',
      nonRetryable: true,
      message: expect.stringContaining(message),
    });
  });

  it('says so when a worker without key gets a sealed value', async () => {
    const sealed = seal('s3cret', sealingKey, 'df-1');
    await expect(openSecret(sealed, place, { environment: {} })).rejects.toThrow('this worker has no key');
  });
});

describe('references', () => {
  it('are found inside other text once they are marked, without a key', async () => {
    const withoutKey = { environment: sources.environment };
    const marked = markReference('env:DB_PASSWORD');
    expect(await openSecret(marked, place, withoutKey)).toBe('from-env');
    expect(await openSecret(`Bearer ${marked}`, place, withoutKey)).toBe('Bearer from-env');
    const seen: string[] = [];
    const opened = await openSealedParts(`-p ${marked} -P ${marked}`, place, withoutKey, (secret) =>
      seen.push(secret),
    );
    expect([opened, ...seen]).toEqual(['-p from-env -P from-env', 'from-env', 'from-env']);
  });

  it('may be put together, and no secret is taken for one inside other text', async () => {
    const begin = seal('env:DB_', sealingKey, 'df-1');
    expect(await openSecret(`${begin}PASSWORD`, place, sources)).toBe('from-env');
    expect(await openSecret('x env:DB_PASSWORD', place, sources)).toBe('x env:DB_PASSWORD');
  });
});

describe('aws-secretsmanager:', () => {
  const asking = (answer: (reference: SecretReference) => string) => {
    const asked: SecretReference[] = [];
    const readSecretText = async (reference: SecretReference): Promise<string> => {
      asked.push(reference);
      return answer(reference);
    };
    return { asked, sources: { ...sources, readSecretText } };
  };
  const ARN = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf';

  it.each([
    ['prod/db', { secretId: 'prod/db' }, 'the text'],
    [`${ARN}#password`, { secretId: ARN, jsonKey: 'password' }, 'hunter2'],
    ['db#a#b', { secretId: 'db', jsonKey: 'a#b' }, 'odd'],
    [
      'db?versionStage=AWSPREVIOUS#port',
      { secretId: 'db', versionStage: 'AWSPREVIOUS', jsonKey: 'port' },
      '5432',
    ],
  ])('finds %s', async (name, reference, secret) => {
    const text = JSON.stringify({ password: 'hunter2', 'a#b': 'odd', port: 5432 });
    const { asked, sources: from } = asking(({ jsonKey }) => (jsonKey === undefined ? 'the text' : text));
    expect(await openSecret(`aws-secretsmanager:${name}`, place, from)).toBe(secret);
    expect(asked).toEqual([reference]);
  });

  it.each([
    ['db#password', 'hunter2', 'it is no JSON object'],
    ['db#password', '["hunter2"]', 'it is no JSON object'],
    ['db#pasword', '{"password":"hunter2"}', 'has no key \\"pasword\\"'],
    ['db#toString', '{"password":"hunter2"}', 'has no key'],
    ['db#login', '{"login":{"password":"hunter2"}}', 'neither text nor a number'],
    ['db?stage=x', 'hunter2', 'no versionStage'],
    ['#password', 'hunter2', 'cannot be read'],
  ])('refuses %s without showing the value', async (name, text, message) => {
    const { sources: from } = asking(() => text);
    const failure: unknown = await openSecret(`aws-secretsmanager:${name}`, place, from).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ type: 'SecretUnavailable', nonRetryable: true });
    const shown = JSON.stringify([failure, (failure as Error).message, (failure as Error).stack]);
    expect(shown).toContain(`aws-secretsmanager:${name}`);
    expect(JSON.stringify((failure as Error).message)).toContain(message);
    expect(shown).not.toContain('hunter2');
  });

  it('is asked once an attempt, again after a failure, and again by the next attempt', async () => {
    let fails = true;
    const { asked, sources: from } = asking(() => {
      if (!fails) return '{"user":"u","password":"p"}';
      fails = false;
      throw new SecretNotGiven('throttled', true);
    });
    const attempt = forOneAttempt(from);
    await expect(openSecret('aws-secretsmanager:db#user', place, attempt)).rejects.toMatchObject({
      type: 'SecretUnavailable',
      nonRetryable: false,
    });
    const both = ['user', 'password'].map((key) =>
      openSecret(`aws-secretsmanager:db#${key}`, place, attempt),
    );
    expect(await Promise.all(both)).toEqual(['u', 'p']);
    expect(asked).toHaveLength(2);
    await openSecret('aws-secretsmanager:db?versionStage=AWSPREVIOUS#user', place, attempt);
    await openSecret('aws-secretsmanager:db#user', place, forOneAttempt(from));
    expect(asked).toHaveLength(4);
  });
});
