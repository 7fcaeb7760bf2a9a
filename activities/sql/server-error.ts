import type { FailureType } from '../../model/instance/failure.js';

/** An error that a server other than PostgreSQL answered with, or the driver met on its way there. */
export class ServerError extends Error {
  constructor(
    message: string,
    readonly facts: {
      readonly type: FailureType;
      /** How the database calls it: `SQL Server error 208`, `ORA-00942`. Absent for errors of the connection. */
      readonly label?: string;
      /** A value does not fit, or breaks a constraint. */
      readonly isOfRecord?: boolean;
      /** Line in the statement, from 1. */
      readonly line?: number;
      /** Where it stands in the statement, counted in UTF-16 units from 0. */
      readonly offset?: number;
      /** Which of several records it was, from 0. */
      readonly record?: number;
    },
  ) {
    super(message);
    this.name = 'ServerError';
  }
}

/** Login failed, no permission, no access to the database. Source: Microsoft, "Database engine events and errors". */
const SQLSERVER_DENIED = new Set([
  229, 230, 262, 297, 300, 916, 4060, 15151, 15247, 18451, 18452, 18456, 18470, 18486, 18487, 18488,
]);
/** The server stops, starts or moves, or takes no more connections. */
const SQLSERVER_AWAY = new Set([
  233, 596, 904, 922, 923, 924, 927, 942, 983, 6005, 10054, 17142, 17809, 40197, 40501, 40613,
]);
/** Values that do not fit or break a constraint. */
const SQLSERVER_RECORD = new Set([
  220, 232, 241, 242, 244, 245, 248, 257, 295, 296, 515, 517, 547, 2601, 2627, 2628, 8114, 8115, 8134, 8152,
  8169, 8170, 9819,
]);

/** What an error of SQL Server means, by its number. */
export function sqlServerError(number: number, message: string, line?: number): ServerError {
  const type = SQLSERVER_DENIED.has(number)
    ? 'AccessDenied'
    : SQLSERVER_AWAY.has(number)
      ? 'ConnectionFailed'
      : 'SqlFailed';
  return new ServerError(message, {
    type,
    label: `SQL Server error ${number}`,
    isOfRecord: SQLSERVER_RECORD.has(number),
    ...(line === undefined ? {} : { line }),
  });
}

/** Wrong password, locked account, no privilege. Source: Oracle's "Database Error Messages". */
const ORACLE_DENIED = new Set([990, 1005, 1017, 1031, 1035, 1045, 1720, 28000, 28001, 28009, 41900]);
/** The instance or the listener is away, or takes no more sessions. */
const ORACLE_AWAY = new Set([
  18, 20, 28, 600, 1012, 1033, 1034, 1089, 1090, 1092, 2396, 2399, 3113, 3114, 3135, 12154, 12170, 12505,
  12514, 12516, 12519, 12520, 12528, 12537, 12541, 12543, 12545, 12547, 12570,
]);
/** Values that do not fit or break a constraint. */
const ORACLE_RECORD = new Set([
  1, 1400, 1401, 1407, 1438, 1722, 1830, 1840, 1841, 1843, 1847, 1849, 1850, 1858, 1861, 2290, 2291, 2292,
  12899, 6502, 932,
]);

/** What an error of Oracle or its driver means: `errorNum` is the number of `ORA-…`, 0 for the driver's own (`NJS-…`). */
export function oracleError(errorNum: number, message: string, offset?: number): ServerError {
  const [first = ''] = message.split('\nHelp: ');
  const code = /^((?:ORA|NJS|PLS|DPI|TNS)-\d+): /.exec(first)?.[1];
  const isOfDriver = errorNum === 0;
  const type = ORACLE_DENIED.has(errorNum)
    ? 'AccessDenied'
    : isOfDriver || ORACLE_AWAY.has(errorNum)
      ? 'ConnectionFailed'
      : 'SqlFailed';
  return new ServerError(code === undefined ? first : first.slice(code.length + 2), {
    type: isOfDriver && code !== undefined && !/^NJS-5\d\d/.test(code) ? 'SqlFailed' : type,
    ...(code === undefined ? {} : { label: code }),
    isOfRecord: ORACLE_RECORD.has(errorNum),
    ...(offset === undefined || offset <= 0 ? {} : { offset }),
  });
}
