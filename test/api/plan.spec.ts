import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAnyDefinition } from '../../formats/read-any-definition.js';
import { FORMS, writeDefinition } from '../../formats/write-definition.js';
import { hourly } from './definitions.js';
import { startApi, type TestApi } from './api.js';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const FILE = {
  objects: [
    { id: 'Default', scheduleType: 'cron', schedule: { ref: 'Hourly' }, workerGroup: 'wg' },
    { id: 'Hourly', type: 'Schedule', period: '1 hour', startDateTime: '2030-01-01T00:00:00' },
    { id: 'Say', type: 'ShellCommandActivity', command: 'echo #{@scheduledStartTime} #{@attemptCount}' },
    { id: 'Tell', type: 'ShellCommandActivity', command: '#{*mySecret}', dependsOn: { ref: 'Say' } },
  ],
  values: { '*mySecret': 'tops3cret' },
};
const RANGE = { from: '2030-01-01', to: '2030-01-01T03:00:00' };

interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
  readonly body: { instances: Record<string, unknown>[]; truncated: boolean; detail: string; warnings: [] };
}

async function plan(body: unknown, token = api.key.secretAccessKey): Promise<Answer> {
  const answer = await fetch(`${api.url}/v1/plan`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    type: answer.headers.get('content-type'),
    text,
    body: JSON.parse(text) as Answer['body'],
  };
}

