import { createReadStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { textOf } from '../../model/definition/component.js';
import type { TaskObject } from '../../model/instance/task.js';
import type { Attempt } from '../runner/attempt.js';
import { hashOf } from '../runner/safe-name.js';
import { childUri, fileUri, lastPart, parseLocation } from '../storage/location.js';
import type { Storage, WriteOptions } from '../storage/storage.js';
import { workFailure } from '../storage/work-failure.js';
import { forEachAtOnce } from './for-each-at-once.js';
import { TRANSFERS_AT_ONCE } from './transfers.js';

export interface StagedOutput {
  readonly node: TaskObject;
  /** What the command wrote. */
  readonly directory: string;
  readonly uri: string;
  readonly isDirectory: boolean;
}

/**
 * Brings the files of a staged output to its URI, beside what is there; files of the same name are replaced.
 * In S3 each object appears whole, but several appear one after the other: S3 has no other way. Whoever waits for the
 * activity sees all of them; whoever lists the prefix meanwhile may not, and a retry replaces what a failed upload left.
 * A `file://` directory is written beside its place and renamed: at once where it is new, file by file where it exists.
 */
export async function uploadOutput(storage: Storage, attempt: Attempt, output: StagedOutput): Promise<void> {
  const files = await filesIn(output.directory);
  const options = writeOptions(attempt, output.node);
  if (!output.isDirectory) await uploadOne(storage, output, files, options);
  else if (parseLocation(output.uri).scheme === 'file')
    await replaceDirectory(storage, attempt, output, files, options);
  else await uploadAll(storage, output.directory, files, output.uri, options);
  attempt.log.line(`output "${output.node.id}": ${files.length} files written to ${output.uri}`);
}

async function filesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
  for (const path of paths)
    if (!(await stat(path)).isFile())
      throw workFailure(
        'InvalidField',
        `output "${relative(directory, path)}" is no file and cannot be uploaded`,
      );
  return paths.map((path) => relative(directory, path)).toSorted();
}

async function uploadAll(
  storage: Storage,
  directory: string,
  files: readonly string[],
  target: string,
  options: WriteOptions,
): Promise<void> {
  await forEachAtOnce(TRANSFERS_AT_ONCE, files, (name) =>
    storage.write(
      childUri(target, name.split(sep).join('/')),
      createReadStream(join(directory, name)),
      options,
    ),
  );
}

// AWS asks for directoryPath; with filePath the one file is meant, or the one of that name.
async function uploadOne(
  storage: Storage,
  { node, directory, uri }: StagedOutput,
  files: readonly string[],
  options: WriteOptions,
): Promise<void> {
  const name = files.find((file) => file === lastPart(uri)) ?? (files.length === 1 ? files[0] : undefined);
  if (name === undefined)
    throw workFailure(
      'InvalidField',
      `output "${node.id}" has filePath ${uri}, but the command left ${files.length} files; expected one, or one named "${lastPart(uri)}"`,
    );
  await storage.write(uri, createReadStream(join(directory, name)), options);
}

async function replaceDirectory(
  storage: Storage,
  { task, confirm }: Attempt,
  { directory, uri }: StagedOutput,
  files: readonly string[],
  options: WriteOptions,
): Promise<void> {
  if (files.length === 0) return;
  const location = parseLocation(uri);
  if (location.scheme !== 'file') throw new Error(`${uri} is no file URI`);
  const target = join(location.path, '.'); // without a last slash
  // The same name in every attempt of the instance, so that a retry replaces what a kill -9 left; with the ending by
  // which the storage knows, and does not list, what is unfinished.
  const beside = join(dirname(target), `.${hashOf(`${task.instanceId} ${target}`)}.penstock-part`);
  try {
    await rm(beside, { recursive: true, force: true });
    await uploadAll(storage, directory, files, fileUri(beside), options);
    await confirm();
    if (await exists(target)) await moveInto(beside, target, files);
    else await rename(beside, target);
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}

async function moveInto(from: string, to: string, files: readonly string[]): Promise<void> {
  for (const name of files) {
    await mkdir(dirname(join(to, name)), { recursive: true });
    await rename(join(from, name), join(to, name));
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

// Source: reference/objects.yaml, s3EncryptionType; when it is absent the bucket's own default decides.
function writeOptions(attempt: Attempt, node: TaskObject): WriteOptions {
  const encryption = textOf(node, 's3EncryptionType')?.trim().toUpperCase();
  return {
    signal: attempt.signal,
    beforeVisible: attempt.confirm,
    serverSideEncryption: encryption === 'SERVER_SIDE_ENCRYPTION' || undefined,
  };
}
