import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { templateFolder } from '../../cli/template-files.js';

/** The command of the templates that copy from MySQL to Redshift, between clients that note what they are told. */
const SCRIPT = join(templateFolder(), 'mysql-table-to-redshift.sh');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'penstock-redshift-'));
  const mysql = 'printf "%s\\n" "$MYSQL_PWD" "$@" > "$NOTES/mysql.told"; cat "$NOTES/columns"';
  const psql =
    'printf "%s\\n" "$PGPASSWORD" "$@" > "$NOTES/psql.told"; cat > "$NOTES/sql"; exit "${PSQL_EXIT:-0}"';
  for (const [name, text] of Object.entries({ mysql, psql })) {
    await writeFile(join(folder, name), `#!/bin/bash\n${text}\n`);
    await chmod(join(folder, name), 0o755);
  }
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A column: its name, MySQL type, whether it may be NULL, and its place in the primary key. */
type Column = readonly [name: string, type: string, nullable?: 'YES' | 'NO', key?: number];

const ARGUMENTS: Readonly<Record<string, string>> = {
  rds_jdbc: 'jdbc:mysql://mysql.example.com:3307/shop?useSSL=true',
  rds_usr: 'reader',
  rds_pwd: 'sesame=1',
  rds_tbl: 'orders',
  red_jdbc: 'jdbc:postgresql://redshift.example.com/dev?tcpKeepAlive=true',
  red_usr: 'loader',
  red_pwd: 'sesame 2',
  red_tbl: 'orders',
  red_ins: 'OVERWRITE_EXISTING',
};

async function convert(
  columns: readonly Column[],
  changes: Readonly<Record<string, string>> = {},
  exit = '0',
) {
  const lines = columns.map(
    ([name, type, nullable = 'YES', key = 0]) => `${name}\t${type}\t${nullable}\t${key}\n`,
  );
  await writeFile(join(folder, 'columns'), lines.join(''));
  const text = await readFile(SCRIPT, 'utf8');
  const given = Object.entries({ ...ARGUMENTS, ...changes }).map(([name, value]) => `--${name}=${value}`);
  // As the runner does (programOf). Over the socket that execFile makes of its input, bash would read ~/.bashrc.
  await promisify(execFile)('bash', ['--norc', '-c', text, 'bash', ...given], {
    env: { PATH: `${folder}:${process.env['PATH'] ?? ''}`, NOTES: folder, PSQL_EXIT: exit },
  });
  const noted = async (name: string) => (await readFile(join(folder, name), 'utf8')).trimEnd();
  return { sql: await noted('sql'), mysql: await noted('mysql.told'), psql: await noted('psql.told') };
}

const ID: Column = ['id', 'int', 'NO', 1];

