/** Levels of the logs of all processes, from the least. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** One of `LOG_LEVELS`. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** True for a line of this level when `least` is the least that is logged. */
export function isLogged(level: LogLevel, least: LogLevel): boolean {
  return LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(least);
}

/** What `PENSTOCK_LOG_LEVEL` says, the same to every process: the least level that is logged, default info; or what is wrong with it. */
export function readLogLevel(
  text: string | undefined,
): { readonly level: LogLevel } | { readonly problem: string } {
  if (text === undefined || text === '') return { level: 'info' };
  const level = LOG_LEVELS.find((each) => each === text);
  if (level !== undefined) return { level };
  return {
    problem: `PENSTOCK_LOG_LEVEL=${JSON.stringify(text.slice(0, 100))}: expected ${LOG_LEVELS.join(', ')}`,
  };
}
