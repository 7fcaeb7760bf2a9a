import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { createStorage } from '../../activities/storage/open-storage.js';
import { createS3Client } from '../../activities/storage/s3-client.js';
import { seal } from '../../sealing/sealing.js';
import { aSealingKey, anObject, failureOf } from './an-attempt.js';
import { aCopyWorld, CSV, PASSWORD, stored, TSV, type CopyWorld, type Node } from './copy-world.js';
import { until } from './until.js';

let world: CopyWorld;
beforeAll(async () => {
  world = await aCopyWorld();
});
afterAll(() => world.remove());
beforeEach(async () => {
  await world.client.query('DROP TABLE IF EXISTS t, u');
});

const INSERT = 'INSERT INTO t VALUES (?, ?)';
const rowsOf = async (table = 't'): Promise<unknown[]> =>
  (await world.client.query({ text: `SELECT * FROM ${table} ORDER BY 1`, rowMode: 'array' })).rows;

describe('CopyActivity between stored objects', () => {
  it.each(['s3', 'files'] as const)(
    'copies a file, a file into a directory, and a directory (%s)',
    async (kind) => {
      const base = `${world[kind]}/plain`;
      await world.put(`${base}/in/a #1?.csv`, 'x,"y\n');
      await world.put(`${base}/in/sub/b%20.csv`, '');
      await world.copy(stored({ filePath: `${base}/in/a #1?.csv` }), stored({ filePath: `${base}/one` }));
      await world.copy(
        stored({ filePath: `${base}/in/a #1?.csv` }),
        stored({ directoryPath: `${base}/two` }),
      );
      await world.copy(stored({ directoryPath: `${base}/in/` }), stored({ directoryPath: `${base}/three` }));
      expect(await world.get(`${base}/one`)).toBe('x,"y\n');
      expect(await world.get(`${base}/two/a #1?.csv`)).toBe('x,"y\n');
      expect(await world.names(`${base}/three`)).toEqual(['a #1?.csv', 'sub/b%20.csv']);
      expect(await world.get(`${base}/three/sub/b%20.csv`)).toBe('');
    },
  );

  it('copies between files and S3, compressing and decompressing on the way', async () => {
    const { s3, files } = world;
    await world.put(`${files}/z/in.csv`, 'a,"b"\n');
    await world.copy(
      stored({ filePath: `${files}/z/in.csv` }),
      stored({ filePath: `${s3}/z/out.gz`, compression: 'GZIP' }),
    );
    expect(gunzipSync(await world.getBytes(`${s3}/z/out.gz`)).toString()).toBe('a,"b"\n');
    await world.copy(
      stored({ filePath: `${s3}/z/out.gz`, compression: 'gzip' }),
      stored({ filePath: `${files}/z/back.csv`, compression: 'none' }),
    );
    expect(await world.get(`${files}/z/back.csv`)).toBe('a,"b"\n');
  });

  it('copies record by record where formats differ, and a directory into one file', async () => {
    const { s3 } = world;
    await world.put(`${s3}/r/1.csv`, 'a\\,b,,"x\ty"\nä,"",no line end');
    await world.put(`${s3}/r/2.csv`, '1,2,3\r\n');
    await world.put(`${s3}/r/3_$folder$`, 'marker');
    await world.copy(stored({ directoryPath: `${s3}/r` }, CSV), stored({ filePath: `${s3}/all.tsv` }, TSV));
    expect(await world.get(`${s3}/all.tsv`)).toBe('a,b\t\\N\tx\\\ty\nä\t\tno line end\n1\t2\t3\n');
    const pipes = anObject('Custom', 'Pipes', { columnSeparator: '|', recordSeparator: ';' });
    await world.copy(stored({ directoryPath: `${s3}/r` }), stored({ directoryPath: `${s3}/piped` }, pipes));
    expect(await world.get(`${s3}/piped/2.csv`)).toBe('1|2|3;');
    expect(await world.names(`${s3}/piped`)).toEqual(['1.csv', '2.csv']);
  });

  it.each<[string, () => Node, string]>([
    ['a missing file', () => stored({ filePath: `${world.s3}/no/such` }), 'SourceNotFound'],
    ['a missing local file', () => stored({ filePath: `${world.files}/no/such` }), 'SourceNotFound'],
    ['an empty directory', () => stored({ directoryPath: `${world.s3}/nothing` }), 'SourceNotFound'],
    ['a missing bucket', () => stored({ filePath: 's3://no-such-bucket-x/key' }), 'SourceNotFound'],
    ['no URI', () => stored({ filePath: '/tmp/x' }), 'InvalidField'],
    ['both paths', () => stored({ filePath: 's3://b/k', directoryPath: 's3://b/' }), 'InvalidField'],
    ['an unknown compression', () => stored({ filePath: 's3://b/k', compression: 'lzo' }), 'InvalidField'],
    [
      'a format it cannot read',
      () => stored({ filePath: 's3://b/k' }, anObject('RegEx', 'R', {})),
      'InvalidField',
    ],
  ])('fails for %s and leaves nothing', async (_title, from, type) => {
    const target = `${world.s3}/failed/out.tsv`;
    const failure = await failureOf(world.copy(from(), stored({ filePath: target }, TSV)));
    expect(failure).toMatchObject({ type, nonRetryable: true });
    expect(await world.storage.head(target)).toBeUndefined();
  });

  it('names the record that cannot be read, and keeps the target as it was', async () => {
    const target = `${world.files}/bad/out.tsv`;
    await world.put(target, 'before');
    await world.put(`${world.s3}/bad.csv`, `${'a,b\n'.repeat(100_000)}"c"d,e\n`);
    const failure = await failureOf(
      world.copy(stored({ filePath: `${world.s3}/bad.csv` }), stored({ filePath: target }, TSV)),
    );
    expect(failure).toMatchObject({
      type: 'BadRecord',
      message: expect.stringContaining('Record 100001 of'),
    });
    expect(await world.get(target)).toBe('before');
    expect(await world.names(`${world.files}/bad`)).toEqual(['out.tsv']);
  });

  it('says so when what is declared as gzip is not', async () => {
    await world.put(`${world.s3}/not.gz`, 'plain text');
    const from = stored({ filePath: `${world.s3}/not.gz`, compression: 'gzip' });
    const failure = await failureOf(world.copy(from, stored({ filePath: `${world.s3}/x` })));
    expect(failure).toMatchObject({
      type: 'BadRecord',
      message: expect.stringContaining('declared as gzip'),
    });
  });
});

