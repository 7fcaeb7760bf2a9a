import { setTimeout as delay } from 'node:timers/promises';
import type { Standing } from '../../temporal/standing-of.js';
import type { JsonLogger } from '../logs/json-logger.js';
import { type Clocks, elapsedSince } from './elapsed.js';
import { HEARTBEAT_MS } from './heartbeats.js';

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 2_000;

export interface ConfirmOptions {
  /** Asks Temporal; a heartbeat, so that its timeout begins anew. Rejects when Temporal cannot be asked. */
  readonly ask: () => Promise<Standing>;
  readonly heartbeatTimeoutMs: number | undefined;
  /** The attempt's. */
  readonly signal: AbortSignal;
  /** Ends the attempt, whose signal then fires. */
  readonly end: () => void;
  /** Makes the SDK ask too: it has to learn that the attempt is cancelled before it can be reported so. */
  readonly beat: () => void;
  readonly logger: JsonLogger;
  readonly attemptId: string;
  readonly clocks?: Clocks;
}

/**
 * The question to put before an attempt does what others can see: does Temporal still count on it? A runner that stood still for longer
 * than its heartbeat timeout (stopped, asleep, cut off) may hold an attempt that was given up and begun elsewhere.
 *
 * The promise resolves when it does, by an answer of the last few seconds, and rejects with the signal's reason when the attempt has
 * ended. While Temporal is away it waits: whoever cannot ask does not know.
 */
export function confirmation(options: ConfirmOptions): () => Promise<void> {
  const { heartbeatTimeoutMs, signal, clocks } = options;
  const timeoutMs = heartbeatTimeoutMs || Number.POSITIVE_INFINITY; // 0 is none
  // From when the question was sent. Other reasons than silence close an attempt too: after a while it is asked again anyhow.
  const countsForMs = Math.min(HEARTBEAT_MS, timeoutMs / 3);
  // An answer that took this long, as over a standstill, is worth nothing.
  const tooOldMs = timeoutMs / 2;
  let age = (): number => Number.POSITIVE_INFINITY;
  let asking: Promise<void> | undefined;

  const ask = async (): Promise<void> => {
    do {
      const sent = elapsedSince(clocks);
      const standing = await standingOf(options);
      if (standing === 'closed') options.end();
      if (standing === 'ending') {
        signal.throwIfAborted();
        options.beat();
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      }
      signal.throwIfAborted();
      age = sent;
    } while (age() >= tooOldMs);
  };
  return async () => {
    signal.throwIfAborted();
    if (age() < countsForMs) return;
    asking ??= ask().finally(() => (asking = undefined));
    await unlessAborted(asking, signal);
  };
}

async function standingOf({ ask, signal, logger, attemptId }: ConfirmOptions): Promise<Standing> {
  for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(2 * waitMs, LAST_RETRY_MS)) {
    try {
      return await ask();
    } catch (error) {
      if (waitMs === FIRST_RETRY_MS)
        logger.warn('an attempt waits for Temporal to confirm it', { attemptId, error });
      await delay(waitMs, undefined, { signal });
    }
  }
}

async function unlessAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  let undo = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    undo = () => signal.removeEventListener('abort', onAbort);
  });
  try {
    await Promise.race([promise, aborted]);
  } finally {
    undo();
    signal.throwIfAborted();
  }
}
