import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { CreatePipelineCommand, DeletePipelineCommand } from '@aws-sdk/client-data-pipeline';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ReceivedEvent } from '../../cli/event-stream.js';
import { AppModule } from '../../src/app.module.js';
import { Config } from '../../src/config/config.js';
import { configureApp } from '../../src/http/configure-app.js';
import { EventStreams } from '../../src/rest/event-streams.js';
import { Database } from '../../src/store/database.js';
import { EVENTS_KEPT_MS, EventStore } from '../../src/store/event-store.js';
import { PostgresLedger } from '../../src/store/postgres-ledger.js';
import { anActivePipeline, anInstance, aRun, aState } from '../store/builders.js';
import { startApi, type TestApi } from './api.js';
import { openEvents, type EventSource } from './event-source.js';
import { WAIT } from '../wait.js';

let api: TestApi;
/** Another API process, as it were, on the same database. */
let other: NestExpressApplication;
let otherUrl: string;
const opened: EventSource[] = [];
beforeAll(async () => {
  api = await startApi();
  const module = await Test.createTestingModule({ imports: [AppModule.with(api.app.get(Config))] }).compile();
  other = module.createNestApplication<NestExpressApplication>({ bodyParser: false, logger: false });
  configureApp(other);
  await other.listen(0, '127.0.0.1');
  otherUrl = await other.getUrl();
});
afterEach(() => {
  for (const source of opened.splice(0)) source.close();
});
afterAll(async () => {
  await other.close();
  await api.close();
});

const ledger = () => api.app.get(PostgresLedger);
const makePipeline = () => anActivePipeline(api.app.get(Database));

async function open(query = '', lastEventId?: string, url = api.url): Promise<EventSource> {
  const source = await openEvents(`${url}/v1/events${query}`, api.key.secretAccessKey, lastEventId);
  opened.push(source);
  return source;
}

interface Change {
  readonly sphere: string;
  readonly id: string;
  readonly status: string;
  readonly previousStatus?: string;
}
const changeOf = ({ data = '{}' }: ReceivedEvent): Change => JSON.parse(data) as Change;
const short = (event: ReceivedEvent): string => {
  const { id, status } = changeOf(event);
  return `${id} ${status}`;
};
const isOf = (id: string, status: string) => (event: ReceivedEvent) => short(event) === `${id} ${status}`;

/** One instance of the pipeline, from its making to its end. */
async function live(pipelineId: string, name: string): Promise<string> {
  const run = aRun(pipelineId);
  const { id } = anInstance(name);
  await ledger().createInstances(run, [anInstance(name)]);
  for (const [index, status] of (['WAITING_FOR_RUNNER', 'RUNNING', 'FINISHED'] as const).entries()) {
    const seq = index + 1;
    await ledger().record(run, {
      instances: [aState(id, seq, status)],
      attempts: [{ instanceId: id, number: 1, seq, status }],
    });
  }
  return id;
}
const LIFE = ['WAITING_ON_DEPENDENCIES', 'WAITING_FOR_RUNNER', 'RUNNING', 'FINISHED'];

