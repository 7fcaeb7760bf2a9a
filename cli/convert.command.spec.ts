import { describe, expect, it } from 'vitest';
import { convert, FORMS, type ConvertOptions } from './convert.command.js';

const FILE = JSON.stringify({
  objects: [
    { id: 'Default', name: 'Default', schedule: { ref: 'Day' }, type: 'Default' },
    { id: 'Say', name: 'Say', command: 'echo ${HOME} #{myP}', step: ['b', '', 'a'], '*password': 's3cret' },
  ],
  parameters: [{ id: 'myP', type: 'String' }],
  values: { myP: ['x', 'y'] },
});

async function converted(text: string, to: ConvertOptions['to'], file = 'dir/nightly.v2.json') {
  let out = '';
  let err = '';
  const terminal = {
    out: async (piece: string) => {
      out += piece;
    },
    err: (piece: string) => {
      err += piece;
    },
    read: async () => new TextEncoder().encode(text),
  };
  const exit = await convert(terminal, file, { to });
  return { out, err, exit };
}

describe('penstock convert', () => {
  it.each(FORMS)('to %s and back gives the same, secrets too', async (form) => {
    const to = await converted(FILE, form);
    expect(to.exit).toBe(0);
    expect(to.out).toContain('s3cret');
    expect(to.err === '').toBe(form !== 'terraform');
    const back = await converted(to.out, 'cli', form.endsWith('yaml') ? 'x.yaml' : 'x.json');
    expect(back.exit).toBe(0);
    expect(JSON.parse(back.out)).toEqual(JSON.parse(FILE));
  });

  it('names the pipeline of a template after the file', async () => {
    const named = async (file: string) =>
      /"Name": "(.*)"/.exec((await converted(FILE, 'cloudformation', file)).out)?.[1];
    expect(await named('dir/nightly.v2.json')).toBe('nightly');
    expect(await named('-')).toBe('pipeline');
  });

  it('keeps the name that a template gives the pipeline, and says what else it leaves out', async () => {
    const template = JSON.stringify({
      Parameters: { Env: { Default: 'prod' } },
      Resources: {
        P: {
          Type: 'AWS::DataPipeline::Pipeline',
          Properties: {
            Name: { 'Fn::Sub': '${Env}-backup' },
            Description: 'x',
            PipelineObjects: [{ Id: 'A', Name: 'A', Fields: [], Slots: [] }],
          },
        },
      },
    });
    const { out, err } = await converted(template, 'terraform');
    expect(out).toContain('"name": "prod-backup"');
    expect(err).toContain(`LOSS:  the pipeline's property "Description" is no part of a definition (line 1`);
    expect(err).toContain('LOSS:  "slots" (line 1');
    const file = await converted(template, 'yaml');
    expect(file.err).toContain(`LOSS:  the pipeline's name "prod-backup" has no place in the form "yaml"`);
    const twice = '{"metadata": 1, "objects": [{"id": "A", "name": "x", "name": "y"}]}';
    expect((await converted(twice, 'yaml')).err).toMatch(
      /"metadata" \(line 1, column 2\) is no part[^]*"name" \(line 1, column 54\) stands twice, and the first counts/,
    );
  });

  it('says what Terraform would not keep', async () => {
    const { err } = await converted(FILE, 'terraform');
    expect(err).toContain(`LOSS:  the 3 values of 'step' of object "Say" may reach AWS in another order`);
    expect(err).toContain(`LOSS:  'step' of object "Say" is empty text`);
    expect(err).toContain(`LOSS:  the 2 values of parameter "myP" may reach AWS in another order`);
  });

  it('writes nothing of what it cannot read whole, or say in the form', async () => {
    const unreadable = await converted('{"objects": [{"id": "A", "x": 5, "y": null}]}', 'api');
    expect(unreadable).toMatchObject({ out: '', exit: 1 });
    const api = { pipelineObjects: [{ id: 'A', name: 'A', fields: [{ key: 'name', stringValue: 'x' }] }] };
    const unsayable = await converted(JSON.stringify(api), 'cli');
    expect(unsayable).toMatchObject({ out: '', exit: 1 });
    expect(unsayable.err).toContain(`a field of object "A" is called 'name'`);
  });
});
