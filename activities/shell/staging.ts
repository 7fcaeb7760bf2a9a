import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { referencesOf, textOf } from '../../model/definition/component.js';
import type { TaskObject } from '../../model/instance/task.js';
import type { Attempt } from '../runner/attempt.js';
import { lastPart } from '../storage/location.js';
import type { Storage } from '../storage/storage.js';
import { quoted, workFailure } from '../storage/work-failure.js';
import { forEachAtOnce } from './for-each-at-once.js';
import { TRANSFERS_AT_ONCE } from './transfers.js';
import { uploadOutput } from './upload-output.js';

export interface Staging {
  /** INPUTn_STAGING_DIR and OUTPUTn_STAGING_DIR; empty without staging. */
  readonly variables: Readonly<Record<string, string>>;
  /** Brings the outputs to their places; called after success only. */
  upload(): Promise<void>;
}

interface StagedNode {
  readonly node: TaskObject;
  readonly directory: string;
}

/**
 * Downloads the S3 inputs of the attempt when its object says `stage`, and prepares its outputs. Numbers follow the
 * order of `input` and `output`, data nodes of other types counted but without a variable. Source: semantics.md 11.
 */
export async function prepareStaging(storage: Storage, attempt: Attempt): Promise<Staging> {
  if (!staged(attempt.object)) return { variables: {}, upload: async () => undefined };
  const variables: Record<string, string> = {};
  const inputs = await stagedNodes(attempt, 'input', variables);
  const outputs = await stagedNodes(attempt, 'output', variables);
  for (const { node } of [...inputs, ...outputs]) pathOf(node); // before any work: each needs a path
  for (const input of inputs) await download(storage, attempt, input);
  return {
    variables,
    async upload() {
      for (const { node, directory } of outputs)
        await uploadOutput(storage, attempt, { node, directory, ...pathOf(node) });
    },
  };
}

function staged(object: TaskObject): boolean {
  const value = textOf(object, 'stage')?.trim().toLowerCase() ?? 'false';
  if (value !== 'true' && value !== 'false')
    throw workFailure('InvalidField', `stage ${quoted(value)} is neither "true" nor "false"`);
  return value === 'true';
}

async function stagedNodes(
  { task, object, workDirectory }: Attempt,
  field: 'input' | 'output',
  variables: Record<string, string>,
): Promise<StagedNode[]> {
  const nodes: StagedNode[] = [];
  for (const [index, id] of referencesOf(object, field).entries()) {
    const node = Object.hasOwn(task.objects, id) ? task.objects[id] : undefined;
    if (node?.type !== 'S3DataNode') continue;
    const directory = join(workDirectory, `${field}${index + 1}`);
    await mkdir(directory);
    variables[`${field.toUpperCase()}${index + 1}_STAGING_DIR`] = directory;
    nodes.push({ node, directory });
  }
  return nodes;
}

/** The place of a data node. @throws InvalidField without a path, or with two. */
function pathOf(node: TaskObject): { readonly uri: string; readonly isDirectory: boolean } {
  const directoryPath = textOf(node, 'directoryPath')?.trim();
  const filePath = textOf(node, 'filePath')?.trim();
  if (directoryPath && filePath)
    throw workFailure(
      'InvalidField',
      `S3DataNode "${node.id}" has both directoryPath and filePath; expected one`,
    );
  if (directoryPath) return { uri: directoryPath, isDirectory: true };
  if (filePath) return { uri: filePath, isDirectory: false };
  throw workFailure(
    'InvalidField',
    `S3DataNode "${node.id}" has neither directoryPath nor filePath; staging needs one`,
  );
}

async function download(storage: Storage, attempt: Attempt, { node, directory }: StagedNode): Promise<void> {
  const { uri, isDirectory } = pathOf(node);
  const options = { signal: attempt.signal };
  let count = 0;
  const one = async (from: string, name: string): Promise<void> => {
    const path = inside(directory, name, from);
    await mkdir(dirname(path), { recursive: true });
    await pipeline(await storage.read(from, options), createWriteStream(path), options);
    count++;
  };
  if (isDirectory)
    await forEachAtOnce(TRANSFERS_AT_ONCE, storage.list(uri, options), (found) => one(found.uri, found.name));
  else await one(uri, lastPart(uri));
  // An S3 prefix without objects and one that never was are the same thing: the command sees an empty directory.
  attempt.log.line(`input "${node.id}": ${count} objects of ${uri} downloaded`);
}

function inside(directory: string, name: string, uri: string): string {
  const path = join(directory, name);
  if (!path.startsWith(directory + sep))
    throw workFailure(
      'InvalidField',
      `object ${quoted(uri)} would be downloaded outside of its staging directory`,
    );
  return path;
}
