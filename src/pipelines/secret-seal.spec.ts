import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { PipelineDefinition } from '../../model/definition/pipeline-definition.js';
import { isMarkedReference, newSealingKey, parseSealingKey, unseal } from '../../sealing/sealing.js';
import type { Config } from '../config/config.js';
import { SecretSeal } from './secret-seal.js';

const folder = mkdtempSync(join(tmpdir(), 'penstock-test-'));
const secretKeyPath = join(folder, 'secret.key');
const keyText = newSealingKey();
writeFileSync(secretKeyPath, keyText);
const secretSeal = new SecretSeal({ secretKeyPath } as Config);
afterAll(() => rmSync(folder, { recursive: true }));

function definition(password: string): PipelineDefinition {
  return {
    pipelineObjects: [{ id: 'Db', name: 'Db', fields: [{ key: '*password', stringValue: password }] }],
    parameterObjects: [],
    parameterValues: [],
  };
}
const passwordOf = ({ pipelineObjects }: PipelineDefinition): string =>
  pipelineObjects[0]?.fields[0]?.stringValue ?? '';

it('seals secrets, and marks references, for which a worker needs no key', () => {
  const key = parseSealingKey(keyText);
  const sealed = secretSeal.seal('df-1', definition('hunter2'));
  expect(isMarkedReference(passwordOf(sealed))).toBe(false);
  expect(unseal(passwordOf(sealed), key, 'df-1')).toBe('hunter2');
  expect(() => unseal(passwordOf(sealed), undefined, 'df-1')).toThrow('no key');
  expect(secretSeal.open('df-1', sealed)).toEqual(definition('hunter2'));

  const marked = secretSeal.seal('df-1', definition('env:DB'));
  expect(isMarkedReference(passwordOf(marked))).toBe(true);
  expect(unseal(passwordOf(marked), undefined, 'df-1')).toBe('env:DB');
  expect(secretSeal.open('df-1', marked)).toEqual(definition('env:DB'));

  const [token, other] = secretSeal.sealValues('df-1', [
    { id: '*token', stringValue: 'env:DB' },
    { id: 'myText', stringValue: 'env:DB' },
  ]);
  expect(unseal(token?.stringValue ?? '', undefined, 'df-1')).toBe('env:DB');
  expect(isMarkedReference(token?.stringValue ?? '')).toBe(true);
  expect(other?.stringValue).toBe('env:DB');
});
