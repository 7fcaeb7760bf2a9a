import { appendFile, readdir, readFile, rm } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { TaskFailureDetails } from '../../model/instance/task.js';
import type { JsonLogger } from '../logs/json-logger.js';
import { publishLog } from '../logs/publish-log.js';
import type { Storage } from '../storage/storage.js';
import { attemptMarker } from './attempt-marker.js';
import type { JournalEntry } from './journal.js';
import { endGroup } from './process-group.js';
import { groupMembersWith, isAlive } from './process-identity.js';

export interface CleanUpDeps {
  /** Of the journals; see `journalDirectory`. */
  readonly directory: string;
  readonly home: string;
  readonly hostname: string;
  readonly storage: Storage;
  readonly logger: JsonLogger;
  /** Fails the activity by its token with RunnerLost. False when it is closed already: its report had arrived. */
  readonly failLost: (taskToken: Uint8Array, details: TaskFailureDetails) => Promise<boolean>;
}

/**
 * Cleans up after runners of this host, home and task queue that were killed: ends what is left of their commands, fails
 * their attempts, so that the retry need not wait for the heartbeat timeout, and saves their logs. In this order: an
 * attempt must be dead before the next one may start. Live runners' journals, and other hosts', are left alone.
 * Two cleaners at once do the same things twice, which is harmless. Answers how many pages there were.
 */
export async function cleanUpAfterDeadRunners(deps: CleanUpDeps): Promise<number> {
  const entries = await deadEntries(deps);
  await Promise.all(
    entries.map(async ({ path, entry }) => {
      await endLeftProcesses(entry, deps.logger);
      const logLocation = await saveLog(deps, entry);
      const wasOpen = await deps.failLost(Buffer.from(entry.taskToken, 'base64'), {
        startedAt: entry.startedAt,
        hostname: entry.runner.hostname,
        ...(logLocation !== undefined && { logLocation }),
      });
      await rm(path, { force: true });
      if (!wasOpen) return;
      deps.logger.warn('an attempt was lost with its task runner', {
        attemptId: entry.attemptId,
        workflowId: entry.workflowId,
        runnerPid: entry.runner.pid,
      });
    }),
  );
  return entries.length;
}

interface FoundEntry {
  readonly path: string;
  readonly entry: JournalEntry;
}

/** Only the first step, for who has no connection to Temporal: the pages stay for a later clean-up. */
export async function endProcessesOfDeadRunners(
  directory: string,
  hostname: string,
  logger: JsonLogger,
): Promise<void> {
  const entries = await deadEntries({ directory, hostname, logger });
  await Promise.all(entries.map(({ entry }) => endLeftProcesses(entry, logger)));
}

async function deadEntries(
  deps: Pick<CleanUpDeps, 'directory' | 'hostname' | 'logger'>,
): Promise<FoundEntry[]> {
  const names = await namesIn(deps.directory);
  const found: FoundEntry[] = [];
  for (const name of names.filter((each) => each.endsWith('.json'))) {
    const path = join(deps.directory, name);
    const entry = await readEntry(path, deps.logger);
    // A pid says nothing on another host (a container, a shared folder): those end by their heartbeat timeout.
    if (entry && entry.runner.hostname === deps.hostname && !isAlive(entry.runner))
      found.push({ path, entry });
  }
  return found;
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []; // no runner ever
    throw error;
  }
}

async function readEntry(path: string, logger: JsonLogger): Promise<JournalEntry | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as JournalEntry;
  } catch (error) {
    const isGone = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!isGone) logger.error('a page of the journal cannot be read', { path, error });
    return undefined;
  }
}

async function endLeftProcesses(entry: JournalEntry, logger: JsonLogger): Promise<void> {
  const group = entry.processGroup;
  if (!group) return;
  // The leader may be gone while its children live on. Its number may be somebody else's by now, the marker is not.
  const isOurs = isAlive(group) || groupMembersWith(group.pid, attemptMarker(entry.attemptId)).length > 0;
  if (!isOurs) return;
  const ended = await endGroup(group.pid);
  logger.warn(
    ended ? 'ended the command of a dead task runner' : 'the command of a dead task runner does not end',
    {
      attemptId: entry.attemptId,
      processGroupId: group.pid,
    },
  );
}

async function saveLog(deps: CleanUpDeps, entry: JournalEntry): Promise<string | undefined> {
  const ours = entry.workDirectory.startsWith(join(deps.home, 'work') + sep);
  if (!ours) return undefined; // never remove what a damaged journal names
  try {
    const directory = join(entry.workDirectory, 'log');
    await appendFile(
      join(directory, 'activity.log'),
      `${new Date().toISOString()} the task runner was killed while it worked on the attempt\n`,
    );
    return await publishLog(deps.storage, deps.logger, directory, entry.logLocation, entry.logLocation);
  } catch {
    return undefined; // the attempt had ended and its log is where it belongs
  } finally {
    await rm(entry.workDirectory, { recursive: true, force: true });
  }
}