describe('/v1/events', () => {
  it('tells every change of a status, in order, as it happens', async () => {
    const pipelineId = await makePipeline();
    const source = await open();
    expect(source.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(await source.next()).toMatchObject({ event: 'ready', id: expect.any(String), data: '{}' });
    const id = await live(pipelineId, 'A');
    const seen = await source.until(isOf(`${id}_Attempt=1`, 'FINISHED'));
    expect(seen.filter((event) => changeOf(event).id === id).map(changeOf)).toEqual(
      LIFE.map((status, index) => ({
        sphere: 'INSTANCE',
        pipelineId,
        id,
        status,
        ...(index === 0 ? {} : { previousStatus: LIFE[index - 1] }),
        at: expect.stringMatching(/^20.*Z$/),
      })),
    );
    expect(seen.map(changeOf).find(({ sphere }) => sphere === 'ATTEMPT')).toMatchObject({
      id: `${id}_Attempt=1`,
      instanceId: id,
      status: 'WAITING_FOR_RUNNER',
    });
  });

  it('goes on after any event that was received, at any API, without a gap or a repeat', async () => {
    const pipelineId = await makePipeline();
    const source = await open(`?pipelineId=${pipelineId}`);
    await source.next();
    const id = await live(pipelineId, 'A');
    const all = await source.until(isOf(`${id}_Attempt=1`, 'FINISHED'));
    await live(await makePipeline(), 'B');
    for (const [index, event] of all.entries()) {
      const again = await open(`?pipelineId=${pipelineId}`, event.id, index % 2 === 0 ? otherUrl : api.url);
      expect(await again.next()).toMatchObject({ event: 'ready' });
      const rest = all.slice(index + 1);
      for (const each of rest) expect(await again.next()).toMatchObject({ data: each.data });
    }
  });

  it('tells an API what was written through another, of one pipeline only, to its end', async () => {
    await live(await makePipeline(), 'A');
    const { pipelineId = '' } = await api
      .client()
      .send(new CreatePipelineCommand({ name: 'short-lived', uniqueId: 'short-lived' }));
    const source = await open(`?pipelineId=${pipelineId}`, undefined, otherUrl);
    await source.next();
    await live(await makePipeline(), 'B');
    await api.client().send(new DeletePipelineCommand({ pipelineId }));
    const rest: unknown[] = [];
    for (let event = await source.next(); event !== undefined; event = await source.next()) {
      rest.push([event.event, JSON.parse(event.data ?? '')]);
    }
    expect(rest).toEqual([
      ['status', expect.objectContaining({ id: pipelineId, status: 'DELETING', previousStatus: 'PENDING' })],
      ['status', expect.objectContaining({ id: pipelineId, status: 'DELETED' })],
      ['end', { reason: 'the pipeline is deleted' }],
    ]);
  });

  it('says so when it cannot tell what was missed', async () => {
    const pipelineId = await makePipeline();
    const source = await open();
    const { id } = (await source.next()) ?? {};
    await live(pipelineId, 'A');
    await api.app.get(EventStore, { strict: false }).removeOld(new Date(Date.now() + 2 * EVENTS_KEPT_MS));
    const late = await open('', id);
    expect(await late.next()).toMatchObject({ event: 'reset', data: '{}' });
    const after = await live(pipelineId, 'B');
    expect((await late.until(isOf(after, 'FINISHED'))).filter(({ event }) => event !== 'status')).toEqual([]);
  });

  it('keeps silent connections open, and the place of who hears of nothing', async () => {
    const streams = api.app.get(EventStreams, { strict: false });
    const { lifeMs } = streams;
    streams.lifeMs = 50;
    try {
      const quiet = await open(`?pipelineId=${await makePipeline()}`);
      const ready = await quiet.next();
      await live(await makePipeline(), 'A');
      const [place] = await quiet.until(({ id }) => id !== ready?.id);
      expect(place).toMatchObject({ event: 'message' });
      expect(place).not.toHaveProperty('data');
    } finally {
      streams.lifeMs = lifeMs;
    }
  });

  it('leaves a client that takes nothing, which can go on where it was', async () => {
    const streams = api.app.get(EventStreams, { strict: false });
    const { stuckMs } = streams;
    streams.stuckMs = 200;
    const first = await open();
    const start = (await first.next())?.id ?? '';
    // Or it is the slow client: it takes nothing more either.
    first.close();
    // 40 MB: more than the buffers of the operating system take.
    await sql`insert into events (pipeline_id, sphere, object_id, status)
      select 'df-MANY', 'INSTANCE', repeat('x', 900) || n, 'RUNNING' from generate_series(1, 40000) n`.execute(
      api.app.get(Database).kysely,
    );
    const { hostname, port } = new URL(api.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    try {
      await once(socket, 'connect');
      const before = process.memoryUsage().arrayBuffers;
      socket.write(
        `GET /v1/events HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${api.key.secretAccessKey}\r\nLast-Event-ID: ${start}\r\n\r\n`,
      );
      socket.pause();
      const ended = expect.arrayContaining([expect.stringContaining('the client is too slow')]) as unknown;
      await vi.waitFor(() => expect(api.logLines).toEqual(ended), WAIT);
      // No more than a page of a thousand is ever held.
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
      let text = '';
      socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
      socket.resume();
      await closed;
      const lastId = [...text.matchAll(/^id: (\S+)\ndata: .*\n$/gm)].at(-1)?.[1];
      expect(lastId).toBeDefined();
      const again = await open('', lastId);
      expect(await again.next()).toMatchObject({ event: 'ready' });
      expect(await again.next()).toMatchObject({ data: expect.stringContaining('df-MANY') });
    } finally {
      streams.stuckMs = stuckMs;
      socket.destroy();
    }
  });

  it('ends when the key of its client is taken away', async () => {
    const streams = api.app.get(EventStreams, { strict: false });
    const { lifeMs } = streams;
    streams.lifeMs = 50;
    const before = await readFile(api.credentialsPath, 'utf8');
    try {
      const source = await open();
      await source.next();
      await writeFile(
        api.credentialsPath,
        '[other]\naws_access_key_id=PSKOTHER\naws_secret_access_key=other\n',
      );
      expect((await source.until(({ event }) => event === 'end')).at(-1)).toMatchObject({
        data: '{"reason":"the key is not valid any more"}',
      });
      expect(await source.next()).toBeUndefined();
    } finally {
      await writeFile(api.credentialsPath, before);
      streams.lifeMs = lifeMs;
    }
  });

  it.each([
    ['?pipelineId=df-NO', undefined, 404],
    ['?pipelineId=a&pipelineId=b', undefined, 400],
    ['?after=x', undefined, 400],
    ['', '10.5-4x1', 400],
  ])('refuses %s %s', async (query, lastEventId, status) => {
    const { response } = await open(query, lastEventId);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ status, detail: expect.any(String) });
  });

  it('wants a token, and answers HEAD without a stream', async () => {
    expect((await openEvents(`${api.url}/v1/events`, 'wrong')).response.status).toBe(401);
    const head = await fetch(`${api.url}/v1/events`, {
      method: 'HEAD',
      headers: { authorization: `Bearer ${api.key.secretAccessKey}` },
    });
    expect(head.headers.get('content-type')).toContain('text/event-stream');
  });

  it('tells its clients when the server stops', async () => {
    const source = await open('', undefined, otherUrl);
    await source.next();
    await other.close();
    expect((await source.until(({ event }) => event === 'end')).at(-1)?.data).toBe(
      '{"reason":"the server stops"}',
    );
    expect(await source.next()).toBeUndefined();
  });
});
