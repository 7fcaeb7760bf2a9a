import type { IncomingMessage } from 'node:http';
import { ProtocolError } from './protocol-error.js';

/** Longest body that is accepted: the longest string of the API has 20 MiB (api.md 1.2). Our choice: 32 MiB. */
export const BODY_LIMIT_BYTES = 32 * 1024 * 1024;

/**
 * Reads the body. One that is too long is read to its end without being kept, so that the client, which
 * writes before it reads, gets the answer instead of a broken connection (the server ends it after two minutes).
 * @throws ProtocolError when it is longer than `limitBytes`.
 */
export async function readBody(request: IncomingMessage, limitBytes = BODY_LIMIT_BYTES): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes <= limitBytes) chunks.push(chunk);
    else chunks.length = 0;
  }
  if (sizeBytes > limitBytes) {
    throw new ProtocolError(
      'RequestEntityTooLargeException',
      `The request body has ${sizeBytes} bytes: expected at most ${limitBytes}`,
      413,
    );
  }
  return Buffer.concat(chunks, sizeBytes);
}
