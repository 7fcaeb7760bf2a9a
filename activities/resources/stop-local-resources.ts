import { hostname } from 'node:os';
import type { JsonLogger } from '../logs/json-logger.js';
import { endProcessesOfDeadRunners } from '../runner/clean-up.js';
import { journalDirectory } from '../runner/journal.js';
import { stopProcess } from './local-provider.js';
import { readRecord, recordedResources, removeResourceFiles } from './resource-record.js';

/**
 * Ends every local resource recorded under `home`, with all its commands, and removes its files: for the supervisor,
 * when it stops, and when it starts after a kill -9. The runs of those resources learn it as ResourceLost.
 */
export async function stopLocalResources(home: string, logger: JsonLogger): Promise<void> {
  await Promise.all(
    recordedResources(home).map(async (files) => {
      const record = readRecord(files.record);
      if (record === undefined || record.hostname !== hostname()) return;
      const ended = await stopProcess(record);
      if (!ended)
        return logger.error('a resource does not end', { pid: record.pid, attemptId: record.attemptId });
      await endProcessesOfDeadRunners(journalDirectory(home, record.taskQueue), record.hostname, logger);
      removeResourceFiles(files);
      logger.info('resource stopped', { pid: record.pid, attemptId: record.attemptId });
    }),
  );
}
