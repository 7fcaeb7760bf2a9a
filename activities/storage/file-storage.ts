import { randomUUID } from 'node:crypto';
import { constants, createWriteStream } from 'node:fs';
import { copyFile, mkdir, open, opendir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import { childUri, isFolderMarker, lastPart, parseLocation } from './location.js';
import { isNotFound, storageFailure, withStorageErrors } from './storage-errors.js';
import type { Storage, StorageOptions, StoredObject, WriteOptions } from './storage.js';
import { watchSource } from './watched-source.js';
import { workFailure } from './work-failure.js';

/** Ending of a file that is being written: listings leave it out, and a killed process may leave it behind. */
const UNFINISHED = '.penstock-part';

/** Large enough that a copy is bound by the disk, small enough to be nothing beside the process. */
const CHUNK_BYTES = 256 * 1024;

/** Storage over files of this host, `file:///absolute/path`. */
export function createFileStorage(): Storage {
  return { read, write, list, firstWithPrefix, head, copy, delete: remove };
}

async function read(uri: string, { signal }: StorageOptions = {}): Promise<Readable> {
  return withStorageErrors('read', uri, signal, async () => {
    const handle = await open(pathOf(uri), 'r');
    if (!(await handle.stat()).isFile()) {
      await handle.close();
      throw workFailure('InvalidField', `Cannot read "${uri}": it is a directory, not a file`);
    }
    return handle.createReadStream({
      highWaterMark: CHUNK_BYTES,
      ...(signal === undefined ? {} : { signal }),
    });
  });
}

async function write(uri: string, source: Readable, options: WriteOptions = {}): Promise<void> {
  const { signal } = options;
  const watched = watchSource(source);
  try {
    signal?.throwIfAborted();
    await replaceFile(uri, options, async (temporaryPath) => {
      const target = createWriteStream(temporaryPath, { flags: 'wx', highWaterMark: CHUNK_BYTES });
      await pipeline(watched.chunks, target, signal === undefined ? {} : { signal });
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw watched.hasFailed() ? error : storageFailure(error, 'write', uri);
  } finally {
    source.destroy();
  }
}

async function copy(fromUri: string, toUri: string, options: WriteOptions = {}): Promise<void> {
  const { signal } = options;
  const found = await head(fromUri, { signal });
  if (found === undefined) throw workFailure('SourceNotFound', `Cannot copy "${fromUri}": no such file`);
  await withStorageErrors('write', toUri, signal, () =>
    replaceFile(toUri, options, (path) => copyFile(pathOf(fromUri), path, constants.COPYFILE_FICLONE)),
  );
}

/** Lets `fill` write a file beside the target, then puts it in place, durably. */
async function replaceFile(
  uri: string,
  { beforeVisible }: WriteOptions,
  fill: (temporaryPath: string) => Promise<void>,
): Promise<void> {
  const path = pathOf(uri);
  const name = lastPart(uri);
  if (name === '' || name === '.' || name === '..') {
    throw workFailure('InvalidField', `Cannot write "${uri}": it names a directory, not a file`);
  }
  const directory = dirname(path);
  await mkdir(directory, { recursive: true });
  // The name is not in it: it may already be as long as the file system allows.
  const temporaryPath = join(directory, `.${randomUUID()}${UNFINISHED}`);
  try {
    await fill(temporaryPath);
    await syncToDisk(temporaryPath);
    await beforeVisible?.();
    await rename(temporaryPath, path);
    await syncToDisk(directory);
  } catch (error) {
    await rm(temporaryPath, { force: true });
    throw error;
  }
}

async function syncToDisk(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function* list(directoryUri: string, { signal }: StorageOptions = {}): AsyncGenerator<StoredObject> {
  yield* walk(directoryUri, '', signal);
}

/** Depth first, sorted as S3 sorts whole keys: a directory counts as its name with a `/` behind it. */
async function* walk(
  uri: string,
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<StoredObject> {
  const entries = await withStorageErrors('list', uri, signal, () => entriesOf(pathOf(uri)));
  for (const { name, isDirectory } of entries) {
    signal?.throwIfAborted();
    const entryUri = childUri(uri, name);
    if (isDirectory) {
      yield* walk(entryUri, `${prefix}${name}/`, signal);
    } else {
      const found = await head(entryUri, { signal });
      // It may have been removed since, or be a link to nothing: then there is nothing to list.
      if (found !== undefined) yield { ...found, name: `${prefix}${name}` };
    }
  }
}

interface Entry {
  readonly name: string;
  readonly isDirectory: boolean;
}

/** Links to directories are not followed: they may lead round in a circle. */
async function entriesOf(path: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  try {
    for await (const entry of await opendir(path)) {
      if (entry.name.endsWith(UNFINISHED) || isFolderMarker(entry.name)) continue;
      if (entry.isDirectory()) entries.push({ name: entry.name, isDirectory: true });
      else if (entry.isFile() || entry.isSymbolicLink())
        entries.push({ name: entry.name, isDirectory: false });
    }
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  return entries
    .map((entry) => ({ entry, key: Buffer.from(entry.isDirectory ? `${entry.name}/` : entry.name) }))
    .sort((a, b) => a.key.compare(b.key))
    .map(({ entry }) => entry);
}

async function firstWithPrefix(
  prefixUri: string,
  options: StorageOptions = {},
): Promise<StoredObject | undefined> {
  const directoryUri = prefixUri.slice(0, prefixUri.lastIndexOf('/') + 1);
  const beginning = lastPart(prefixUri);
  const { signal } = options;
  const entries = await withStorageErrors('list', prefixUri, signal, () => entriesOf(pathOf(directoryUri)));
  for (const { name, isDirectory } of entries) {
    if (!name.startsWith(beginning)) continue;
    const entryUri = childUri(directoryUri, name);
    if (!isDirectory) {
      const found = await head(entryUri, options);
      if (found !== undefined) return found;
      continue;
    }
    for await (const found of list(entryUri, options)) return found;
  }
  return undefined;
}

async function head(uri: string, { signal }: StorageOptions = {}): Promise<StoredObject | undefined> {
  return withStorageErrors('look at', uri, signal, async () => {
    try {
      const found = await stat(pathOf(uri));
      return found.isDirectory() ? undefined : { uri, name: lastPart(uri), sizeBytes: found.size };
    } catch (error) {
      if (isNotFound(error) || (error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
      throw error;
    }
  });
}

async function remove(uri: string, { signal }: StorageOptions = {}): Promise<void> {
  await withStorageErrors('delete', uri, signal, () => rm(pathOf(uri), { force: true }));
}

function pathOf(uri: string): string {
  const location = parseLocation(uri);
  if (location.scheme !== 'file') throw new Error(`Not a file URI: ${uri}`);
  return location.path;
}
