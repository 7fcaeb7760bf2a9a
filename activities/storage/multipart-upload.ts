import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
  type CompletedPart,
  type S3Client,
  type ServerSideEncryption,
  type UploadPartCommandOutput,
} from '@aws-sdk/client-s3';
import { bufferPool } from './buffer-pool.js';
import { buffersOfSize } from './buffers-of-size.js';
import type { WriteOptions } from './storage.js';
import { textOfError } from './work-failure.js';

/** Where an upload goes. */
export interface UploadTarget {
  readonly Bucket: string;
  readonly Key: string;
  readonly ServerSideEncryption?: ServerSideEncryption;
}

const MIB = 1024 * 1024;

/** A server that has gone away must not hold the end of an attempt. */
const CLEAN_UP_MS = 30_000;

/** Bytes of parts under way together, where one part is not more than that: with 8 MiB parts, two. */
const BYTES_UNDER_WAY = 16 * MIB;

/**
 * Size of part `partNumber` (from 1). S3 takes 10,000 parts: 8 MiB each would end at 78 GiB, larger ones from the start
 * would cost memory in every copy. So they grow: 4,000 of 8 MiB (31 GiB), then 64 MiB, which ends at 406 GiB an object.
 */
export function partSizeBytes(partNumber: number): number {
  return partNumber <= 4_000 ? 8 * MIB : 64 * MIB;
}

/**
 * Uploads `source` as one object: a single PUT when it fits one part, else a multipart upload.
 *
 * Not lib-storage's `Upload`: on abort that rejects at once and cleans up behind the caller's back, a failure to complete
 * leaves its parts in the bucket, and its fixed part size sets a ceiling. Here every request has ended, and the upload is
 * removed, before the error goes out.
 */
export async function uploadStream(
  client: S3Client,
  target: UploadTarget,
  source: AsyncIterable<Buffer | string>,
  { signal, beforeVisible }: WriteOptions,
): Promise<void> {
  const pool = bufferPool();
  const parts = buffersOfSize(source, partSizeBytes, (sizeBytes) => pool.allocate(sizeBytes));
  const abort = signal === undefined ? {} : { abortSignal: signal };
  const first = await parts.next();
  const firstBody = first.done === true ? Buffer.alloc(0) : first.value;
  const second = first.done === true ? first : await parts.next();
  signal?.throwIfAborted();
  if (second.done === true) {
    await beforeVisible?.();
    await client.send(new PutObjectCommand({ ...target, Body: firstBody }), abort);
    return;
  }
  const bodies = (async function* () {
    yield firstBody;
    yield second.value;
    for (let next = await parts.next(); next.done !== true; next = await parts.next()) yield next.value;
  })();
  await inMultipartUpload(client, target, { signal, beforeVisible }, async (uploadId, stop) => {
    const { Bucket, Key } = target;
    let partNumber = 0;
    const completed: CompletedPart[] = [];
    const underWay = new Set<Promise<void>>();
    let bytesUnderWay = 0;
    try {
      for await (const Body of bodies) {
        const number = ++partNumber;
        while (underWay.size > 0 && bytesUnderWay + Body.length > BYTES_UNDER_WAY)
          await Promise.race(underWay);
        stop.signal.throwIfAborted();
        bytesUnderWay += Body.length;
        const part: Promise<void> = client
          .send(new UploadPartCommand({ Bucket, Key, UploadId: uploadId, PartNumber: number, Body }), {
            abortSignal: stop.signal,
          })
          .then((answer) => void completed.push(completedPart(number, answer)))
          .catch((error: unknown) => stop.abort(error)) // ends the others; seen at the next look at the signal
          .finally(() => {
            bytesUnderWay -= Body.length;
            underWay.delete(part);
            pool.release(Body);
          });
        underWay.add(part);
      }
      await Promise.all(underWay);
      stop.signal.throwIfAborted();
    } catch (error) {
      stop.abort(error);
      await Promise.allSettled(underWay);
      throw stop.signal.reason;
    }
    return completed.sort((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0));
  });
}

/**
 * Runs `upload` inside a multipart upload and completes it with the parts that it returns. When anything fails, the
 * upload is removed and the first error goes out.
 */
export async function inMultipartUpload(
  client: S3Client,
  target: UploadTarget,
  { signal, beforeVisible }: WriteOptions,
  upload: (uploadId: string, stop: AbortController) => Promise<CompletedPart[]>,
): Promise<void> {
  const { Bucket, Key } = target;
  // Not abortable: its answer holds the id that the clean-up needs.
  const { UploadId } = await client.send(
    new CreateMultipartUploadCommand({ ...target, ChecksumAlgorithm: 'CRC32' }),
  );
  if (UploadId === undefined)
    throw new Error(`CreateMultipartUpload of s3://${Bucket}/${Key} answered without an id`);
  const stop = new AbortController();
  const onAbort = (): void => stop.abort(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted === true) onAbort();
  try {
    const Parts = await upload(UploadId, stop);
    stop.signal.throwIfAborted();
    await beforeVisible?.();
    await client.send(
      new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }),
    );
  } catch (error) {
    const abortUpload = new AbortMultipartUploadCommand({ Bucket, Key, UploadId });
    await client
      .send(abortUpload, { abortSignal: AbortSignal.timeout(CLEAN_UP_MS) })
      .catch((abortError: unknown) => {
        throw new AggregateError(
          [error, abortError],
          `${textOfError(error)}; and the unfinished upload ${UploadId} could not be removed: ${textOfError(abortError)}`,
        );
      });
    throw error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

function completedPart(PartNumber: number, answer: UploadPartCommandOutput): CompletedPart {
  const { ETag, ChecksumCRC32 } = answer;
  return {
    PartNumber,
    ...(ETag === undefined ? {} : { ETag }),
    ...(ChecksumCRC32 === undefined ? {} : { ChecksumCRC32 }),
  };
}
