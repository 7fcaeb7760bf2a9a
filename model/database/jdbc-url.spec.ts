import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { databasesOfDriverClass } from './driver-class.js';
import { JdbcUrlError, parseJdbcUrl } from './jdbc-url.js';

describe('parseJdbcUrl', () => {
  it.each([
    ['jdbc:postgresql://db:5433/sales', { host: 'db', port: 5433, database: 'sales', properties: {} }],
    ['jdbc:postgresql://[::1]/a%20b', { host: '::1', port: 5432, database: 'a b', properties: {} }],
    ['jdbc:postgresql:sales', { host: 'localhost', port: 5432, database: 'sales', properties: {} }],
    ['jdbc:postgresql://db/', { host: 'db', port: 5432, properties: {} }],
    [
      'JDBC:PostgreSQL://db/d?sslmode=require&ssl',
      { host: 'db', port: 5432, database: 'd', properties: { sslmode: 'require', ssl: '' } },
    ],
  ])('reads %s', (url, expected) => {
    expect(parseJdbcUrl(url)).toEqual({ kind: 'postgresql', ...expected });
  });

  it.each([
    ['jdbc:sqlserver://db', { host: 'db', properties: {} }],
    [
      'jdbc:sqlserver://db:1444;databaseName=sales',
      { host: 'db', port: 1444, database: 'sales', properties: {} },
    ],
    [
      'jdbc:sqlserver://db\\PROD;Database=sales;encrypt=true;TrustServerCertificate=false;',
      {
        host: 'db',
        instance: 'PROD',
        database: 'sales',
        properties: { encrypt: 'true', trustservercertificate: 'false' },
      },
    ],
    ['jdbc:sqlserver://db\\PROD:1444', { host: 'db', instance: 'PROD', port: 1444, properties: {} }],
    [
      'jdbc:sqlserver://;serverName=db;port=1444;user=sa;password={a;b}}c}',
      { host: 'db', port: 1444, properties: { user: 'sa', password: 'a;b}c' } },
    ],
    ['jdbc:sqlserver://[::1]:1444', { host: '::1', port: 1444, properties: {} }],
  ])('reads %s', (url, expected) => {
    expect(parseJdbcUrl(url)).toEqual({ kind: 'sqlserver', ...expected });
  });

  it.each([
    ['jdbc:oracle:thin:@//db:1522/sales.example', 'db:1522/sales.example', {}],
    ['jdbc:oracle:thin:@db:1521/sales', 'db:1521/sales', {}],
    ['jdbc:oracle:thin:@db/sales', 'db:1521/sales', {}],
    [
      'jdbc:oracle:thin:@db:1521:ORCL',
      '(DESCRIPTION=(ADDRESS=(PROTOCOL=tcp)(HOST=db)(PORT=1521))(CONNECT_DATA=(SID=ORCL)))',
      {},
    ],
    [
      'jdbc:oracle:thin:@tcps://db:2484/sales?wallet_location=/w',
      'tcps://db:2484/sales?wallet_location=/w',
      {},
    ],
    ['jdbc:oracle:thin:scott/ti@ger@//db:1521/sales', 'db:1521/sales', { user: 'scott', password: 'ti@ger' }],
    ['jdbc:oracle:thin:@(DESCRIPTION=(ADDRESS=(HOST=db)))', '(DESCRIPTION=(ADDRESS=(HOST=db)))', {}],
  ])('reads %s', (url, connectString, properties) => {
    expect(parseJdbcUrl(url)).toEqual({ kind: 'oracle', connectString, properties });
  });

  it.each([
    ['jdbc:mysql://user:hunter2@db/sales', '"jdbc:mysql:…" is no JDBC URL of a database'],
    ['postgres://user:hunter2@db/sales', '"postg…" is no JDBC URL of a database'],
    ['jdbc:postgresql://a,b/sales?password=hunter2', 'has several hosts'],
    ['jdbc:postgresql://user:hunter2@db/sales', 'cannot be read'],
    ['jdbc:postgresql://hunter2@db/sales', 'cannot be read'],
    ['jdbc:postgresql://db:hunter2/sales', 'has a port that is no number'],
    ['jdbc:sqlserver://hunter2@db', '"jdbc:sqlserver:…" cannot be read'],
    ['jdbc:postgresql://db:0/sales?password=hunter2', 'has port 0;'],
    ['jdbc:postgresql://db/sales%?password=hunter2', 'has a "%"'],
    ['jdbc:sqlserver://;password=hunter2', 'names no host'],
    ['jdbc:sqlserver://sa:hunter2;a=b', 'has a port that is no number'],
    ['jdbc:sqlserver://db;hunter2', 'has a property that cannot be read'],
    ['jdbc:sqlserver://db;password={hunter2', 'has a property that cannot be read'],
    ['jdbc:oracle:oci:scott/hunter2@db', "is not for Oracle's thin driver"],
    ['jdbc:oracle:thin:scott/hunter2', 'has no "@"'],
    ['jdbc:oracle:thin:scott/hunter2@sales', 'names neither service nor SID'],
    ['jdbc:oracle:thin:scott/hunter2@(DESCRIPTION=(HOST=db)', 'parentheses'],
  ])('refuses %s without showing secrets', (url, message) => {
    const refused = ((): unknown => {
      try {
        return parseJdbcUrl(url);
      } catch (error) {
        return error;
      }
    })();
    expect(refused).toBeInstanceOf(JdbcUrlError);
    expect((refused as Error).message).toContain(message);
    expect((refused as Error).message).not.toContain('hunter2');
  });

  it('throws nothing else, whatever it gets', () => {
    const piece = fc.constantFrom(
      'jdbc:',
      'postgresql:',
      'sqlserver:',
      'oracle:thin:',
      '//',
      '@',
      ';',
      '{',
      '}}',
      '=',
      '(',
      ')',
      ':',
      '/',
      'a',
      '1',
      '%',
      '\n',
      '__proto__',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        try {
          parseJdbcUrl(pieces.join(''));
        } catch (error) {
          expect(error).toBeInstanceOf(JdbcUrlError);
        }
      }),
    );
  });
});

describe('databasesOfDriverClass', () => {
  it.each([
    ['org.postgresql.Driver', ['postgresql', 'redshift']],
    ['com.microsoft.sqlserver.jdbc.SQLServerDriver', ['sqlserver']],
    ['oracle.jdbc.driver.OracleDriver', ['oracle']],
    ['com.mysql.cj.jdbc.Driver', ['mysql', 'mariadb']],
    ['com.example.Driver', []],
  ])('knows %s', (name, databases) => {
    expect(databasesOfDriverClass(name)).toEqual(databases);
  });
});
