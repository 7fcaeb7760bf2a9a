import { describe, expect, it } from 'vitest';
import { definitionOf } from '../../test/fixtures/rule-rows.js';
import { validateDefinition } from './validate.js';

describe('databases', () => {
  it.each([
    ['org.postgresql.Driver', 'jdbc:postgresql://h/d', undefined],
    ['com.example.Driver', 'jdbc:postgresql://h/d', undefined],
    ['oracle.jdbc.driver.OracleDriver', '#{myUrl}', undefined],
    [
      'com.mysql.jdbc.Driver',
      'jdbc:sqlserver://h;password=secret',
      `'jdbcDriverClass' value "com.mysql.jdbc.Driver" is a driver for mysql, mariadb, but 'connectionString' begins with "jdbc:sqlserver:".`,
    ],
  ])('have a driver class that fits: %s with %s', (jdbcDriverClass, connectionString, expected) => {
    const database = { id: 'Db', type: 'JdbcDatabase', '*password': 'p', username: 'u' };
    const warnings = validateDefinition(definitionOf([{ ...database, jdbcDriverClass, connectionString }]))
      .filter(({ severity, field }) => severity === 'warning' && field === 'jdbcDriverClass')
      .map(({ message }) => message);
    expect(warnings).toEqual(expected === undefined ? [] : [expect.stringContaining(expected)]);
  });
});
