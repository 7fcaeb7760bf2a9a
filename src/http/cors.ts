import type { IncomingMessage } from 'node:http';
import type { CorsOptions, CorsOptionsDelegate } from '@nestjs/common/internal';

/** How long a browser may keep the answer to a preflight. */
const MAX_AGE_SECONDS = 600;
const NONE: CorsOptions = { origin: false };

/**
 * CORS of the REST API for pages of these origins. Tokens go in a header that the page sets, never in a cookie, so that credentials of
 * the browser's own are not allowed. The AWS endpoint has none: its clients are no pages.
 */
export function corsOf(origins: readonly string[]): CorsOptionsDelegate<IncomingMessage> {
  const options: CorsOptions = {
    origin: [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: [
      'Authorization',
      'Content-Type',
      'If-Match',
      'If-None-Match',
      'Idempotency-Key',
      'Last-Event-ID',
    ],
    exposedHeaders: ['ETag', 'Location', 'Retry-After', 'Idempotency-Replayed', 'x-amzn-RequestId'],
    credentials: false,
    maxAge: MAX_AGE_SECONDS,
  };
  return ({ url = '' }, answer) => answer(null, isRest(url) ? options : NONE);
}

function isRest(url: string): boolean {
  return /^\/(v1\/|openapi\.json($|\?))/.test(url);
}
