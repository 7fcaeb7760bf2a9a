import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OBJECT_TYPES } from '../../model/objects/catalogue.js';
import { startApi, type TestApi } from './api.js';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const get = (path: string): Promise<Response> =>
  fetch(`${api.url}${path}`, { headers: { authorization: `Bearer ${api.key.secretAccessKey}` } });

describe('/v1/object-types', () => {
  it('wants a secret key as bearer token', async () => {
    expect((await fetch(`${api.url}/v1/object-types`)).status).toBe(401);
    expect((await fetch(`${api.url}/v1/object-types/CopyActivity`)).status).toBe(401);
  });

  it('has every type of the catalogue with every field', async () => {
    const { objectTypes } = (await (await get('/v1/object-types')).json()) as {
      objectTypes: { name: string; fields: { name: string }[] }[];
    };
    const shown = objectTypes.map(({ name, fields }) => [name, fields.map((field) => field.name)]);
    expect(shown).toEqual(
      Object.entries(OBJECT_TYPES).map(([name, { fields }]) => [name, Object.keys(fields)]),
    );
  });

  it('shows one type: what it is, whether it runs, its fields', async () => {
    expect(await (await get('/v1/object-types/CopyActivity')).json()).toMatchObject({
      name: 'CopyActivity',
      category: 'activity',
      support: 'runs',
      groups: ['Activity', 'Runnable'],
      fields: expect.arrayContaining([
        expect.objectContaining({ name: 'retryDelay', kind: 'period', default: '10 minutes', list: false }),
        expect.objectContaining({
          name: 'runsOn',
          kind: 'reference',
          targets: ['Ec2Resource', 'EmrCluster'],
        }),
      ]),
    });
    expect(await (await get('/v1/object-types/JdbcDatabase')).json()).toMatchObject({
      support: 'used',
      fields: expect.arrayContaining([
        expect.objectContaining({ name: '*password', secret: true, use: 'required' }),
      ]),
    });
    expect(await (await get('/v1/object-types/EmrCluster')).json()).toMatchObject({ support: 'validated' });
  });

  it.each([
    ['CopyActivty', 'did you mean "CopyActivity"?'],
    ['constructor', 'There is no type of object "constructor"'],
    ['%00', 'There is no type of object'],
  ])('answers 404 for %s', async (name, detail) => {
    const answer = await get(`/v1/object-types/${name}`);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ status: 404, detail: expect.stringContaining(detail) });
  });
});
