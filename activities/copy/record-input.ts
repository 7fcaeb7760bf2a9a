import type { Storage } from '../storage/storage.js';
import { quoted, workFailure } from '../storage/work-failure.js';
import {
  convertRecords,
  isBlankRecord,
  readRecords,
  type RecordSink,
  type Source,
} from './convert-records.js';
import type { StoredEnd } from './copy-ends.js';
import { fromStream } from './gzip.js';
import type { ReportedProgress } from './progress-report.js';
import type { RecordFields } from './record-parser.js';
import type { RecordInput } from './sql-target.js';

/** The objects of a stored input, decompressed, in the order of their names. */
export async function* sourcesOf(
  storage: Storage,
  end: StoredEnd,
  signal: AbortSignal,
): AsyncGenerator<Source> {
  const open = async (uri: string): Promise<Source> => ({
    uri,
    bytes: fromStream(await storage.read(uri, { signal }), end.gzip, uri),
  });
  if (end.kind === 'file') {
    yield await open(end.uri);
    return;
  }
  let isEmpty = true;
  for await (const { uri } of storage.list(end.uri, { signal })) {
    isEmpty = false;
    yield await open(uri);
  }
  if (isEmpty) throw emptyDirectory(end);
}

/**
 * An empty directory and one whose name is mistyped look the same in S3. Our choice: an error, since a copy that silently
 * copies nothing is the worse surprise.
 */
export function emptyDirectory(end: StoredEnd): Error {
  return workFailure(
    'SourceNotFound',
    `Cannot read ${quoted(end.uri)}: there are no objects in this directory`,
  );
}

/** Records parsed and as they are. */
export const FIELDS: RecordSink<readonly RecordFields[]> = {
  parsed: (records) => records,
  join: (parts) => parts.flat(),
};

/** The records of a stored input for a table. */
export function storedRecords(
  storage: Storage,
  end: StoredEnd,
  progress: ReportedProgress,
  signal: AbortSignal,
): RecordInput {
  const begun: { uri: string; recordsBefore: number }[] = [];
  const sources = async function* (): AsyncGenerator<Source> {
    for await (const source of sourcesOf(storage, end, signal)) {
      begun.push({ uri: source.uri, recordsBefore: progress.records });
      yield source;
    }
  };
  return {
    columnSeparator: end.dialect.columnSeparator,
    async *asText(dialect, columns) {
      for await (const source of sources()) {
        for await (const bytes of convertRecords(source, end.dialect, dialect, progress, { columns })) {
          progress.report();
          yield bytes;
        }
      }
    },
    async *asFields(columns) {
      for await (const source of sources()) {
        for await (const records of readRecords(source, end.dialect, progress, FIELDS)) {
          progress.report();
          yield columns === 1 ? records : records.filter((fields) => !isBlankRecord(fields));
        }
      }
    },
    placeOf(record) {
      const source = begun.findLast(({ recordsBefore }) => recordsBefore < record) ?? {
        uri: end.uri,
        recordsBefore: 0,
      };
      return `record ${record - source.recordsBefore} of ${quoted(source.uri)}`;
    },
  };
}
