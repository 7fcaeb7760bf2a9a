import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A task runner as a process of its own, and what it logs. */
export interface RunnerProcess {
  readonly pid: number;
  readonly child: ChildProcess;
  /** The first line logged, or to be logged, with this message. @throws when the process ends without it. */
  line(message: string): Promise<Record<string, unknown>>;
  /** Waits for the end; answers the exit status, or the signal. */
  ended(): Promise<number | NodeJS.Signals | null>;
  kill(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
}

/** Starts `main` with an IPC channel, as the supervisor does. */
export function startRunner(main: string, env: Readonly<Record<string, string>>): RunnerProcess {
  const child = fork(main, [], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    execArgv: ['--no-warnings'],
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], AWS_REGION: 'us-east-1', ...env },
  });
  const lines: Record<string, unknown>[] = [];
  const waiting = new Set<() => void>();
  const wake = (): void => waiting.forEach((each) => each());
  if (!child.stdout) throw new Error('the runner has no output');
  createInterface(child.stdout).on('line', (text) => {
    lines.push(JSON.parse(text) as Record<string, unknown>);
    wake();
  });
  const exit = once(child, 'exit').then(
    ([code, signal]) => (code ?? signal) as number | NodeJS.Signals | null,
  );
  void exit.then(wake);
  const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return {
    pid: child.pid ?? 0,
    child,
    async line(message) {
      for (;;) {
        const found = lines.find((line) => line['message'] === message);
        if (found) return found;
        if (isOver()) throw new Error(`the runner ended without "${message}": ${JSON.stringify(lines)}`);
        await new Promise<void>((resolve) => {
          const wakeUp = (): void => {
            waiting.delete(wakeUp);
            resolve();
          };
          waiting.add(wakeUp);
        });
      }
    },
    ended: () => exit,
    async kill(signal) {
      if (!isOver()) child.kill(signal);
      return exit;
    },
  };
}
