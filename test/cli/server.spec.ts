import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ActivatePipelineCommand,
  CreatePipelineCommand,
  DeletePipelineCommand,
  PutPipelineDefinitionCommand,
} from '@aws-sdk/client-data-pipeline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDefinitionFile } from '../../model/definition/definition-file.js';
import { compilePipeline } from '../../model/instance/compile.js';
import { planRange } from '../../model/instance/plan-range.js';
import { PostgresLedger } from '../../src/store/postgres-ledger.js';
import { buildProcess, type BuiltProcess } from '../activity/built-runner.js';
import { startApi, type TestApi } from '../api/api.js';

let api: TestApi;
let built: BuiltProcess;
let folder: string;
beforeAll(async () => {
  built = buildProcess(['cli', 'formats', 'model'], 'cli/main.js');
  folder = await mkdtemp(join(tmpdir(), 'penstock-cli-'));
  api = await startApi();
});
afterAll(async () => {
  await api.close();
  built.remove();
  await rm(folder, { recursive: true, force: true });
});

interface Ended {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command in an empty folder, with only this environment. */
function run(argv: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [built.main, ...argv],
      { env, cwd: folder, maxBuffer: 64 * 1024 * 1024 },
      (_error, out, err) => resolve({ exit: child.exitCode ?? -1, out, err }),
    );
  });
}
const penstock = (...argv: readonly string[]) =>
  run(argv, { PENSTOCK_URL: api.url, PENSTOCK_TOKEN: api.key.secretAccessKey });

const DAILY = { id: 'Daily', type: 'Schedule', period: '1 day', startAt: 'FIRST_ACTIVATION_DATE_TIME' };
const DEFAULT = { id: 'Default', scheduleType: 'cron', schedule: { ref: 'Daily' }, workerGroup: 'wg' };
const SAY = {
  id: 'Say',
  type: 'ShellCommandActivity',
  command: '#{myCommand} #{@pipelineId} #{@scheduledStartTime}',
};
const DB = {
  id: 'Db',
  type: 'JdbcDatabase',
  connectionString: 'jdbc:postgresql://db/logs',
  jdbcDriverClass: 'org.postgresql.Driver',
  username: 'reader',
  '*password': 'tops3cret',
};
const FILE = {
  objects: [DEFAULT, DAILY, SAY, DB],
  parameters: [{ id: 'myCommand', default: 'echo' }],
};

type File = typeof FILE;

async function pipeline(name: string, ...files: readonly File[]): Promise<string> {
  const client = api.client();
  const { pipelineId = '' } = await client.send(new CreatePipelineCommand({ name, uniqueId: name }));
  for (const file of files) await put(pipelineId, file);
  return pipelineId;
}

async function put(pipelineId: string, file: File): Promise<void> {
  const { definition } = readDefinitionFile(JSON.stringify(file));
  const request = JSON.parse(JSON.stringify(definition)) as object;
  await api.client().send(new PutPipelineDefinitionCommand({ pipelineObjects: [], ...request, pipelineId }));
}

const activate = (pipelineId: string, command: string) =>
  api.client().send(
    new ActivatePipelineCommand({
      pipelineId,
      parameterValues: [{ id: 'myCommand', stringValue: command }],
    }),
  );

async function fileOf(name: string, file: object): Promise<string> {
  await writeFile(join(folder, name), JSON.stringify(file));
  return name;
}

/** Answers on a free port until the work is done. */
async function withServer<T>(listener: RequestListener, work: (url: string) => Promise<T>): Promise<T> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
  }
}

