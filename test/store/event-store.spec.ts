import { sql } from 'kysely';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { EVENTS_CHANNEL } from '../../src/store/event-bell.js';
import { parseCursor, printCursor, type EventCursor } from '../../src/store/event-cursor.js';
import { EVENT_PAGE, EVENTS_KEPT_MS, EventStore, type StatusEvent } from '../../src/store/event-store.js';
import { PipelineStore } from '../../src/store/pipeline-store.js';
import { PostgresLedger } from '../../src/store/postgres-ledger.js';
import { anActivePipeline, anInstance, aPipeline, aRun, aState } from './builders.js';
import { SERVERS, useDatabase } from './test-database.js';

const short = ({ objectId, attempt, previousStatus, status }: StatusEvent): string =>
  `${objectId}${attempt === undefined ? '' : `#${attempt}`} ${previousStatus ?? ''}>${status}`;

describe.each(SERVERS)('EventStore on %s', (_version, server) => {
  const context = useDatabase(server);
  const store = () => new EventStore(context.database);
  const ledger = () => new PostgresLedger(context.database);

  async function since(cursor: EventCursor): Promise<string[]> {
    return (await store().after(cursor)).events.map(short);
  }

  it('has every change of a status, and nothing else', async () => {
    const pipelineId = await anActivePipeline(context.database);
    const run = aRun(pipelineId);
    const start = await store().head();
    const one = anInstance('One');
    await ledger().createInstances(run, [one]);
    await ledger().createInstances(run, [one]);
    const attempt = { instanceId: one.id, number: 1, actualStart: '2030-01-01T00:00:00Z' };
    await ledger().record(run, {
      instances: [aState(one.id, 1, 'RUNNING')],
      attempts: [{ ...attempt, seq: 1, status: 'RUNNING' }],
    });
    await ledger().record(run, {
      instances: [aState(one.id, 2, 'RUNNING', { hostname: 'h' })],
      attempts: [],
    });
    await ledger().record(run, { instances: [aState(one.id, 1, 'FAILED')], attempts: [] }); // comes too late
    await ledger().record(run, {
      instances: [aState(one.id, 3, 'FINISHED')],
      attempts: [{ ...attempt, seq: 3, status: 'FINISHED' }],
    });
    const { events } = await store().after(start);
    expect(events.filter(({ sphere }) => sphere === 'INSTANCE').map(short)).toEqual([
      `${one.id} >WAITING_ON_DEPENDENCIES`,
      `${one.id} WAITING_ON_DEPENDENCIES>RUNNING`,
      `${one.id} RUNNING>FINISHED`,
    ]);
    expect(events.filter(({ sphere }) => sphere === 'ATTEMPT').map(short)).toEqual([
      `${one.id}#1 >RUNNING`,
      `${one.id}#1 RUNNING>FINISHED`,
    ]);
    expect(events.every((event) => event.pipelineId === pipelineId && event.at.endsWith('Z'))).toBe(true);
  });

  it('has the states of pipelines, to their end', async () => {
    const start = await store().head();
    const pipelines = new PipelineStore(context.database);
    const { pipelineId } = await pipelines.create(aPipeline());
    await pipelines.addTags(pipelineId, [{ key: 'a', value: 'b' }]);
    await pipelines.markDeleting(pipelineId, new Date());
    await pipelines.delete(pipelineId);
    const id = pipelineId;
    expect(await since(start)).toEqual([
      `${id} >PENDING`,
      `${id} PENDING>DELETING`,
      `${id} DELETING>DELETED`,
    ]);
  });

  it('gives what was committed late, too, and once', async () => {
    const pipelineId = await anActivePipeline(context.database);
    const run = aRun(pipelineId);
    const late = new pg.Client(context.url);
    await late.connect();
    await late.query(`begin; insert into events (pipeline_id, sphere, object_id, status)
      select '${pipelineId}', 'INSTANCE', 'late' || n, 'RUNNING' from generate_series(1, 3) n`);
    let cursor = await store().head();
    const next = async (): Promise<string[]> => {
      const page = await store().after(cursor);
      cursor = parseCursor(printCursor(page.cursor)) ?? cursor;
      return page.events.map(({ objectId }) => objectId);
    };
    await ledger().createInstances(run, [anInstance('A')]);
    expect(await next()).toEqual([anInstance('A').id]);
    expect(await next()).toEqual([]);
    await late.query('commit');
    await late.end();
    expect(await next()).toEqual(['late1', 'late2', 'late3']);
    expect(await next()).toEqual([]);
    await ledger().createInstances(run, [anInstance('B')]);
    expect(await next()).toEqual([anInstance('B').id]);
  });

  it('goes by pages', async () => {
    const start = await store().head();
    await sql`insert into events (pipeline_id, sphere, object_id, status)
      select 'df-X', 'INSTANCE', n::text, 'RUNNING' from generate_series(1, ${2 * EVENT_PAGE + 1}) n`.execute(
      context.database.kysely,
    );
    const sizes: number[] = [];
    for (let page = await store().after(start); ; page = await store().after(page.cursor)) {
      sizes.push(page.events.length);
      if (!page.full) break;
    }
    expect(sizes).toEqual([EVENT_PAGE, EVENT_PAGE, 1]);
  });

  it('knows what was lost, and what was not', async () => {
    const pipelineId = await anActivePipeline(context.database);
    const before = await store().head();
    await ledger().createInstances(aRun(pipelineId), [anInstance('A')]);
    const now = await store().head();
    const inAnHour = new Date(Date.now() + EVENTS_KEPT_MS + 60_000);
    expect(await store().isLost(before)).toBe(false);
    expect(await store().removeOld(new Date())).toBe(0);
    expect(await store().removeOld(inAnHour)).toBeGreaterThan(0);
    expect(await store().isLost(before)).toBe(true);
    expect(await store().isLost(now)).toBe(false);
    expect(await store().isLost(await store().head())).toBe(false);
    expect(await store().isLost({ high: now.high + 1, missing: [] })).toBe(true);
    expect(await since(await store().head())).toEqual([]);
  });

  it('rings when the ledger was written, however often', async () => {
    const pipelineId = await anActivePipeline(context.database);
    const listener = new pg.Client(context.url);
    await listener.connect();
    await listener.query(`listen ${EVENTS_CHANNEL}`);
    const rung = new Promise((resolve) => listener.once('notification', resolve));
    const writer = ledger();
    for (let day = 0; day < 5; day++)
      await writer.createInstances(aRun(pipelineId, day), [anInstance('A', day)]);
    await rung;
    await listener.end();
  });
});
