import type { S3Client } from '@aws-sdk/client-s3';
import { createFileStorage } from './file-storage.js';
import { parseLocation } from './location.js';
import { createS3Storage } from './s3-storage.js';
import type { Storage } from './storage.js';

/** One storage over all schemes: each call goes to the storage of its URI's scheme. */
export function createStorage(s3Client: S3Client): Storage {
  const byScheme = { s3: createS3Storage(s3Client), file: createFileStorage() };
  const of = (uri: string): Storage => byScheme[parseLocation(uri).scheme];
  return {
    read: async (uri, options) => of(uri).read(uri, options),
    write: async (uri, source, options) => of(uri).write(uri, source, options),
    async *list(directoryUri, options) {
      yield* of(directoryUri).list(directoryUri, options);
    },
    firstWithPrefix: async (prefixUri, options) => of(prefixUri).firstWithPrefix(prefixUri, options),
    head: async (uri, options) => of(uri).head(uri, options),
    async copy(fromUri, toUri, options) {
      if (of(fromUri) === of(toUri)) return of(fromUri).copy(fromUri, toUri, options);
      const source = await of(fromUri).read(fromUri, options);
      return of(toUri).write(toUri, source, options);
    },
    delete: async (uri, options) => of(uri).delete(uri, options),
  };
}
