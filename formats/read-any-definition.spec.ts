import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAnyDefinition, type ReadDefinition } from './read-any-definition.js';

function fieldsOf({ definition }: ReadDefinition): string[] {
  return definition.pipelineObjects.flatMap(({ id, fields }) =>
    fields.map(({ key, stringValue, refValue }) => `${id}.${key}=${stringValue ?? `ref ${refValue}`}`),
  );
}

function messages({ problems }: ReadDefinition): string[] {
  return problems.map(({ severity, message }) => `${severity} ${message}`);
}

describe('YAML', () => {
  it('is the file of the CLI in another syntax; scalars are text as they are written', () => {
    const text = `# a comment
objects:
  - id: A
    type: ShellCommandActivity
    maximumRetries: 3
    stage: true
    x: [1.0, 010, 'no', {ref: B}]
    command: |
      echo one
      echo two
values: {myP: 5, myQ: [a, b]}`;
    const read = readAnyDefinition(text);
    expect([read.format, read.syntax, messages(read)]).toEqual(['cli', 'yaml', []]);
    expect(fieldsOf(read)).toEqual([
      'A.command=echo one\necho two\n',
      'A.maximumRetries=3',
      'A.stage=true',
      'A.type=ShellCommandActivity',
      'A.x=1.0',
      'A.x=010',
      'A.x=no',
      'A.x=ref B',
    ]);
    expect(read.definition.parameterValues).toEqual([
      { id: 'myP', stringValue: '5' },
      { id: 'myQ', stringValue: 'a' },
      { id: 'myQ', stringValue: 'b' },
    ]);
  });

  it('has aliases', () => {
    expect(fieldsOf(readAnyDefinition('objects: [{id: A, x: &x [1, 2]}, {id: B, x: *x}]'))).toEqual([
      'A.x=1',
      'A.x=2',
      'B.x=1',
      'B.x=2',
    ]);
  });

  const LAUGHS = `a: &a [x,x,x,x,x,x,x,x,x]\n${Array.from('bcdefgh', (letter, index) => `${letter}: &${letter} [${Array<string>(9).fill(`*${'abcdefg'[index]}`).join(',')}]\n`).join('')}objects: *h`;

  it.each([
    ['a: [', 'line 1, column'],
    ['objects:\n- id: "A', 'line 2, column 9: a text in quotes does not end; expected a closing "'],
    ['objects:\n- id: A\n  *pass: x', 'line 3, column 3: '],
    ['objects:\n- id: A\n  *pass: x', 'a name that begins with * stands in quotes'],
    ['a: [}', 'line 1, column 5: found "}"; expected ",", a value or "]"'],
    ['objects: [{id: A, id: B}]', 'the key "id" stands twice in a mapping'],
    ['objects: [{<<: {a: b}}]', 'merge keys (<<) are not read'],
    ['objects: *x', 'the alias *x has no anchor &x before it'],
    ['objects: !!binary x', 'the tag "tag:yaml.org,2002:binary" is unknown here'],
    ['a: b\n---\nc: d', 'a second YAML document begins'],
    ['# nothing', 'the text ends here'],
    ['objects: &o [*o]', 'values are nested deeper than 64 levels'],
    [`a: ${'['.repeat(100_000)}`, 'values are nested deeper than 64 levels'],
    ['- '.repeat(100_000), 'values are nested deeper than 64 levels'],
    [`a: [${','.repeat(100_000)}]`, 'there is a comma without a value before it'],
    [LAUGHS, 'aliases (*name) stand for more than 10000 values'],
    [`objects: [&a {id: A}${',*a'.repeat(100_000)}]`, 'aliases (*name) stand for more than 10000 values'],
    ['x'.repeat(1_500_001), 'the text has 1500001 characters; expected at most 1500000 of YAML'],
  ])('is refused, with the place: %#', (text, expected) => {
    const read = readAnyDefinition(text, { fileName: 'x.yaml' });
    expect(messages(read)).toEqual([
      expect.stringMatching(/^fatal The definition is not valid YAML: line \d+, column \d+: /),
    ]);
    expect(messages(read)[0]).toContain(expected);
  });

  it('never throws, whatever the text', () => {
    const pieces = fc.constantFrom(
      'objects:',
      '\n',
      '  ',
      '- ',
      'id: A',
      '{',
      '}',
      '[',
      ']',
      '&a',
      '*a',
      '!Sub',
      '|',
      '"',
      "'",
      '#{x}',
      '\t',
      '? ',
      ': ',
      ',',
      '---',
      '__proto__: x',
      '\uD800',
      '<<: ',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(pieces).map((each) => each.join('')),
    );
    const fileName = fc.constantFrom('a.yaml', 'a.json', 'a', 'a.tf.json');
    fc.assert(
      fc.property(text, fileName, (each, name) => {
        const { definition, problems } = readAnyDefinition(each, { fileName: name });
        expect(problems.length > 0 || Array.isArray(definition.pipelineObjects)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

const PIPELINE = `
Parameters:
  Table: {Type: String}
  Count: {Type: Number, Default: 2}
  Mode: {Type: String, Default: a, AllowedValues: [a, b]}
  Names: {Type: CommaDelimitedList, Default: 'x, y'}
Resources:
  Logs: {Type: AWS::S3::Bucket}
  Named: {Type: AWS::S3::Bucket, Properties: {BucketName: !Sub '\${Table}-named'}}
  Pipeline:
    Type: AWS::DataPipeline::Pipeline
    Properties:
      PipelineObjects:
        - Id: A
          Name: A
          Fields:
            - Key: x
              StringValue: `;

describe('CloudFormation', () => {
  it.each<[string, string]>([
    ['!Ref Table', 'orders'],
    ['!Ref Count', '2'],
    ['{Ref: Logs}', 'my-logs'],
    ['!Ref Named', 'orders-named'],
    ["!Sub 's3://${Logs}/${Table}/#{@pipelineId}'", 's3://my-logs/orders/#{@pipelineId}'],
    ["!Sub '${!Table} ${AWS::Partition}'", '${Table} aws'],
    ["!Sub ['${a}-${Table}', {a: !Ref Count}]", '2-orders'],
    ["!Join ['/', [!Ref Table, 'x', 3]]", 'orders/x/3'],
    ["{'Fn::Join': ['+', !Ref Names]}", 'x+y'],
    ['!GetAtt Logs.Arn', 'arn:logs'],
    ["{'Fn::ImportValue': !Sub '${Table}-topic'}", 'arn:topic'],
    ['true', 'true'],
  ])('%s is %s', (value, expected) => {
    const parameters = {
      Table: 'orders',
      Logs: 'my-logs',
      'Logs.Arn': 'arn:logs',
      'orders-topic': 'arn:topic',
    };
    const read = readAnyDefinition(PIPELINE + value, { parameters });
    expect([read.format, fieldsOf(read)]).toEqual(['cloudformation', [`A.x=${expected}`]]);
    expect(messages(read).filter((each) => !each.startsWith('warning'))).toEqual([]);
  });

  it.each<[string, string]>([
    ['!Ref Table', `the template's parameter "Table" has no value`],
    ['!Ref Tables', '"Tables" is neither a parameter nor a resource of the template; did you mean "Table"?'],
    ['!Ref Logs', 'only CloudFormation knows what resource "Logs" (AWS::S3::Bucket) is called'],
    ['!Ref AWS::Region', 'the pseudo parameter AWS::Region has no value'],
    ['!GetAtt Logs.Arn', 'Expected a given value for "Logs.Arn"'],
    ['!If [a, b, c]', 'Fn::If is not read here'],
    ['!Join [a]', 'Fn::Join: expected [delimiter, [text, ...]]'],
    ["!Sub '${Names}'", '${Names} is a list'],
    ['!Sub {a: b}', 'Fn::Sub: expected text'],
  ])('says why %s has no value', (value, expected) => {
    const read = readAnyDefinition(PIPELINE + value);
    expect(fieldsOf(read)).toEqual([]);
    expect(read.problems).toMatchObject([{ severity: 'error', objectId: 'A', field: 'x' }]);
    expect(messages(read)[0]).toContain(expected);
    expect(messages(read)[0]).toMatch(/\(line \d+, column \d+\)\.$/);
  });

  it('holds given values against AllowedValues, and says which name nothing', () => {
    const read = readAnyDefinition(`${PIPELINE}!Ref Mode`, { parameters: { Mode: 'c', Other: 'x' } });
    expect(messages(read)).toEqual([
      expect.stringContaining('the value "c" of the template\'s parameter "Mode" is not allowed'),
      expect.stringContaining('warning INVALID_PARAMETER:  the given value "Other" names no parameter'),
    ]);
  });

  it('takes a list of one as text', () => {
    const read = readAnyDefinition(`${PIPELINE}!Ref Table`, { parameters: { Table: ['orders'] } });
    expect([fieldsOf(read), messages(read)]).toEqual([['A.x=orders'], []]);
  });

  it('bounds templates that double their text', () => {
    let value = "'xxxxxxxxxxxxxxxx'";
    for (let level = 0; level < 25; level++) value = `!Sub ['\${a}\${a}', {a: ${value}}]`;
    expect(messages(readAnyDefinition(PIPELINE + value)).join()).toContain('longer than 1000000 characters');
  });

  it('takes one pipeline of several by its name', () => {
    const resource = (value: string) => ({
      Type: 'AWS::DataPipeline::Pipeline',
      Properties: { PipelineObjects: [{ Id: 'A', Name: 'A', Fields: [{ Key: 'x', StringValue: value }] }] },
    });
    const text = JSON.stringify({ Resources: { One: resource('1'), Two: resource('2') } });
    expect(messages(readAnyDefinition(text))[0]).toContain('the template has One, Two as');
    expect(fieldsOf(readAnyDefinition(text, { pipeline: 'Two' }))).toEqual(['A.x=2']);
  });
});

describe('messages', () => {
  it.each<[string, string, string]>([
    ['x.yaml', 'objects: [x]', 'An entry of "objects" is text. Expected a mapping (name: value) (line 1'],
    ['x.yaml', 'objects: [{name: x}]', 'Expected id: ...'],
    ['x.yaml', 'objects: [{id: A, x: }]', `'x' has no value. Expected text, {ref: id} or a list of these`],
    ['x.yaml', 'objects: [{id: A, x: {a: b}}]', 'is a mapping. Expected text, {ref: id}'],
    ['x.yaml', 'object: []', 'Expected objects: [...], parameters: [...], values: {...}'],
    ['x.yaml', 'pipelineObjects: [{id: A}]', 'Expected fields, a list of {key, stringValue}.'],
    [
      'x.yaml',
      `${PIPELINE.replace('Id: A', 'ID: A')}x`,
      'An entry of "PipelineObjects" has no id (its name is "A"). Expected Id: ...',
    ],
    [
      'x.json',
      '{"Resources": {}}',
      'the template has no resource of type AWS::DataPipeline::Pipeline. Expected one (',
    ],
    [
      'x.tf.json',
      '{"pipeline_object": [{"id": "A", "field": [{"key": "x"}]}]}',
      'is not {"key", "string_value"} or {"key", "ref_value"}, all text',
    ],
  ])('%s: are in the words of the file: %s', (fileName, text, expected) => {
    const read = readAnyDefinition(text, { fileName });
    expect(messages(read).join('\n')).toContain(expected);
    expect(fileName === 'x.yaml' && messages(read).join().includes('JSON')).toBe(false);
  });

  it('have no places where nobody wrote the text', () => {
    for (const text of ['{"objects": [{}]}', `${PIPELINE}!If x`]) {
      const said = messages(readAnyDefinition(text, { places: false }));
      expect(said.length).toBeGreaterThan(0);
      expect(said.join()).not.toContain('line');
    }
  });
});

describe('Terraform', () => {
  const body = {
    pipeline_id: '${aws_datapipeline_pipeline.default.id}',
    pipeline_object: [
      { id: 'Default', name: 'Default', field: [{ key: 'workerGroup', string_value: '${var.group}' }] },
      {
        id: 'Say',
        name: 'Say',
        field: [
          { key: 'command', string_value: 'echo $${HOME}', ref_value: '' },
          { key: 'schedule', ref_value: 'Daily', string_value: null },
        ],
      },
    ],
    parameter_object: { id: 'myP', attribute: { key: 'default', string_value: 'x' } },
    parameter_value: [{ id: 'myP', string_value: 'y' }],
  };
  const type = 'aws_datapipeline_pipeline_definition';

  it('is read from a configuration in JSON', () => {
    const text = JSON.stringify({
      variable: { group: { default: 'wg' } },
      resource: { [type]: { a: body } },
    });
    const read = readAnyDefinition(text, { fileName: 'main.tf.json' });
    expect([read.format, messages(read)]).toEqual(['terraform', []]);
    expect(fieldsOf(read)).toEqual([
      'Default.workerGroup=wg',
      'Say.command=echo ${HOME}',
      'Say.schedule=ref Daily',
    ]);
    expect(read.definition.parameterValues).toEqual([{ id: 'myP', stringValue: 'y' }]);
    expect(read.definition.parameterObjects).toEqual([
      { id: 'myP', attributes: [{ key: 'default', stringValue: 'x' }] },
    ]);
    const given = readAnyDefinition(text, { parameters: { group: 'other' } });
    expect(fieldsOf(given)[0]).toBe('Default.workerGroup=other');
  });

  it('is read from what terraform show -json prints, and from a state, text as it is', () => {
    const shown = {
      terraform_version: '1.5.0',
      values: { root_module: { child_modules: [{ resources: [{ type, name: 'a', values: body }] }] } },
    };
    const state = {
      terraform_version: '1.5.0',
      resources: [{ type, name: 'a', instances: [{ attributes: body }] }],
    };
    for (const file of [shown, state]) {
      const read = readAnyDefinition(JSON.stringify(file));
      expect([read.format, messages(read)]).toEqual(['terraform', []]);
      expect(fieldsOf(read)[1]).toBe('Say.command=echo $${HOME}');
    }
  });

  it.each([
    ['${var.x}', 'the variable "x" is not declared'],
    ['${local.x}', 'the expression ${local.x} is not read here'],
    ['%{ if true }', 'the expression %{ is not read here'],
  ])('says that %s has no value', (value, expected) => {
    const text = JSON.stringify({
      pipeline_object: [{ id: 'A', field: [{ key: 'x', string_value: value }] }],
    });
    expect(messages(readAnyDefinition(text))[0]).toContain(expected);
  });

  it('is not read in its own language', () => {
    expect(messages(readAnyDefinition('resource "x" "y" {}', { fileName: 'main.tf' }))).toEqual([
      expect.stringContaining("written in Terraform's own language"),
    ]);
  });
});
