import { describe, expect, it } from 'vitest';
import type { PipelineDefinition } from '../../model/definition/pipeline-definition.js';
import { InvalidRequest, PipelineDeleted, PipelineNotFound } from '../../model/errors.js';
import { ObjectStore } from '../../src/store/object-store.js';
import { PipelineStore } from '../../src/store/pipeline-store.js';
import { PostgresLedger } from '../../src/store/postgres-ledger.js';
import { aDefinition, anActivePipeline, anInstance, aPipeline, aRun } from './builders.js';
import { SERVERS, useDatabase } from './test-database.js';

describe.each(SERVERS)('PipelineStore on %s', (_version, server) => {
  const shared = useDatabase(server);
  const store = (): PipelineStore => new PipelineStore(shared.database);

  it('makes a pipeline in state PENDING, with an id of AWS form', async () => {
    const { pipelineId } = await store().create({
      ...aPipeline('Fresh'),
      description: 'what it is',
      tags: [{ key: 'team', value: 'data' }],
    });
    expect(pipelineId).toMatch(/^df-[A-Z0-9]{20}$/);
    expect(await store().get(pipelineId)).toMatchObject({
      id: pipelineId,
      name: 'Fresh',
      description: 'what it is',
      tags: [{ key: 'team', value: 'data' }],
      state: 'PENDING',
      activation: undefined,
      latestVersion: undefined,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/),
    });
  });

  it('answers the same name and uniqueId with the same pipeline, also to 20 callers at once', async () => {
    const pipeline = aPipeline('Once');
    const made = await Promise.all(Array.from({ length: 20 }, () => store().create(pipeline)));
    expect(new Set(made.map(({ pipelineId }) => pipelineId)).size).toBe(1);
    const other = await store().create({ ...pipeline, creator: 'bob' });
    expect(other.pipelineId).not.toBe(made[0]?.pipelineId);
  });

  it('takes names and uniqueIds of 1,024 characters', async () => {
    const long = { ...aPipeline('é'.repeat(1024)), uniqueId: '€'.repeat(1024) };
    const first = await store().create(long);
    expect(await store().create(long)).toEqual(first);
    expect((await store().create({ ...long, uniqueId: `${'€'.repeat(1023)}x` })).pipelineId).not.toBe(
      first.pipelineId,
    );
  });

  it('tells unknown from deleted pipelines', async () => {
    await expect(store().get('df-NEVERWAS')).rejects.toThrow(PipelineNotFound);
    const { pipelineId } = await store().create(aPipeline());
    await store().markDeleting(pipelineId, new Date());
    expect(await store().get(pipelineId)).toMatchObject({ state: 'DELETING' });
    await store().delete(pipelineId);
    await store().delete(pipelineId);
    await expect(store().get(pipelineId)).rejects.toThrow(PipelineDeleted);
    await expect(store().get(pipelineId)).rejects.toThrow(`Pipeline with id: ${pipelineId} does not exist`);
    await expect(store().getMany([pipelineId])).rejects.toThrow(PipelineDeleted);
  });

  it('lists in order of creation, page by page', async () => {
    const names = ['l-1', 'l-2', 'l-3', 'l-4', 'l-5'];
    for (const name of names) await store().create(aPipeline(name));
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await store().list({ limit: 2, ...(after === undefined ? {} : { after }) });
      seen.push(...page.pipelines.map(({ name }) => name));
      after = page.marker;
    } while (after !== undefined);
    expect(seen.filter((name) => name.startsWith('l-'))).toEqual(names);
    await expect(store().list({ limit: 2, after: 'x' })).rejects.toThrow('marker "x" is not valid');
  });

  it('gives a definition back as it was put: order, repeated keys, every character', async () => {
    const odd = 'tab\t "quotes" \\ \u0000 \u2028 é 😀 \ud800 \r\n 1.0 1e5';
    const definition: PipelineDefinition = {
      pipelineObjects: [
        {
          id: 'z',
          name: odd,
          fields: [
            { key: 'b', stringValue: odd },
            { key: 'a', refValue: 'y' },
            { key: 'b', stringValue: '' },
            { key: '__proto__', stringValue: '2' },
          ],
        },
        { id: 'y', name: 'y', fields: [] },
      ],
      parameterObjects: [{ id: 'myP', attributes: [{ key: 'type', stringValue: 'String' }] }],
      parameterValues: [
        { id: 'myP', stringValue: '2' },
        { id: 'myP', stringValue: '1' },
      ],
    };
    const { pipelineId } = await store().create(aPipeline());
    expect(await store().readDefinition(pipelineId, 'latest')).toBeUndefined();
    await store().putDefinition(pipelineId, aDefinition(), { errored: true });
    await store().putDefinition(pipelineId, definition, { errored: false });
    const stored = await store().readDefinition(pipelineId, 'latest');
    expect(stored).toMatchObject({ definitionVersion: 2, errored: false });
    expect(JSON.stringify(stored?.definition)).toBe(JSON.stringify(definition));
    expect(await store().readDefinition(pipelineId, 'active')).toBeUndefined();
  });

  it('activates: counts, keeps the first time, pins a version with its values', async () => {
    const { pipelineId } = await store().create(aPipeline());
    await store().putDefinition(
      pipelineId,
      {
        ...aDefinition(),
        parameterValues: [
          { id: 'myA', stringValue: '1' },
          { id: 'myB', stringValue: '2' },
        ],
      },
      { errored: false },
    );
    const at = new Date('2030-01-01T00:00:00.500Z');
    const schedules = [{ scheduleId: 'Daily' }];
    const first = { definitionVersion: 1, at, schedules };
    expect(await store().activate(pipelineId, first)).toEqual({
      activation: 1,
      definitionVersion: 1,
      firstActivationTime: '2030-01-01T00:00:00.500Z',
    });
    // The activity may be repeated after a crash.
    expect(await store().activate(pipelineId, first)).toMatchObject({ activation: 1 });

    const second = await store().activate(pipelineId, {
      definitionVersion: 1,
      parameterValues: [
        { id: 'myA', stringValue: 'x' },
        { id: 'myA', stringValue: 'y' },
      ],
      at: new Date('2030-02-01T00:00:00Z'),
      schedules,
    });
    expect(second).toEqual({
      activation: 2,
      definitionVersion: 2,
      firstActivationTime: '2030-01-01T00:00:00.500Z',
    });
    expect((await store().readDefinition(pipelineId, 'active'))?.definition.parameterValues).toEqual([
      { id: 'myB', stringValue: '2' },
      { id: 'myA', stringValue: 'x' },
      { id: 'myA', stringValue: 'y' },
    ]);
    expect(await store().get(pipelineId)).toMatchObject({
      state: 'SCHEDULED',
      activation: 2,
      activeVersion: 2,
      latestVersion: 2,
      lastActivatedAt: '2030-02-01T00:00:00Z',
    });
    const ledger = new PostgresLedger(shared.database);
    expect(await ledger.readDefinition(pipelineId, 1)).toMatchObject({ definitionVersion: 1, activation: 2 });
    await expect(ledger.readDefinition(pipelineId, 9)).rejects.toThrow('has no definition version 9');
  });

  it('keeps the cursor of a schedule unless told where to start, and drops those of others', async () => {
    const pipelineId = await anActivePipeline(shared.database);
    const ledger = new PostgresLedger(shared.database);
    await ledger.advanceSchedule(pipelineId, 'Daily', 0, 7, false);
    const again = { definitionVersion: 1, at: new Date('2031-01-01T00:00:00Z') };
    await store().activate(pipelineId, {
      ...again,
      schedules: [{ scheduleId: 'Daily' }, { scheduleId: 'Weekly' }],
    });
    expect(await ledger.readSchedule(pipelineId, 'Daily')).toMatchObject({ nextIndex: 7 });
    await store().activate(pipelineId, {
      ...again,
      at: new Date('2031-01-02T00:00:00Z'),
      schedules: [{ scheduleId: 'Daily', nextIndex: 3 }],
    });
    expect(await ledger.readSchedule(pipelineId, 'Daily')).toEqual({
      definitionVersion: 1,
      nextIndex: 3,
      exhausted: false,
    });
    expect(await new ObjectStore(shared.database).scheduleIds(pipelineId)).toEqual(['Daily']);
  });

  it('checks the state that a change starts from', async () => {
    const { pipelineId } = await store().create(aPipeline());
    await expect(store().deactivating(pipelineId)).rejects.toThrow(InvalidRequest);
    await expect(store().delete(pipelineId)).rejects.toThrow(
      `Pipeline ${pipelineId} is PENDING: expected DELETING`,
    );
    await store().putDefinition(pipelineId, aDefinition(), { errored: true });
    await expect(
      store().activate(pipelineId, { definitionVersion: 1, at: new Date(), schedules: [] }),
    ).rejects.toThrow('its definition has errors');
    expect(await store().get(pipelineId)).toMatchObject({ state: 'PENDING' });

    const active = await anActivePipeline(shared.database);
    await store().deactivating(active);
    await expect(
      store().activate(active, { definitionVersion: 1, at: new Date(0), schedules: [] }),
    ).rejects.toThrow('is DEACTIVATING: expected');
    expect(await new PostgresLedger(shared.database).readSchedule(active, 'Daily')).toBeUndefined();
    await store().deactivated(active, new Date('2030-03-01T00:00:00Z'));
    expect(await store().get(active)).toMatchObject({
      state: 'INACTIVE',
      lastDeactivatedAt: '2030-03-01T00:00:00Z',
    });
  });

  it('removes the history with the pipeline, and frees its uniqueId when deletion is asked for', async () => {
    const pipelineId = await anActivePipeline(shared.database);
    const ledger = new PostgresLedger(shared.database);
    await ledger.createInstances(aRun(pipelineId), [anInstance('Say')]);
    const { name, uniqueId } = await store().get(pipelineId);
    await store().markDeleting(pipelineId, new Date());
    const again = await store().create({ ...aPipeline(name), uniqueId });
    expect(again.pipelineId).not.toBe(pipelineId);
    await store().delete(pipelineId);
    expect(await ledger.readRun(aRun(pipelineId))).toEqual([]);
    await ledger.createInstances(aRun(pipelineId), [anInstance('Say')]);
    expect(await ledger.readRun(aRun(pipelineId))).toEqual([]);
    await expect(ledger.readDefinition(pipelineId, 1)).rejects.toThrow(PipelineDeleted);
  });

  it('adds, replaces and removes tags', async () => {
    const { pipelineId } = await store().create(aPipeline());
    await store().addTags(pipelineId, [
      { key: 'a', value: '1' },
      { key: 'b', value: '2' },
    ]);
    await store().addTags(pipelineId, [{ key: 'a', value: '3' }]);
    await store().removeTags(pipelineId, ['b', 'not there']);
    expect((await store().get(pipelineId)).tags).toEqual([{ key: 'a', value: '3' }]);
  });
});
