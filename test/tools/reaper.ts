import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Names what must not outlive this process, even if it is killed. */
export interface Reaper {
  watch(what: 'pid' | 'dir', value: string | number): void;
  forget(what: 'pid' | 'dir', value: string | number): void;
  /** Ends the reaper, which kills and removes what is still watched. */
  end(): Promise<void>;
}

/** Starts the process that cleans up after this one. */
export function startReaper(): Reaper {
  const script = fileURLToPath(new URL('../../bootstrap/reaper.mjs', import.meta.url));
  const child = spawn(process.execPath, [script], { stdio: ['pipe', 'inherit', 'inherit'], detached: true });
  return {
    watch: (what, value) => void child.stdin.write(`+${what} ${value}\n`),
    forget: (what, value) => void child.stdin.write(`-${what} ${value}\n`),
    end: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.stdin.end();
      }),
  };
}
