import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { checkExists } from '../../activities/preconditions/exists.js';
import { runScript } from '../../activities/sql/sql-activity.js';
import type { TaskObject } from '../../model/instance/task.js';
import { seal } from '../../sealing/sealing.js';
import { startTdsServer, type TdsServer } from '../fixtures/tds-server.js';
import { aSealingKey, aTask, anObject, failureOf } from './an-attempt.js';
import {
  aCopyWorld,
  aLog,
  CSV,
  PASSWORD as POSTGRES_PASSWORD,
  stored,
  type CopyWorld,
  type Node,
} from './copy-world.js';
import { until } from './until.js';

/*
 * The real driver of SQL Server over its real protocol, against a fixture that speaks it and has PostgreSQL do the work:
 * no SQL Server can be had in these tests. So the SQL here is PostgreSQL's.
 */

const PASSWORD = `tds-${randomBytes(8).toString('hex')}`;
const USER = 'sa';
let world: CopyWorld;
let server: TdsServer;

beforeAll(async () => {
  world = await aCopyWorld();
  const { host, port, user, database } = world.client;
  const at = { host, port, user: user ?? '', database: database ?? '', password: POSTGRES_PASSWORD };
  server = await startTdsServer({ database: at, user: USER, password: PASSWORD });
});
afterAll(async () => {
  await server.close();
  await world.remove();
});
beforeEach(async () => {
  server.asked.length = 0;
  server.parameters.length = 0;
  await world.client.query('DROP TABLE IF EXISTS t, u');
});

function databaseAt(port: number, fields: Readonly<Record<string, string>> = {}): TaskObject {
  return anObject('JdbcDatabase', 'SqlServer', {
    connectionString: `jdbc:sqlserver://127.0.0.1:${port};databaseName=sales;encrypt=false;loginTimeout=5`,
    username: USER,
    '*password': PASSWORD,
    jdbcDriverClass: 'com.microsoft.sqlserver.jdbc.SQLServerDriver',
    ...fields,
  });
}

async function run(
  fields: Readonly<Record<string, string | string[]>>,
  {
    signal = new AbortController().signal,
    database = databaseAt(server.port),
    output,
  }: { signal?: AbortSignal; database?: TaskObject; output?: Record<string, string> } = {},
): Promise<string[]> {
  const object = anObject('SqlActivity', 'Sql', {
    ...fields,
    database: [{ ref: database.id }],
    ...(output === undefined ? {} : { output: [{ ref: 'Out' }] }),
  });
  const log = aLog();
  const task = aTask(object, database, anObject('SqlDataNode', 'Out', output ?? {}));
  await runScript(world.deps, { task, object, signal, log });
  return log.lines;
}

const rows = async (query: string): Promise<unknown[]> =>
  (await world.client.query({ text: query, rowMode: 'array' })).rows;

