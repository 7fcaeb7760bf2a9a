import type { Task, TaskResult } from '../../model/instance/task.js';
import type { Attempt, TaskDeps } from '../runner/attempt.js';
import { runTask } from '../runner/run-task.js';
import type { SecretSources } from '../secrets/open-secret.js';
import type { SqlDrivers } from '../sql/session.js';
import { childUri } from '../storage/location.js';
import type { Storage } from '../storage/storage.js';
import { convertRecords, readRecords } from './convert-records.js';
import { copyEndOf, type SqlEnd, type StoredEnd } from './copy-ends.js';
import type { Dialect } from './dialect.js';
import { toStream } from './gzip.js';
import { copyStored } from './object-copy.js';
import { reportProgress, type ReportedProgress } from './progress-report.js';
import { FIELDS, storedRecords } from './record-input.js';
import { withSqlSource } from './sql-source.js';
import { writeSql, type SqlOptions } from './sql-target.js';

/** What CopyActivity needs beside the attempt. */
export interface CopyDeps {
  readonly storage: Storage;
  readonly secrets: SecretSources;
  readonly drivers?: SqlDrivers;
}

/** What `copyData` needs of an attempt. */
export type CopyAttempt = Pick<Attempt, 'task' | 'object' | 'signal' | 'log' | 'heartbeatWith'> &
  Partial<Pick<Attempt, 'confirm'>>;

/** CopyActivity. Source: reference/objects.yaml, CopyActivity; semantics.md 13. */
export function copyActivity(deps: TaskDeps & CopyDeps): (task: Task) => Promise<TaskResult> {
  return (task) => runTask(deps, task, (attempt) => copyData(deps, attempt));
}

/**
 * Copies the activity's input to its output: stored objects (S3, files) and tables of databases, in any combination.
 * Streams with flat memory. A repeated attempt writes the same objects again; into a table, see `writeSql`.
 */
export async function copyData({ storage, secrets, drivers }: CopyDeps, attempt: CopyAttempt): Promise<void> {
  const { task, object, signal, log, confirm } = attempt;
  const from = await copyEndOf(task, object, 'input', secrets);
  const to = await copyEndOf(task, object, 'output', secrets);
  const progress = reportProgress(attempt);
  log.line(`copying ${describe(from)} to ${describe(to)}`);
  if (from.kind === 'file' && !from.gzip)
    progress.expectedBytes = (await storage.head(from.uri, { signal }))?.sizeBytes;
  if (from.kind === 'sql') {
    const options = { signal, drivers, beforeVisible: confirm };
    if (to.kind === 'sql') await copyTable(from, to, progress, options);
    else await exportTable(storage, from, to, progress, options);
  } else if (to.kind === 'sql') {
    await writeSql(to, storedRecords(storage, from, progress, signal), {
      signal,
      drivers,
      beforeVisible: confirm,
    });
  } else {
    await copyStored(storage, from, to, progress, attempt);
  }
  log.line(progress.summary());
}

async function exportTable(
  storage: Storage,
  from: SqlEnd,
  to: StoredEnd,
  progress: ReportedProgress,
  options: SqlOptions,
): Promise<void> {
  const target = to.kind === 'file' ? to.uri : childUri(to.uri, exportName(to));
  await withSqlSource(from, to.dialect.columnSeparator, options, async (source) => {
    const records = (async function* () {
      const input = { uri: from.objectId, bytes: source.bytes };
      for await (const bytes of convertRecords(input, source.dialect, to.dialect, progress)) {
        progress.report();
        yield bytes;
      }
    })();
    await storage.write(target, toStream(records, to.gzip), {
      signal: options.signal,
      beforeVisible: options.beforeVisible,
      serverSideEncryption: to.serverSideEncryption,
    });
  });
}

async function copyTable(
  from: SqlEnd,
  to: SqlEnd,
  progress: ReportedProgress,
  options: SqlOptions,
): Promise<void> {
  await withSqlSource(from, '\t', options, async ({ dialect, bytes }) => {
    const source = { uri: from.objectId, bytes };
    await writeSql(
      to,
      {
        columnSeparator: dialect.columnSeparator,
        async *asText(target) {
          for await (const converted of convertRecords(source, dialect, target, progress)) {
            progress.report();
            yield converted;
          }
        },
        async *asFields() {
          for await (const records of readRecords(source, dialect, progress, FIELDS)) {
            progress.report();
            yield records;
          }
        },
        placeOf: (record) => `record ${record} of "${from.objectId}"`,
      },
      options,
    );
  });
}

/** Name of the object that a query becomes in a directory. Our choice: always the same, so that a retry replaces it. */
function exportName({ dialect, gzip }: StoredEnd): string {
  const extensions: Readonly<Record<Dialect['columnSeparator'], string>> = { ',': 'csv', '\t': 'tsv' };
  return `part-00000.${extensions[dialect.columnSeparator] ?? 'txt'}${gzip ? '.gz' : ''}`;
}

function describe(end: SqlEnd | StoredEnd): string {
  if (end.kind !== 'sql') return `${end.uri}${end.gzip ? ' (gzip)' : ''}`;
  return `"${end.objectId}" at ${end.database.label}`;
}
