import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { summary } from '../../test/fixtures/rule-rows.js';
import { readDefinitionFile } from './definition-file.js';
import type { PipelineDefinition } from './pipeline-definition.js';
import { validateDefinition } from './validate.js';
import { writeDefinitionFile } from './write-definition-file.js';

describe('real definitions', () => {
  const read = (name: string) => {
    const path = new URL(`../../test/fixtures/corpus/${name}.json`, import.meta.url);
    const file = readDefinitionFile(
      readFileSync(path, 'utf8').replaceAll(/\$\{[\w.]*region\}/g, 'us-east-1'),
    );
    expect(file.problems).toEqual([]);
    const activationValues = file.definition.parameterObjects
      .filter(
        ({ id, attributes }) =>
          !attributes.some(({ key }) => key === 'default') &&
          !file.definition.parameterValues.some((each) => each.id === id),
      )
      .map(({ id, attributes }) => ({
        id,
        stringValue: attributes.some(({ stringValue }) => stringValue.startsWith('AWS::')) ? 's3://b/k' : '1',
      }));
    return {
      definition: file.definition,
      problems: validateDefinition(file.definition, { activationValues }),
    };
  };
  it.each([
    'aws-sample-helloworld',
    'aws-sample-shell-s3-staging',
    'aws-sample-rds-mysql-to-s3-copy',
    'aws-sample-s3-tsv-to-redshift',
    'dataduct-extract-rds',
    'arthur-etl-upgrade',
    'devguide-copy-s3-to-s3-tutorial',
  ])('%s has no error and comes back as it was', (name) => {
    const { definition, problems } = read(name);
    expect(problems.filter(({ severity }) => severity !== 'warning')).toEqual([]);
    const again = readDefinitionFile(writeDefinitionFile(definition)).definition;
    expect(writeDefinitionFile(again)).toBe(writeDefinitionFile(again));
    const fields = (each: PipelineDefinition) => each.pipelineObjects.map((object) => object.fields.length);
    expect(fields(again)).toEqual(fields(definition));
  });

  it('aws-sample-kinesis-to-s3-emr is refused for its period', () => {
    const errors = read('aws-sample-kinesis-to-s3-emr').problems.filter(
      ({ severity }) => severity === 'error',
    );
    expect(summary(errors)).toEqual([expect.stringContaining(`'period' "15 Period" is not a period`)]);
  });
});
