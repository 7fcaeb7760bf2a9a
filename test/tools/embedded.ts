import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/src/embedded/main.js', import.meta.url));

/** A started embedded mode: its output, and its end. */
export interface EmbeddedMode {
  readonly child: ChildProcess;
  /** Resolves with all lines once one matches; rejects when the process ends before. */
  until(pattern: RegExp): Promise<string>;
  /** Exit code or signal, and all it said. */
  readonly end: Promise<{ readonly how: number | string; readonly output: string }>;
}

/** Starts the built embedded mode as `npm start` does after its set-up. */
export function startEmbedded(env: Readonly<Record<string, string>>): EmbeddedMode {
  const child = spawn(process.execPath, [MAIN], {
    env: { ...process.env, PENSTOCK_EXAMPLE: 'off', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const listeners = new Set<() => void>();
  const hear = (chunk: Buffer): void => {
    output += chunk.toString();
    for (const listener of listeners) listener();
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const end = new Promise<{ how: number | string; output: string }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ how: code ?? signal ?? 'unknown', output }));
  });
  const until = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!pattern.test(output)) return;
        listeners.delete(look);
        resolve(output);
      };
      listeners.add(look);
      end.then(({ how }) => reject(new Error(`ended with ${how} before ${pattern}: ${output}`)), reject);
      look();
    });
  return { child, until, end };
}

/** Numbers of living processes whose command line or environment names the home. Linux. */
export function processesOf(home: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isSafeInteger(pid) && pid > 0 && pid !== process.pid)
    .filter((pid) => ['cmdline', 'environ'].some((file) => readProc(pid, file).includes(home)));
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(join('/proc', String(pid), file), 'utf8');
  } catch {
    return ''; // gone
  }
}
