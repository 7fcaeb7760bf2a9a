import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Principal } from '../../model/access/principal.js';
import { log } from '../config/log.js';

/** What is known of one HTTP call, for its log line. Filled in while it is served. */
export interface Call {
  readonly requestId: string;
  operation?: string;
  /** Who calls, once that is proved. */
  principal?: Principal;
  pipelineId?: string;
  /** Name of the error that was answered. */
  error?: string;
}

const calls = new WeakMap<ServerResponse, Call>();

/** The call that `response` answers. */
export function callOf(response: ServerResponse): Call {
  const call = calls.get(response) ?? { requestId: randomUUID() };
  calls.set(response, call);
  return call;
}

/** What a log line says of a call: of who calls only the name. */
export function callFacts({ principal, ...facts }: Call): object {
  return principal === undefined ? facts : { ...facts, caller: principal.arn };
}

/** Middleware: gives each call its id, and writes one log line when it ends, without body or query. */
export function beginCall(request: IncomingMessage, response: ServerResponse, next: () => void): void {
  const call = callOf(response);
  const startedMs = performance.now();
  const path = (request.url ?? '').split('?')[0];
  response.setHeader('x-amzn-RequestId', call.requestId);
  response.once('close', () => {
    const ms = Math.round(performance.now() - startedMs);
    // Asked every few seconds; that all is well is no news.
    if (path === '/health' && response.statusCode === 200) return;
    const status = response.writableFinished ? response.statusCode : 'aborted';
    log(response.statusCode >= 500 ? 'error' : 'info', 'call', {
      method: request.method,
      path,
      ...callFacts(call),
      status,
      ms,
    });
  });
  next();
}
