import {
  ActivatePipelineCommand,
  CreatePipelineCommand,
  PutPipelineDefinitionCommand,
} from '@aws-sdk/client-data-pipeline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi, type TestApi } from './api.js';
import { hourly, type SdkDefinition } from './definitions.js';

const HOUR_MS = 3_600_000;

/** `YYYY-MM-DDTHH:MM:SS`, so many hours ago. */
const hoursAgo = (hours: number): string => new Date(Date.now() - hours * HOUR_MS).toISOString().slice(0, 19);

function startingAt(start: string): SdkDefinition {
  const definition = hourly('date');
  const [schedule, ...others] = definition.pipelineObjects;
  const fields = [
    { key: 'type', stringValue: 'Schedule' },
    { key: 'period', stringValue: '1 hour' },
    { key: 'startDateTime', stringValue: start },
  ];
  return {
    ...definition,
    pipelineObjects: [{ id: schedule?.id, name: schedule?.name, fields }, ...others],
  };
}

async function put(api: TestApi, definition: SdkDefinition) {
  const client = api.client();
  const { pipelineId = '' } = await client.send(
    new CreatePipelineCommand({ name: 'p', uniqueId: crypto.randomUUID() }),
  );
  const answer = await client.send(new PutPipelineDefinitionCommand({ pipelineId, ...definition }));
  return { client, pipelineId, answer };
}

describe('a start more than 1 day ago', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.close());

  it('is a warning that says how many intervals activation backfills, and is activated', async () => {
    const start = hoursAgo(48.5);
    const { client, pipelineId, answer } = await put(api, startingAt(start));
    const text = `Schedule "Hourly": scheduledStartTime ${start} is more than 1 day ago: activation backfills 49 intervals, oldest first`;
    expect(answer).toMatchObject({ errored: false, validationErrors: [] });
    expect(answer.validationWarnings).toEqual([{ id: 'Hourly', warnings: [expect.stringContaining(text)] }]);
    await client.send(new ActivatePipelineCommand({ pipelineId }));
    expect(api.engine.calls.at(-1)).toMatchObject({ call: 'activate', pipelineId });
    const logged = api.logLines.map((line) => JSON.parse(line) as object);
    expect(logged).toContainEqual(
      expect.objectContaining({ level: 'warn', message: text, pipelineId, intervals: 49 }),
    );
  });

  it.each([23.5, -1])('is not what began %d hours ago', async (hours) => {
    const { answer } = await put(api, startingAt(hoursAgo(hours)));
    expect(answer.validationWarnings).toEqual([]);
  });
});

describe("AWS's guard, turned on", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startApi({ PENSTOCK_PAST_START_GUARD: 'on' });
  });
  afterAll(() => api.close());

  it('blocks activation when a scheduledStartTime would be more than 1 day ago', async () => {
    const start = hoursAgo(48.5);
    const { client, pipelineId, answer } = await put(api, startingAt(start));
    expect(answer.validationWarnings?.[0]?.warnings?.[0]).toContain('so the pipeline is not activated');
    await expect(client.send(new ActivatePipelineCommand({ pipelineId }))).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message:
        `Pipeline activation was blocked: [ObjectId = 'Hourly': Schedule "Hourly": scheduledStartTime ${start} is more than ` +
        `1 day ago, so the pipeline is not activated, which would backfill 49 intervals. Change the start, or activate with a ` +
        `startTimestamp, from which on intervals are to run; those before it are SKIPPED]`,
    });
    expect(api.engine.calls).toEqual([]);
  });

  it('lets an activation pass that names its startTimestamp', async () => {
    const { client, pipelineId } = await put(api, startingAt(hoursAgo(48.5)));
    const startTimestamp = new Date(`${hoursAgo(40)}Z`);
    await client.send(new ActivatePipelineCommand({ pipelineId, startTimestamp }));
    expect(api.engine.calls).toEqual([{ call: 'activate', pipelineId, options: { startTimestamp } }]);
  });

  it('lets a start of less than a day ago run at once', async () => {
    const { client, pipelineId } = await put(api, startingAt(hoursAgo(23.9)));
    await client.send(new ActivatePipelineCommand({ pipelineId }));
    expect(api.engine.calls.at(-1)).toMatchObject({ call: 'activate', pipelineId });
  });
});
