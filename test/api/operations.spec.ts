import {
  ActivatePipelineCommand,
  AddTagsCommand,
  CreatePipelineCommand,
  DeactivatePipelineCommand,
  DeletePipelineCommand,
  DescribeObjectsCommand,
  DescribePipelinesCommand,
  GetPipelineDefinitionCommand,
  ListPipelinesCommand,
  PutPipelineDefinitionCommand,
  QueryObjectsCommand,
  RemoveTagsCommand,
  SetStatusCommand,
  ValidatePipelineDefinitionCommand,
  type DataPipelineClient,
  type Field,
  type PipelineObject,
} from '@aws-sdk/client-data-pipeline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi, type TestApi } from './api.js';
import { hourly } from './definitions.js';

let api: TestApi;
let client: DataPipelineClient;

beforeAll(async () => {
  api = await startApi();
  client = api.client();
});
afterAll(() => api.close());

const create = async (name = 'p'): Promise<string> => {
  const { pipelineId } = await client.send(
    new CreatePipelineCommand({ name, uniqueId: crypto.randomUUID() }),
  );
  return pipelineId ?? '';
};
const put = (pipelineId: string, definition = hourly()) =>
  client.send(new PutPipelineDefinitionCommand({ pipelineId, ...definition }));
const valueOf = (fields: readonly Field[] | undefined, key: string): string | undefined => {
  const field = fields?.find((each) => each.key === key);
  return field?.stringValue ?? field?.refValue;
};
const fieldsOfPipeline = async (pipelineId: string): Promise<Field[]> => {
  const described = await client.send(new DescribePipelinesCommand({ pipelineIds: [pipelineId] }));
  return described.pipelineDescriptionList?.[0]?.fields ?? [];
};

describe('CreatePipeline', () => {
  it('gives the same id for the same name and uniqueId, another for another uniqueId', async () => {
    const made = await client.send(new CreatePipelineCommand({ name: 'a', uniqueId: '1' }));
    const again = await client.send(new CreatePipelineCommand({ name: 'a', uniqueId: '1' }));
    const other = await client.send(new CreatePipelineCommand({ name: 'a', uniqueId: '2' }));
    expect(made.pipelineId).toMatch(/^df-[A-Z0-9]{19,20}$/);
    expect(again.pipelineId).toBe(made.pipelineId);
    expect(other.pipelineId).not.toBe(made.pipelineId);
  });
});

describe('DescribePipelines', () => {
  it('shows a new pipeline as PENDING, without version', async () => {
    const { pipelineId } = await client.send(
      new CreatePipelineCommand({
        name: 'described',
        uniqueId: 'd1',
        description: 'what it does',
        tags: [{ key: 'team', value: 'data' }],
      }),
    );
    const described = await client.send(new DescribePipelinesCommand({ pipelineIds: [pipelineId ?? ''] }));
    const [item] = described.pipelineDescriptionList ?? [];
    expect(item).toMatchObject({
      pipelineId,
      name: 'described',
      description: 'what it does',
      tags: [{ key: 'team', value: 'data' }],
    });
    const values = [
      '@id',
      '@sphere',
      '@pipelineState',
      'uniqueId',
      'name',
      '@accountId',
      '*tags',
      '@version',
    ];
    expect(values.map((key) => valueOf(item?.fields, key))).toEqual([
      pipelineId,
      'PIPELINE',
      'PENDING',
      'd1',
      'described',
      '000000000000',
      '[{"key":"team","value":"data"}]',
      undefined,
    ]);
    expect(valueOf(item?.fields, '@creationTime')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
  });

  it('shows the bounds of the schedule and the version of an activated one', async () => {
    const pipelineId = await create();
    await put(pipelineId);
    await client.send(new ActivatePipelineCommand({ pipelineId }));
    const fields = await fieldsOfPipeline(pipelineId);
    const keys = [
      '@pipelineState',
      '@version',
      '@scheduledStartTime',
      '@scheduledEndTime',
      '@scheduledPeriod',
    ];
    expect(keys.map((key) => valueOf(fields, key))).toEqual([
      'SCHEDULED',
      '1',
      '2030-01-01T00:00:00',
      '2030-01-01T03:00:00',
      '1 hour',
    ]);
  });

  it('fails as a whole for one unknown id, and for more than 25', async () => {
    const known = await create();
    await expect(
      client.send(new DescribePipelinesCommand({ pipelineIds: [known, 'df-UNKNOWN'] })),
    ).rejects.toMatchObject({
      name: 'PipelineNotFoundException',
      message: 'Pipeline with id: df-UNKNOWN does not exist',
    });
    await expect(
      client.send(new DescribePipelinesCommand({ pipelineIds: Array.from({ length: 26 }, () => known) })),
    ).rejects.toMatchObject({ name: 'InvalidRequestException' });
  });
});

describe('ListPipelines', () => {
  it('pages through all, none twice', async () => {
    const own = await startApi();
    try {
      const mine = own.client();
      const made: string[] = [];
      for (let index = 0; index < 230; index++) {
        const command = new CreatePipelineCommand({ name: `n${index}`, uniqueId: String(index) });
        made.push((await mine.send(command)).pipelineId ?? '');
      }
      const seen: string[] = [];
      const markers: (string | undefined)[] = [];
      let marker: string | undefined;
      do {
        const page = await mine.send(new ListPipelinesCommand(marker === undefined ? {} : { marker }));
        seen.push(...(page.pipelineIdList ?? []).map(({ id }) => id ?? ''));
        marker = page.marker;
        markers.push(marker);
        expect(page.hasMoreResults).toBe(marker !== undefined);
      } while (marker !== undefined);
      expect(seen.toSorted()).toEqual(made.toSorted());
      expect(new Set(markers).size).toBe(markers.length);
    } finally {
      await own.close();
    }
  });

  it('refuses a marker that it did not give', async () => {
    await expect(client.send(new ListPipelinesCommand({ marker: 'x' }))).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: expect.stringContaining('"x"'),
    });
  });
});

