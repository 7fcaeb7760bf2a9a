import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { ensureBuild } from '../../bootstrap/tools.mjs';
import { readPidFile } from '../../src/embedded/pid-file.js';
import { freePort, LOCALHOST } from '../../src/embedded/ports.js';
import { processesOf, startEmbedded, type EmbeddedMode } from '../tools/embedded.js';
import { WAIT } from '../wait.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const READY = /^penstock ready (http:\S+)$/m;

let home: string;
const started: EmbeddedMode[] = [];

async function start(env: Readonly<Record<string, string>> = {}): Promise<EmbeddedMode> {
  const mode = startEmbedded({
    PENSTOCK_HOME: home,
    PENSTOCK_TEMPORAL: inject('temporalBinary'),
    PENSTOCK_PORT: String(await freePort()),
    ...env,
  });
  started.push(mode);
  return mode;
}

async function urlOf(mode: EmbeddedMode): Promise<string> {
  return READY.exec(await mode.until(READY))?.[1] ?? '';
}

beforeAll(() => ensureBuild(ROOT), 600_000);
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'penstock-embedded-'));
  await chmod(home, 0o711);
});
afterEach(async () => {
  for (const mode of started.splice(0)) {
    mode.child.kill('SIGKILL');
    await mode.end;
  }
  for (const pid of processesOf(home)) process.kill(pid, 'SIGKILL');
  await rm(home, { recursive: true, force: true, maxRetries: 5 });
});

it('builds the command so that npx can run it', async () => {
  const { stdout } = await promisify(execFile)(join(ROOT, 'dist', 'cli', 'main.js'), ['--help']);
  expect(stdout).toContain('Usage: penstock');
});

describe.runIf(process.platform === 'linux')('embedded mode', () => {
  it('is ready, starts again what is killed, and leaves nothing behind on SIGTERM', async () => {
    const mode = await start();
    const url = await urlOf(mode);
    expect((await fetch(`${url}/health`)).status).toBe(200);
    const runner = readPidFile(join(home, 'run'), 'runner')?.pid ?? 0;
    process.kill(runner, 'SIGKILL');
    await mode.until(/the task runner ended with SIGKILL; it is started again/);
    await mode.until(/the task runner runs again/);
    mode.child.kill('SIGTERM');
    expect(await mode.end).toMatchObject({ how: 0, output: expect.stringMatching(/penstock stopped\n$/) });
    expect(processesOf(home)).toEqual([]);
  });

  it('after a kill -9 ends what was left over, and is ready again; a second one beside it is refused', async () => {
    const first = await start();
    await urlOf(first);
    const temporal = readPidFile(join(home, 'run'), 'temporal')?.pid ?? 0;
    first.child.kill('SIGKILL');
    await once(first.child, 'close');
    const second = await start();
    await urlOf(second);
    expect((await second.until(READY)).includes(`stopping temporal, left over from an earlier start`)).toBe(
      true,
    );
    expect(processesOf(home)).not.toContain(temporal);
    const third = await start();
    expect(await third.end).toMatchObject({
      how: 1,
      output: expect.stringContaining(
        `Penstock is already running on "${home}" (process ${second.child.pid}): stop it, or set PENSTOCK_HOME to another folder.`,
      ),
    });
    second.child.kill('SIGINT');
    expect((await second.end).how).toBe(0);
    expect(processesOf(home)).toEqual([]);
  });

  it('says in one sentence that its port is in use, and leaves nothing running', async () => {
    const server = createServer().listen(0, LOCALHOST);
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const mode = await start({ PENSTOCK_PORT: String(port) });
    expect(await mode.end).toEqual({
      how: 1,
      output: `\nPort ${port} is in use by another program: end it, or set PENSTOCK_PORT to another port.\n`,
    });
    server.close();
    expect(processesOf(home)).toEqual([]);
  });

  it('says in one sentence that the Temporal server cannot be started, and leaves nothing running', async () => {
    const mode = await start({ PENSTOCK_TEMPORAL: join(home, 'nothing') });
    expect(await mode.end).toMatchObject({
      how: 1,
      output: expect.stringMatching(/Temporal could not be started: .*ENOENT/),
    });
    await vi.waitFor(() => expect(processesOf(home)).toEqual([]), WAIT);
  });

  it('runs on the database of DATABASE_URL', async () => {
    const mode = await start({ DATABASE_URL: inject('postgresExternalUrl') });
    expect((await fetch(`${await urlOf(mode)}/health`)).status).toBe(200);
    expect(readPidFile(join(home, 'run'), 'api')).toBeDefined();
    mode.child.kill('SIGTERM');
    expect((await mode.end).how).toBe(0);
  });
});