describe('SqlActivity on SQL Server', () => {
  it('runs batches in one transaction, with arguments as parameters', async () => {
    const lines = await run({
      script:
        "create table t (a text, b text)\nGO\ninsert into t values (?, '?'); -- ?\nGO\ninsert into [t] values (?, ?)\nGO\nPRINT 'done'",
      scriptArgument: ["it's", 'b', 'ü'],
    });
    expect(await rows('select a, b from t order by a')).toEqual([
      ['b', 'ü'],
      ["it's", '?'],
    ]);
    expect(server.asked.map((text) => text.trim())).toEqual([
      'BEGIN TRANSACTION',
      'create table t (a text, b text)',
      "insert into t values (@p1, '?'); -- ?",
      'insert into [t] values (@p1, @p2)',
      "PRINT 'done'",
      'WHILE @@TRANCOUNT > 0 COMMIT TRANSACTION',
    ]);
    expect(server.parameters).toEqual([[], [], ["it's"], ['b', 'ü'], [], []]);
    expect(lines).toEqual([`4 statements at 127.0.0.1:${server.port}/sales`, '1 row', '1 row', 'done']);
  });

  it('leaves nothing of a script that fails, and says where', async () => {
    const failure = await failureOf(
      run({ script: 'create table t (a int)\nGO\ninsert into t values (1);\nselect nothing from nowhere' }),
    );
    expect(failure).toMatchObject({ type: 'SqlFailed', nonRetryable: true });
    expect(failure.message).toMatch(/at line 3: "select nothing from nowhere" \[SQL Server error 208\]$/);
    expect(await rows("select to_regclass('t')")).toEqual([[null]]);
  });

  it('makes the table of its output when it is absent, and finds it with Exists', async () => {
    const output = { table: 'u', createTableSql: 'create table u (n text)' };
    await run({ script: 'insert into u values (1)' }, { output });
    await run({ script: 'insert into u values (2)' }, { output });
    expect(await rows('select n from u order by 1')).toEqual([['1'], ['2']]);
    const check = (table: string): Promise<void> => {
      const node = anObject('SqlDataNode', 'N', { table, database: [{ ref: 'SqlServer' }] });
      const object = anObject('Exists', 'E', {});
      const task = { ...aTask(object, node, databaseAt(server.port)), nodeId: 'N' };
      return checkExists(world.deps, { task, object, signal: new AbortController().signal });
    };
    await check('u');
    expect(await failureOf(check('v'))).toMatchObject({ type: 'NotYet' });
  });

  it('does not keep the rows of a result', async () => {
    const lines = await run({ script: "select repeat('x', 100), generate_series(1, 50000)" });
    expect(lines).toContain('50000 rows');
  });

  it('is cancelled on the server too', async () => {
    const stop = new AbortController();
    const running = run(
      { script: "create table t (a int)\nGO\nWAITFOR DELAY '00:10:00'" },
      { signal: stop.signal },
    );
    const active = "select 1 from pg_stat_activity where state = 'active' and query ~ '^\\s*SELECT pg_sleep'";
    await until(async () => (await rows(active)).length > 0);
    stop.abort(new Error('cancelled by the test'));
    await expect(running).rejects.toThrow('cancelled by the test');
    await until(async () => (await rows(active)).length === 0);
    expect(await rows("select to_regclass('t')")).toEqual([[null]]);
  });

  it('hides secrets in what it says', async () => {
    const sealed = seal('s3cret', aSealingKey, 'df-TEST');
    const failure = await failureOf(run({ script: `select '${sealed}' from nowhere` }));
    expect(failure.message).toContain(`"select '*****' from nowhere"`);
    expect(`${failure.message}${failure.stack}`).not.toContain('s3cret');
  });
});

describe('a connection to SQL Server', () => {
  it.each<[string, Record<string, string>, string, string]>([
    ['a wrong password', { '*password': 'wrong-pw' }, 'AccessDenied', "Login failed for user 'sa'"],
    [
      'a server without TLS',
      { connectionString: 'jdbc:sqlserver://127.0.0.1:PORT' },
      'ConnectionFailed',
      'has no encryption',
    ],
    ['Windows logins', { jdbcProperties: 'integratedSecurity=true' }, 'InvalidField', 'integratedSecurity'],
    ['an unknown way to encrypt', { jdbcProperties: 'encrypt=maybe' }, 'InvalidField', 'encrypt "maybe"'],
    ['a bad URL', { connectionString: 'jdbc:sqlserver://h:x' }, 'InvalidField', 'a port that is no number'],
  ])('tells of %s', async (_title, fields, type, text) => {
    const { connectionString } = fields;
    const database = databaseAt(server.port, {
      ...fields,
      ...(connectionString === undefined
        ? {}
        : { connectionString: connectionString.replace('PORT', String(server.port)) }),
    });
    const failure = await failureOf(run({ script: 'select 1' }, { database }));
    expect(failure).toMatchObject({ type, nonRetryable: true, message: expect.stringContaining(text) });
    for (const secret of [PASSWORD, 'wrong-pw']) expect(JSON.stringify(failure)).not.toContain(secret);
  });

  describe('that nobody answers', () => {
    let silent: Server;
    afterEach(() => silent.close());

    it('fails in its own time', async () => {
      silent = createServer((socket) => socket.on('error', () => undefined));
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
      const { port } = silent.address() as AddressInfo;
      const database = databaseAt(port, { jdbcProperties: 'loginTimeout=1' });
      expect(await failureOf(run({ script: 'select 1' }, { database }))).toMatchObject({
        type: 'ConnectionFailed',
        message: expect.stringContaining(`connect to 127.0.0.1:${port}/sales as "sa"`),
      });
    });
  });
});

