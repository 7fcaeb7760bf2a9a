import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OracleColumn, OracleConnection, OracleDriver } from '../../activities/sql/oracle-driver.js';
import { runScript } from '../../activities/sql/sql-activity.js';
import { anObject, aTask, failureOf } from './an-attempt.js';
import { aCopyWorld, aLog, CSV, stored, type CopyWorld, type Node } from './copy-world.js';

/*
 * No Oracle server can be had in these tests: in place of the package `oracledb` stands a list of what it is asked, with
 * the answers of the test. So this is tested as far as the driver's interface, and not beyond.
 */

type Call = readonly [string, ...unknown[]];
type Rows = readonly (readonly unknown[])[];

const PASSWORD = 'tiger-s3cret';
let calls: Call[];
/** What a text is answered with: rows, an error, or a wait for `break`. */
let answers: ReadonlyMap<string, { rows?: Rows; rowsAffected?: number; error?: Error; waits?: true }>;
let columns: readonly OracleColumn[];
let fetched: Record<string, unknown>;

function driverError(errorNum: number, message: string, offset?: number): Error {
  return Object.assign(new Error(message), { errorNum, offset });
}

function aConnection(): OracleConnection {
  let breakIt: () => void = () => undefined;
  return {
    async execute(text, binds, options) {
      calls.push(['execute', text, ...(binds.length === 0 ? [] : [binds])]);
      for (const column of columns) {
        const type = options?.fetchTypeHandler?.(column)?.type;
        if (type !== undefined) fetched[column.name] = type.name;
      }
      const { rows, rowsAffected, error, waits } = answers.get(text) ?? {};
      if (error !== undefined) throw error;
      if (waits) {
        await new Promise<void>((_resolve, reject) => {
          breakIt = () => reject(driverError(1013, 'ORA-01013: user requested cancel of current operation'));
        });
      }
      if (rows === undefined) return rowsAffected === undefined ? {} : { rowsAffected };
      let at = 0;
      return {
        resultSet: {
          getRows: (count) => {
            at += count;
            return Promise.resolve(rows.slice(at - count, at));
          },
          close: () => Promise.resolve(),
        },
      };
    },
    executeMany(text, records) {
      calls.push(['executeMany', text, records.length, records[0]]);
      const { error } = answers.get(text) ?? {};
      return error === undefined ? Promise.resolve({}) : Promise.reject(error);
    },
    getStatementInfo: () => Promise.resolve({ metaData: columns }),
    commit: () => Promise.resolve(void calls.push(['commit'])),
    break() {
      calls.push(['break']);
      breakIt();
      return Promise.resolve();
    },
    close: () => Promise.resolve(void calls.push(['close'])),
  };
}

const driver: OracleDriver = {
  STRING: { name: 'STRING' },
  BUFFER: { name: 'BUFFER' },
  OUT_FORMAT_ARRAY: 4001,
  getConnection(attributes) {
    const { password, ...shown } = attributes;
    calls.push(['getConnection', shown]);
    if (attributes.connectString.startsWith('away'))
      return Promise.reject(
        driverError(0, `NJS-503: connection to host away could not be established with ${password}`),
      );
    if (password !== PASSWORD)
      return Promise.reject(driverError(1017, 'ORA-01017: invalid username/password; logon denied'));
    return Promise.resolve(aConnection());
  },
};

let world: CopyWorld;
beforeAll(async () => {
  world = await aCopyWorld();
  Object.assign(world.deps, { drivers: { oracle: driver } });
});
afterAll(() => world.remove());
beforeEach(() => {
  calls = [];
  answers = new Map();
  columns = [];
  fetched = {};
});

const aDatabase = (fields: Readonly<Record<string, string>> = {}) =>
  anObject('JdbcDatabase', 'Oracle', {
    connectionString: 'jdbc:oracle:thin:@//db:1521/sales',
    username: 'scott',
    '*password': PASSWORD,
    jdbcDriverClass: 'oracle.jdbc.OracleDriver',
    ...fields,
  });

