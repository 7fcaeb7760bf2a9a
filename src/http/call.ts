import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { log } from '../config/log.js';
import { clientOf } from './client.js';
import { within, type Call } from './current-call.js';

export type { Call } from './current-call.js';

const calls = new WeakMap<ServerResponse, Call>();

/** The call that `response` answers. */
export function callOf(response: ServerResponse): Call {
  const call = calls.get(response) ?? { requestId: randomUUID() };
  calls.set(response, call);
  return call;
}

/** What a log line says of a call: of who calls only the name, of the request nothing. */
export function callFacts({ requestId, operation, pipelineId, error, traceId, principal }: Call): object {
  // What is undefined is left out of the line.
  return { requestId, operation, pipelineId, error, traceId, caller: principal?.arn };
}

/** A call that is over: answered, or given up by its client. */
export interface EndedCall {
  readonly call: Call;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Path without query. */
  readonly path: string;
  /** False when the client left before it had the whole answer. */
  readonly isAnswered: boolean;
  readonly durationMs: number;
}

/** Who hears of every call: metrics, traces, the audit log. It must not throw. */
export interface CallObserver {
  began?(call: Call, request: IncomingMessage): void;
  ended(ended: EndedCall): void;
}

/** Asked every few seconds; that all is well is no news. */
const PROBES: ReadonlySet<string> = new Set(['/health', '/health/live', '/health/ready', '/metrics']);

/** Middleware: gives each call its id, and writes one log line when it ends, without body or query. */
export function beginCall(observers: readonly CallObserver[] = []) {
  return (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    const call = callOf(response);
    call.client = clientOf(request);
    const startedMs = performance.now();
    const path = (request.url ?? '').split('?')[0] ?? '';
    response.setHeader('x-amzn-RequestId', call.requestId);
    for (const observer of observers) observer.began?.(call, request);
    response.once('close', () => {
      const durationMs = performance.now() - startedMs;
      const isAnswered = response.writableFinished;
      for (const observer of observers) {
        observer.ended({ call, request, response, path, isAnswered, durationMs });
      }
      if (PROBES.has(path) && response.statusCode === 200) return;
      log(response.statusCode >= 500 ? 'error' : 'info', 'call', {
        method: request.method,
        path,
        ...callFacts(call),
        status: isAnswered ? response.statusCode : 'aborted',
        ms: Math.round(durationMs),
      });
    });
    within(call, next);
  };
}