describe('PutPipelineDefinition and GetPipelineDefinition', () => {
  it('give back every byte, in order', async () => {
    const pipelineId = await create();
    const definition = hourly();
    definition.pipelineObjects.push({
      id: 'Default',
      name: 'Default',
      fields: [
        { key: 'myNote', stringValue: 'tab\t line\n “quotes” \\ \u{1F600} ' },
        { key: 'myList', stringValue: 'b' },
        { key: 'myList', stringValue: 'a' },
        { key: 'myOther', stringValue: '1' },
        { key: 'myList', stringValue: 'b' },
      ],
    });
    const answer = await put(pipelineId, definition);
    expect(answer).toMatchObject({ errored: false, validationErrors: [], validationWarnings: [] });
    const got = await client.send(new GetPipelineDefinitionCommand({ pipelineId }));
    expect(got.pipelineObjects).toEqual(definition.pipelineObjects);
    expect(got.parameterObjects).toEqual(definition.parameterObjects);
    expect(got.parameterValues).toEqual(definition.parameterValues);
  });

  it('an empty pipeline has no objects and leaves the parameter members out', async () => {
    const got = await client.send(new GetPipelineDefinitionCommand({ pipelineId: await create() }));
    expect(got).toMatchObject({ pipelineObjects: [] });
    expect(got.parameterObjects).toBeUndefined();
    expect(got.parameterValues).toBeUndefined();
  });

  it('tell latest from active', async () => {
    const pipelineId = await create();
    await put(pipelineId);
    await client.send(new ActivatePipelineCommand({ pipelineId }));
    const changed = hourly('uptime');
    await put(pipelineId, changed);
    const active = await client.send(new GetPipelineDefinitionCommand({ pipelineId, version: 'active' }));
    const latest = await client.send(new GetPipelineDefinitionCommand({ pipelineId, version: 'latest' }));
    expect(active.pipelineObjects).toEqual(hourly().pipelineObjects);
    expect(latest.pipelineObjects).toEqual(changed.pipelineObjects);
  });

  it('mask secrets, and keep them when the mask is put back', async () => {
    const pipelineId = await create();
    const secret: PipelineObject = {
      id: 'Default',
      name: 'Default',
      fields: [{ key: '*password', stringValue: 'hunter2' }],
    };
    const definition = hourly();
    definition.pipelineObjects.push(secret);
    await put(pipelineId, definition);
    const got = await client.send(new GetPipelineDefinitionCommand({ pipelineId }));
    expect(JSON.stringify(got)).not.toContain('hunter2');
    expect(valueOf(got.pipelineObjects?.at(-1)?.fields, '*password')).toBe('********');

    const stored = async (): Promise<string> => JSON.stringify(await api.definition(pipelineId));
    const before = await stored();
    expect(before).not.toContain('hunter2');
    expect(api.opened(pipelineId, await api.definition(pipelineId))).toContain('hunter2');
    await put(pipelineId, { ...hourly(), pipelineObjects: got.pipelineObjects ?? [] });
    expect(api.opened(pipelineId, await api.definition(pipelineId))).toContain('hunter2');
  });
});