async function run(
  fields: Readonly<Record<string, string | string[]>>,
  { signal = new AbortController().signal, database = aDatabase() } = {},
): Promise<string[]> {
  const object = anObject('SqlActivity', 'Sql', {
    ...fields,
    database: [{ ref: 'Oracle' }],
    output: [{ ref: 'Out' }],
  });
  const log = aLog();
  const node = anObject('SqlDataNode', 'Out', { table: 't', createTableSql: 'create table t (a number)' });
  await runScript(world.deps, { task: aTask(object, database, node), object, signal, log });
  return log.lines;
}

describe('SqlActivity on Oracle', () => {
  it('runs statements and blocks in one transaction, with arguments as binds', async () => {
    answers = new Map([
      ['select a from t', { rows: Array.from({ length: 700 }, (_, index) => [index]) }],
      ['insert into t values (:1)', { rowsAffected: 1 }],
    ]);
    const script = `insert into t values (?); begin p('?', ?); end;\n/\nselect a from t;`;
    const lines = await run({ script, scriptArgument: ['1', 'x'] });
    expect(calls).toEqual([
      [
        'getConnection',
        {
          user: 'scott',
          connectString: 'db:1521/sales',
          connectTimeout: 10,
          retryCount: 0,
          program: 'penstock',
        },
      ],
      ['execute', 'SELECT 1 FROM t WHERE 1 = 0'],
      ['execute', 'insert into t values (:1)', ['1']],
      ['execute', "begin p('?', :1); end;", ['x']],
      ['execute', 'select a from t'],
      ['commit'],
      ['close'],
    ]);
    expect(lines).toEqual(['3 statements at db:1521/sales', '1 row', '700 rows']);
  });

  it('makes an absent table, and commits nothing of a script that fails', async () => {
    answers = new Map([
      [
        'SELECT 1 FROM t WHERE 1 = 0',
        { error: driverError(942, 'ORA-00942: table or view does not exist', 14) },
      ],
      [
        'select\n  b from t',
        { error: driverError(904, 'ORA-00904: "B": invalid identifier\nHelp: https://x', 9) },
      ],
    ]);
    const failure = await failureOf(run({ script: 'select\n  b from t' }));
    expect(failure).toMatchObject({ type: 'SqlFailed', nonRetryable: true });
    expect(failure.message).toBe(
      'Cannot run the script of "Sql": "B": invalid identifier at line 2, column 3: "b from t" [ORA-00904]',
    );
    expect(calls.map(([name]) => name)).not.toContain('commit');
    expect(calls).toContainEqual(['execute', 'create table t (a number)']);
    expect(calls.at(-1)).toEqual(['close']);
  });

  it('is cancelled on the server too', async () => {
    answers = new Map([['begin dbms_session.sleep(600); end;', { waits: true }]]);
    const stop = new AbortController();
    const running = run({ script: 'begin dbms_session.sleep(600); end;' }, { signal: stop.signal });
    await expect.poll(() => calls.at(-1)?.[1]).toBe('begin dbms_session.sleep(600); end;');
    stop.abort(new Error('cancelled by the test'));
    await expect(running).rejects.toThrow('cancelled by the test');
    expect(calls.slice(-2)).toEqual([['break'], ['close']]);
  });

  it.each<[string, Record<string, string>, string, string]>([
    ['a wrong password', { '*password': 'wrong-pw' }, 'AccessDenied', 'ORA-01017'],
    [
      'a host that is away',
      { connectionString: 'jdbc:oracle:thin:@away:1521/s' },
      'ConnectionFailed',
      'NJS-503',
    ],
    [
      'a URL for another driver',
      { connectionString: 'jdbc:oracle:oci:@db' },
      'InvalidField',
      "Oracle's thin driver",
    ],
  ])('tells of %s', async (_title, fields, type, text) => {
    const failure = await failureOf(run({ script: 'select 1 from dual' }, { database: aDatabase(fields) }));
    expect(failure).toMatchObject({ type, nonRetryable: true, message: expect.stringContaining(text) });
    for (const secret of [PASSWORD, 'wrong-pw']) expect(failure.message).not.toContain(secret);
  });
});

