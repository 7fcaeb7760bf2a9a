import type { ConnectionOptions } from 'node:tls';
import { JdbcUrlError, parseJdbcUrl, type JdbcUrl } from '../../model/database/jdbc-url.js';
import { referencesOf, textOf, textsOf } from '../../model/definition/component.js';
import type { Task, TaskObject } from '../../model/instance/task.js';
import { openSealedParts, openSecret, type SecretSources } from '../secrets/open-secret.js';
import { quoted, workFailure } from '../storage/work-failure.js';
import { certificateFile } from './certificate-file.js';
import { sqlServerEncryptionOf, type SqlServerEncryption } from './sqlserver-encryption.js';

/** A database as a connection needs it. Holds the password: never log it. */
export type Database = PostgresDatabase | SqlServerDatabase | OracleDatabase;

/** What all databases have. */
interface AnyDatabase {
  /** What it is called in logs and messages: `host:port/database`. */
  readonly label: string;
  readonly user: string;
  readonly password: string;
  readonly connectTimeoutMs: number;
  readonly applicationName: string;
}

export interface PostgresDatabase extends AnyDatabase {
  readonly kind: 'postgresql';
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** In the order they are tried: `prefer` tries encrypted, then plain. */
  readonly encryption: readonly (ConnectionOptions | false)[];
  /** Server settings of the session, e.g. search_path. */
  readonly settings: Readonly<Record<string, string>>;
}

export interface SqlServerDatabase extends AnyDatabase, SqlServerEncryption {
  readonly kind: 'sqlserver';
  readonly host: string;
  /** Absent: that of the instance, else 1433. */
  readonly port?: number;
  readonly instance?: string;
  /** Absent: the user's default database. */
  readonly database?: string;
}

export interface OracleDatabase extends AnyDatabase {
  readonly kind: 'oracle';
  readonly connectString: string;
}

/** Unknown hosts and closed firewalls should not hold an attempt for minutes. Source: pgjdbc's connectTimeout, 10 s. */
const CONNECT_TIMEOUT_SECONDS = 10;

/**
 * The database that a data node or an activity names: by `database`, or in the older form with connectionString, username
 * and *password on itself.
 * @throws InvalidField, SecretUnavailable
 */
export async function databaseOf(task: Task, object: TaskObject, secrets: SecretSources): Promise<Database> {
  const id = referencesOf(object, 'database')[0];
  const holder = id === undefined ? object : Object.hasOwn(task.objects, id) ? task.objects[id] : undefined;
  if (holder === undefined) {
    throw workFailure('InvalidField', `Object "${object.id}": its database "${id}" is not part of the task`);
  }
  if (id !== undefined && holder.type !== 'JdbcDatabase') {
    throw workFailure(
      'InvalidField',
      `Object "${holder.id}": type "${holder.type}" is not supported by this version yet; expected JdbcDatabase`,
    );
  }
  const { pipelineId } = task;
  const field = async (name: string): Promise<string | undefined> => {
    const text = textOf(holder, name);
    return text === undefined || text === ''
      ? undefined
      : openSealedParts(text, { pipelineId, objectId: holder.id, field: name }, secrets);
  };
  const missing = (name: string): Error => {
    const hint = id === undefined ? ' (or a reference "database")' : '';
    return workFailure('InvalidField', `Object "${holder.id}": field "${name}" is missing${hint}`);
  };
  const connectionString = await field('connectionString');
  if (connectionString === undefined) throw missing('connectionString');
  const url = urlOf(connectionString, holder.id);
  const given = await jdbcPropertiesOf(task, holder, secrets);
  const properties = { ...url.properties, ...(url.kind === 'sqlserver' ? lowerCased(given) : given) };
  // Our choice: username, password and databaseName of the object win over the URL's.
  const user = (await field('username')) ?? properties['user'];
  if (user === undefined) throw missing('username');
  const place = { pipelineId, objectId: holder.id, field: '*password' };
  const password = await openSecret(
    textOf(holder, '*password') ?? properties['password'] ?? '',
    place,
    secrets,
  );
  const databaseName = await field('databaseName');
  const shared = { user, password };
  switch (url.kind) {
    case 'postgresql': {
      const { host, port } = url;
      const database = databaseName ?? url.database ?? user;
      return {
        ...shared,
        kind: 'postgresql',
        host,
        port,
        database,
        label: `${host}:${port}/${database}`,
        encryption: await encryptionOf(properties, holder.id),
        connectTimeoutMs: timeoutMs(properties['connectTimeout']),
        applicationName: properties['ApplicationName'] ?? `penstock ${task.attemptId}`,
        settings:
          properties['currentSchema'] === undefined ? {} : { search_path: properties['currentSchema'] },
      };
    }
    case 'sqlserver': {
      const { host, port, instance } = url;
      const database = databaseName ?? url.database;
      const at = `${host}${instance === undefined ? '' : `\\${instance}`}${port === undefined ? '' : `:${port}`}`;
      return {
        ...shared,
        kind: 'sqlserver',
        host,
        ...(port === undefined ? {} : { port }),
        ...(instance === undefined ? {} : { instance }),
        ...(database === undefined ? {} : { database }),
        label: database === undefined ? at : `${at}/${database}`,
        ...(await sqlServerEncryptionOf(properties, holder.id)),
        connectTimeoutMs: timeoutMs(properties['logintimeout']),
        applicationName: properties['applicationname'] ?? `penstock ${task.attemptId}`,
      };
    }
    case 'oracle':
      return {
        ...shared,
        kind: 'oracle',
        connectString: url.connectString,
        label: url.connectString.replace(/\?[^]*$/, ''),
        connectTimeoutMs: timeoutMs(undefined),
        applicationName: `penstock ${task.attemptId}`,
      };
  }
}

