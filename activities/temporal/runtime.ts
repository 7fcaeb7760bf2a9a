import { DefaultLogger, type LogEntry, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import type { LogLevel } from '../../model/log-level.js';
import type { JsonLogger } from '../logs/json-logger.js';

/**
 * Installs Temporal's runtime of this process: its logs become lines of ours, those below WARN only at `debug`, and it leaves SIGINT and SIGTERM to us.
 * Once per process, before the first worker or native connection.
 */
export function installRuntime(logger: JsonLogger, level: LogLevel): void {
  Runtime.install({
    logger: new DefaultLogger(level === 'debug' ? 'DEBUG' : 'WARN', (entry) => forward(logger, entry)),
    shutdownSignals: [],
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }), forward: {} },
    },
  });
}

/** Said at every start of a worker that serves activities only, as a task runner does. */
const EXPECTED = 'No workflows registered, not polling for workflow tasks';

function forward(logger: JsonLogger, { level, message, meta }: LogEntry): void {
  if (message === EXPECTED) return;
  // The task token is the right to answer for an attempt: not for a log.
  const { taskToken: _taskToken, ...facts } = meta ?? {};
  const line = { source: 'temporal', ...facts };
  if (level === 'ERROR') logger.error(message, line);
  else if (level === 'WARN') logger.warn(message, line);
  else logger.debug(message, line);
}
