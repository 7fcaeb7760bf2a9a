import { setTimeout as delay } from 'node:timers/promises';
import { Client } from '@temporalio/client';
import { NativeConnection, type NativeConnectionOptions } from '@temporalio/worker';
import { penstockDataConverter } from '../../codec/data-converter.js';
import type { JsonLogger } from '../logs/json-logger.js';
import { textOfError } from '../storage/work-failure.js';

/** Where Temporal is and how to talk to it. */
export interface TemporalTarget {
  /** `host:port`. */
  readonly address: string;
  readonly namespace: string;
  readonly tls?: NativeConnectionOptions['tls'] | undefined;
  readonly apiKey?: string | undefined;
  /** Encrypts all payloads; the same for every process of an installation. */
  readonly secretKey?: Uint8Array | undefined;
}

const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 5_000;
/** "Once in a while" for the line that says what is waited for. Our choice. */
const REMIND_MS = 30_000;

/** Connects to Temporal; while it is away, waits, saying so at once and then every 30 s. @throws `signal.reason`. */
export async function connectWhenUp(
  target: TemporalTarget,
  logger: JsonLogger,
  signal: AbortSignal,
): Promise<NativeConnection> {
  let remindAt = 0;
  for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(2 * waitMs, LAST_RETRY_MS)) {
    signal.throwIfAborted();
    try {
      const connecting = NativeConnection.connect({
        address: target.address,
        ...(target.tls !== undefined && { tls: target.tls }),
        ...(target.apiKey !== undefined && { apiKey: target.apiKey }),
      });
      return await Promise.race([connecting, rejectedBy(signal)]);
    } catch (error) {
      signal.throwIfAborted();
      if (performance.now() >= remindAt) {
        remindAt = performance.now() + REMIND_MS;
        logger.warn('waiting for Temporal', { address: target.address, reason: textOfError(error) });
      }
      await delay(waitMs, undefined, { signal });
    }
  }
}

/** A client over a worker's connection, with Penstock's data converter. */
export function clientOf(connection: NativeConnection, target: TemporalTarget): Client {
  return new Client({
    connection,
    namespace: target.namespace,
    dataConverter: penstockDataConverter(target.secretKey),
  });
}

// A connect to a host that does not answer takes its time; a stop must not wait for it.
async function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('stopped while connecting')), { once: true });
  });
}
