import type { DataConverter } from '@temporalio/common';
import { penstockCodec } from './payload-codec.js';

/**
 * The data converter of every client and worker of Penstock; all of them need the same key, or none.
 * Failures' messages and stack traces stay readable in Temporal, also with a key: they hold no `*` field's value.
 */
export function penstockDataConverter(secretKey?: Uint8Array): DataConverter {
  return { payloadCodecs: [penstockCodec(secretKey)] };
}
