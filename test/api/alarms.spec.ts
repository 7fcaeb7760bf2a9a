import {
  ActivatePipelineCommand,
  CreatePipelineCommand,
  GetPipelineDefinitionCommand,
  PutPipelineDefinitionCommand,
  type DataPipelineClient,
  type PipelineObject,
} from '@aws-sdk/client-data-pipeline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi, type TestApi } from './api.js';

let api: TestApi;
let client: DataPipelineClient;

beforeAll(async () => {
  api = await startApi();
  client = api.client();
});
afterAll(() => api.close());

/** An object of a request: `@x` refers to object x. */
function anObject(id: string, fields: Readonly<Record<string, string | string[]>>): PipelineObject {
  return {
    id,
    name: id,
    fields: Object.entries(fields).flatMap(([key, values]) =>
      [values]
        .flat()
        .map((value) =>
          value.startsWith('@') ? { key, refValue: value.slice(1) } : { key, stringValue: value },
        ),
    ),
  };
}

const DEFAULT = anObject('Default', { scheduleType: 'ondemand', workerGroup: 'wg' });
const SAY = anObject('Say', {
  type: 'ShellCommandActivity',
  command: 'date',
  onFail: ['@Mail', '@Hook', '@Post'],
});
const MAIL = anObject('Mail', {
  type: 'EmailAlarm',
  to: ['ops@example.org', 'a@example.org'],
  subject: '#{node.name} is #{node.@status}',
  message: 'm',
});
const HOOK = anObject('Hook', { type: 'WebhookAlarm', '*url': 'https://example.org/hush-url' });
const POST = anObject('Post', {
  type: 'WebhookAlarm',
  url: 'https://example.org/',
  '*header': ['Authorization: Bearer hush-token', 'X-Key: hush-key', 'env:PENSTOCK_ALARM_HEADER'],
  '*signingSecret': 'hush-signature',
});

async function create(): Promise<string> {
  const command = new CreatePipelineCommand({ name: 'alarms', uniqueId: crypto.randomUUID() });
  return (await client.send(command)).pipelineId ?? '';
}
const put = (pipelineId: string, pipelineObjects: PipelineObject[]) =>
  client.send(new PutPipelineDefinitionCommand({ pipelineId, pipelineObjects }));
const valuesOf = (objects: readonly PipelineObject[] | undefined, id: string, key: string) =>
  objects
    ?.find((object) => object.id === id)
    ?.fields?.filter((field) => field.key === key)
    .map(({ stringValue }) => stringValue);

describe('a pipeline with EmailAlarm and WebhookAlarm', () => {
  it('is stored with its secrets sealed, shown with them masked, and activated', async () => {
    const pipelineId = await create();
    const answer = await put(pipelineId, [DEFAULT, SAY, MAIL, HOOK, POST]);
    expect(answer).toMatchObject({ errored: false, validationErrors: [], validationWarnings: [] });

    const stored = await api.definition(pipelineId);
    expect(JSON.stringify(stored)).not.toContain('hush');
    const { pipelineObjects } = await client.send(new GetPipelineDefinitionCommand({ pipelineId }));
    expect(JSON.stringify(pipelineObjects)).not.toContain('hush');
    expect(valuesOf(pipelineObjects, 'Hook', '*url')).toEqual(['********']);
    expect(valuesOf(pipelineObjects, 'Post', '*header')).toEqual(['********', '********', '********']);
    expect(valuesOf(pipelineObjects, 'Mail', 'to')).toEqual(['ops@example.org', 'a@example.org']);

    // Read, edited and put again, it keeps its secrets, each in its place.
    expect(await put(pipelineId, pipelineObjects ?? [])).toMatchObject({
      errored: false,
      validationErrors: [],
    });
    const opened = api.opened(pipelineId, await api.definition(pipelineId));
    const places = ['hush-url', 'hush-token', 'hush-key', 'env:PENSTOCK_ALARM_HEADER', 'hush-signature'];
    expect(places.map((text) => opened.indexOf(text)).every((at, i, all) => at > (all[i - 1] ?? 0))).toBe(
      true,
    );

    await client.send(new ActivatePipelineCommand({ pipelineId }));
    expect(api.engine.calls.at(-1)).toMatchObject({ call: 'activate', pipelineId });
    expect(api.logLines.join('\n')).not.toContain('hush');
  });

  it('is told what is wrong, and no secret', async () => {
    const answer = await put(await create(), [
      DEFAULT,
      SAY,
      anObject('Mail', { type: 'EmailAlarm', to: 'nobody', subject: 's', message: 'm' }),
      anObject('Hook', { type: 'WebhookAlarm', '*url': 'hush' }),
      anObject('Post', { type: 'WebhookAlarm', url: 'https://example.org/', '*header': ['A: b', 'hush'] }),
    ]);
    expect(answer.errored).toBe(true);
    expect(answer.validationErrors?.map(({ id, errors }) => [id, errors])).toEqual([
      [
        'Mail',
        [
          `INVALID_FIELD_VALUE:  'to' value "nobody" is not a mail address: expected name@example.org or Name <name@example.org>.`,
        ],
      ],
      [
        'Hook',
        [
          `INVALID_FIELD_VALUE:  '*url' value (secret, not shown) is not a URL that begins with http:// or https://.`,
        ],
      ],
      [
        'Post',
        [
          `INVALID_FIELD_VALUE:  '*header' value (secret, not shown) is not a header: expected "Name: value", in one line.`,
        ],
      ],
    ]);
  });
});

describe('a pipeline with a trigger', () => {
  it('is stored, and refused at activation', async () => {
    const pipelineId = await create();
    const objects = [
      anObject('Default', { scheduleType: 'ondemand', workerGroup: 'wg', trigger: '@New' }),
      anObject('New', { type: 'ObjectCreatedTrigger', directoryPath: 's3://b/in' }),
      anObject('Say', { type: 'ShellCommandActivity', command: 'date' }),
    ];
    expect(await put(pipelineId, objects)).toMatchObject({ errored: false, validationErrors: [] });
    await expect(client.send(new ActivatePipelineCommand({ pipelineId }))).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: expect.stringContaining('triggers are validated, not run by this version of Penstock yet'),
    });
  });
});
