import {
  CopyObjectCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  UploadPartCopyCommand,
  type CompletedPart,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Readable } from 'node:stream';
import { isFolderMarker, lastPart, parseLocation, s3Uri } from './location.js';
import { inMultipartUpload, uploadStream, type UploadTarget } from './multipart-upload.js';
import { readObject } from './read-object.js';
import { isNotFound, storageFailure, withStorageErrors } from './storage-errors.js';
import type { Storage, StoredObject, WriteOptions } from './storage.js';
import { watchSource } from './watched-source.js';
import { quoted, workFailure } from './work-failure.js';

/** CopyObject takes at most 5 GiB; larger objects are copied in parts. Source: S3's limits. */
const LARGEST_COPY_BYTES = 5 * 1024 ** 3;
/** Within S3's 10,000 parts for its largest object, 5 TiB. */
const COPY_PART_BYTES = 1024 ** 3;

/** Storage over S3, `s3://bucket/key`. */
export function createS3Storage(client: S3Client): Storage {
  return {
    read: (uri, { signal } = {}) =>
      withStorageErrors('read', uri, signal, async () => {
        const { Bucket, Key } = objectOf(uri);
        // The first request is made here, so that a missing object fails this call and not the stream.
        const chunks = await readObject(client, Bucket, Key, signal);
        return Readable.from(
          (async function* () {
            try {
              yield* chunks;
            } catch (error) {
              signal?.throwIfAborted();
              throw storageFailure(error, 'read', uri);
            }
          })(),
          { objectMode: false },
        );
      }),

    async write(uri, source, options = {}) {
      const { signal, serverSideEncryption } = options;
      const watched = watchSource(source);
      try {
        signal?.throwIfAborted();
        await uploadStream(client, targetOf(uri, serverSideEncryption), watched.chunks, options);
      } catch (error) {
        signal?.throwIfAborted();
        throw watched.hasFailed() ? error : storageFailure(error, 'write', uri);
      } finally {
        source.destroy();
      }
    },

    async *list(directoryUri, { signal } = {}) {
      const { Bucket, Key } = locationOf(directoryUri);
      const prefix = Key === '' || Key.endsWith('/') ? Key : `${Key}/`;
      for await (const found of objectsOf(directoryUri, Bucket, prefix, signal)) {
        yield { ...found, name: found.uri.slice(s3Uri(Bucket, prefix).length) };
      }
    },

    async firstWithPrefix(prefixUri, { signal } = {}) {
      const { Bucket, Key } = locationOf(prefixUri);
      for await (const found of objectsOf(prefixUri, Bucket, Key, signal)) return found;
      return undefined;
    },

    head: (uri, { signal } = {}) => head(uri, signal),

    async copy(fromUri, toUri, options = {}) {
      const { signal, serverSideEncryption, beforeVisible } = options;
      const found = await head(fromUri, signal);
      if (found === undefined)
        throw workFailure('SourceNotFound', `Cannot copy ${quoted(fromUri)}: no such object`);
      const source = objectOf(fromUri);
      const target = targetOf(toUri, serverSideEncryption);
      const CopySource = `${source.Bucket}/${source.Key.split('/').map(encodeURIComponent).join('/')}`;
      await withStorageErrors(`copy ${quoted(fromUri)} to`, toUri, signal, async () => {
        if (found.sizeBytes <= LARGEST_COPY_BYTES) {
          await beforeVisible?.();
          await client.send(new CopyObjectCommand({ ...target, CopySource }), abortBy(signal));
        } else {
          await copyInParts(target, CopySource, found.sizeBytes, options);
        }
      });
    },

    async delete(uri, { signal } = {}) {
      await withStorageErrors('delete', uri, signal, () =>
        client.send(new DeleteObjectCommand(objectOf(uri)), abortBy(signal)),
      );
    },
  };

  async function head(uri: string, signal: AbortSignal | undefined): Promise<StoredObject | undefined> {
    return withStorageErrors('look at', uri, signal, async () => {
      try {
        const { ContentLength } = await client.send(new HeadObjectCommand(objectOf(uri)), abortBy(signal));
        return { uri, name: lastPart(uri), sizeBytes: ContentLength ?? 0 };
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    });
  }

  async function* objectsOf(
    uri: string,
    Bucket: string,
    Prefix: string,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<StoredObject> {
    try {
      signal?.throwIfAborted();
      for await (const page of paginateListObjectsV2({ client }, { Bucket, Prefix }, abortBy(signal))) {
        for (const { Key, Size } of page.Contents ?? []) {
          if (Key === undefined || isFolderMarker(Key)) continue;
          yield { uri: s3Uri(Bucket, Key), name: lastPart(Key), sizeBytes: Size ?? 0 };
        }
      }
    } catch (error) {
      signal?.throwIfAborted();
      throw storageFailure(error, 'list', uri);
    }
  }

  async function copyInParts(
    target: UploadTarget,
    CopySource: string,
    sizeBytes: number,
    options: WriteOptions,
  ): Promise<void> {
    const { Bucket, Key } = target;
    await inMultipartUpload(client, target, options, async (UploadId, stop) => {
      const parts: CompletedPart[] = [];
      for (let start = 0; start < sizeBytes; start += COPY_PART_BYTES) {
        const CopySourceRange = `bytes=${start}-${Math.min(start + COPY_PART_BYTES, sizeBytes) - 1}`;
        const PartNumber = parts.length + 1;
        const { CopyPartResult } = await client.send(
          new UploadPartCopyCommand({ Bucket, Key, UploadId, PartNumber, CopySource, CopySourceRange }),
          { abortSignal: stop.signal },
        );
        parts.push({ ...CopyPartResult, PartNumber });
      }
      return parts;
    });
  }
}

function abortBy(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}

function locationOf(uri: string): { Bucket: string; Key: string } {
  const location = parseLocation(uri);
  if (location.scheme !== 's3') throw new Error(`Not an S3 URI: ${uri}`);
  return { Bucket: location.bucket, Key: location.key };
}

function objectOf(uri: string): { Bucket: string; Key: string } {
  const location = locationOf(uri);
  if (location.Key === '' || location.Key.endsWith('/')) {
    throw workFailure('InvalidField', `URI ${quoted(uri)} names a directory, not an object`);
  }
  return location;
}

function targetOf(uri: string, serverSideEncryption: WriteOptions['serverSideEncryption']): UploadTarget {
  return {
    ...objectOf(uri),
    ...(serverSideEncryption === true ? { ServerSideEncryption: 'AES256' as const } : {}),
  };
}
