import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { ensureBuild } from '../../bootstrap/tools.mjs';
import { createDatabase, dropDatabase, MIGRATED } from '../store/new-database.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const PROCESSES = [
  ['API', 'dist/src/main.js'],
  ['control worker', 'dist/src/engine.main.js'],
  ['task runner', 'dist/activities/main.js'],
] as const;

beforeAll(() => ensureBuild(ROOT), 600_000);

/** A process of the product; ends with the test. */
function start(main: string, env: Readonly<Record<string, string>>): ChildProcess {
  const child = spawn(process.execPath, ['--no-warnings', join(ROOT, main)], {
    env: { PATH: process.env['PATH'], PENSTOCK_WORKER_GROUP: `levels-${randomUUID()}`, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  return child;
}

/** What the three processes need to start. */
async function aWorld(): Promise<Readonly<Record<string, string>>> {
  const home = await mkdtemp(join(tmpdir(), 'penstock-levels-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  await writeFile(join(home, 'secret.key'), randomBytes(32).toString('base64'));
  const serverUrl = inject('postgresUrl');
  const databaseUrl = await createDatabase(serverUrl, { template: MIGRATED });
  onTestFinished(() => dropDatabase(serverUrl, databaseUrl));
  return {
    PENSTOCK_HOME: home,
    PENSTOCK_PORT: '0',
    PENSTOCK_RESOURCES: 'none',
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: inject('temporalAddress'),
  };
}

describe.each(PROCESSES)('PENSTOCK_LOG_LEVEL of the %s', (_name, main) => {
  it('that is no level keeps it from starting, with the sentence that all say', async () => {
    const child = start(main, { DATABASE_URL: 'postgres://localhost/x', PENSTOCK_LOG_LEVEL: 'loud' });
    const [said, [code]] = await Promise.all([text(child.stderr!), once(child, 'exit')]);
    expect(said).toContain('PENSTOCK_LOG_LEVEL="loud": expected debug, info, warn, error\n');
    expect(code).toBe(1);
  });

  it('has the lines of debug come', async () => {
    const child = start(main, { ...(await aWorld()), PENSTOCK_LOG_LEVEL: 'debug' });
    const levels = new Set<unknown>();
    for await (const line of createInterface(child.stdout!)) {
      levels.add((JSON.parse(line) as { level: unknown }).level);
      if (levels.has('debug') && levels.has('info')) break;
    }
    expect(levels).toEqual(new Set(['debug', 'info']));
  });
});