describe('a definition on a server in place of a file', () => {
  it('validates', async () => {
    const id = await pipeline('validated', FILE);
    expect(await penstock('validate', id)).toEqual({
      exit: 0,
      out: `${id}: 4 objects, 0 errors, 0 warnings\n`,
      err: '',
    });
    await put(id, { ...FILE, objects: [DEFAULT, DAILY, { ...SAY, type: 'ShellComandActivity' }] });
    const { exit, out } = await penstock('validate', `${id}@2`);
    expect(exit).toBe(1);
    expect(out).toContain('did you mean "ShellCommandActivity"');
  });

  it('plans what the server runs: its id, its values, its first activation', async () => {
    const id = await pipeline('planned', FILE);
    await activate(id, 'uptime');
    await put(id, { ...FILE, objects: [DEFAULT, DAILY, { ...SAY, command: 'newer' }, DB] });
    const from = new Date(Math.floor(Date.now() / 1000) * 1000 - 86_400_000);
    const to = new Date(from.getTime() + 4.5 * 86_400_000);
    const range = ['--from', isoSeconds(from), '--to', isoSeconds(to), '--json'];
    const { exit, out, err } = await penstock('plan', `${id}@active`, ...range);
    expect({ exit, err }).toEqual({ exit: 0, err: '' });
    const planned = out
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    const active = await api.app.get(PostgresLedger, { strict: false }).readDefinition(id, 2);
    expect(planned).toEqual([...planRange(compilePipeline(active), { from, to })]);
    expect(planned).toHaveLength(4);
    expect(planned[0]).toMatchObject({ fields: { command: [expect.stringMatching(`^uptime ${id} 20`)] } });
    const latest = await penstock('plan', id, ...range);
    expect(latest.out).toContain('"command":["newer"]');
  });

  it('converts, with masked secrets', async () => {
    const id = await pipeline('converted', FILE);
    const { exit, out, err } = await penstock('convert', id, '--to', 'cli');
    expect(exit).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      objects: expect.arrayContaining([expect.objectContaining({ id: 'Db', '*password': '********' })]),
    });
    expect(err).toContain('its secrets are masked');
    await put(id, JSON.parse(out) as File);
    expect((await penstock('diff', `${id}@1`, `${id}@latest`)).out).toBe('No difference\n');
  });
});

describe('penstock diff with a server', () => {
  it('compares two versions of one pipeline, their secrets too', async () => {
    const id = await pipeline('compared', FILE);
    await activate(id, 'uptime');
    await put(id, {
      ...FILE,
      objects: [DEFAULT, { ...DAILY, occurrences: '5' }, SAY, { ...DB, '*password': 'oth3r' }],
    } as File);
    const { exit, out } = await penstock('diff', `${id}@active`, `${id}@latest`);
    expect(exit).toBe(1);
    expect(out).toBe(`~ Daily  (Schedule)
    + occurrences  5
~ Db  (JdbcDatabase)
    ~ *password  (secret, changed)
- value myCommand  uptime

2 objects: 2 changed; 1 value: 1 removed

For an active pipeline: all of it is allowed, after the next activation.
  Daily.occurrences:
    At the next activation. An earlier end: nothing more is started from there on, what was started goes
    on. A later one: goes on where it stopped, what was due meanwhile is run at once.
  Db.*password, value myCommand:
    For intervals (ondemand: runs) that start after the next activation. One that has started keeps what
    it has, its retries too; a rerun in an interval whose run has ended uses the new.
`);
    const json = JSON.parse((await penstock('diff', `${id}@1`, `${id}@3`, '--json')).out) as object;
    expect(json).toMatchObject({ before: `${id}@1`, after: `${id}@3`, from: 1, to: 3, same: false });
  });

  it('compares with a file, and says that secrets were not', async () => {
    const id = await pipeline('withFile', FILE);
    const same = await penstock('diff', id, await fileOf('same.json', FILE));
    expect(same).toMatchObject({ exit: 0, err: '' });
    expect(same.out).toContain('? *password  (secret, not compared)');
    const other = await fileOf('other.json', {
      ...FILE,
      objects: [DEFAULT, { ...DAILY, period: '2 days' }, SAY, DB],
    });
    const changed = await penstock('diff', id, other);
    expect(changed.exit).toBe(1);
    expect(changed.out).toContain('refused: Schedule "Daily": period was changed from "1 day" to "2 days"');
    expect(same.out + changed.out).not.toContain('s3cret');
  });
});

describe('penstock pipelines', () => {
  it('lists id, name, state and health', async () => {
    const id = await pipeline('listed', FILE);
    await activate(id, 'uptime');
    const { exit, out } = await penstock('pipelines');
    expect(exit).toBe(0);
    expect(out).toMatch(/^id +name +state +health +version\n/);
    expect(out).toMatch(new RegExp(`^${id} +listed +SCHEDULED +- +2$`, 'm'));
    const json = JSON.parse((await penstock('pipelines', '--json')).out) as { pipelines: object[] };
    expect(json.pipelines).toContainEqual(expect.objectContaining({ id, state: 'SCHEDULED' }));
  });

  it('follows the pages', async () => {
    const asked: string[] = [];
    const two: RequestListener = (request, response) => {
      asked.push(request.url ?? '');
      const page = asked.length;
      const pipelines = [{ id: `df-${page}`, name: `n${page}`, state: 'PENDING', health: 'HEALTHY' }];
      response.end(JSON.stringify({ pipelines, ...(page === 1 ? { next: 'a b' } : {}) }));
    };
    const { out } = await withServer(two, (url) =>
      run(['pipelines', '--server', url], { PENSTOCK_TOKEN: 't' }),
    );
    expect(out).toMatch(/^df-1 +n1 +PENDING +HEALTHY +-\ndf-2 /m);
    expect(asked).toEqual([expect.not.stringContaining('after'), expect.stringContaining('after=a+b')]);
  });
});

