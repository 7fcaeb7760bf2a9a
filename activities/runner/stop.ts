import type { JsonLogger } from '../logs/json-logger.js';
import { processStartTime } from './process-identity.js';

/** How a process is told to end: first to take no more work, then to end what runs. */
export interface Stop {
  /** Fires first: no more polling. */
  readonly requested: AbortSignal;
  /** Fires after the grace: running attempts must end. */
  readonly forced: AbortSignal;
  request(reason: string, graceMs: number): void;
}

/** A stop that has not been requested yet. A second request, with a shorter grace, shortens the first. */
export function stop(logger: JsonLogger): Stop {
  const requested = new AbortController();
  const forced = new AbortController();
  return {
    requested: requested.signal,
    forced: forced.signal,
    request(reason, graceMs) {
      if (!requested.signal.aborted) logger.info('task runner stops', { reason, graceMs });
      requested.abort(new Error(reason));
      setTimeout(() => forced.abort(new Error(reason)), graceMs);
    },
  };
}

/**
 * Requests the stop on SIGINT and SIGTERM (a second one: at once), when the parent that started this process with an IPC
 * channel is gone, and when the process `parentPid` is.
 */
export function listenForStop(target: Stop, graceMs: number, parentPid: number | undefined): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => target.request(signal, target.requested.aborted ? 0 : graceMs));
  if (process.connected) process.once('disconnect', () => target.request('the parent process is gone', 0));
  if (parentPid !== undefined) watchParent(target, parentPid);
}

const WATCH_MS = 2_000;

function watchParent(target: Stop, pid: number): void {
  const startTime = processStartTime(pid);
  const gone = (): void => target.request(`process ${pid} is gone`, 0);
  if (startTime === undefined) return gone();
  const timer = setInterval(() => {
    if (processStartTime(pid) === startTime) return;
    clearInterval(timer);
    gone();
  }, WATCH_MS);
  timer.unref();
}
