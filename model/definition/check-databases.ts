import { databasesOfDriverClass } from '../database/driver-class.js';
import { JDBC_FORMS, JDBC_KINDS, jdbcDriverName, JdbcUrlError, parseJdbcUrl } from '../database/jdbc-url.js';
import { listed } from '../expression/suggest.js';
import type { Component } from './component.js';
import type { Inspection } from './inspection.js';
import { quote } from './problem.js';

/** Driver classes and URLs of databases that contradict each other. AWS loads the class, Penstock goes by the URL. */
export function checkDatabases(inspection: Inspection): void {
  for (const component of inspection.components.values()) {
    if (component.type !== 'JdbcDatabase') continue;
    const url = inspection.textOf(component, 'connectionString');
    const driverClass = inspection.textOf(component, 'jdbcDriverClass');
    const name = url === undefined ? undefined : jdbcDriverName(url);
    if (name === undefined || driverClass === undefined) continue;
    const databases = databasesOfDriverClass(driverClass);
    if (databases.length === 0 || databases.includes(name)) continue;
    const shown = inspection.shown(driverClass, 'jdbcDriverClass');
    inspection.warn(
      component.id,
      'jdbcDriverClass',
      `INVALID_FIELD_VALUE:  'jdbcDriverClass' value ${shown} is a driver for ${listed(databases)}, but 'connectionString' begins with ${quote(`jdbc:${name}:`)}. The URL decides which database is meant.`,
    );
  }
}

/** Why a JdbcDatabase cannot be used by this release; undefined when it can, or when its URL is known to a run only. */
export function jdbcDatabaseProblem(inspection: Inspection, database: Component): string | undefined {
  const url = inspection.textOf(database, 'connectionString');
  if (url === undefined) return undefined;
  const name = jdbcDriverName(url);
  if (name !== undefined && !JDBC_KINDS.some((kind) => kind === name)) {
    // A JDBC URL may hold a password: only its beginning is shown.
    return `${database.id}: 'connectionString' begins with ${quote(`jdbc:${name}:`)}; this version of Penstock connects to ${listed(JDBC_KINDS)}. Expected for example ${quote(JDBC_FORMS.postgresql)}.`;
  }
  try {
    parseJdbcUrl(url);
    return undefined;
  } catch (error) {
    if (!(error instanceof JdbcUrlError)) throw error;
    // The URL may hold what an expression has put there: only what is wrong with it is shown.
    return `${database.id}: 'connectionString' ${error.reason}.`;
  }
}
