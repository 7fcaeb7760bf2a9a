import type { Attempt } from '../runner/attempt.js';
import type { AttemptProgress } from '../runner/heartbeat-details.js';
import type { Progress } from './convert-records.js';

/** Between two lines in the log of the attempt; heartbeats carry what was last reported. */
const LINE_MS = 15_000;
const HEARTBEAT_MS = 1_000;

/** Progress of a copy that shows itself in heartbeats and now and then in the log. */
export interface ReportedProgress extends Progress {
  /** Bytes of the whole input, where they are known. */
  expectedBytes?: number | undefined;
  /** To be called as data passes; cheap. */
  report(): void;
  /** The end in one line. */
  summary(): string;
}

/** Starts counting at zero. */
export function reportProgress({
  log,
  heartbeatWith,
}: Pick<Attempt, 'log' | 'heartbeatWith'>): ReportedProgress {
  const startedMs = Date.now();
  let beatMs = startedMs;
  let lineMs = startedMs;
  const text = ({ records, bytes }: Progress): string =>
    `${records === 0 ? '' : `${records} records, `}${bytes} bytes`;
  const progress: ReportedProgress = {
    records: 0,
    bytes: 0,
    report() {
      const nowMs = Date.now();
      if (nowMs - beatMs < HEARTBEAT_MS) return;
      beatMs = nowMs;
      heartbeatWith({ progress: attemptProgress(progress) });
      if (nowMs - lineMs < LINE_MS) return;
      lineMs = nowMs;
      log.line(`copied ${text(progress)} so far`);
    },
    summary: () => `copied ${text(progress)} in ${((Date.now() - startedMs) / 1000).toFixed(1)} s`,
  };
  return progress;
}

/** Not 100 before it is all over: the target is yet to be finished. */
function attemptProgress({ records, bytes, expectedBytes }: ReportedProgress): AttemptProgress {
  return {
    ...(records === 0 ? {} : { records }),
    bytes,
    ...(expectedBytes ? { percentComplete: Math.min(99, Math.floor((100 * bytes) / expectedBytes)) } : {}),
  };
}
