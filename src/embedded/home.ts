import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, renameSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, Problem } from './problem.js';

/**
 * `PENSTOCK_HOME`, all state of the embedded mode:
 * - `credentials`: AWS shared-credentials file, profile `default` (made by the API)
 * - `secret.key`: key that seals `*` fields, 32 bytes as base64, readable by its owner only; lost with it: those fields
 * - `postgres/`: the embedded PostgreSQL's data; `temporal/temporal.db`: Temporal's (SQLite)
 * - `logs/<process>.log`: what each process prints; `logs/attempts/`: logs of attempts without pipelineLogUri
 * - `run/<process>.json`: number and start of each process, to find what a kill -9 left over
 * - `runner/`, `resources/`: of the task runners; `examples/`: data of the example
 */
export interface Home {
  readonly path: string;
  readonly credentials: string;
  readonly secretKey: string;
  readonly postgres: string;
  readonly temporalDatabase: string;
  readonly logs: string;
  readonly run: string;
}

/** With less on its disk PostgreSQL could not even write its first log segments (16 MiB each). */
const LEAST_FREE_BYTES = 100 * 1024 * 1024;

/** A log beyond this size is set aside at the next start, one generation. */
const LARGE_LOG_BYTES = 50 * 1024 * 1024;

/** Where everything lies under `path`. */
export function homeLayout(path: string): Home {
  return {
    path,
    credentials: join(path, 'credentials'),
    secretKey: join(path, 'secret.key'),
    postgres: join(path, 'postgres'),
    temporalDatabase: join(path, 'temporal', 'temporal.db'),
    logs: join(path, 'logs'),
    run: join(path, 'run'),
  };
}

/** Makes the folders and the secret key unless they are there. @throws Problem: not writable, disk full. */
export function prepareHome(path: string): Home {
  const home = homeLayout(path);
  try {
    // Under root PostgreSQL runs as another user, who passes through to its own folder.
    mkdirSync(path, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
    for (const folder of [home.logs, home.run, join(path, 'temporal')])
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    requireFreeSpace(path);
    makeSecretKey(home.secretKey);
  } catch (error) {
    throw homeProblem(path, error);
  }
  return home;
}

/** The sentence for a file operation under the home that failed. */
export function homeProblem(path: string, error: unknown): unknown {
  const code = codeOf(error);
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new Problem(
      `The disk of PENSTOCK_HOME "${path}" is full: free some space, or choose another folder.`,
    );
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return new Problem(
      `PENSTOCK_HOME "${path}" cannot be written to by this user (${code}): choose another folder.`,
    );
  if (code === 'ENOTDIR' || code === 'EEXIST')
    return new Problem(`PENSTOCK_HOME "${path}" is not a folder (${code}): choose another one.`);
  return error;
}

/** The log of one process, ready to be appended to. */
export function logFile(home: Home, name: string): string {
  const path = join(home.logs, `${name}.log`);
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > LARGE_LOG_BYTES) renameSync(path, `${path}.1`);
  return path;
}

function requireFreeSpace(path: string): void {
  const { bavail, bsize } = statfsSync(path);
  const free = bavail * bsize;
  if (free >= LEAST_FREE_BYTES) return;
  const mebibytes = (bytes: number): string => `${Math.floor(bytes / 1024 / 1024)} MiB`;
  throw new Problem(
    `The disk of PENSTOCK_HOME "${path}" has ${mebibytes(free)} left: at least ${mebibytes(LEAST_FREE_BYTES)} are needed.`,
  );
}

function makeSecretKey(path: string): void {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there !== undefined) {
    if ((there.mode & 0o077) !== 0) chmodSync(path, 0o600);
    return;
  }
  // In one step: half a key would seal what nothing opens again.
  const draft = `${path}.${process.pid}`;
  try {
    writeFileSync(draft, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flush: true });
    renameSync(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}
