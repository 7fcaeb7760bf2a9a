import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Database } from '../../src/store/database.js';
import { PostgresLedger } from '../../src/store/postgres-ledger.js';
import { buildProcess, type BuiltProcess } from '../activity/built-runner.js';
import { startApi, type TestApi } from '../api/api.js';
import { anActivePipeline, anInstance, aRun, aState } from '../store/builders.js';
import { WAIT } from '../wait.js';

let built: BuiltProcess;
let api: TestApi;
const children: ChildProcess[] = [];
beforeAll(async () => {
  built = buildProcess(['cli', 'formats', 'model'], 'cli/main.js');
  api = await startApi();
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(async () => {
  await api.close();
  built.remove();
});

/** The command as a process that may go on for long. */
function penstock(url: string, ...argv: readonly string[]) {
  const child = spawn(process.execPath, [built.main, ...argv, '--server', url], {
    env: { PENSTOCK_TOKEN: api.key.secretAccessKey },
  });
  children.push(child);
  const seen = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (seen.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (seen.err += chunk.toString()));
  const exit = once(child, 'close').then(([code]) => code as number);
  return { seen, exit };
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A server that gives its answers one after the other; without one more it takes no connection any more. */
async function withAnswers(answers: readonly Answer[], work: (url: string) => Promise<void>): Promise<void> {
  let asked = 0;
  const server = createServer((request, response) => answers[asked++]?.(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const event = (name: string, data: object, id?: string): string =>
  `event: ${name}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;
const stream = (response: ServerResponse, ...events: readonly string[]): ServerResponse => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(events.join(''));
  return response;
};
const ATTEMPT = '@Say_2030-01-01T00:00:00_Attempt=1';

describe('penstock events', () => {
  it('prints changes as they happen, of one pipeline to its end', async () => {
    const database = api.app.get(Database);
    const pipelineId = await anActivePipeline(database);
    const { seen } = penstock(api.url, 'events');
    const json = penstock(api.url, 'events', pipelineId, '--json');
    const ledger = api.app.get(PostgresLedger);
    const { id } = anInstance('Say');
    let seq = 0;
    // Until both listen.
    await vi.waitFor(async () => {
      seq += 1;
      const run = aRun(pipelineId);
      await ledger.createInstances(run, [anInstance('Say')]);
      const status = seq % 2 === 0 ? 'RUNNING' : 'WAITING_FOR_RUNNER';
      await ledger.record(run, { instances: [aState(id, seq, status)], attempts: [] });
      expect(seen.out).toContain(`  ${pipelineId}  ${id}  WAITING_FOR_RUNNER -> RUNNING\n`);
      expect(json.seen.out).toContain('"RUNNING"');
    }, WAIT);
    const [line = ''] = json.seen.out.split('\n');
    expect(JSON.parse(line)).toMatchObject({ sphere: 'INSTANCE', pipelineId, id });
    await api.engine.remove(pipelineId);
    expect(await json.exit).toBe(0);
    expect(json.seen.out.trimEnd().split('\n').at(-1)).toContain('"status":"DELETED"');
  });

  it('says what the server refuses', async () => {
    const { seen, exit } = penstock(api.url, 'events', 'df-NO');
    expect(await exit).toBe(2);
    expect(seen.err).toContain('df-NO');
  });
});

describe('penstock logs', () => {
  it('follows, goes on where a connection broke or the server stopped, and ends as the attempt does', async () => {
    const lastEventIds: unknown[] = [];
    const noted =
      (answer: Answer): Answer =>
      (request, response) => {
        lastEventIds.push(request.headers['last-event-id']);
        answer(request, response);
      };
    const answers = [
      noted((_, response) => {
        stream(
          response,
          event('attempt', { id: ATTEMPT, status: 'RUNNING' }),
          event('log', { text: 'one\n' }, '1/a'),
        );
        setImmediate(() => response.destroy());
      }),
      noted((_, response) =>
        stream(
          response,
          event('log', { text: 'two\n' }, '1/b'),
          event('end', { reason: 'the server stops' }),
        ).end(),
      ),
      noted((_, response) => {
        const failed = {
          id: ATTEMPT,
          status: 'FAILED',
          errorId: 'CommandFailed',
          errorMessage: 'exit status 1',
        };
        stream(
          response,
          event('note', { text: '7 bytes before this are only in the stored log' }),
          event('progress', { attemptId: ATTEMPT, percentComplete: 50, records: 3 }),
          event('later', {}),
          event('log', { text: 'three\n' }, '1/c'),
          event('attempt', failed),
          event('ended', failed),
        );
      }),
    ];
    await withAnswers(answers, async (url) => {
      const { seen, exit } = penstock(url, 'logs', 'df-X', ATTEMPT, '-f');
      expect(await exit).toBe(1);
      expect(seen.out).toBe('one\ntwo\nthree\n');
      expect(seen.err).toContain('penstock: the server stops; going on where it was\n');
      expect(seen.err).toContain('[… 7 bytes before this are only in the stored log …]\n');
      expect(seen.err).toContain('· percentComplete 50, records 3\n');
      expect(seen.err).toContain(`· ${ATTEMPT} is FAILED: CommandFailed: exit status 1\n`);
    });
    expect(lastEventIds).toEqual([undefined, '1/a', '1/b']);
  });

  it('exits with 0 when it FINISHED', async () => {
    const finished: Answer = (_, response) => void stream(response, event('ended', { status: 'FINISHED' }));
    await withAnswers([finished], async (url) => {
      expect(await penstock(url, 'logs', 'df-X', '@Say_2030-01-01T00:00:00', '--follow').exit).toBe(0);
    });
  });

  it('prints what there is, or why there is nothing', async () => {
    const text: Answer = (request, response) => {
      expect(decodeURIComponent(request.url ?? '')).toBe(`/v1/pipelines/df-X/attempts/${ATTEMPT}/log`);
      response.end('==> stdout.log <==\nüber\n');
    };
    await withAnswers([text], async (url) => {
      const { seen, exit } = penstock(url, 'logs', 'df-X', ATTEMPT);
      expect(await exit).toBe(0);
      expect(seen.out).toBe('==> stdout.log <==\nüber\n');
    });
    const pipelineId = await anActivePipeline(api.app.get(Database));
    await api.app.get(PostgresLedger).createInstances(aRun(pipelineId), [anInstance('Say')]);
    const early = penstock(api.url, 'logs', pipelineId, anInstance('Say').id);
    expect(await early.exit).toBe(2);
    expect(early.seen.err).toContain('has had no attempt yet: it is WAITING_ON_DEPENDENCIES');
    const nobody = penstock('http://127.0.0.1:9', 'logs', pipelineId, ATTEMPT, '-f');
    expect(await nobody.exit).toBe(2);
    expect(nobody.seen.err).toContain('no server answers');
  });
});
