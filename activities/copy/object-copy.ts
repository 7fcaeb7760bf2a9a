import type { Attempt } from '../runner/attempt.js';
import { childUri, lastPart } from '../storage/location.js';
import type { Storage, StoredObject, WriteOptions } from '../storage/storage.js';
import { quoted, workFailure } from '../storage/work-failure.js';
import { convertRecords } from './convert-records.js';
import type { StoredEnd } from './copy-ends.js';
import { isSameDialect } from './dialect.js';
import { fromStream, toStream } from './gzip.js';
import type { ReportedProgress } from './progress-report.js';
import { emptyDirectory, sourcesOf } from './record-input.js';

/**
 * Copies stored data to stored data: file to file, file into a directory, each file of a directory to the file of the same
 * name in another, or all files of a directory into one. As whole objects when format and compression are the same, as
 * bytes when only the compression differs, else record by record. Source: semantics.md 13, CopyActivity.
 * Each object appears when it is complete. A repeated attempt writes the same objects again.
 */
export async function copyStored(
  storage: Storage,
  from: StoredEnd,
  to: StoredEnd,
  progress: ReportedProgress,
  { log, signal, confirm }: Pick<Attempt, 'log' | 'signal'> & Partial<Pick<Attempt, 'confirm'>>,
): Promise<void> {
  const options: WriteOptions = {
    signal,
    beforeVisible: confirm,
    serverSideEncryption: to.serverSideEncryption,
  };
  if (from.kind === 'directory' && to.kind === 'file') {
    const records = (async function* () {
      for await (const source of sourcesOf(storage, from, signal)) {
        for await (const bytes of convertRecords(source, from.dialect, to.dialect, progress)) {
          progress.report();
          yield bytes;
        }
      }
    })();
    await storage.write(to.uri, toStream(records, to.gzip), options);
    return;
  }
  if (from.kind === 'file') {
    const target = to.kind === 'file' ? to.uri : childUri(to.uri, lastPart(from.uri));
    await copyOne(from.uri, target);
    return;
  }
  if (to.uri.startsWith(from.uri) || from.uri.startsWith(to.uri)) {
    throw workFailure(
      'InvalidField',
      `Cannot copy ${quoted(from.uri)} to ${quoted(to.uri)}: one is inside the other`,
    );
  }
  let objects = 0;
  for await (const object of storage.list(from.uri, { signal })) {
    await copyOne(object.uri, childUri(to.uri, object.name), object);
    objects += 1;
  }
  if (objects === 0) throw emptyDirectory(from);
  log.line(`${objects} objects`);

  async function copyOne(source: string, target: string, known?: StoredObject): Promise<void> {
    if (source === target) {
      throw workFailure('InvalidField', `Cannot copy ${quoted(source)}: input and output are the same`);
    }
    if (isSameDialect(from.dialect, to.dialect)) {
      if (from.gzip === to.gzip) {
        await storage.copy(source, target, options);
        progress.bytes += (known ?? (await storage.head(target, { signal })))?.sizeBytes ?? 0;
      } else {
        await storage.write(target, toStream(counted(await plain(source)), to.gzip), options);
      }
    } else {
      const records = convertRecords(
        { uri: source, bytes: await plain(source) },
        from.dialect,
        to.dialect,
        progress,
      );
      await storage.write(target, toStream(reported(records), to.gzip), options);
    }
    progress.report();
  }

  async function plain(uri: string): Promise<AsyncIterable<Buffer>> {
    return fromStream(await storage.read(uri, { signal }), from.gzip, uri);
  }

  async function* counted(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of bytes) {
      progress.bytes += chunk.length;
      progress.report();
      yield chunk;
    }
  }

  async function* reported(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of bytes) {
      progress.report();
      yield chunk;
    }
  }
}
