import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newSealingKey, parseSealingKey, seal } from '../../sealing/sealing.js';
import { openSecret } from './open-secret.js';

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
    ['aws-secretsmanager:db', 'not supported by this version yet'],
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
