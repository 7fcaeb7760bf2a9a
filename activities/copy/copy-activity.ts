import type { Task, TaskResult } from '../../model/instance/task.js';
import type { Attempt, TaskDeps } from '../runner/attempt.js';
import { runTask } from '../runner/run-task.js';
import type { SecretSources } from '../secrets/open-secret.js';
import { withConnection } from '../sql/connection.js';
import { childUri } from '../storage/location.js';
import type { Storage } from '../storage/storage.js';
import { convertRecords, readRecords } from './convert-records.js';
import { copyEndOf, type SqlEnd, type StoredEnd } from './copy-ends.js';
import type { Dialect } from './dialect.js';
import { toStream } from './gzip.js';
import { copyStored } from './object-copy.js';
import { reportProgress, type ReportedProgress } from './progress-report.js';
import { FIELDS, storedRecords } from './record-input.js';
import { readSql } from './sql-source.js';
import { writeSql } from './sql-target.js';

/** What CopyActivity needs beside the attempt. */
export interface CopyDeps {
  readonly storage: Storage;
  readonly secrets: SecretSources;
}

/** What `copyData` needs of an attempt. */
export type CopyAttempt = Pick<Attempt, 'task' | 'object' | 'signal' | 'log' | 'heartbeatWith'>;

/** CopyActivity. Source: reference/objects.yaml, CopyActivity; semantics.md 13. */
export function copyActivity(deps: TaskDeps & CopyDeps): (task: Task) => Promise<TaskResult> {
  return (task) => runTask(deps, task, (attempt) => copyData(deps, attempt));
}

/**
 * Copies the activity's input to its output: stored objects (S3, files) and tables of PostgreSQL, in any combination.
 * Streams with flat memory. A repeated attempt writes the same objects again; into a table, see `writeSql`.
 */
export async function copyData({ storage, secrets }: CopyDeps, attempt: CopyAttempt): Promise<void> {
  const { task, object, signal, log } = attempt;
  const from = await copyEndOf(task, object, 'input', secrets);
  const to = await copyEndOf(task, object, 'output', secrets);
  const progress = reportProgress(attempt);
  log.line(`copying ${describe(from)} to ${describe(to)}`);
  if (from.kind === 'sql') {
    if (to.kind === 'sql') await copyTable(from, to, progress, signal);
    else await exportTable(storage, from, to, progress, signal);
  } else if (to.kind === 'sql') {
    await writeSql(to, storedRecords(storage, from, progress, signal), signal);
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
  signal: AbortSignal,
): Promise<void> {
  const target = to.kind === 'file' ? to.uri : childUri(to.uri, exportName(to));
  await withConnection(from.database, { signal }, async (client) => {
    const source = await readSql(client, from, to.dialect.columnSeparator);
    const records = (async function* () {
      const input = { uri: from.objectId, bytes: source.bytes };
      for await (const bytes of convertRecords(input, source.dialect, to.dialect, progress)) {
        progress.report();
        yield bytes;
      }
    })();
    const options = { signal, serverSideEncryption: to.serverSideEncryption };
    await storage.write(target, toStream(records, to.gzip), options);
  });
}

async function copyTable(
  from: SqlEnd,
  to: SqlEnd,
  progress: ReportedProgress,
  signal: AbortSignal,
): Promise<void> {
  await withConnection(from.database, { signal }, async (client) => {
    const { dialect, bytes } = await readSql(client, from, '\t');
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
      signal,
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
  const { host, port, database } = end.database;
  return `"${end.objectId}" at ${host}:${port}/${database}`;
}