describe("Oracle's own driver", () => {
  it('is loaded without a client of Oracle, and tells of a server that is not there', async () => {
    const database = aDatabase({ connectionString: 'jdbc:oracle:thin:@127.0.0.1:9/none' });
    const { storage, secrets } = world.deps;
    const object = anObject('SqlActivity', 'Sql', {
      script: 'select 1 from dual',
      database: [{ ref: 'Oracle' }],
    });
    const signal = new AbortController().signal;
    const attempt = { task: aTask(object, database), object, signal, log: aLog() };
    const failure = await failureOf(runScript({ storage, secrets }, attempt));
    expect(failure).toMatchObject({
      type: 'ConnectionFailed',
      message: expect.stringContaining('connect to 127.0.0.1:9/none as "scott"'),
    });
    expect(failure.message).not.toContain(PASSWORD);
  });
});

describe('CopyActivity with Oracle', () => {
  const node = (fields: Readonly<Record<string, string>>): Node => ({
    type: 'SqlDataNode',
    fields: { table: 't', ...fields },
    uses: { database: aDatabase() },
  });

  it('reads numbers exactly, dates as the server writes them, and large objects whole', async () => {
    columns = [
      { name: 'N', dbTypeName: 'NUMBER' },
      { name: 'D', dbTypeName: 'DATE' },
      { name: 'B', dbTypeName: 'BLOB' },
    ];
    const text = `SELECT "N" AS "N", TO_CHAR("D", 'YYYY-MM-DD HH24:MI:SS') AS "D", "B" AS "B" FROM (\nSELECT * FROM t\n)`;
    const row = ['12345678901234567890.5', '2024-02-29 00:00:00', Buffer.from('beef', 'hex')];
    answers = new Map([[text, { rows: [...Array<Rows[number]>(600).fill(row), [null, null, null]] }]]);
    await world.copy(node({}), stored({ filePath: `${world.files}/rows.csv` }, CSV));
    const lines = (await world.get(`${world.files}/rows.csv`)).trimEnd().split('\n');
    expect(lines).toHaveLength(601);
    expect([lines[0], lines[600]]).toEqual(['12345678901234567890.5,2024-02-29 00:00:00,BEEF', ',,']);
    expect(fetched).toEqual({ N: 'STRING', B: 'BUFFER' });
    expect(calls.at(-1)).toEqual(['close']);
  });

  it('writes batches in one transaction', async () => {
    await world.put(
      `${world.files}/many.csv`,
      Array.from({ length: 1001 }, (_, index) => `${index},\n`).join(''),
    );
    await world.copy(
      stored({ filePath: `${world.files}/many.csv` }, CSV),
      node({ insertQuery: "insert into t values (?, nvl(?, '?'));" }),
    );
    const insert = "insert into t values (:1, nvl(:2, '?'))";
    expect(calls.filter(([name]) => name !== 'getConnection')).toEqual([
      ['execute', expect.stringContaining("NLS_DATE_FORMAT = 'YYYY-MM-DD HH24:MI:SS'")],
      ['executeMany', insert, 500, ['0', null]],
      ['executeMany', insert, 500, ['500', null]],
      ['executeMany', insert, 1, ['1000', null]],
      ['commit'],
      ['close'],
    ]);
  });

  it('says which record is refused, and commits nothing', async () => {
    answers = new Map([
      ['insert into t values (:1)', { error: driverError(1722, 'ORA-01722: invalid number', 2) }],
    ]);
    await world.put(`${world.files}/bad.csv`, '1\n2\nx\n4\n');
    const failure = await failureOf(
      world.copy(
        stored({ filePath: `${world.files}/bad.csv` }, CSV),
        node({ insertQuery: 'insert into t values (?)' }),
      ),
    );
    expect(failure).toMatchObject({ type: 'BadRecord' });
    expect(failure.message).toMatch(/record 3 of ".*bad\.csv", values "x": invalid number \[ORA-01722\]$/);
    expect(calls.map(([name]) => name)).not.toContain('commit');
  });
});