describe('ActivatePipeline', () => {
  it('hands values and start to the engine', async () => {
    const pipelineId = await create();
    await put(pipelineId);
    await client.send(
      new ActivatePipelineCommand({
        pipelineId,
        parameterValues: [{ id: 'myCommand', stringValue: 'hostname' }],
        startTimestamp: new Date('2030-01-01T01:00:00Z'),
      }),
    );
    expect(api.engine.calls.at(-1)).toEqual({
      call: 'activate',
      pipelineId,
      options: {
        parameterValues: [{ id: 'myCommand', stringValue: 'hostname' }],
        startTimestamp: new Date('2030-01-01T01:00:00Z'),
      },
    });
  });

  it('refuses an empty definition in the words of AWS', async () => {
    const pipelineId = await create();
    const refused = { name: 'InvalidRequestException', message: 'Pipeline definition is empty: ' };
    await expect(client.send(new ActivatePipelineCommand({ pipelineId }))).rejects.toMatchObject(refused);
    expect(valueOf(await fieldsOfPipeline(pipelineId), '@pipelineState')).toBe('PENDING');
  });

  it('accepts the value of a parameter that had none when the definition was put', async () => {
    const pipelineId = await create();
    const definition = { ...hourly(), parameterValues: [] };
    expect(await put(pipelineId, definition)).toMatchObject({ errored: true });
    await expect(client.send(new ActivatePipelineCommand({ pipelineId }))).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: expect.stringContaining('myCommand'),
    });
    await client.send(
      new ActivatePipelineCommand({
        pipelineId,
        parameterValues: [{ id: 'myCommand', stringValue: 'date' }],
      }),
    );
    expect(valueOf(await fieldsOfPipeline(pipelineId), '@pipelineState')).toBe('SCHEDULED');
  });

  it('refuses an edit that would renumber intervals, and names object, field and values', async () => {
    const pipelineId = await create();
    await put(pipelineId);
    await client.send(new ActivatePipelineCommand({ pipelineId }));
    const changed = hourly();
    for (const field of changed.pipelineObjects.flatMap(({ fields }) => fields ?? [])) {
      if (field.key === 'period') field.stringValue = '2 hours';
    }
    const answer = await put(pipelineId, changed);
    expect(answer.errored).toBe(true);
    expect(JSON.stringify(answer.validationErrors)).toMatch(/Hourly.*period.*1 hour.*2 hours/);
    await expect(client.send(new ActivatePipelineCommand({ pipelineId }))).rejects.toMatchObject({
      name: 'InvalidRequestException',
    });
  });
});

describe('DeactivatePipeline', () => {
  it.each([
    [undefined, true],
    [false, false],
  ])('cancelActive %s cancels: %s', async (cancelActive, expected) => {
    const pipelineId = await create();
    await put(pipelineId);
    await client.send(new ActivatePipelineCommand({ pipelineId }));
    await client.send(
      new DeactivatePipelineCommand({ pipelineId, ...(cancelActive === undefined ? {} : { cancelActive }) }),
    );
    expect(api.engine.calls.at(-1)).toEqual({ call: 'deactivate', pipelineId, cancelActive: expected });
  });
});

describe('DeletePipeline', () => {
  it('answers later calls with PipelineDeletedException', async () => {
    const pipelineId = await create();
    await client.send(new DeletePipelineCommand({ pipelineId }));
    const deleted = {
      name: 'PipelineDeletedException',
      message: `Pipeline with id: ${pipelineId} does not exist`,
    };
    await expect(client.send(new GetPipelineDefinitionCommand({ pipelineId }))).rejects.toMatchObject(
      deleted,
    );
    await expect(
      client.send(new DescribePipelinesCommand({ pipelineIds: [pipelineId] })),
    ).rejects.toMatchObject(deleted);
    await expect(put(pipelineId)).rejects.toMatchObject(deleted);
  });
});

