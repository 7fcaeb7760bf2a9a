import { createReadStream } from 'node:fs';
import { appendFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { childUri } from '../storage/location.js';
import type { Storage } from '../storage/storage.js';
import { textOfError } from '../storage/work-failure.js';
import type { JsonLogger } from './json-logger.js';

/** The time a storage gets for all files of one attempt, 2 MiB each at most. */
const PUBLISH_MS = 60_000;

/**
 * Copies the closed log files of `directory` to the folder `location`, or, when that cannot be written, to `fallback`:
 * a log that cannot be written must not fail work that was done. Says so in activity.log and in the runner's log.
 * Answers where the log is, undefined when nowhere. Repeating it writes the same files again.
 */
export async function publishLog(
  storage: Storage,
  logger: JsonLogger,
  directory: string,
  location: string,
  fallback: string,
): Promise<string | undefined> {
  for (const target of new Set([location, fallback])) {
    try {
      await copyFiles(storage, directory, target);
      return target;
    } catch (error) {
      const problem = `the log could not be written to ${target}: ${textOfError(error)}`;
      logger.warn(problem);
      // On a full disk this line is lost too; the runner's log has it.
      await appendFile(join(directory, 'activity.log'), `${new Date().toISOString()} ${problem}\n`).catch(
        () => undefined,
      );
    }
  }
  return undefined;
}

async function copyFiles(storage: Storage, directory: string, target: string): Promise<void> {
  const signal = AbortSignal.timeout(PUBLISH_MS);
  for (const name of (await readdir(directory)).toSorted().toReversed())
    // activity.log last
    await storage.write(childUri(target, name), createReadStream(join(directory, name)), { signal });
}