describe('CopyActivity from a table', () => {
  beforeEach(async () => {
    await world.client.query(`CREATE TABLE t (id int, v text);
      INSERT INTO t VALUES (1, E'a,b\\\\c\\td\\ne\\r'), (2, NULL), (3, ''), (4, 'ä😀'), (5, '"q"'), (6, '\\N')`);
  });

  it('writes every value so that it comes back the same', async () => {
    const before = await rowsOf();
    const semicolons = anObject('Custom', 'Semi', { columnSeparator: ';', recordSeparator: '\\u0001' });
    for (const format of [undefined, CSV, TSV, semicolons, anObject('CSV', 'Escaped', { escapeChar: '^' })]) {
      const file = stored({ filePath: `${world.s3}/there`, compression: 'gzip' }, format);
      await world.copy(world.sqlNode({ selectQuery: 'select * from t order by id -- all;' }), file);
      await world.client.query('TRUNCATE t');
      await world.copy(file, world.sqlNode({ insertQuery: INSERT }));
      expect(await rowsOf(), format?.id).toEqual(before);
    }
  });

  it('writes the CSV and TSV of the reference', async () => {
    const query = world.sqlNode({ selectQuery: 'select * from t where id < 4 order by id;' });
    await world.copy(query, stored({ filePath: `${world.s3}/t.csv` }, CSV));
    await world.copy(query, stored({ filePath: `${world.s3}/t.tsv` }, TSV));
    expect(await world.get(`${world.s3}/t.csv`)).toBe('1,a\\,b\\\\c\td\\\ne\\\r\n2,\n3,""\n');
    expect(await world.get(`${world.s3}/t.tsv`)).toBe('1\ta,b\\\\c\\\td\\\ne\\\r\n2\t\\N\n3\t\n');
  });

  it('writes to the same name in a directory each time, and reads the whole table without a query', async () => {
    const to = stored({ directoryPath: `${world.s3}/table`, compression: 'gzip' }, TSV);
    const { lines } = await world.copy(world.sqlNode({}), to);
    await world.copy(world.sqlNode({}), to);
    expect(await world.names(`${world.s3}/table`)).toEqual(['part-00000.tsv.gz']);
    expect(lines.at(-1)).toMatch(/^copied 6 records, \d+ bytes/);
  });

  it('takes preparing statements, and queries that COPY does not know', async () => {
    const uri = `${world.files}/shown.csv`;
    const selectQuery = "set application_name = 'a;b'; select current_setting('application_name')";
    await world.copy(world.sqlNode({ selectQuery }), stored({ filePath: uri }));
    expect(await world.get(uri)).toBe('a;b\n');
    await world.copy(world.sqlNode({ selectQuery: 'show server_encoding' }), stored({ filePath: uri }));
    expect(await world.get(uri)).toBe('UTF8\n');
  });

  it('makes an empty object of no rows', async () => {
    const uri = `${world.s3}/none.csv`;
    await world.copy(world.sqlNode({ selectQuery: 'select 1 where false' }), stored({ filePath: uri }));
    expect(await world.get(uri)).toBe('');
  });

  it('copies to another table, directly', async () => {
    const to = world.sqlNode({ table: 'u', createTableSql: 'create table u (n int, w text)' });
    await world.copy(world.sqlNode({}), to);
    expect(await rowsOf('u')).toEqual(await rowsOf());
  });

  it('fails in the middle of the rows and leaves nothing', async () => {
    const uri = `${world.s3}/half.csv`;
    const selectQuery = "select repeat('x', 1000), 1/(200000-n) from generate_series(1, 200000) n";
    const failure = await failureOf(world.copy(world.sqlNode({ selectQuery }), stored({ filePath: uri })));
    expect(failure).toMatchObject({ type: 'SqlFailed', message: expect.stringContaining('SQLSTATE 22012') });
    expect(await world.storage.head(uri)).toBeUndefined();
    expect(await world.unfinishedUploads()).toBe(0);
  });

  it.each(['select pg_sleep(600) /* unwanted */', 'select generate_series(1, 1000000000) /* unwanted */'])(
    'fails for a target that is not there, and ends the query: %s',
    async (selectQuery) => {
      const to = stored({ filePath: 'file:///etc/hostname/file', compression: 'gzip' });
      const failure = await failureOf(world.copy(world.sqlNode({ selectQuery }), to));
      expect(failure).toMatchObject({
        type: 'InvalidField',
        message: expect.stringContaining('/etc/hostname/file'),
      });
      await until(async () => (await running('%unwanted%')) === 0);
    },
  );

  it('cancelled in the middle, leaves neither object nor upload nor query', async () => {
    const uri = `${world.s3}/cancelled.csv`;
    const selectQuery = "select repeat('x', 1000), generate_series(1, 1000000000) /* cancel me */";
    const stop = new AbortController();
    const copying = world.copy(world.sqlNode({ selectQuery }), stored({ filePath: uri }), stop.signal);
    await until(async () => (await world.unfinishedUploads()) > 0);
    stop.abort(new Error('cancelled by the test'));
    await expect(copying).rejects.toThrow('cancelled by the test');
    expect(await world.storage.head(uri)).toBeUndefined();
    expect(await world.unfinishedUploads()).toBe(0);
    await until(async () => (await running('%cancel me%')) === 0);
  });

  it('cancelled while the server works without an answer, ends that too', async () => {
    const stop = new AbortController();
    const selectQuery = 'select pg_sleep(600) /* sleeper */';
    const copying = world.copy(
      world.sqlNode({ selectQuery }),
      stored({ filePath: `${world.s3}/s` }),
      stop.signal,
    );
    await until(async () => (await running('%sleeper%')) > 0);
    stop.abort(new Error('cancelled by the test'));
    await expect(copying).rejects.toThrow('cancelled by the test');
    await until(async () => (await running('%sleeper%')) === 0);
  });
});

