import type { IncomingMessage, ServerResponse } from 'node:http';

/** Of every answer: nothing of this server is a page, may be framed, guessed at, kept or used by another site's page. */
const HEADERS: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'X-Frame-Options': 'DENY',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
};
/** Half a year: browsers that came by TLS once come by it again. */
const STRICT_TRANSPORT = 'max-age=15552000';

/** Middleware: gives each answer its security headers. */
export function securityHeaders(tls: boolean) {
  return (_: IncomingMessage, response: ServerResponse, next: () => void): void => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    if (tls) response.setHeader('Strict-Transport-Security', STRICT_TRANSPORT);
    next();
  };
}
