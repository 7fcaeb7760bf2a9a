import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { textOf } from '../../model/definition/component.js';
import type { OutputName } from '../logs/attempt-log.js';
import type { Attempt } from '../runner/attempt.js';
import { fileUri } from '../storage/location.js';
import type { Storage } from '../storage/storage.js';
import { quoted, workFailure } from '../storage/work-failure.js';

/**
 * Copies of a command's output for the fields `stdout` and `stderr`: the whole output, unlike the log, which keeps head
 * and tail. It is kept on disk in the work directory while the command runs and written when it has ended, however.
 */
export interface OutputCopies {
  take(name: OutputName, chunk: Buffer): Promise<void>;
  /** Brings the copies to their URIs. */
  publish(storage: Storage): Promise<void>;
  close(): Promise<void>;
}

/** Opens a copy for each of the two fields that is set. @throws InvalidField for what is no URI and no absolute path. */
export async function openOutputCopies(attempt: Attempt): Promise<OutputCopies> {
  const copies = new Map<
    OutputName,
    { readonly uri: string; readonly path: string; readonly file: FileHandle }
  >();
  for (const name of ['stdout', 'stderr'] as const) {
    const uri = targetOf(attempt, name);
    const path = join(attempt.workDirectory, `${name}.copy`);
    if (uri !== undefined) copies.set(name, { uri, path, file: await open(path, 'w', 0o600) });
  }
  return {
    async take(name, chunk) {
      await copies.get(name)?.file.appendFile(chunk);
    },
    async publish(storage) {
      for (const [name, { uri, path }] of copies) {
        const { signal, confirm } = attempt;
        await storage.write(uri, createReadStream(path), { signal, beforeVisible: confirm });
        attempt.log.line(`${name} copied to ${uri}`);
      }
    },
    async close() {
      for (const { file } of copies.values()) await file.close();
    },
  };
}

// Source: reference/objects.yaml, stdout: S3, or a local path with workerGroup.
function targetOf(attempt: Attempt, name: OutputName): string | undefined {
  const value = textOf(attempt.object, name)?.trim();
  if (value === undefined || value === '') return undefined;
  if (value.startsWith('/')) return fileUri(value);
  if (/^[a-z0-9]+:\/\//i.test(value)) return value;
  throw workFailure(
    'InvalidField',
    `${name} ${quoted(value)} is neither s3://bucket/key, file:///absolute/path nor an absolute path`,
  );
}