describe('CopyActivity into a table', () => {
  const from = (content: string, format = CSV): Promise<Node> => put(content, format);
  const CREATE = 'create table t (id int primary key, v text)';

  it.each([undefined, `${INSERT} on conflict do nothing`])(
    'commits nothing when the attempt is not wanted any more (%s)',
    async (insertQuery = INSERT) => {
      await world.client.query(CREATE);
      const confirm = async (): Promise<void> => {
        throw new Error('not any more');
      };
      const copying = world.copy(await from('1,one\n'), world.sqlNode({ insertQuery }), undefined, confirm);
      await expect(copying).rejects.toThrow('not any more');
      expect(await rowsOf()).toEqual([]);
    },
  );

  it('creates the table when it is absent, and only then', async () => {
    const to = world.sqlNode({ createTableSql: CREATE, insertQuery: INSERT });
    await world.copy(await from('1,one\n2,"two\nlines"\n\n'), to);
    await world.copy(await from('3,'), to);
    expect(await rowsOf()).toEqual([
      [1, 'one'],
      [2, 'two\nlines'],
      [3, null],
    ]);
  });

  it('takes the columns that the insertQuery names, in its order', async () => {
    await world.client.query('CREATE TABLE t (id serial, "V w" text, n int default 7)');
    await world.copy(
      await from('x,5'),
      world.sqlNode({ insertQuery: 'insert into t ("V w", ID) values (?,?);' }),
    );
    expect(await rowsOf()).toEqual([[5, 'x', 7]]);
    await world.copy(await from('6,y'), world.sqlNode({ insertQuery: INSERT }));
    expect(await rowsOf()).toContainEqual([6, 'y', 7]);
  });

  it('runs any other insertQuery for each record', async () => {
    await world.client.query(CREATE);
    const insertQuery = `insert into t values (?, upper(?) || '?') on conflict (id) do update set v = excluded.v`;
    const records = Array.from({ length: 2000 }, (_, id) => `${id},v${id}`).join('\n');
    await world.copy(await from(records), world.sqlNode({ insertQuery }));
    await world.copy(await from('7,again\n8,'), world.sqlNode({ insertQuery }));
    const rows = await rowsOf();
    expect(rows).toHaveLength(2000);
    expect(rows.slice(6, 10)).toEqual([
      [6, 'V6?'],
      [7, 'AGAIN?'],
      [8, null],
      [9, 'V9?'],
    ]);
  });

  it.each([
    ['by COPY', INSERT],
    ['one by one', 'insert into t values (?, ?) on conflict do nothing'],
  ])('%s: a bad record is named and nothing stays', async (_title, insertQuery) => {
    await world.client.query(CREATE);
    await world.put(
      `${world.s3}/many/1.csv`,
      Array.from({ length: 5000 }, (_, id) => `${id},"a\nb"`).join('\n'),
    );
    await world.put(`${world.s3}/many/2.csv`, `9000,ok\n${'9'.repeat(30)}x,bad\n`);
    const failure = await failureOf(
      world.copy(stored({ directoryPath: `${world.s3}/many` }), world.sqlNode({ insertQuery })),
    );
    expect(failure.type).toBe('BadRecord');
    expect(failure.message).toContain(`record 2 of "${world.s3}/many/2.csv"`);
    expect(failure.message).toContain('999x');
    expect(failure.message.length).toBeLessThan(700);
    expect(await rowsOf()).toEqual([]);
  });

  it.each([
    ['too few columns', '1,a\n2\n'],
    ['too many columns', '1,a\n2,b,c\n'],
    ['a NULL that is not allowed', '1,a\n,b\n'],
    ['the same key twice', '2,a\n2,b\n'],
  ])('refuses %s', async (_title, content) => {
    await world.client.query(CREATE);
    const failure = await failureOf(world.copy(await from(content), world.sqlNode({ insertQuery: INSERT })));
    expect(failure).toMatchObject({ type: 'BadRecord', message: expect.stringContaining('record 2 of') });
    expect(await rowsOf()).toEqual([]);
  });

  it('cancelled in the middle, leaves nothing and no session', async () => {
    await world.client.query(CREATE);
    const name = `${world.s3}/long.csv`;
    await world.copy(
      world.sqlNode({ selectQuery: "select n, repeat('x', 200) from generate_series(1, 200000) n" }),
      stored({ filePath: name }),
    );
    const stop = new AbortController();
    const copying = world.copy(
      stored({ filePath: name }),
      world.sqlNode({ insertQuery: INSERT }),
      stop.signal,
    );
    await until(async () => (await running('COPY t %')) > 0);
    stop.abort(new Error('cancelled by the test'));
    await expect(copying).rejects.toThrow('cancelled by the test');
    await until(async () => (await running('COPY t %')) === 0);
    expect(await rowsOf()).toEqual([]);
  });

  it('needs a placeholder for each column', async () => {
    await world.client.query(CREATE);
    const failure = await failureOf(
      world.copy(await from('1,a'), world.sqlNode({ insertQuery: 'insert into t select 1' })),
    );
    expect(failure).toMatchObject({ type: 'InvalidField', message: expect.stringContaining('placeholder') });
  });
});

