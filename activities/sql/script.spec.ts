import { describe, expect, it } from 'vitest';
import { oracleScript, sqlServerScript } from './script.js';
import { countPlaceholders } from './sql-text.js';

const texts = ({ statements }: ReturnType<typeof oracleScript>): string[] =>
  statements.map(({ text }) => text.trim());

describe('placeholders', () => {
  it.each([
    ['sqlserver', "select ?, '?', N'it''s ?', \"?\", [a]]?], @x? -- ?", 2],
    ['sqlserver', '/* ? /* ? */ ? */ select ?', 1],
    ['sqlserver', "select 'a\\', ?", 1],
    ['sqlserver', 'select $action, $1 ?', 1],
    ['oracle', "select ?, '?', q'[it's ?]', nq'!?!', \"?\" from dual -- ?", 1],
    ['oracle', '/* ? /* ? */ select ? from dual', 1],
    ['oracle', "select q'{?}', q'(?)', q'<?>', ? from dual", 1],
  ] as const)('of %s are counted in %s', (kind, sql, count) => {
    expect(countPlaceholders(sql, kind)).toBe(count);
  });
});

describe('sqlServerScript', () => {
  it.each<[string, string[]]>([
    ['select 1; select 2', ['select 1; select 2']],
    ['select 1\nGO\nselect 2', ['select 1', 'select 2']],
    ['select 1\r\n  go  \r\nselect 2\r\nGO', ['select 1', 'select 2']],
    ['GO\n-- nothing\nGO\nselect 1', ['select 1']],
    [
      'insert t default values\nGO 3\nselect 1',
      ['insert t default values', 'insert t default values', 'insert t default values', 'select 1'],
    ],
    ["select '\nGO\n'", ["select '\nGO\n'"]],
    ['/*\nGO\n*/ select 1', ['/*\nGO\n*/ select 1']],
    ['select [\nGO\n]', ['select [\nGO\n]']],
    ['goto label\nlabel: select go\nselect 1', ['goto label\nlabel: select go\nselect 1']],
    ['select 1\nGO -- end\nselect 2', ['select 1', 'select 2']],
  ])('cuts %j', (script, batches) => {
    expect(texts(sqlServerScript(script, []))).toEqual(batches);
  });

  it('binds each batch its own parameters', () => {
    const { statements } = sqlServerScript("insert t values (?, '?')\nGO\ninsert t values (?, ?)", [
      'a',
      'b',
      'c',
    ]);
    expect(statements.map(({ text, values }) => [text.trim(), values])).toEqual([
      ["insert t values (@p1, '?')", ['a']],
      ['insert t values (@p1, @p2)', ['b', 'c']],
    ]);
  });

  it.each([
    ['create database d', false],
    ['select 1\nGO\n  BACKUP DATABASE d TO DISK = 1', false],
    ["select 'x\ncreate database d'", true],
    ['-- \ncreate table d (a int)', true],
  ])('knows what takes no transaction: %j', (script, inTransaction) => {
    expect(sqlServerScript(script, []).inTransaction).toBe(inTransaction);
  });
});

describe('oracleScript', () => {
  it.each<[string, string[]]>([
    ['insert into t values (1); -- x;\ndelete from t;', ['insert into t values (1)', 'delete from t']],
    ["select ';' from dual; select q'[;']' from dual", ["select ';' from dual", "select q'[;']' from dual"]],
    ['begin a; b; end;\n/\nselect 1 from dual;', ['begin a; b; end;', 'select 1 from dual']],
    ['declare x number; begin null; end;', ['declare x number; begin null; end;']],
    [
      '/* p */ create or replace editionable procedure p as\nbegin null; end;\n/\nbegin p; end;\n/\n',
      ['create or replace editionable procedure p as\nbegin null; end;', 'begin p; end;'],
    ],
    [
      'create type t as object (a number);\n/\ncreate table u (a number);',
      ['create type t as object (a number);', 'create table u (a number)'],
    ],
    ['select 4\n/ 2 from dual', ['select 4\n/ 2 from dual']],
    ['select 1 from dual\n/\nselect 2 from dual\n  /  \n', ['select 1 from dual', 'select 2 from dual']],
    ['/* nothing */ ;\n;', []],
  ])('cuts %j', (script, statements) => {
    expect(texts(oracleScript(script, []))).toEqual(statements);
  });

  it('binds each statement its own values', () => {
    expect(oracleScript('insert into t values (?); begin p(?, ?); end;', ['a', 'b', 'c']).statements).toEqual(
      [
        { text: 'insert into t values (:1)', values: ['a'] },
        { text: 'begin p(:1, :2); end;', values: ['b', 'c'] },
      ],
    );
  });
});
