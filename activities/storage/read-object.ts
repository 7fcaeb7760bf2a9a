import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';

/** Times in a row that a broken answer is asked for again at the place where it broke, without one byte of progress. */
const RESUMES = 3;

/**
 * The bytes of an object. A connection that breaks in the middle (S3 closes one whose reader is slow) is taken up where
 * it broke; the ETag makes sure that it is still the same object.
 * @throws the SDK's error when the first request fails.
 */
export async function readObject(
  client: S3Client,
  Bucket: string,
  Key: string,
  signal: AbortSignal | undefined,
): Promise<AsyncGenerator<Buffer>> {
  const abort = signal === undefined ? {} : { abortSignal: signal };
  const first = await client.send(new GetObjectCommand({ Bucket, Key }), abort);
  const { ETag, ContentLength } = first;
  return (async function* () {
    let answer = first;
    let offset = 0;
    let resumes = 0;
    for (;;) {
      try {
        for await (const chunk of answer.Body as AsyncIterable<Buffer>) {
          offset += chunk.length;
          resumes = 0;
          yield chunk;
        }
        if (ContentLength === undefined || offset >= ContentLength) return;
        throw new Error(`the answer ended after ${offset} of ${ContentLength} bytes`);
      } catch (error) {
        if (signal?.aborted === true || ETag === undefined || ++resumes > RESUMES) throw error;
      }
      answer = await client.send(
        new GetObjectCommand({ Bucket, Key, Range: `bytes=${offset}-`, IfMatch: ETag }),
        abort,
      );
    }
  })();
}
