import type { ServerResponse } from 'node:http';
import { crc32 } from 'node:zlib';

/** Sends an answer of the AWS endpoint: compact JSON, or no byte at all when there is nothing to say. */
export function sendJson(response: ServerResponse, httpStatus: number, answer: object | undefined): void {
  const body = Buffer.from(answer === undefined ? '' : JSON.stringify(answer));
  response.writeHead(httpStatus, {
    'Content-Type': 'application/x-amz-json-1.1',
    'Content-Length': body.length,
    // CRC32 of the body, checked by some SDKs. Source: api.md 1.
    'x-amz-crc32': String(crc32(body)),
  });
  response.end(body);
}
