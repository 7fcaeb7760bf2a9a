import type { IncomingMessage, ServerResponse } from 'node:http';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AuditedCalls } from '../audit/audited-calls.js';
import { Config } from '../config/config.js';
import { RestContract } from '../rest/contract.js';
import { Metrics } from '../metrics/metrics.js';
import { ProblemFilter } from '../rest/problem.filter.js';
import { Tracing } from '../tracing/tracing.js';
import { beginCall } from './call.js';
import { rememberAddresses } from './client.js';
import { corsOf } from './cors.js';
import { Readiness } from './readiness.js';
import { securityHeaders } from './security-headers.js';

/** What every Nest application of the API needs beside its modules; tests use it too. */
export function configureApp(app: NestExpressApplication): void {
  rememberAddresses(app.getHttpServer());
  app.disable('x-powered-by');
  // The answers are made at once or not at all: an ETag would only cost a hash.
  app.disable('etag');
  const { tls, corsOrigins, trustedProxies } = app.get(Config);
  if (trustedProxies !== undefined) app.set('trust proxy', trustedProxies);
  app.use(beginCall([...app.get(Tracing).observers, app.get(AuditedCalls), app.get(Metrics)]));
  const readiness = app.get(Readiness);
  app.use((_: IncomingMessage, response: ServerResponse, next: () => void) => {
    // Who keeps the connection would meet nobody at its next call.
    if (readiness.state === 'draining') response.setHeader('Connection', 'close');
    next();
  });
  app.use(securityHeaders(tls !== undefined));
  if (corsOrigins !== undefined) app.enableCors(corsOf(corsOrigins));
  app.useGlobalFilters(new ProblemFilter());
  const contract = app.get(RestContract);
  contract.describe(app);
  let document: string | undefined;
  app.use('/openapi.json', (request: IncomingMessage, response: ServerResponse, next: () => void) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return next();
    document ??= JSON.stringify(contract.document());
    response.setHeader('Content-Type', 'application/json');
    response.end(document);
  });
}
