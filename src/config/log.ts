import type { LoggerService } from '@nestjs/common';
import { isLogged, type LogLevel } from '../../model/log-level.js';
import { currentCall } from '../http/current-call.js';

let sink = (line: string): void => void process.stdout.write(line);

/** Sends the log somewhere else than to stdout: tests read it. */
export function logTo(writeLine: (line: string) => void): void {
  sink = writeLine;
}

let least: LogLevel = 'info';

/** Leaves out what is below this level. */
export function logFrom(level: LogLevel): void {
  least = level;
}

/**
 * Writes one JSON object as one line to stdout. Callers name facts, never bodies or secrets. A line that is written while a call is served
 * has its request id.
 */
export function log(level: LogLevel, message: string, facts: Readonly<Record<string, unknown>> = {}): void {
  if (!isLogged(level, least)) return;
  const requestId = currentCall()?.requestId;
  sink(`${JSON.stringify({ time: new Date().toISOString(), level, message, requestId, ...facts })}\n`);
}

/** What is known of an error, for a log line: its name, text, stack and causes. */
export function errorFacts(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { error: String(error) };
  return {
    error: `${error.name}: ${error.message}`,
    stack: error.stack,
    ...(error.cause === undefined ? {} : { cause: errorFacts(error.cause) }),
  };
}

const START_CONTEXTS = new Set(['ExceptionHandler', 'NestApplication']);

/** Nest's own messages in the same form. */
export class JsonLogger implements LoggerService {
  log(message: unknown, ...rest: unknown[]): void {
    // Every module and route that it sets up: nothing that an operator needs.
    log('debug', String(message), { context: rest.at(-1) });
  }
  warn(message: unknown, ...rest: unknown[]): void {
    log('warn', String(message), { context: rest.at(-1) });
  }
  error(message: unknown, ...rest: unknown[]): void {
    // What keeps the process from starting is thrown, too, and told by whoever catches it.
    if (START_CONTEXTS.has(String(rest.at(-1)))) return;
    log('error', message instanceof Error ? message.message : String(message), { detail: rest.map(String) });
  }
}
