import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessIdentity } from '../runner/process-identity.js';
import { safeName } from '../runner/safe-name.js';

/** What is on disk of a running local resource: enough to adopt its process, or to end it. */
export interface ResourceRecord extends ProcessIdentity {
  readonly hostname: string;
  readonly pipelineId: string;
  readonly attemptId: string;
  readonly taskQueue: string;
  readonly startedAt: string;
}

/** The files of one attempt of a resource, all under `<home>/resources/`. */
export interface ResourceFiles {
  readonly directory: string;
  readonly record: string;
  /** Written by the task runner of the resource when it polls. */
  readonly ready: string;
  /** Its standard output and standard error. */
  readonly log: string;
}

/** Where the files of an attempt of a resource are. */
export function resourceFiles(home: string, pipelineId: string, attemptId: string): ResourceFiles {
  const directory = resourceDirectory(home);
  const path = join(directory, safeName(`${attemptId} ${pipelineId}`));
  return { directory, record: `${path}.json`, ready: `${path}.ready`, log: `${path}.log` };
}

/** Writes the record, whole or not at all. Synchronous, so that no process is started without one. */
export function writeRecord(files: ResourceFiles, record: ResourceRecord): void {
  writeFileSync(`${files.record}.tmp`, JSON.stringify(record), { mode: 0o600 });
  renameSync(`${files.record}.tmp`, files.record);
}

/** The record in a file, or undefined when there is none. @throws when it cannot be read. */
export function readRecord(path: string): ResourceRecord | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ResourceRecord;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Makes the folder of all resources of `home`. */
export function prepareResourceDirectory(home: string): void {
  mkdirSync(resourceDirectory(home), { recursive: true, mode: 0o700 });
}

/** Removes all files of an attempt. */
export function removeResourceFiles(files: Pick<ResourceFiles, 'record' | 'ready' | 'log'>): void {
  for (const path of [files.ready, files.log, files.record]) rmSync(path, { force: true });
}

/** Files of every resource that is recorded under `home`. */
export function recordedResources(home: string): ResourceFiles[] {
  const directory = resourceDirectory(home);
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch {
    return []; // no resource ever ran here
  }
  return names
    .filter((name) => name.endsWith('.json'))
    .map((name) => join(directory, name.slice(0, -'.json'.length)))
    .map((path) => ({ directory, record: `${path}.json`, ready: `${path}.ready`, log: `${path}.log` }));
}

function resourceDirectory(home: string): string {
  return join(home, 'resources');
}
