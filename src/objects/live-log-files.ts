import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { LogFile } from '../../activities/logs/live-tail.js';
import { Config } from '../config/config.js';

/** The files of a log in the order in which they are shown. */
export const SHOWN_FILES = ['activity', 'stdout', 'stderr'] as const satisfies readonly LogFile[];

/** The API cannot read a log; the message says where it is and why. */
export class LogNotReadable extends Error {
  override readonly name = 'LogNotReadable';
}

/** A stored file has its first and last MiB, and a line between (activities/logs/bounded-file.ts). */
const PART_BYTES = 1024 * 1024;
const MOST_BYTES = 2 * PART_BYTES + 1024;
const ANSWER_MS = 20_000;
const NOT_THERE = new Set(['ENOENT', 'ENOTDIR', 'NoSuchKey', 'NotFound']);

/** Stored logs of attempts that have ended, where this process can read them: S3, and files of this machine. */
@Injectable()
export class LiveLogFiles implements OnApplicationShutdown {
  #s3: S3Client | undefined;

  constructor(private readonly config: Config) {}

  onApplicationShutdown(): void {
    this.#s3?.destroy();
  }

  /** Bytes of the files in the folder `location` that are there. @throws LogNotReadable */
  async read(location: string): Promise<ReadonlyMap<LogFile, Buffer>> {
    const files = new Map<LogFile, Buffer>();
    for (const name of SHOWN_FILES) {
      const bytes = await this.#readFile(`${location}${name}.log`, location);
      if (bytes !== undefined) files.set(name, bytes);
    }
    if (files.size === 0)
      throw new LogNotReadable(`The log is in ${location}, and not to be found by this API`);
    return files;
  }

  /** Undefined when it is not there. */
  async #readFile(uri: string, location: string): Promise<Buffer | undefined> {
    try {
      const s3 = /^s3[na]?:\/\/([^/]+)\/([^]*)$/i.exec(uri);
      if (s3?.[1] !== undefined && s3[2] !== undefined) return await this.#readObject(s3[1], s3[2]);
      if (/^file:\/\/\//i.test(uri)) return await readRegularFile(uri.slice('file://'.length));
    } catch (error) {
      const { name, code = name } = error as NodeJS.ErrnoException;
      if (NOT_THERE.has(code) || NOT_THERE.has(name)) return undefined;
      throw new LogNotReadable(`The log is in ${location}; this API cannot read it there (${code})`, {
        cause: error,
      });
    }
    throw new LogNotReadable(`The log is in ${location}, where this API does not read`);
  }

  async #readObject(Bucket: string, Key: string): Promise<Buffer> {
    const { awsEndpointUrl, awsRegion: region } = this.config;
    this.#s3 ??= new S3Client({
      region,
      followRegionRedirects: true,
      ...(awsEndpointUrl === undefined ? {} : { endpoint: awsEndpointUrl, forcePathStyle: true }),
    });
    const abortSignal = AbortSignal.timeout(ANSWER_MS);
    const { Body, ContentLength = 0 } = await this.#s3.send(new GetObjectCommand({ Bucket, Key }), {
      abortSignal,
    });
    if (Body === undefined || ContentLength > MOST_BYTES) throw new Error('is no log');
    return Buffer.from(await Body.transformToByteArray());
  }
}

/** Follows no link at the end of the path: what a command puts in place of its log is not shown. */
async function readRegularFile(path: string): Promise<Buffer> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = await handle.stat();
    if (!stat.isFile() || stat.size > MOST_BYTES) throw new Error('is no log');
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

/** What a stored file has from byte `from` of what was written to it, where some in the middle may be left out. */
export function storedFrom(stored: Buffer, from: number): Buffer {
  const gap = gapIn(stored);
  if (gap === undefined || from <= PART_BYTES) return stored.subarray(from);
  const intoTail = from - PART_BYTES - gap.leftOutBytes;
  return stored.subarray(PART_BYTES + (intoTail <= 0 ? 0 : gap.lineBytes + intoTail));
}

/** Bytes of what was written to a stored file, left out or not. */
export function storedLength(stored: Buffer): number {
  const { leftOutBytes, lineBytes } = gapIn(stored) ?? { leftOutBytes: 0, lineBytes: 0 };
  return stored.length - lineBytes + leftOutBytes;
}

function gapIn(stored: Buffer): { readonly leftOutBytes: number; readonly lineBytes: number } | undefined {
  const after = stored.subarray(PART_BYTES, PART_BYTES + 200).toString('utf8');
  const line = /^\n\[… (\d+) bytes left out of this log …\]\n/.exec(after);
  return line === null ? undefined : { leftOutBytes: Number(line[1]), lineBytes: Buffer.byteLength(line[0]) };
}
