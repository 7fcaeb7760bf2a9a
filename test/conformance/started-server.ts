import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../src/embedded/ports.js';
import type { Target } from './client.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const READY_MS = 180_000;
const STOP_MS = 20_000;

/** Penstock as `npm start` runs it, in a folder of its own that goes with it. */
export async function startServer(): Promise<Target & { stop(): Promise<void> }> {
  const home = await mkdtemp(join(tmpdir(), 'penstock-conformance-'));
  const [port, temporalPort, uiPort] = await Promise.all([freePort(), freePort(), freePort()]);
  const child = spawn(process.execPath, ['bootstrap/start.mjs'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      PENSTOCK_HOME: home,
      PENSTOCK_PORT: String(port),
      PENSTOCK_TEMPORAL_PORT: String(temporalPort),
      PENSTOCK_TEMPORAL_UI_PORT: String(uiPort),
      PENSTOCK_EXAMPLE: 'off',
    },
  });
  let output = '';
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(`it ended with ${String(code ?? signal)}`));
  });
  const ready = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output = (output + String(chunk)).slice(-20_000);
        if (output.includes('penstock ready http')) resolve();
      });
    }
  });
  const stop = async (): Promise<void> => {
    child.kill('SIGINT');
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(late);
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  };
  const late = new Promise<string>((resolve) => {
    setTimeout(() => resolve(`nothing within ${READY_MS / 1000} s`), READY_MS).unref();
  });
  const problem = await Promise.race([ready, ended, late]);
  if (typeof problem === 'string') {
    await stop();
    throw new Error(`Penstock is not ready: ${problem}\n${output}`);
  }
  return { url: `http://127.0.0.1:${port}`, credentialsPath: join(home, 'credentials'), stop };
}
