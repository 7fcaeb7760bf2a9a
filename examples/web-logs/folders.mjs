/** A place for files, on this machine or in S3, that shows a file whole or not at all. */
import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { writeWhole } from './generate-logs.mjs';

/** A folder of this machine: `{ uri, has(name), put(name, text), close() }`. */
export function localFolder(path) {
  const root = resolve(path);
  return {
    uri: `file://${root}`,
    async has(name) {
      const found = await stat(join(root, name)).catch(ignoreMissing);
      return found !== undefined;
    },
    async put(name, text) {
      const cut = name.lastIndexOf('/');
      await writeWhole(join(root, name.slice(0, cut + 1)), name.slice(cut + 1), text);
    },
    close() {},
  };
}

/** A prefix of an S3 bucket that exists, `s3://bucket/prefix`; keys from the SDK's own environment. */
export function s3Folder(uri, endpoint) {
  const [, bucket, prefix] = /^s3:\/\/([^/]+)\/?(.*?)\/*$/.exec(uri) ?? [];
  if (bucket === undefined) throw new Error(`"${uri}" is not an S3 location: expected s3://bucket/prefix`);
  const client = new S3Client({
    region: process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? 'us-east-1',
    ...(endpoint ? { endpoint, forcePathStyle: true } : {}),
  });
  const keyOf = (name) => (prefix === '' ? name : `${prefix}/${name}`);
  return {
    uri: prefix === '' ? `s3://${bucket}` : `s3://${bucket}/${prefix}`,
    async has(name) {
      try {
        await client.send(new HeadObjectCommand({ Bucket: bucket, Key: keyOf(name) }));
        return true;
      } catch (error) {
        if (error.$metadata?.httpStatusCode === 404) return false;
        throw error;
      }
    },
    async put(name, text) {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: keyOf(name), Body: text }));
    },
    close() {
      client.destroy();
    },
  };
}

/** The text of a file, or undefined when there is none. */
export async function readIfThere(path) {
  return readFile(path, 'utf8').catch(ignoreMissing);
}

function ignoreMissing(error) {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}
