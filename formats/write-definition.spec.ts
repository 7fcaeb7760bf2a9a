import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Field, PipelineDefinition } from '../model/definition/pipeline-definition.js';
import { readAnyDefinition } from './read-any-definition.js';
import { FORMS, writeDefinition, type Form } from './write-definition.js';

const PLAIN: PipelineDefinition = {
  pipelineObjects: [
    {
      id: 'Say',
      name: 'Say it',
      fields: [
        { key: 'command', stringValue: 'echo ${HOME}\necho "#{@scheduledStartTime}" $${X} %{x}\n' },
        { key: 'type', stringValue: 'ShellCommandActivity' },
        { key: 'maximumRetries', stringValue: '3' },
        { key: 'schedule', refValue: 'Daily' },
        { key: 'scriptArgument', stringValue: 'no' },
        { key: 'scriptArgument', stringValue: '2024-01-01' },
        { key: '*password', stringValue: 's3cret' },
      ],
    },
  ],
  parameterObjects: [{ id: 'myP', attributes: [{ key: 'default', stringValue: 'x' }] }],
  parameterValues: [{ id: 'myP', stringValue: 'y' }],
};

const written = (definition: PipelineDefinition, form: Form) => writeDefinition(definition, form, 'nightly');

/** Read from what a file of it would hold: UTF-8. */
function readBack(text: string, form: Form) {
  const fileName = form === 'yaml' || form === 'cloudformation-yaml' ? 'x.yaml' : 'x.json';
  const bytes = new TextEncoder().encode(text);
  return readAnyDefinition(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes), { fileName });
}

describe('a written definition', () => {
  it('is readable YAML', () => {
    expect(written(PLAIN, 'yaml').text).toBe(`objects:
  - id: Say
    name: Say it
    type: ShellCommandActivity
    command: |
      echo \${HOME}
      echo "#{@scheduledStartTime}" $\${X} %{x}
    maximumRetries: '3'
    schedule: {ref: Daily}
    scriptArgument:
      - 'no'
      - '2024-01-01'
    '*password': s3cret
parameters:
  - id: myP
    default: x
values:
  myP: 'y'
`);
  });

  it('is a resource of CloudFormation, text as it is', () => {
    expect(JSON.parse(written(PLAIN, 'cloudformation').text)).toMatchObject({
      AWSTemplateFormatVersion: '2010-09-09',
      Resources: {
        Pipeline: {
          Type: 'AWS::DataPipeline::Pipeline',
          Properties: {
            Name: 'nightly',
            Activate: true,
            ParameterObjects: [{ Id: 'myP', Attributes: [{ Key: 'default', StringValue: 'x' }] }],
            ParameterValues: [{ Id: 'myP', StringValue: 'y' }],
            PipelineObjects: [
              {
                Id: 'Say',
                Name: 'Say it',
                Fields: expect.arrayContaining([
                  { Key: 'schedule', RefValue: 'Daily' },
                  {
                    Key: 'command',
                    StringValue: 'echo ${HOME}\necho "#{@scheduledStartTime}" $${X} %{x}\n',
                  },
                ]) as unknown,
              },
            ],
          },
        },
      },
    });
    const yaml = written(PLAIN, 'cloudformation-yaml').text;
    expect(yaml).toContain(`            - Key: scriptArgument
              StringValue: 'no'
`);
    expect(yaml).toContain('      Activate: true\n');
  });

  it('is two resources of Terraform, its text no template', () => {
    expect(JSON.parse(written(PLAIN, 'terraform').text)).toMatchObject({
      resource: {
        aws_datapipeline_pipeline: { pipeline: { name: 'nightly' } },
        aws_datapipeline_pipeline_definition: {
          pipeline: {
            pipeline_id: '${aws_datapipeline_pipeline.pipeline.id}',
            pipeline_object: [
              {
                id: 'Say',
                name: 'Say it',
                field: expect.arrayContaining([
                  { key: 'schedule', ref_value: 'Daily' },
                  {
                    key: 'command',
                    string_value: 'echo $${HOME}\necho "#{@scheduledStartTime}" ${"$"}$${X} %%{x}\n',
                  },
                ]) as unknown,
              },
            ],
          },
        },
      },
    });
  });

  it('says what a form has no place for, or its tool would take otherwise', () => {
    const definition: PipelineDefinition = {
      pipelineObjects: [
        {
          id: 'A',
          name: '',
          fields: [
            { key: 'id', stringValue: '{{resolve:ssm:x}}' },
            { key: 'step', stringValue: '' },
            { key: 'step', stringValue: 'b' },
          ],
        },
      ],
      parameterObjects: [{ id: 'myP', attributes: [{ key: 'id', stringValue: 'x' }] }],
      parameterValues: [
        { id: 'myP', stringValue: 'x' },
        { id: 'myP', stringValue: 'y' },
      ],
    };
    const said = (form: Form) =>
      written(definition, form).problems.map(
        ({ severity, objectId = '', field = '' }) => `${severity} ${objectId}.${field}`,
      );
    expect(said('api')).toEqual([]);
    expect(said('cli')).toEqual(['error A.id', 'error myP.id']);
    expect(said('yaml')).toEqual(['error A.id', 'error myP.id']);
    expect(said('cloudformation')).toEqual(['warning A.id']);
    expect(said('terraform')).toEqual(['warning A.name', 'warning A.step', 'warning A.step', 'warning myP.']);
  });

  it('is too long for YAML, or for CloudFormation, and says so', () => {
    const long: PipelineDefinition = {
      pipelineObjects: [{ id: 'A', name: 'A', fields: [{ key: 'x', stringValue: 'x'.repeat(1_600_000) }] }],
      parameterObjects: [],
      parameterValues: [],
    };
    const messages = (form: Form) => written(long, form).problems.map(({ message }) => message);
    expect(messages('yaml')).toEqual([expect.stringMatching(/^TOO_LONG: .* at most 1500000/)]);
    expect(messages('cloudformation')).toEqual([expect.stringContaining('at most 1000000 bytes')]);
  });
});