describe('POST /v1/plan', () => {
  it('plans a definition of either form', async () => {
    const ofFile = await plan({ definition: FILE, ...RANGE });
    expect(ofFile.status).toBe(200);
    expect(ofFile.body.truncated).toBe(false);
    expect(ofFile.body.instances.map(({ id }) => id)).toEqual(
      ['00', '01', '02'].flatMap((hour) =>
        ['Say', 'Tell'].map((object) => `@${object}_2030-01-01T${hour}:00:00`),
      ),
    );
    expect(ofFile.body.instances[1]).toMatchObject({
      taskQueue: 'wg:wg',
      dependencies: [{ instanceId: '@Say_2030-01-01T00:00:00', reason: 'dependsOn', elsewhere: false }],
      fields: { command: ['********'] },
    });
    expect(ofFile.body.instances[0]).toMatchObject({
      fields: { command: [{ unresolved: expect.stringContaining('@attemptCount') }] },
    });
    expect(ofFile.text).not.toContain('s3cret');
    const ofApi = await plan({ definition: hourly(), values: { myCommand: 'uptime' }, ...RANGE });
    expect(ofApi.body.instances).toHaveLength(3);
    expect(ofApi.body.instances[0]).toMatchObject({ fields: { command: ['uptime'] } });
  });

  it('plans a definition in every form, as JSON or as text', async () => {
    const plain = await plan({ definition: FILE, ...RANGE });
    const { definition } = readAnyDefinition(JSON.stringify(FILE));
    for (const form of FORMS) {
      const { text } = writeDefinition(definition, form, 'hourly');
      const fileName = form.endsWith('yaml') ? 'x.yaml' : 'x.json';
      const ofText = await plan({ text, fileName, ...RANGE });
      expect([form, ofText.status, ofText.body]).toEqual([form, 200, plain.body]);
      if (form.endsWith('yaml')) continue;
      const ofJson = await plan({ definition: JSON.parse(text) as object, ...RANGE });
      expect([form, ofJson.body]).toEqual([form, plain.body]);
    }
  });

  it("takes values for a template's parameters, and the name of its pipeline", async () => {
    const resource = (command: object) => ({
      Type: 'AWS::DataPipeline::Pipeline',
      Properties: {
        Name: 'x',
        PipelineObjects: [
          { Id: 'Default', Name: 'Default', Fields: [{ Key: 'scheduleType', StringValue: 'ondemand' }] },
          {
            Id: 'Say',
            Name: 'Say',
            Fields: [
              { Key: 'type', StringValue: 'ShellCommandActivity' },
              { Key: 'workerGroup', StringValue: 'wg' },
              { Key: 'command', StringValue: command },
            ],
          },
        ],
      },
    });
    const template = {
      Parameters: { constructor: { Type: 'String' } },
      Resources: {
        One: resource({ 'Fn::Sub': 'echo ${constructor}' }),
        Two: resource({ 'Fn::GetAtt': ['X', 'Arn'] }),
      },
    };
    const request = { definition: template, pipeline: 'One', ...RANGE };
    const given = await plan({ ...request, parameters: { constructor: 'hello' } });
    expect(given.body.instances).toMatchObject([{ fields: { command: ['echo hello'] } }]);
    const without = await plan(request);
    expect(without).toMatchObject({ status: 422, type: 'application/problem+json' });
    expect(without.body.detail).toMatch(
      /'command': the template's parameter "constructor" has no value[^(]*$/,
    );
    expect((await plan({ definition: template, ...RANGE })).body.detail).toContain(
      'the template has One, Two',
    );
  });

  it('says what is wrong with a text, where, in the words of its syntax', async () => {
    const yaml = await plan({ text: 'objects:\n  - name: A\n', ...RANGE });
    expect(yaml.body.detail).toContain('has no id (its name is "A"). Expected id: ... (line 2, column 5)');
    const broken = await plan({ text: 'objects: [', fileName: 'x.yml', ...RANGE });
    expect(broken.body.detail).toContain('is not valid YAML: line 1, column 11');
    const json = await plan({ text: '{"objects": [,]}', ...RANGE });
    expect(json.body.detail).toContain('is not valid JSON: line 1, column 14');
  });

  it('says that it left some out', async () => {
    const cut = await plan({ definition: FILE, from: '2030-01-01', to: '2130-01-01', limit: 5 });
    expect(cut.body).toMatchObject({ truncated: true, instances: { length: 5 } });
    const whole = await plan({ definition: FILE, ...RANGE, limit: 6 });
    expect(whole.body).toMatchObject({ truncated: false, instances: { length: 6 } });
  });

  it('wants a secret key as bearer token', async () => {
    expect((await plan({ definition: FILE, ...RANGE }, 'wrong')).status).toBe(401);
  });

  it.each([
    ['{', 400, 'not JSON'],
    [{}, 400, "'from'"],
    [RANGE, 400, "neither of 'definition' and 'text'"],
    [{ definition: FILE, text: '{}', ...RANGE }, 400, "both of 'definition' and 'text'"],
    [{ definition: FILE, fileName: 'x.json', ...RANGE }, 400, "'fileName' without 'text'"],
    [{ text: 5, ...RANGE }, 400, "'text'"],
    [{ definition: FILE, parameters: { a: 1 }, ...RANGE }, 400, 'parameters: the value of "a" is no text'],
    [{ text: 'resource "x" {}', fileName: 'main.tf', ...RANGE }, 422, "Terraform's own language"],
    [{ definition: 'text', ...RANGE }, 400, "'definition'"],
    [{ definition: FILE, from: 'monday', to: '2030-01-02' }, 400, 'from "monday" is not an instant'],
    [{ definition: FILE, from: '2030-01-02', to: '2030-01-01' }, 400, 'before from "2030-01-02"'],
    [{ definition: FILE, ...RANGE, limit: 0 }, 400, "'limit'"],
    [{ definition: FILE, ...RANGE, limit: 10_001 }, 400, "'limit'"],
    [{ definition: FILE, ...RANGE, values: { '*mySecret': 5 } }, 400, '"*mySecret" is no text'],
    [{ definition: { objects: 1 }, ...RANGE }, 422, '"objects" is a number'],
    [
      { definition: { objects: [{ id: 'X', type: 'CopyActivty' }] }, ...RANGE },
      422,
      'did you mean "CopyActivity"',
    ],
  ])('refuses %j', async (body, status, detail) => {
    const answer = await plan(body);
    expect(answer).toMatchObject({ status, type: 'application/problem+json' });
    expect(answer.body.detail).toContain(detail);
    expect(answer.text).not.toContain('s3cret');
  });
});