function urlOf(connectionString: string, objectId: string): JdbcUrl {
  try {
    return parseJdbcUrl(connectionString);
  } catch (error) {
    if (!(error instanceof JdbcUrlError)) throw error;
    throw workFailure('InvalidField', `Object "${objectId}": connectionString ${error.message}`);
  }
}

function timeoutMs(seconds: string | undefined): number {
  return 1000 * (Number(seconds ?? '') || CONNECT_TIMEOUT_SECONDS);
}

function lowerCased(properties: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name.toLowerCase(), value]));
}

/** jdbcProperties, each `A=B`. Ones that concern only the Java driver have no effect here. */
async function jdbcPropertiesOf(
  task: Task,
  holder: TaskObject,
  secrets: SecretSources,
): Promise<Record<string, string>> {
  const properties: Record<string, string> = {};
  const place = { pipelineId: task.pipelineId, objectId: holder.id, field: 'jdbcProperties' };
  for (const raw of textsOf(holder, 'jdbcProperties')) {
    const text = await openSealedParts(raw, place, secrets);
    const at = text.indexOf('=');
    if (at < 1) {
      throw workFailure(
        'InvalidField',
        `Object "${holder.id}": jdbcProperties ${quoted(text)} is not of the form A=B`,
      );
    }
    properties[text.slice(0, at).trim()] = text.slice(at + 1).trim();
  }
  return properties;
}

/** What pgjdbc's `sslmode` (default `prefer`), `ssl` and `sslrootcert` ask for. */
async function encryptionOf(
  properties: Readonly<Record<string, string>>,
  objectId: string,
): Promise<(ConnectionOptions | false)[]> {
  const ssl = properties['ssl'];
  const mode = properties['sslmode'] ?? (ssl === undefined || ssl === 'false' ? 'prefer' : 'verify-full');
  const authority = await certificateAuthority(properties['sslrootcert'], objectId);
  switch (mode) {
    case 'disable':
      return [false];
    case 'allow':
      return [false, { rejectUnauthorized: false }];
    case 'prefer':
      return [{ rejectUnauthorized: false }, false];
    case 'require':
      return [{ rejectUnauthorized: false }];
    case 'verify-ca':
      return [{ rejectUnauthorized: true, checkServerIdentity: () => undefined, ...authority }];
    case 'verify-full':
      return [{ rejectUnauthorized: true, ...authority }];
    default:
      throw workFailure(
        'InvalidField',
        `Object "${objectId}": sslmode ${quoted(mode)} is none of disable, allow, prefer, require, verify-ca, verify-full`,
      );
  }
}

async function certificateAuthority(path: string | undefined, objectId: string): Promise<{ ca?: string }> {
  return path === undefined ? {} : { ca: await certificateFile(path, 'sslrootcert', objectId) };
}
