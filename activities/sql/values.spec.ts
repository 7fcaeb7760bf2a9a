import { describe, expect, it } from 'vitest';
import { multiRowInsert } from './multi-row-insert.js';
import { oracleFetch, oracleSelect, oracleText } from './oracle-values.js';
import { oracleError, sqlServerError } from './server-error.js';
import { sqlServerText } from './sqlserver-values.js';

/** A date of SQL Server's driver: what is below the millisecond is beside it, in seconds. */
function driverDate(iso: string, nanosecondsDelta = 0): Date {
  return Object.assign(new Date(iso), { nanosecondsDelta });
}
const NOON = driverDate('2024-02-29T12:34:56.789Z', 0.0001234);

describe('sqlServerText', () => {
  it.each<[string, unknown, { scale?: number; dataLength?: number }, string | null]>([
    ['Int', null, {}, null],
    ['NVarChar', 'ü', {}, 'ü'],
    ['NVarChar', '', {}, ''],
    ['BigInt', '9223372036854775807', {}, '9223372036854775807'],
    ['IntN', -5, {}, '-5'],
    ['BitN', true, {}, '1'],
    ['BitN', false, {}, '0'],
    ['DecimalN', -12.5, { scale: 2 }, '-12.50'],
    ['NumericN', 0.1, { scale: 10 }, '0.1000000000'],
    ['DecimalN', 123456789012345, { scale: 0 }, '123456789012345'],
    ['DecimalN', -0, { scale: 2 }, '0.00'],
    ['MoneyN', 1.5, {}, '1.5000'],
    ['FloatN', 0.1, { dataLength: 8 }, '0.1'],
    ['FloatN', 1e300, { dataLength: 8 }, '1e+300'],
    ['FloatN', Math.fround(0.1), { dataLength: 4 }, '0.1'],
    ['Real', Math.fround(16777217), {}, '16777216'],
    ['Real', Math.fround(1.00000012), {}, '1.0000001'],
    ['Date', new Date('0001-01-01T00:00:00Z'), {}, '0001-01-01'],
    ['Time', driverDate('1970-01-01T23:59:59.999Z', 0.0009999), { scale: 7 }, '23:59:59.9999999'],
    ['Time', driverDate('1970-01-01T23:59:59.000Z'), { scale: 0 }, '23:59:59'],
    ['DateTime2', NOON, { scale: 7 }, '2024-02-29 12:34:56.7891234'],
    ['DateTime2', NOON, { scale: 3 }, '2024-02-29 12:34:56.789'],
    ['DateTimeOffset', NOON, { scale: 0 }, '2024-02-29 12:34:56 +00:00'],
    ['DateTimeN', new Date('2024-02-29T12:34:56.007Z'), { dataLength: 8 }, '2024-02-29 12:34:56.007'],
    ['DateTimeN', new Date('2024-02-29T12:34:00.000Z'), { dataLength: 4 }, '2024-02-29 12:34:00'],
    ['SmallDateTime', new Date('2024-02-29T12:34:00.000Z'), {}, '2024-02-29 12:34:00'],
    ['VarBinary', Buffer.from('beef', 'hex'), {}, '0xBEEF'],
    ['VarBinary', Buffer.alloc(0), {}, '0x'],
    ['UniqueIdentifier', '6F9619FF-8B86-D011-B42D-00C04FC964FF', {}, '6F9619FF-8B86-D011-B42D-00C04FC964FF'],
    ['Variant', 12.5, {}, '12.5'],
  ])('of %s %o %j', (type, value, facts, text) => {
    expect(sqlServerText(value, { name: 'c', type, ...facts })).toBe(text);
  });

  it.each<[string, number, { scale?: number }]>([
    ['DecimalN', 12345678901234567000, { scale: 0 }],
    ['NumericN', 123456789012.3456, { scale: 5 }],
    ['MoneyN', 922337203685477.6, {}],
    ['Variant', 0.1234567890123456, {}],
  ])('refuses what the driver rounds: %s %d', (type, value, facts) => {
    expect(() => sqlServerText(value, { name: 'amount', type, ...facts })).toThrow('column "amount"');
  });
});

describe('oracleText', () => {
  it.each<[string, unknown, string | null]>([
    ['VARCHAR2', null, null],
    ['VARCHAR2', 'ü', 'ü'],
    ['NUMBER', '12345678901234567890.123', '12345678901234567890.123'],
    ['BINARY_DOUBLE', 0.1, '0.1'],
    ['BINARY_DOUBLE', Infinity, 'Inf'],
    ['BINARY_DOUBLE', -Infinity, '-Inf'],
    ['BINARY_DOUBLE', NaN, 'Nan'],
    ['RAW', Buffer.from('beef', 'hex'), 'BEEF'],
    ['BOOLEAN', true, 'TRUE'],
    ['JSON', { a: [1] }, '{"a":[1]}'],
  ])('of %s %o', (dbTypeName, value, text) => {
    expect(oracleText(value, { name: 'C', dbTypeName })).toBe(text);
  });

  it('refuses what has no text', () => {
    expect(() => oracleText({}, { name: 'SHAPE', dbTypeName: 'OBJECT' })).toThrow(
      'column "SHAPE" is of type OBJECT',
    );
  });
});