describe('where the token comes from', () => {
  it('takes the secret key of a credentials file: --credentials, PENSTOCK_CREDENTIALS_FILE', async () => {
    const wrong = { PENSTOCK_URL: api.url, PENSTOCK_TOKEN: 'wrong' };
    const given = ['pipelines', '--credentials', api.credentialsPath];
    expect((await run(given, wrong)).exit).toBe(0);
    const file = { PENSTOCK_URL: api.url, PENSTOCK_CREDENTIALS_FILE: api.credentialsPath };
    expect((await run(['pipelines'], file)).exit).toBe(0);
    const home = { PENSTOCK_URL: api.url, PENSTOCK_HOME: join(api.credentialsPath, '..') };
    expect((await run(['pipelines'], home)).exit).toBe(0);
  });

  it('says where it looked when there is none, or when the server does not take it', async () => {
    const none = await run(['pipelines'], { PENSTOCK_URL: api.url });
    expect(none).toMatchObject({ exit: 2, out: '' });
    expect(none.err).toContain('".penstock/credentials" cannot be read: there is no such file');
    const wrong = await run(['pipelines'], { PENSTOCK_URL: api.url, PENSTOCK_TOKEN: 'wr0ng' });
    expect(wrong.err).toContain(`${api.url} does not take the token of PENSTOCK_TOKEN`);
    expect(wrong.err).not.toContain('wr0ng');
  });
});

describe('what a person can mend: exit code 2', () => {
  it('a server that does not answer', async () => {
    const gone = await withServer(
      () => undefined,
      async (url) => url,
    );
    const { exit, err } = await penstock('validate', 'df-A', '--server', gone);
    expect(exit).toBe(2);
    expect(err).toContain(`no server answers at ${gone} (`);
    expect(err).toContain('ECONNREFUSED');
    expect(err).toContain('"npm start" starts one there');
  });

  it('a server that is another', async () => {
    const page: RequestListener = (_request, response) => response.end('<html>');
    const { exit, err } = await withServer(page, (url) => penstock('pipelines', '--server', `${url}/`));
    expect(exit).toBe(2);
    expect(err).toMatch(/answered with status 200 and no JSON: is it a Penstock\?\n$/);
  });

  it('a pipeline that is not there: the nearest is named', async () => {
    const id = await pipeline('nearby', FILE);
    const { exit, err } = await penstock('validate', `${id.slice(0, -1)}${id.endsWith('X') ? 'Y' : 'X'}`);
    expect(exit).toBe(2);
    expect(err).toContain(`; did you mean "${id}" (nearby)?`);
    expect((await penstock('validate', 'df-ZZZZZZZZZZZZZZZZZZZZ')).err).toContain(
      '"penstock pipelines" lists them',
    );
  });

  it('a version that is not there', async () => {
    const id = await pipeline('versions', FILE);
    expect((await penstock('validate', `${id}@7`)).err).toContain(
      `Pipeline ${id} has no definition version 7: its newest is 1`,
    );
    expect((await penstock('diff', `${id}@active`, id)).err).toContain(`Pipeline ${id} was never activated`);
    expect((await penstock('validate', await pipeline('empty'))).err).toContain('has no definition yet');
  });

  it('a pipeline that was deleted', async () => {
    const id = await pipeline('deleted', FILE);
    await api.client().send(new DeletePipelineCommand({ pipelineId: id }));
    expect(await penstock('validate', id)).toMatchObject({
      exit: 2,
      err: expect.stringContaining(`pipeline "${id}" of ${api.url} was deleted`),
    });
  });
});

function isoSeconds(instant: Date): string {
  return instant.toISOString().slice(0, 19);
}
