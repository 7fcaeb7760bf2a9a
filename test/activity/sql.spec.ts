import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runScript } from '../../activities/sql/sql-activity.js';
import { seal } from '../../sealing/sealing.js';
import { aSealingKey, aTask, anObject, failureOf } from './an-attempt.js';
import { aCopyWorld, PASSWORD, aLog, type CopyWorld } from './copy-world.js';
import { until } from './until.js';

let world: CopyWorld;
beforeAll(async () => {
  world = await aCopyWorld();
});
afterAll(() => world.remove());
beforeEach(async () => {
  await world.client.query('DROP TABLE IF EXISTS t, u');
});

async function run(
  fields: Readonly<Record<string, string | string[]>>,
  {
    signal = new AbortController().signal,
    output,
    confirm = async () => undefined,
  }: { signal?: AbortSignal; output?: Record<string, string>; confirm?: () => Promise<void> } = {},
): Promise<string[]> {
  const database = world.sqlNode({}).uses?.['database'];
  if (database === undefined) throw new Error('the world has no database');
  const object = anObject('SqlActivity', 'Sql', {
    ...fields,
    database: [{ ref: database.id }],
    ...(output === undefined ? {} : { output: [{ ref: 'Out' }] }),
  });
  const log = aLog();
  const task = aTask(object, database, anObject('SqlDataNode', 'Out', output ?? {}));
  await runScript(world.deps, { task, object, signal, log, confirm });
  return log.lines;
}

const rows = async (query: string): Promise<unknown[]> =>
  (await world.client.query({ text: query, rowMode: 'array' })).rows;

describe('SqlActivity', () => {
  it('runs a script of several statements with its arguments, and logs what each did', async () => {
    const script = `create table t (a text, b date); -- is this a ?
      insert into t select ?, ?::date - interval '1 day';
      insert into t values ('?', ?); select * from t;
      do $$ begin raise notice 'done?'; end $$`;
    const lines = await run({ script, scriptArgument: ["it's", '2024-03-01', '2024-01-01'] });
    expect(await rows('select a, b::text from t order by b')).toEqual([
      ['?', '2024-01-01'],
      ["it's", '2024-02-29'],
    ]);
    expect(lines).toEqual(expect.arrayContaining(['INSERT 1', 'SELECT 2', 'NOTICE: done?']));
  });

  it('takes the script from S3 and files, and leaves ? alone without arguments', async () => {
    await world.put(`${world.s3}/script.sql`, '\uFEFFcreate table t as select 1 as a');
    await run({ scriptUri: `${world.s3}/script.sql` });
    await world.put(`${world.files}/script.sql`, `insert into t select 2 where '{"a":1}'::jsonb ? 'a'`);
    await run({ scriptUri: `${world.files}/script.sql` });
    expect(await rows('select a from t order by 1')).toEqual([[1], [2]]);
  });

  it('makes the table of its output when it is absent', async () => {
    const output = { table: 'u', createTableSql: 'create table u (n int)' };
    await run({ script: 'insert into u values (1)' }, { output });
    await run({ script: 'insert into u values (2)' }, { output });
    expect(await rows('select n from u order by 1')).toEqual([[1], [2]]);
  });

  it('leaves nothing of a script that fails, and says where', async () => {
    const output = { table: 'u', createTableSql: 'create table u (n int)' };
    const failure = await failureOf(
      run({ script: 'insert into u values (1);\n select 1/0 from u' }, { output }),
    );
    expect(failure).toMatchObject({ type: 'SqlFailed', message: expect.stringContaining('SQLSTATE 22012') });
    const syntax = await failureOf(run({ script: 'select 1;\n  selekt 2' }));
    expect(syntax.message).toContain('at line 2, column 3: "selekt 2"');
    expect(await rows("select to_regclass('u')")).toEqual([[null]]);
  });

  it('commits nothing when the attempt is not wanted any more', async () => {
    await world.client.query('create table t (a int)');
    let questions = 0;
    const confirm = async (): Promise<void> => {
      questions += 1;
      if (questions === 2) throw new Error('not any more'); // before the script, before the commit
    };
    const script = 'insert into t values (1); insert into t values (2)';
    await expect(run({ script }, { confirm })).rejects.toThrow('not any more');
    expect(await rows('select a from t')).toEqual([]);
    questions = 10;
    await run({ script }, { confirm });
    expect(await rows('select a from t')).toEqual([[1], [2]]);
  });

  it('runs what knows no transaction statement by statement', async () => {
    await run({ script: 'create table t (a int); create index concurrently i on t (a); vacuum t;' });
    expect(await rows("select to_regclass('i')::text")).toEqual([['i']]);
  });

  it('does not keep the rows of a result', async () => {
    const lines = await run({ script: "select repeat('x', 100), generate_series(1, 300000)" });
    expect(lines).toContain('SELECT 300000');
  });

  it('opens what is sealed in script and arguments, and never shows it', async () => {
    const sealed = seal('s3cret', aSealingKey, 'df-TEST');
    await run({
      script: `create table t as select '${sealed}' as a, ?::text as b`,
      scriptArgument: [sealed],
    });
    expect(await rows('select * from t')).toEqual([['s3cret', 's3cret']]);
    const failure = await failureOf(run({ script: `select '${sealed}' from nowhere` }));
    expect(failure.message).toContain(`"select '*****' from nowhere"`);
    expect(failure.stack).not.toContain('s3cret');
  });

  it('is cancelled on the server too', async () => {
    const stop = new AbortController();
    const running = run({ script: 'create table t (a int); select pg_sleep(600)' }, { signal: stop.signal });
    const active =
      "select 1 from pg_stat_activity where state = 'active' and query like '%pg_sleep(600)' and pid <> pg_backend_pid()";
    await until(async () => (await rows(active)).length > 0);
    stop.abort(new Error('cancelled by the test'));
    await expect(running).rejects.toThrow('cancelled by the test');
    await until(async () => (await rows(active)).length === 0);
    expect(await rows("select to_regclass('t')")).toEqual([[null]]);
  });

  it.each<[string, Record<string, string | string[]>, string, string]>([
    ['neither script nor scriptUri', {}, 'InvalidField', 'either script or scriptUri'],
    ['both', { script: 'x', scriptUri: 's3://b/k' }, 'InvalidField', 'either script or scriptUri'],
    [
      'too few arguments',
      { script: 'select ?, ?', scriptArgument: ['1'] },
      'InvalidField',
      '1 scriptArgument values for 2',
    ],
    [
      'too many arguments',
      { script: 'select 1', scriptArgument: ['1'] },
      'InvalidField',
      'for 0 placeholders',
    ],
    [
      'a missing script',
      { scriptUri: 's3://no-such-bucket-x/key' },
      'SourceNotFound',
      's3://no-such-bucket-x/key',
    ],
    [
      'COPY from the client',
      { script: 'create table t (a int); copy t from stdin' },
      'SqlFailed',
      'SQLSTATE',
    ],
  ])('refuses %s', async (_title, fields, type, text) => {
    const failure = await failureOf(run(fields));
    expect(failure).toMatchObject({ type, message: expect.stringContaining(text) });
    expect(JSON.stringify(failure)).not.toContain(PASSWORD);
  });
});
