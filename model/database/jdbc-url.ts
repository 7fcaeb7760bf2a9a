/** What a `jdbc:postgresql:` URL says. */
export interface PostgresUrl {
  readonly kind: 'postgresql';
  readonly host: string;
  readonly port: number;
  /** Absent: the driver then takes the user's name, as PostgreSQL does. */
  readonly database?: string;
  readonly properties: Readonly<Record<string, string>>;
}

/** What a `jdbc:sqlserver:` URL says. */
export interface SqlServerUrl {
  readonly kind: 'sqlserver';
  readonly host: string;
  /** Named instance, whose port SQL Server Browser knows; a port given wins. */
  readonly instance?: string;
  readonly port?: number;
  readonly database?: string;
  /** By name in lower case, without those above: the driver does not look at case. */
  readonly properties: Readonly<Record<string, string>>;
}

/** What a `jdbc:oracle:thin:` URL says. */
export interface OracleUrl {
  readonly kind: 'oracle';
  /** As Oracle's drivers take it: Easy Connect, or a connect descriptor. */
  readonly connectString: string;
  /** `user/password` before the `@`, as properties. */
  readonly properties: Readonly<Record<string, string>>;
}

export type JdbcUrl = PostgresUrl | SqlServerUrl | OracleUrl;

/** Databases that JdbcDatabase connects to, by the name in the URL. */
export const JDBC_KINDS = ['postgresql', 'sqlserver', 'oracle'] as const;

export type JdbcKind = (typeof JDBC_KINDS)[number];

/** How their URLs look. */
export const JDBC_FORMS: Readonly<Record<JdbcKind, string>> = {
  postgresql: 'jdbc:postgresql://host:port/database',
  sqlserver: 'jdbc:sqlserver://host:port;databaseName=database',
  oracle: 'jdbc:oracle:thin:@//host:port/service',
};

/** A URL that cannot be used. The message never holds a property: one may be a password. */
export class JdbcUrlError extends Error {
  constructor(
    /** As far as it may be shown. */
    readonly shown: string,
    /** What is wrong and what was expected: `is …`, `has …`. */
    readonly reason: string,
  ) {
    super(`"${shown}" ${reason}`);
    this.name = 'JdbcUrlError';
  }
}

/** The driver that a JDBC URL names, in lower case: `postgresql`, `mysql`; undefined for what is no JDBC URL. */
export function jdbcDriverName(url: string): string | undefined {
  return /^\s*jdbc:([a-z0-9]+):/i.exec(url)?.[1]?.toLowerCase();
}

/**
 * Parses the JDBC URL of a database that Penstock connects to. Sources: the documentation of pgjdbc ("Connecting to the
 * Database"), of Microsoft's JDBC driver ("Building the connection URL") and of Oracle's ("Database URLs").
 * @throws JdbcUrlError
 */
export function parseJdbcUrl(text: string): JdbcUrl {
  const url = text.trim();
  const driver = jdbcDriverName(url);
  switch (driver) {
    case 'postgresql':
      return postgresUrl(url);
    case 'sqlserver':
      return sqlServerUrl(url);
    case 'oracle':
      return oracleUrl(url);
    default:
      throw new JdbcUrlError(
        driver === undefined ? url.slice(0, 'jdbc:'.length) + '…' : `jdbc:${driver}:…`,
        `is no JDBC URL of a database that this version of Penstock connects to; expected ${expectedForms()}`,
      );
  }
}

function expectedForms(): string {
  return `${JDBC_FORMS.postgresql}, ${JDBC_FORMS.sqlserver} or ${JDBC_FORMS.oracle}`;
}

/** The URL as far as it has the form that is known to hold no secret. */
function beginOf(url: string, known: RegExp): string {
  const begin = known.exec(url)?.[0] ?? /^jdbc:\w+:/i.exec(url)?.[0] ?? '';
  return begin.length === url.length ? url : `${begin}…`;
}

