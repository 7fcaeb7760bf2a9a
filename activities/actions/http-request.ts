import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { guardedLookup } from './egress.js';

/** One request with a body. */
export interface HttpRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
  readonly signal: AbortSignal;
}

/** What came back. */
export interface HttpAnswer {
  readonly status: number;
  /** The beginning of the body as text. */
  readonly excerpt: string;
}

/** Bytes of an answer that are read: it says in its first line what is wrong. */
const EXCERPT_BYTES = 200;

/**
 * Makes one request on a connection of its own. Redirects are answers like any other: nothing is sent where nobody said so.
 * @throws the error of the connection; EgressRefused
 */
export function sendRequest({ url, method, headers, body, signal }: HttpRequest): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const start = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = start(
      url,
      { method, headers, signal, agent: false, lookup: guardedLookup },
      (response) => {
        readExcerpt(response).then(
          (excerpt) => resolve({ status: response.statusCode ?? 0, excerpt }),
          reject,
        );
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

/** The status counts, so an answer that breaks off in its body is an answer. */
async function readExcerpt(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= EXCERPT_BYTES) break;
    }
  } catch {
    return Buffer.concat(chunks).toString('utf8');
  } finally {
    response.destroy();
  }
  return Buffer.concat(chunks).subarray(0, EXCERPT_BYTES).toString('utf8');
}