describe('CopyActivity and its database', () => {
  const query = { selectQuery: 'select 1' };
  const to = (): Node => stored({ filePath: `${world.s3}/db` });
  const databaseWith = (fields: Record<string, string>): Node => {
    const node = world.sqlNode(query);
    const database = anObject('JdbcDatabase', 'Db', { ...node.uses?.['database']?.fields, ...fields });
    return { ...node, uses: { database } };
  };

  it('opens a sealed password, and takes the older form with everything on the node', async () => {
    await world.copy(databaseWith({ '*password': seal(PASSWORD, aSealingKey, 'df-TEST') }), to());
    const fields = databaseWith({}).uses?.['database']?.fields ?? {};
    await world.copy({ type: 'SqlDataNode', fields: { ...fields, ...query, table: 't' } }, to());
    expect(await world.get(`${world.s3}/db`)).toBe('1\n');
  });

  it.each<[string, Record<string, string>, string, string]>([
    ['a wrong password', { '*password': 'wrong-secret' }, 'AccessDenied', '28P01'],
    ['an unknown database', { databaseName: 'nowhere' }, 'ConnectionFailed', '3D000'],
    [
      'a closed port',
      { connectionString: 'jdbc:postgresql://127.0.0.1:9/x' },
      'ConnectionFailed',
      '127.0.0.1:9',
    ],
    [
      'another driver',
      { connectionString: 'jdbc:mysql://h/db?password=wrong-secret' },
      'InvalidField',
      '"jdbc:mysql:…"',
    ],
    [
      'no JDBC URL',
      { connectionString: 'postgres://u:wrong-secret@h/db' },
      'InvalidField',
      'jdbc:postgresql://host',
    ],
    ['a property without =', { jdbcProperties: 'ssl' }, 'InvalidField', 'A=B'],
    ['an unknown sslmode', { jdbcProperties: 'sslmode=maybe' }, 'InvalidField', 'verify-full'],
    ['encryption that the server has not', { jdbcProperties: 'sslmode=require' }, 'ConnectionFailed', 'SSL'],
  ])('fails for %s without a secret', async (_title, fields, type, text) => {
    const failure = await failureOf(world.copy(databaseWith(fields), to()));
    expect(failure).toMatchObject({ type, nonRetryable: true, message: expect.stringContaining(text) });
    expect(JSON.stringify(failure) + failure.stack).not.toMatch(/wrong-secret|pw-/);
  });

  it('says where a query is wrong', async () => {
    const selectQuery = 'select 1\nfrom nowhere';
    const failure = await failureOf(world.copy(world.sqlNode({ selectQuery }), to()));
    expect(failure.type).toBe('SqlFailed');
    expect(failure.message).toContain('at line 2, column 6: "from nowhere"');
    expect(failure.message).toContain('SQLSTATE 42P01');
  });
});

it('names an S3 server that refuses the credentials, without them', async () => {
  const credentials = { accessKeyId: 'someone', secretAccessKey: 'wrong-secret' };
  const client = createS3Client({ endpointUrl: inject('s3').endpoint, region: 'us-east-1', credentials });
  const failure = await failureOf(createStorage(client).read(`${world.s3}/x`));
  client.destroy();
  expect(failure).toMatchObject({ type: 'AccessDenied', message: expect.stringContaining(world.s3) });
  expect(failure.message).not.toContain('wrong-secret');
});

let files = 0;
async function put(content: string, format: Parameters<typeof stored>[1]): Promise<Node> {
  const filePath = `${world.s3}/from/${++files}.csv.gz`;
  await world.put(filePath, gzipSync(content));
  return stored({ filePath, compression: 'gzip' }, format);
}

async function running(like: string): Promise<number> {
  const { rowCount } = await world.client.query(
    "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE $1 AND pid <> pg_backend_pid()",
    [like],
  );
  return rowCount ?? 0;
}
