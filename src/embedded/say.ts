import { appendFileSync } from 'node:fs';

/** Tells the person who watches, and the supervisor's log. */
export type Say = (line: string) => void;

/** Prints to standard output and appends to `logFile`, there with the time. */
export function sayTo(logFile: string): Say {
  return (line) => {
    process.stdout.write(`${line}\n`);
    try {
      appendFileSync(logFile, `${new Date().toISOString()} ${line}\n`, { mode: 0o600 });
    } catch (error) {
      // A full disk must not end the supervisor, which stops the others in order.
      process.stderr.write(
        `${logFile} cannot be written to: ${error instanceof Error ? error.message : ''}\n`,
      );
    }
  };
}