describe('the table that is made in Redshift', () => {
  // Source: semantics.md 19, type mapping of templates 9 and 10.
  it.each([
    ['tinyint', 'SMALLINT'],
    ['tinyint unsigned', 'SMALLINT'],
    ['tinyint(4)', 'SMALLINT'],
    ['tinyint(1)', 'BOOLEAN'],
    ['boolean', 'BOOLEAN'],
    ['smallint(6)', 'SMALLINT'],
    ['smallint unsigned', 'INTEGER'],
    ['mediumint', 'INTEGER'],
    ['mediumint(8) unsigned', 'INTEGER'],
    ['int(11)', 'INTEGER'],
    ['int(10) unsigned zerofill', 'BIGINT'],
    ['bigint', 'BIGINT'],
    ['bigint(20) unsigned', 'VARCHAR(80)'],
    ['float', 'REAL'],
    ['float(7,4)', 'REAL'],
    ['double', 'DOUBLE PRECISION'],
    ['decimal(10,2)', 'DECIMAL(10,2)'],
    ['decimal(10,2) unsigned', 'DECIMAL(10,2)'],
    ['char(35)', 'VARCHAR(140)'],
    ['varchar(255)', 'VARCHAR(1020)'],
    ['varchar(16383)', 'VARCHAR(65532)'],
    ['varchar(16384)', 'VARCHAR(MAX)'],
    ['tinytext', 'VARCHAR(1020)'],
    ['text', 'VARCHAR(MAX)'],
    ['mediumtext', 'VARCHAR(MAX)'],
    ['longtext', 'VARCHAR(MAX)'],
    ['binary(16)', 'VARCHAR(255)'],
    ['tinyblob', 'VARCHAR(255)'],
    ['varbinary(20)', 'VARCHAR(MAX)'],
    ['blob', 'VARCHAR(MAX)'],
    ['mediumblob', 'VARCHAR(MAX)'],
    ['longblob', 'VARCHAR(MAX)'],
    ["enum('a b','(c)','unsigned')", 'VARCHAR(510)'],
    ["set('x','y')", 'VARCHAR(510)'],
    ['date', 'DATE'],
    ['time(3)', 'VARCHAR(40)'],
    ['datetime(6)', 'TIMESTAMP'],
    ['timestamp', 'TIMESTAMP'],
    ['year', 'VARCHAR(16)'],
  ])('has %s as %s', async (type, expected) => {
    const { sql } = await convert([ID, ['c', type]]);
    expect(sql).toContain(`\n  "c" ${expected},\n`);
  });

  it('has the columns in order, the primary key in its own, and its first column to distribute by', async () => {
    const { sql } = await convert([
      ['line', 'int', 'NO', 2],
      ['ten"ant', 'int', 'NO', 1],
      ['note', 'text'],
      ['n', 'int', 'NO'],
    ]);
    expect(sql).toBe(`CREATE TABLE IF NOT EXISTS "orders" (
  "line" INTEGER NOT NULL,
  "ten""ant" INTEGER NOT NULL,
  "note" VARCHAR(MAX),
  "n" INTEGER NOT NULL,
  PRIMARY KEY ("ten""ant", "line")
)
DISTKEY ("ten""ant");`);
  });

  it('has the keys and types that were asked for, and may have a schema', async () => {
    const { sql } = await convert(
      [ID, ['at', 'datetime'], ['flag', 'tinyint(1)'], ['price', 'decimal(10,2)']],
      {
        red_tbl: 'sales.orders',
        red_dist: 'at',
        red_sort: 'at, ID',
        red_map: 'tinyint(1):smallint, decimal(10,2):decimal(12,2)',
      },
    );
    expect(sql).toBe(`CREATE TABLE IF NOT EXISTS "sales"."orders" (
  "id" INTEGER NOT NULL,
  "at" TIMESTAMP,
  "flag" SMALLINT,
  "price" DECIMAL(12,2),
  PRIMARY KEY ("id")
)
DISTKEY ("at")
SORTKEY ("at", "ID");`);
  });

  it('needs no key where rows are not looked for', async () => {
    const { sql } = await convert([['n', 'int']], { red_ins: 'APPEND' });
    expect(sql).toBe('CREATE TABLE IF NOT EXISTS "orders" (\n  "n" INTEGER\n);');
  });
});

describe('the clients', () => {
  it('are told where, and get passwords by their environment', async () => {
    const { mysql, psql } = await convert([ID], { rds_tbl: "o'r\\d" });
    const [rdsPassword, ...mysqlArguments] = mysql.split('\n');
    expect(rdsPassword).toBe('sesame=1');
    expect(mysqlArguments).toEqual(
      expect.arrayContaining(['--host=mysql.example.com', '--port=3307', '--user=reader', '--database=shop']),
    );
    expect(mysql).toContain("c.table_name = 'o''r\\\\d'");
    const [redPassword, ...psqlArguments] = psql.split('\n');
    expect(redPassword).toBe('sesame 2');
    expect(psqlArguments).toEqual(
      expect.arrayContaining([
        '--host=redshift.example.com',
        '--port=5439',
        '--username=loader',
        '--dbname=dev',
      ]),
    );
    expect([...mysqlArguments, ...psqlArguments].join()).not.toContain('sesame');
  });

  it('end the command when Redshift refuses', async () => {
    await expect(convert([ID], {}, '3')).rejects.toMatchObject({ code: 3 });
  });
});

describe('what is refused, before Redshift is asked', () => {
  it.each([
    [[], {}, 'database "shop" on mysql.example.com has no table "orders"'],
    [
      [ID, ['g', 'geometry']],
      {},
      'column "g" has type "geometry", for which Redshift has none; name one in the type overrides',
    ],
    [
      [['n', 'int']],
      {},
      'insert mode OVERWRITE_EXISTING finds rows by key, and the table has no primary key; name a distribution or sort key',
    ],
    [[ID], { red_dist: 'idd' }, 'the distribution key names column "idd", which the table does not have'],
    [[ID], { red_sort: 'id,at' }, 'the sort key names column "at", which the table does not have'],
    [[ID], { red_map: 'int' }, '"int" of the type overrides is not mysqlType:redshiftType'],
    [[ID], { rds_jdbc: 'mysql.example.com' }, 'a connection string is not jdbc:kind://host:port/database'],
    [[ID], { rds_tbl: '' }, '--rds_tbl= is missing'],
    [[ID], { other: 'x' }, 'unknown argument --other'],
  ] as [Column[], Record<string, string>, string][])('%j %j', async (columns, changes, message) => {
    await expect(convert(columns, changes)).rejects.toMatchObject({
      code: 1,
      stderr: `mysql-table-to-redshift: ${message}\n`,
    });
    await expect(readFile(join(folder, 'sql'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