function portOf(text: string, invalid: (reason: string) => Error): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  // What is no number may be a password in the wrong place.
  const shown = /^\d{1,6}$/.test(text) ? `port ${text}` : 'a port that is no number';
  if (port < 1 || port > 65_535) throw invalid(`has ${shown}; expected 1 to 65535`);
  return port;
}

function postgresUrl(url: string): PostgresUrl {
  const shown = beginOf(
    url,
    /^jdbc:postgresql:(?:\/\/)?(?:\[[^\]]*\]|[^:/?@]*(?![^:/?]))(?::\d{1,6}(?![^/?]))?(?:\/(?!\/)[^?@]*)?/i,
  );
  const invalid = (reason: string): JdbcUrlError => new JdbcUrlError(shown, reason);
  const form = `expected ${JDBC_FORMS.postgresql}`;
  if (/^jdbc:postgresql:\/\/[^/?]*,/i.test(url)) throw invalid(`has several hosts; ${form} with one host`);
  const parts =
    /^jdbc:postgresql:(?:\/\/(\[[^\]]+\]|[^:/?,@]*)(?::([^/?@]+))?(?:\/([^?]*))?|([^/?]*))(?:\?([^]*))?$/i.exec(
      url,
    );
  if (parts === null) throw invalid(`cannot be read; ${form} with one host`);
  const [, hostText = '', portText, path, short, query = ''] = parts;
  let database: string;
  const properties: Record<string, string> = {};
  try {
    database = decodeURIComponent(path ?? short ?? '');
    for (const pair of query.split('&').filter((text) => text !== '')) {
      const at = pair.indexOf('=');
      const name = at < 0 ? pair : pair.slice(0, at);
      setProperty(properties, decodeURIComponent(name), at < 0 ? '' : decodeURIComponent(pair.slice(at + 1)));
    }
  } catch {
    throw invalid('has a "%" that does not begin an encoded character');
  }
  const host = withoutBrackets(hostText);
  return {
    kind: 'postgresql',
    host: host === '' ? 'localhost' : host,
    port: portText === undefined ? 5432 : portOf(portText, invalid),
    ...(database === '' ? {} : { database }),
    properties,
  };
}

/** Other names of the same properties. Source: Microsoft's "Setting the connection properties". */
const SQLSERVER_NAMES: Readonly<Record<string, string>> = {
  database: 'databasename',
  username: 'user',
  server: 'servername',
  port: 'portnumber',
};

function sqlServerUrl(url: string): SqlServerUrl {
  const shown = beginOf(url, /^jdbc:sqlserver:\/\/(?:\[[^\]]*\]|[^:;@]*(?![^:;]))(?::\d{1,6}(?![^;]))?/i);
  const invalid = (reason: string): JdbcUrlError => new JdbcUrlError(shown, reason);
  const form = `expected ${JDBC_FORMS.sqlserver}`;
  const parts = /^jdbc:sqlserver:\/\/(\[[^\]]+\]|[^;:\\/@?]*)(?:\\([^;:]+))?(?::([^;]+))?(?:;([^]*))?$/i.exec(
    url,
  );
  if (parts === null) throw invalid(`cannot be read; ${form}`);
  const [, hostText = '', instanceText, portText, list = ''] = parts;
  const found: Record<string, string> = {};
  // A value in braces may hold semicolons; a closing brace in it is doubled.
  const pair = /\s*([^=;]+?)\s*=\s*(?:\{((?:[^}]|\}\})*)\}|((?!\{)[^;]*))\s*(?:;|$)|\s*(?:;|$)/y;
  while (pair.lastIndex < list.length) {
    const match = pair.exec(list);
    if (match === null) throw invalid(`has a property that cannot be read behind its first ";"; ${form}`);
    const [, name, braced, plain = ''] = match;
    if (name === undefined) continue;
    const lower = name.toLowerCase();
    const known = Object.hasOwn(SQLSERVER_NAMES, lower) ? (SQLSERVER_NAMES[lower] ?? lower) : lower;
    setProperty(found, known, braced?.replaceAll('}}', '}') ?? plain.trim());
  }
  const { servername, portnumber, instancename, databasename, ...properties } = found;
  const host = withoutBrackets(hostText === '' ? (servername ?? '') : hostText);
  if (host === '') throw invalid(`names no host; ${form}`);
  const port = portText ?? portnumber;
  const instance = instanceText ?? instancename;
  return {
    kind: 'sqlserver',
    host,
    ...(instance === undefined || instance === '' ? {} : { instance }),
    ...(port === undefined || port === '' ? {} : { port: portOf(port, invalid) }),
    ...(databasename === undefined || databasename === '' ? {} : { database: databasename }),
    properties,
  };
}

