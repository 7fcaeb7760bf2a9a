import { pipeline, Readable } from 'node:stream';
import { createGunzip, createGzip } from 'node:zlib';
import { isWorkFailure, quoted, textOfError, workFailure } from '../storage/work-failure.js';

/** `bytes` as a stream, compressed when `gzip`. The same bytes compress to the same bytes: no time is written. */
export function toStream(bytes: AsyncIterable<Buffer | string>, gzip: boolean): Readable {
  const source = Readable.from(bytes, { objectMode: false });
  if (!gzip) return source;
  const compressed = createGzip();
  source.on('error', () => undefined); // destroys `compressed` too: its reader sees it
  pipeline(source, compressed, () => undefined);
  return compressed;
}

/** What is in `stored`, decompressed when `gzip`. @throws BadRecord when it is not gzip. */
export async function* fromStream(stored: Readable, gzip: boolean, uri: string): AsyncGenerator<Buffer> {
  if (!gzip) {
    yield* stored as AsyncIterable<Buffer>;
    return;
  }
  let sourceError: unknown;
  stored.on('error', (error) => (sourceError ??= error));
  const plain = createGunzip({ chunkSize: 64 * 1024 });
  pipeline(stored, plain, () => undefined);
  try {
    yield* plain as AsyncIterable<Buffer>;
  } catch (error) {
    if (sourceError !== undefined || isWorkFailure(error)) throw sourceError ?? error;
    throw workFailure(
      'BadRecord',
      `Cannot decompress ${quoted(uri)}: ${textOfError(error)}; its compression is declared as gzip`,
    );
  }
}