describe('AddTags and RemoveTags', () => {
  it('overwrite by key, ignore absent keys, and keep to ten', async () => {
    const pipelineId = await create();
    await client.send(
      new AddTagsCommand({
        pipelineId,
        tags: [
          { key: 'a', value: '1' },
          { key: 'b', value: '2' },
        ],
      }),
    );
    await client.send(new AddTagsCommand({ pipelineId, tags: [{ key: 'a', value: '3' }] }));
    await client.send(new RemoveTagsCommand({ pipelineId, tagKeys: ['b', 'c'] }));
    const { pipelineDescriptionList } = await client.send(
      new DescribePipelinesCommand({ pipelineIds: [pipelineId] }),
    );
    expect(pipelineDescriptionList?.[0]?.tags).toEqual([{ key: 'a', value: '3' }]);
    const tags = Array.from({ length: 10 }, (_, index) => ({ key: `k${index}`, value: '' }));
    await expect(client.send(new AddTagsCommand({ pipelineId, tags }))).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: expect.stringContaining('11 tags'),
    });
  });
});

describe('ValidatePipelineDefinition', () => {
  it('stores nothing', async () => {
    const pipelineId = await create();
    const answer = await client.send(new ValidatePipelineDefinitionCommand({ pipelineId, ...hourly() }));
    expect(answer).toMatchObject({ errored: false });
    const got = await client.send(new GetPipelineDefinitionCommand({ pipelineId }));
    expect(got.pipelineObjects).toEqual([]);
  });
});

describe('components', () => {
  it('are found by name, parent and sphere, in pages', async () => {
    const pipelineId = await create();
    await put(pipelineId);
    const query = (
      selectors: { fieldName: string; operator: { type: 'EQ' | 'LE'; values: string[] } }[],
      limit?: number,
    ) =>
      client.send(
        new QueryObjectsCommand({
          pipelineId,
          sphere: 'COMPONENT',
          query: { selectors },
          ...(limit ? { limit } : {}),
        }),
      );
    expect((await query([])).ids).toEqual(['Default', 'Hourly', 'Say'].filter((id) => id !== 'Default'));
    expect((await query([{ fieldName: 'name', operator: { type: 'EQ', values: ['Say'] } }])).ids).toEqual([
      'Say',
    ]);
    const first = await query([], 1);
    expect(first).toMatchObject({ ids: ['Hourly'], hasMoreResults: true });
    await expect(
      query([{ fieldName: 'command', operator: { type: 'EQ', values: ['x'] } }]),
    ).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: expect.stringContaining('"command"'),
    });
  });

  it('are described in the order asked for; unknown ids are left out', async () => {
    const pipelineId = await create();
    await put(pipelineId);
    const { pipelineObjects, hasMoreResults } = await client.send(
      new DescribeObjectsCommand({ pipelineId, objectIds: ['Say', 'Nobody', 'Hourly'] }),
    );
    expect(hasMoreResults).toBe(false);
    expect(pipelineObjects?.map(({ id }) => id)).toEqual(['Say', 'Hourly']);
    expect(valueOf(pipelineObjects?.[0]?.fields, 'command')).toBe('#{myCommand}');
    expect(valueOf(pipelineObjects?.[0]?.fields, '@sphere')).toBe('COMPONENT');
  });

  it('show their expressions evaluated when asked to', async () => {
    const pipelineId = await create();
    await put(pipelineId);
    const command = new DescribeObjectsCommand({ pipelineId, objectIds: ['Say'], evaluateExpressions: true });
    const { pipelineObjects } = await client.send(command);
    expect(valueOf(pipelineObjects?.[0]?.fields, 'command')).toBe('date');
    expect(valueOf(pipelineObjects?.[0]?.fields, 'type')).toBe('ShellCommandActivity');
  });
});

describe('SetStatus', () => {
  it.each(['PAUSE', 'resume'])('%s is for objects of the definition', async (status) => {
    const pipelineId = await create();
    await expect(
      client.send(new SetStatusCommand({ pipelineId, objectIds: ['Say'], status })),
    ).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: expect.stringContaining(`"Say" is no object of pipeline ${pipelineId}`),
    });
    await put(pipelineId);
    // Before the first activation, too.
    await client.send(new SetStatusCommand({ pipelineId, objectIds: ['Say'], status }));
  });

  it('names ids that are no instances', async () => {
    const pipelineId = await create();
    await put(pipelineId);
    await expect(
      client.send(
        new SetStatusCommand({ pipelineId, objectIds: ['@Say_2030-01-01T00:00:00'], status: 'rerun' }),
      ),
    ).rejects.toMatchObject({ message: expect.stringContaining('"@Say_2030-01-01T00:00:00"') });
  });
});
