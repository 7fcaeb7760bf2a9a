import { describe, expect, it } from 'vitest';
import { DAILY, DEFAULT, SHELL, exactly, type FileObject } from '../../test/fixtures/rule-rows.js';
import { activationProblems } from './runnable.js';

describe('activationProblems', () => {
  const database = (connectionString: string) => [
    {
      id: 'Db',
      type: 'JdbcDatabase',
      connectionString,
      '*password': 'p',
      username: 'u',
      jdbcDriverClass: 'c',
    },
    { id: 'Sql', type: 'SqlActivity', script: 'select 1', database: { ref: 'Db' } },
  ];
  it.each<[string, FileObject[], string | undefined]>([
    ['a type that runs', [SHELL], undefined],
    [
      'a type that does not',
      [{ id: 'E', type: 'EmrActivity' }],
      `E: type "EmrActivity" cannot be run by this version of Penstock yet; runnable are ShellCommandActivity, `,
    ],
    ['an unused data node', [{ id: 'M', type: 'MySqlDataNode' }], `M: type "MySqlDataNode" cannot be run`],
    ['an unused setting', [{ id: 'P', type: 'HttpProxy', hostname: 'h', port: '1' }], undefined],
    ['PostgreSQL', database('jdbc:postgresql://h/d'), undefined],
    [
      'another database',
      database('jdbc:mysql://u:secret@h/d'),
      `Db: 'connectionString' begins with "jdbc:mysql:"`,
    ],
    ['SQL Server', database('jdbc:sqlserver://h\\i;databaseName=d'), undefined],
    ['Oracle', database('jdbc:oracle:thin:@//h:1521/s'), undefined],
    ['a database by expression', database('#{myUrl}'), undefined],
    [
      'several hosts',
      database('jdbc:postgresql://a,b/d?password=secret'),
      `Db: 'connectionString' has several hosts; expected jdbc:postgresql://host:port/database with one host.`,
    ],
    ['what is no JDBC URL', database('postgres://u:secret@h/d'), `Db: 'connectionString' is no JDBC URL`],
    [
      'a resource on another schedule',
      [
        { ...DAILY, id: 'Weekly' },
        { id: 'R', type: 'Ec2Resource', schedule: { ref: 'Weekly' } },
        { ...SHELL, runsOn: { ref: 'R' } },
      ],
      undefined,
    ],
    [
      'an activity on a schedule, its resource on demand',
      [
        { id: 'R', type: 'Ec2Resource', scheduleType: 'ondemand' },
        { ...SHELL, runsOn: { ref: 'R' } },
      ],
      `Say: 'runsOn' refers to "R", which is on schedule "ondemand", while it is on "Daily" itself.`,
    ],
  ])('says what this version cannot run: %s', (_, objects, expected) => {
    const problems = activationProblems(exactly([DEFAULT, DAILY, ...objects]));
    expect(problems.map(({ message }) => message)).toEqual(
      expected === undefined ? [] : [expect.stringContaining(expected)],
    );
  });
});
