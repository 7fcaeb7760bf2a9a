import {
  ActivatePipelineCommand,
  CreatePipelineCommand,
  DeactivatePipelineCommand,
  DeletePipelineCommand,
  PutPipelineDefinitionCommand,
} from '@aws-sdk/client-data-pipeline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BackfillStore } from '../../src/store/backfill-store.js';
import { Database } from '../../src/store/database.js';
import { TemporalClient } from '../../src/temporal/temporal.module.js';
import { backfillWorkflowId } from '../../workflows/contract.js';
import { startApi, type TestApi } from './api.js';
import { hourly } from './definitions.js';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

/** An active pipeline whose hours began in 2020. */
async function aPipeline(): Promise<string> {
  const client = api.client();
  const { pipelineId = '' } = await client.send(
    new CreatePipelineCommand({ name: 'p', uniqueId: crypto.randomUUID() }),
  );
  const definition = hourly('date');
  for (const { fields = [] } of definition.pipelineObjects) {
    for (const field of fields) {
      if (field.key === 'startDateTime') field.stringValue = '2020-01-01T00:00:00';
      if (field.key === 'occurrences') field.stringValue = '48';
    }
  }
  await client.send(new PutPipelineDefinitionCommand({ pipelineId, ...definition }));
  await client.send(new ActivatePipelineCommand({ pipelineId }));
  return pipelineId;
}

async function call(
  path: string,
  body?: unknown,
): Promise<{ status: number; json: Record<string, unknown> }> {
  const response = await fetch(`${api.url}/v1/pipelines/${path}`, {
    headers: { authorization: `Bearer ${api.key.secretAccessKey}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}

const RANGE = { from: '2020-01-01', to: '2020-01-01T12:30:00' };

describe('/v1/pipelines/:id/backfills', () => {
  it('starts one, shows it, and lists it', async () => {
    const id = await aPipeline();
    const { status, json } = await call(`${id}/backfills`, { ...RANGE, objects: ['Say'], maxActive: 4 });
    expect({ status, json }).toMatchObject({
      status: 201,
      json: {
        id: expect.stringMatching(/^bf-[0-9a-f]{12}$/),
        pipelineId: id,
        state: 'RUNNING',
        scheduleIds: ['Hourly'],
        from: '2020-01-01T00:00:00.000Z',
        to: '2020-01-01T12:30:00.000Z',
        objects: ['Say'],
        maxActive: 4,
        rerun: 'missing',
        total: 13,
        left: 13,
      },
    });
    expect((await call(`${id}/backfills/${String(json['id'])}`)).json).toMatchObject({ id: json['id'] });
    const second = await call(`${id}/backfills`, RANGE);
    const { json: list } = await call(`${id}/backfills`);
    expect(list).toMatchObject({ backfills: [{ id: second.json['id'] }, { id: json['id'] }] });
  });

  it('says when it ends, if it goes on as fast as so far', async () => {
    const id = await aPipeline();
    const { json } = await call(`${id}/backfills`, RANGE);
    const store = new BackfillStore(api.app.get(Database));
    const counts = { finished: 4, failed: 1, unchanged: 2 };
    await store.report(id, String(json['id']), { state: 'RUNNING', counts, running: 2 });
    const shown = (await call(`${id}/backfills/${String(json['id'])}`)).json;
    expect(shown).toMatchObject({ ...counts, running: 2, left: 4 });
    expect(Date.parse(String(shown['eta']))).toBeGreaterThan(Date.parse(String(shown['createdAt'])));
  });

  it.each([
    [{}, "Value null at 'from'"],
    [{ ...RANGE, from: 'yesterday' }, 'from "yesterday"'],
    [{ ...RANGE, from: '2019-12-31' }, 'is before the first interval of Schedule "Hourly"'],
    [{ ...RANGE, rerun: 'some' }, 'rerun'],
    [{ ...RANGE, maxActive: 0 }, 'maxActive'],
    [{ ...RANGE, objects: [] }, 'objects'],
    [{ ...RANGE, objects: ['Sya'] }, 'did you mean "Say"?'],
    [{ ...RANGE, shedule: 'Hourly' }, '"shedule" is unknown: expected scheduleId, from'],
    [
      { from: '2020-02-01', to: '2020-03-01' },
      'No interval of "Hourly" begins in 2020-02-01T00:00:00 to 2020-03-01',
    ],
  ])('refuses %j', async (body, text) => {
    const { status, json } = await call(`${await aPipeline()}/backfills`, body);
    expect({ status, detail: json['detail'] }).toEqual({
      status: 400,
      detail: expect.stringContaining(text),
    });
  });

  it('refuses a pipeline that is not active, or is not there', async () => {
    const id = await aPipeline();
    await api.client().send(new DeactivatePipelineCommand({ pipelineId: id }));
    const { status, json } = await call(`${id}/backfills`, RANGE);
    expect({ status, detail: json['detail'] }).toEqual({
      status: 400,
      detail: `Pipeline ${id} is INACTIVE: only SCHEDULED and FINISHED pipelines can be backfilled`,
    });
    expect((await call('df-NONE/backfills')).status).toBe(404);
    expect((await call(`${id}/backfills/bf-none`)).status).toBe(404);
    expect((await call(`${id}/backfills/bf-none/pause`, {})).status).toBe(404);
    await api.client().send(new DeletePipelineCommand({ pipelineId: id }));
    expect((await call(`${id}/backfills`)).status).toBe(410);
  });

  it('is cancelled also when its workflow is gone, and then takes no command', async () => {
    const id = await aPipeline();
    const { json } = await call(`${id}/backfills`, RANGE);
    const backfill = `${id}/backfills/${String(json['id'])}`;
    const { workflow } = api.app.get(TemporalClient);
    await workflow.getHandle(backfillWorkflowId(id, String(json['id']))).terminate();
    expect((await call(`${backfill}/cancel`, {})).json).toMatchObject({
      state: 'CANCELED',
      endedAt: expect.any(String),
    });
    const again = await call(`${backfill}/resume`, {});
    expect(again).toMatchObject({
      status: 400,
      json: { detail: `Backfill ${String(json['id'])} is CANCELED: there is nothing to resume` },
    });
  });
});