describe('CopyActivity with SQL Server', () => {
  const node = (fields: Readonly<Record<string, string>>): Node => ({
    type: 'SqlDataNode',
    fields: { table: 't', ...fields },
    uses: { database: databaseAt(server.port) },
  });

  it('reads rows with every kind of value', async () => {
    const columns = [
      'true AS b',
      'NULL::text AS n',
      "'ü,\\'::text AS t",
      '9007199254740993::bigint AS big',
      '(-12.50)::numeric(9,2) AS d',
      '0.1::real AS r',
      "'2024-02-29'::date AS day",
      "'0001-01-01 23:59:59.123456'::timestamp AS ts",
      "'\\xdeadbeef'::bytea AS bin",
    ];
    await world.copy(
      node({ selectQuery: `select ${columns.join(', ')};` }),
      stored({ filePath: `${world.files}/values.csv` }, CSV),
    );
    expect(await world.get(`${world.files}/values.csv`)).toBe(
      '1,,ü\\,\\\\,9007199254740993,-12.50,0.1,2024-02-29,0001-01-01 23:59:59.123456,0xDEADBEEF\n',
    );
  });

  it('refuses a number that the driver rounds', async () => {
    const from = node({ selectQuery: 'select 12345678901234567890.1::numeric(38,1) AS amount' });
    const failure = await failureOf(
      world.copy(from, stored({ filePath: `${world.files}/rounded.csv` }, CSV)),
    );
    expect(failure).toMatchObject({ type: 'BadRecord', message: expect.stringContaining('column "amount"') });
    await expect(world.get(`${world.files}/rounded.csv`)).rejects.toThrow('rounded.csv');
  });

  it('copies many rows there and back', async () => {
    const uri = `${world.files}/many.csv`;
    await world.copy(
      node({ selectQuery: "select n::text AS a, repeat('x', 50) AS b from generate_series(1, 20000) n" }),
      stored({ filePath: uri }, CSV),
    );
    const target = node({
      createTableSql: 'create table t (a text, b text)',
      insertQuery: 'insert into t (a, b) values (?, ?)',
    });
    await world.copy(stored({ filePath: uri }, CSV), target);
    expect(await rows('select count(*), sum(a::bigint), min(length(b)) from t')).toEqual([
      ['20000', '200010000', 50],
    ]);
    expect(server.asked.filter((text) => text.startsWith('insert'))).toHaveLength(20);
  });

  it('ends a query on the server when its target cannot be written', async () => {
    const endless = node({ selectQuery: "select repeat('endless', 100) from generate_series(1, 100000000)" });
    const failure = await failureOf(
      world.copy(endless, stored({ filePath: 's3://no-such-bucket-x/key' }, CSV)),
    );
    expect(failure).toMatchObject({ type: 'SourceNotFound' });
    const active = "select 1 from pg_stat_activity where state = 'active' and query ~ '^select repeat'";
    await until(async () => (await rows(active)).length === 0);
  });

  it('writes all records or none, and says which is bad', async () => {
    await world.client.query('create table t (a int primary key)');
    await world.put(`${world.files}/bad.csv`, '1\n2\nx\n');
    const from = stored({ filePath: `${world.files}/bad.csv` }, CSV);
    const several = await failureOf(world.copy(from, node({ insertQuery: 'insert into t values (?::int)' })));
    expect(several).toMatchObject({
      type: 'BadRecord',
      message: expect.stringContaining('one of 3 records from record 1 of'),
    });
    expect(several.message).toContain('SQL Server error 245');
    const each = node({ insertQuery: 'insert into t select ?::int' });
    expect(await failureOf(world.copy(from, each))).toMatchObject({
      type: 'BadRecord',
      message: expect.stringContaining('record 3 of'),
    });
    expect(await rows('select count(*) from t')).toEqual([['0']]);
    await world.put(`${world.files}/odd.csv`, '1\n2,3\n');
    const odd = stored({ filePath: `${world.files}/odd.csv` }, CSV);
    expect(await failureOf(world.copy(odd, each))).toMatchObject({
      type: 'BadRecord',
      message: expect.stringContaining('has 2 columns; insertQuery expects 1'),
    });
    expect(await rows('select count(*) from t')).toEqual([['0']]);
  });

  it.each<[string, Record<string, string>, string]>([
    ['no insertQuery', {}, 'expected an insertQuery'],
    ['an insertQuery without placeholders', { insertQuery: 'insert into t values (1)' }, 'no placeholder'],
  ])('refuses %s', async (_title, fields, text) => {
    await world.put(`${world.files}/one.csv`, '1\n');
    const failure = await failureOf(
      world.copy(stored({ filePath: `${world.files}/one.csv` }, CSV), node(fields)),
    );
    expect(failure).toMatchObject({ type: 'InvalidField', message: expect.stringContaining(text) });
  });
});