describe('oracleSelect', () => {
  it('lets the server write dates, and leaves other queries alone', () => {
    const plain = [{ name: 'A', dbTypeName: 'NUMBER' }];
    expect(oracleSelect('select a from t', plain)).toBe('select a from t');
    const columns = [
      ...plain,
      { name: 'D', dbTypeName: 'DATE' },
      { name: 'S', dbTypeName: 'TIMESTAMP', precision: 9 },
      { name: 'W', dbTypeName: 'TIMESTAMP', precision: 0 },
      { name: 'MAX(Z)', dbTypeName: 'TIMESTAMP WITH TIME ZONE', precision: 3 },
      { name: 'I', dbTypeName: 'INTERVAL DAY TO SECOND' },
    ];
    expect(oracleSelect('select * from t -- all', columns)).toBe(
      `SELECT "A" AS "A", TO_CHAR("D", 'YYYY-MM-DD HH24:MI:SS') AS "D", ` +
        `TO_CHAR("S", 'YYYY-MM-DD HH24:MI:SS.FF9') AS "S", TO_CHAR("W", 'YYYY-MM-DD HH24:MI:SS') AS "W", ` +
        `TO_CHAR("MAX(Z)", 'YYYY-MM-DD HH24:MI:SS.FF3 TZH:TZM') AS "MAX(Z)", TO_CHAR("I") AS "I" ` +
        `FROM (\nselect * from t -- all\n)`,
    );
  });

  it.each([
    ['NUMBER', 'STRING'],
    ['CLOB', 'STRING'],
    ['BLOB', 'BUFFER'],
    ['VARCHAR2', undefined],
  ])('fetches %s as %s', (dbTypeName, kind) => {
    expect(oracleFetch({ name: 'C', dbTypeName })).toBe(kind);
  });
});

describe('errors', () => {
  it.each([
    [208, 'SqlFailed', false],
    [2627, 'SqlFailed', true],
    [8114, 'SqlFailed', true],
    [229, 'AccessDenied', false],
    [18456, 'AccessDenied', false],
    [40613, 'ConnectionFailed', false],
    [1205, 'SqlFailed', false],
  ])('of SQL Server: %d is %s', (number, type, isOfRecord) => {
    expect(sqlServerError(number, 'text', 3).facts).toEqual({
      type,
      isOfRecord,
      label: `SQL Server error ${number}`,
      line: 3,
    });
  });

  it.each([
    [942, 'ORA-00942: table or view does not exist', 'SqlFailed', 'ORA-00942', false],
    [1, 'ORA-00001: unique constraint violated', 'SqlFailed', 'ORA-00001', true],
    [1017, 'ORA-01017: invalid username/password; logon denied', 'AccessDenied', 'ORA-01017', false],
    [12514, 'ORA-12514: TNS:listener does not currently know', 'ConnectionFailed', 'ORA-12514', false],
    [0, 'NJS-503: connection to host could not be established', 'ConnectionFailed', 'NJS-503', false],
    [0, 'NJS-044: bind object must contain', 'SqlFailed', 'NJS-044', false],
    [0, 'something else', 'ConnectionFailed', undefined, false],
  ])('of Oracle: %d %s is %s', (number, message, type, label, isOfRecord) => {
    const error = oracleError(number, `${message}\nHelp: https://docs.oracle.com/error-help/`);
    expect(error.facts).toEqual({ type, isOfRecord, ...(label === undefined ? {} : { label }) });
    expect(error.message).toBe(label === undefined ? message : message.slice(label.length + 2));
  });
});

describe('multiRowInsert', () => {
  it.each([
    ['insert into t values (?)', 'insert into t values (?), (?)'],
    [
      'INSERT INTO [a(b].t (x, y) VALUES (?, convert(date, ?)) ;',
      'INSERT INTO [a(b].t (x, y) VALUES (?, convert(date, ?)), (?, convert(date, ?))',
    ],
    ["insert into t values (?, ')')", "insert into t values (?, ')'), (?, ')')"],
  ])('repeats the values of %s', (query, expected) => {
    expect(multiRowInsert(query)?.(2)).toBe(expected);
  });

  it.each([
    'insert into t select ?',
    'insert into t values (?) option (recompile)',
    'merge t using (values (?)) s (a) on 1 = 0 when not matched then insert values (a);',
    'insert into t (a) output inserted.a values (?), (?)',
    'exec p ?',
    'insert into t values (?); select 1',
  ])('leaves %s alone', (query) => {
    expect(multiRowInsert(query)).toBeUndefined();
  });
});
