import { isLogged, type LogLevel } from '../../model/log-level.js';

/** Logs of a process: one JSON object a line, `{ time, level, message, … }`. No secrets. */
export interface JsonLogger {
  debug(message: string, facts?: LogFacts): void;
  info(message: string, facts?: LogFacts): void;
  warn(message: string, facts?: LogFacts): void;
  error(message: string, facts?: LogFacts): void;
}

export type LogFacts = Readonly<Record<string, unknown>>;

/** A logger that gives each line from `level` on (default info), without its line end, to `print`. Errors among the facts become their stack. */
export function jsonLogger(
  print: (line: string) => void,
  options: { readonly level?: LogLevel; readonly now?: () => Date; readonly facts?: LogFacts } = {},
): JsonLogger {
  const now = options.now ?? (() => new Date());
  const least = options.level ?? 'info';
  const at =
    (level: LogLevel) =>
    (message: string, facts: LogFacts = {}): void => {
      if (!isLogged(level, least)) return;
      print(
        JSON.stringify({ time: now().toISOString(), level, message, ...options.facts, ...facts }, readable),
      );
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

// JSON.stringify throws on bigint and prints an Error as {}.
function readable(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Error) return value.stack ?? value.message;
  return value;
}
