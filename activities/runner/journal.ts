import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ProcessIdentity, processStartTime } from './process-identity.js';
import { hashOf, safeName } from './safe-name.js';

/** What is on disk of one running attempt, for whoever finds it after this runner was killed. */
export interface JournalEntry {
  /** Base64; the activity can be failed with it by anybody. */
  readonly taskToken: string;
  readonly attemptId: string;
  readonly workflowId: string;
  readonly runner: ProcessIdentity & { readonly hostname: string };
  /** Leader of the command's process group, while there is one. */
  readonly processGroup?: ProcessIdentity;
  /** Removed, after its log was saved to `logLocation`, by whoever cleans up. */
  readonly workDirectory: string;
  readonly logLocation: string;
  readonly startedAt: string;
}

/** An attempt's page in the journal. */
export interface JournalPage {
  processStarted(processGroupId: number): void;
  processEnded(): void;
  /** The result is on its way to the server: the page stays for a while, so that a report lost in a crash is noticed. */
  ended(): void;
}

/**
 * The journal of one runner process: a file for each attempt it works on, `<home>/runner/<queue>/<hash of token>.json`.
 * Nothing is kept of results: a command that finished, but whose report was lost, counts as lost and is tried again.
 */
export interface Journal {
  open(entry: Omit<JournalEntry, 'runner' | 'processGroup'>): JournalPage;
  /** Removes the pages of ended attempts; called when the worker has reported everything. */
  close(): void;
}

/** Folder of the journals of all runners of `taskQueue` that share `home`. */
export function journalDirectory(home: string, taskQueue: string): string {
  return join(home, 'runner', safeName(taskQueue));
}

/** How long a page outlives its attempt: Temporal's SDK reports after the activity's function has returned. */
const REPORT_MS = 5_000;

/** The journal of the runner `runner`, which is this process. */
export function openJournal(directory: string, runner: JournalEntry['runner']): Journal {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const leaving = new Map<string, NodeJS.Timeout>();
  const remove = (path: string): void => {
    clearTimeout(leaving.get(path));
    leaving.delete(path);
    rmSync(path, { force: true });
  };
  return {
    open(attempt) {
      const path = join(directory, `${hashOf(attempt.taskToken)}.json`);
      const write = (processGroup?: ProcessIdentity): void =>
        writeWhole(path, { ...attempt, runner, ...(processGroup && { processGroup }) });
      write();
      return {
        processStarted(processGroupId) {
          const startTime = processStartTime(processGroupId);
          if (startTime !== undefined) write({ pid: processGroupId, startTime });
        },
        processEnded: () => write(),
        ended() {
          leaving.set(path, setTimeout(() => remove(path), REPORT_MS).unref());
        },
      };
    },
    close() {
      for (const path of leaving.keys()) remove(path);
    },
  };
}

// Synchronous: between a spawn and its line in the journal nothing else may run. A torn file is never visible.
function writeWhole(path: string, entry: JournalEntry): void {
  writeFileSync(`${path}.tmp`, JSON.stringify(entry), { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
}
