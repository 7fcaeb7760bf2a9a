import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isAlive, type ProcessIdentity, processStartTime } from '../runner/process-identity.js';
import type { ResourceFiles } from './resource-record.js';

/** How a machine is had on this host: as a process of the task runner. */
export interface LocalProvider {
  /** Node. */
  readonly execPath: string;
  /** `dist/activities/main.js`. */
  readonly runnerMain: string;
  /** What the task runner is told by environment: Temporal, home, secret key, AWS. */
  readonly environment: Readonly<Record<string, string>>;
  /** The process without which the resource ends by itself: the supervisor, or the control worker. */
  readonly parentPid: number;
}

/** The provider that runs this build's task runner with `environment`. A `workerGroup` in it is not the machine's. */
export function localProvider(
  environment: Readonly<Record<string, string | undefined>>,
  parentPid: number,
): LocalProvider {
  const set = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[0] !== 'PENSTOCK_WORKER_GROUP',
  );
  return {
    execPath: process.execPath,
    runnerMain: fileURLToPath(new URL('../main.js', import.meta.url)),
    environment: Object.fromEntries(set),
    parentPid,
  };
}

/** Starts the task runner of a resource, which serves `taskQueue`, detached from this process. */
export function startLocalRunner(
  provider: LocalProvider,
  files: ResourceFiles,
  taskQueue: string,
): ProcessIdentity {
  const log = openSync(files.log, 'a', 0o600);
  try {
    // Not a pipe: the process outlives this one when it is killed, and goes on writing.
    const child = spawn(provider.execPath, [provider.runnerMain], {
      detached: true,
      stdio: ['ignore', log, log],
      env: {
        ...provider.environment,
        PENSTOCK_TASK_QUEUE: taskQueue,
        PENSTOCK_READY_FILE: files.ready,
        PENSTOCK_PARENT_PID: String(provider.parentPid),
        PENSTOCK_STOP_GRACE_SECONDS: '0',
      },
    });
    child.on('error', () => undefined); // seen below as a process that is not there
    child.unref();
    const pid = child.pid;
    const startTime = pid === undefined ? undefined : processStartTime(pid);
    if (pid === undefined || startTime === undefined)
      throw new Error(`${provider.execPath} ${provider.runnerMain} could not be started`);
    return { pid, startTime };
  } finally {
    closeSync(log);
  }
}

/** A task runner ends its commands within five seconds to SIGKILL, and then reports them. */
const STOP_MS = 15_000;
const KILLED_MS = 5_000;
const POLL_MS = 100;

/** Ends the process: SIGTERM, SIGKILL after 15 s. True when it is gone. */
export async function stopProcess(process: ProcessIdentity): Promise<boolean> {
  return (await endWith(process, 'SIGTERM', STOP_MS)) || endWith(process, 'SIGKILL', KILLED_MS);
}

async function endWith(
  identity: ProcessIdentity,
  signal: NodeJS.Signals,
  withinMs: number,
): Promise<boolean> {
  if (isAlive(identity)) process.kill(identity.pid, signal);
  const deadline = performance.now() + withinMs;
  while (isAlive(identity)) {
    if (performance.now() >= deadline) return false;
    await delay(POLL_MS);
  }
  return true;
}
