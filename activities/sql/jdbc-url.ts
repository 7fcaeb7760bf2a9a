import { workFailure } from '../storage/work-failure.js';

/** What a `jdbc:postgresql:` URL says. */
export interface JdbcUrl {
  readonly host: string;
  readonly port: number;
  /** Absent: the driver then takes the user's name, as PostgreSQL does. */
  readonly database?: string;
  readonly properties: Readonly<Record<string, string>>;
}

const FORM = 'jdbc:postgresql://host:port/database';

/**
 * Parses the JDBC URL of a PostgreSQL server: `jdbc:postgresql://host:port/database?name=value&…`, and the short forms
 * `//host/database`, `//host/` and `:database`. Source: pgjdbc's documentation, "Connecting to the Database".
 * @throws InvalidField naming the driver when it is another database's. Properties are never quoted: one may be a password.
 */
export function parseJdbcUrl(url: string, objectId: string): JdbcUrl {
  const shown = url.replace(/\?[^]*$/, '?…').replace(/\/\/[^/]*@/, '//…@');
  const invalid = (reason: string): Error =>
    workFailure('InvalidField', `Object "${objectId}": connectionString "${shown}" ${reason}`);

  const driver = /^jdbc:([a-z0-9]+):/i.exec(url)?.[1]?.toLowerCase();
  if (driver === undefined) throw invalid(`is not a JDBC URL; expected ${FORM}`);
  if (driver !== 'postgresql') {
    throw invalid(`is for the driver "${driver}", which this version does not have; expected ${FORM}`);
  }
  const parts =
    /^jdbc:postgresql:(?:\/\/(\[[^\]]+\]|[^:/?,]*)(?::(\d+))?(?:\/([^?]*))?|([^/?]*))(?:\?([^]*))?$/i.exec(
      url,
    );
  if (parts === null) throw invalid(`cannot be read; expected ${FORM} with one host`);
  const port = parts[2] === undefined ? 5432 : Number(parts[2]);
  if (port < 1 || port > 65_535) throw invalid(`has port ${parts[2]}; expected 1 to 65535`);
  let database: string;
  const properties: Record<string, string> = {};
  try {
    database = decodeURIComponent(parts[3] ?? parts[4] ?? '');
    for (const pair of (parts[5] ?? '').split('&').filter((text) => text !== '')) {
      const at = pair.indexOf('=');
      const name = at < 0 ? pair : pair.slice(0, at);
      properties[decodeURIComponent(name)] = at < 0 ? '' : decodeURIComponent(pair.slice(at + 1));
    }
  } catch {
    throw invalid('has a "%" that does not begin an encoded character');
  }
  const host = (parts[1] ?? '').replace(/^\[|\]$/g, '');
  return {
    host: host === '' ? 'localhost' : host,
    port,
    ...(database === '' ? {} : { database }),
    properties,
  };
}