describe('what is written is read back', () => {
  const hard = fc.constantFrom(
    '__proto__',
    'constructor',
    '<<',
    '~',
    'null',
    'true',
    'no',
    '0x1f',
    '1_000',
    '1:30',
    '2024-01-01',
    '=',
    '- a',
    '? a',
    '# a',
    'a #b',
    'a: b',
    ' a ',
    '\ta',
    '\n',
    'a\n',
    'a\n\n',
    '\n a\n',
    'a\n  b\n \n',
    'a\r\nb\rc',
    '---\na',
    '...\n',
    '%TAG x\ny',
    '${a}',
    '$${a}',
    '$$${a}',
    '%${a}%%{b}$%{',
    '${"$"}',
    '#{myX}',
    '!Ref x',
    '{{resolve:ssm:x}}',
    '\u0085',
    'a\u2028b\nc',
    '\uFEFF',
    '\uD800',
    'a\uDC00\n',
    '\u0000',
    '"',
    "'",
    '\\',
    'x'.repeat(1100),
    `${'x '.repeat(60)}\n${'y '.repeat(60)}`,
  );
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), hard);
  const some = fc.oneof(fc.string({ unit: 'binary', minLength: 1 }), fc.string({ minLength: 1 }), hard);
  const key = some.filter((each) => each !== 'id' && each !== 'name');
  const field = fc.oneof<fc.Arbitrary<Field>[]>(
    fc.record({ key, stringValue: text }),
    fc.record({ key, refValue: some }),
  );
  const attribute = fc.record({ key, stringValue: text });
  const definitions = fc.record({
    pipelineObjects: fc.array(fc.record({ id: some, name: some, fields: fc.array(field) })),
    parameterObjects: fc.array(fc.record({ id: some, attributes: fc.array(attribute) })),
    parameterValues: fc.array(fc.record({ id: some, stringValue: text })),
  });

  it.each(FORMS)('%s: whatever the definition', (form) => {
    const order = form === 'cli' || form === 'yaml' ? inOrder : same;
    fc.assert(
      fc.property(definitions, (definition) => {
        const { text: file, problems } = written(definition, form);
        expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
        const read = readBack(file, form);
        expect(read.problems).toEqual([]);
        expect(order(read.definition)).toEqual(order(definition));
      }),
      { numRuns: 300 },
    );
  });

  const same = (definition: PipelineDefinition): PipelineDefinition => definition;
});

/** As read from a file of the CLI: fields by name, each in its own order; names and values alike. */
function inOrder(definition: PipelineDefinition): PipelineDefinition {
  const byKey = <T extends { readonly key: string }>(list: readonly T[]): T[] =>
    list.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return {
    pipelineObjects: definition.pipelineObjects.map((object) => ({
      ...object,
      fields: byKey(object.fields),
    })),
    parameterObjects: definition.parameterObjects.map((parameter) => ({
      ...parameter,
      attributes: byKey(parameter.attributes),
    })),
    parameterValues: definition.parameterValues.toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)),
  };
}