function oracleUrl(url: string): OracleUrl {
  const at = url.lastIndexOf('@', url.includes('(') ? url.indexOf('(') : undefined);
  const shown =
    at < 0
      ? url.replace(/^(jdbc:oracle:\w*:?)[^]*$/i, '$1…')
      : `jdbc:oracle:thin:${at > 17 ? '…' : ''}${url.slice(at)}`;
  const invalid = (reason: string): JdbcUrlError => new JdbcUrlError(shown, reason);
  const form = `expected ${JDBC_FORMS.oracle}, jdbc:oracle:thin:@host:port:SID or jdbc:oracle:thin:@(DESCRIPTION=…)`;
  const head = /^jdbc:oracle:(\w+):/i.exec(url);
  if (head?.[1]?.toLowerCase() !== 'thin') throw invalid(`is not for Oracle's thin driver; ${form}`);
  if (at < 0) throw invalid(`has no "@"; ${form}`);
  const login = url.slice(head[0].length, at);
  const properties: Record<string, string> = {};
  if (login !== '') {
    const slash = login.indexOf('/');
    properties['user'] = slash < 0 ? login : login.slice(0, slash);
    if (slash >= 0) properties['password'] = login.slice(slash + 1);
  }
  return {
    kind: 'oracle',
    connectString: oracleConnectString(url.slice(at + 1).trim(), invalid, form),
    properties,
  };
}

function oracleConnectString(target: string, invalid: (reason: string) => Error, form: string): string {
  if (target.startsWith('(')) {
    let depth = 0;
    for (const character of target) {
      if (character === '(') depth += 1;
      if (character === ')') depth -= 1;
      if (depth < 0) break;
    }
    if (depth !== 0) throw invalid(`has parentheses that do not match; ${form}`);
    return target;
  }
  const parts =
    /^(?:(tcps?):)?(?:\/\/)?(\[[^\]]+\]|[^\s:/?,()]+)(?::([^\s:/?,()]+))?(?::([^\s:/?,()]+)|\/([^\s?,()]+))?(\?[^]*)?$/i.exec(
      target,
    );
  if (parts === null) throw invalid(`cannot be read; ${form}`);
  const [, protocol, host = '', portText, sid, service, query = ''] = parts;
  const port = portText === undefined ? 1521 : portOf(portText, invalid);
  if (sid !== undefined) {
    return `(DESCRIPTION=(ADDRESS=(PROTOCOL=${protocol ?? 'tcp'})(HOST=${withoutBrackets(host)})(PORT=${port}))(CONNECT_DATA=(SID=${sid})))`;
  }
  if (service === undefined) {
    throw invalid(`names neither service nor SID (names of tnsnames.ora are not looked up); ${form}`);
  }
  return `${protocol === undefined ? '' : `${protocol}://`}${host}:${port}/${service}${query}`;
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, '').trim();
}

/** `__proto__` is a name like any other. */
function setProperty(properties: Record<string, string>, name: string, value: string): void {
  Object.defineProperty(properties, name, { value, enumerable: true, configurable: true, writable: true });
}
