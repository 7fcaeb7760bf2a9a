import { expect, it } from 'vitest';
import type { PipelineDefinition } from '../../model/definition/pipeline-definition.js';
import { SECRET_MASK } from '../../model/definition/secrets.js';
import { keepMaskedSecrets } from './masked-secrets.js';

const withSecrets = (...secrets: string[]): PipelineDefinition => ({
  pipelineObjects: [
    { id: 'Db', name: 'Db', fields: secrets.map((stringValue) => ({ key: '*password', stringValue })) },
  ],
  parameterObjects: [],
  parameterValues: secrets.map((stringValue) => ({ id: '*myPassword', stringValue })),
});

it('puts the stored secret where only the mask is given', () => {
  const stored = withSecrets('old', 'older');
  expect(keepMaskedSecrets(withSecrets(SECRET_MASK, SECRET_MASK), stored)).toEqual(stored);
  expect(keepMaskedSecrets(withSecrets('new', SECRET_MASK), stored)).toEqual(withSecrets('new', 'older'));
});

it('leaves the mask where nothing is stored', () => {
  expect(keepMaskedSecrets(withSecrets(SECRET_MASK), withSecrets())).toEqual(withSecrets(SECRET_MASK));
});
