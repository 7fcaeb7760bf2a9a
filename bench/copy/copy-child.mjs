/**
 * One CopyActivity in a process of its own, so that its peak memory is its own. Takes a job as JSON in its first argument,
 * prints one line of JSON: seconds of the activity, bytes, records and peak RSS.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const { dist, task, endpointUrl } = JSON.parse(process.argv[2] ?? '');
const load = (path) => import(pathToFileURL(join(dist, 'activities', path)).href);
const { copyData } = await load('copy/copy-activity.js');
const { createStorage } = await load('storage/open-storage.js');
const { createS3Client } = await load('storage/s3-client.js');

let progress = {};
const lines = [];
const attempt = {
  task,
  object: task.objects[task.objectId],
  signal: new AbortController().signal,
  log: { line: (text) => lines.push(text) },
  heartbeatWith: (details) => (progress = details),
};
const deps = { storage: createStorage(createS3Client({ endpointUrl })), secrets: { environment: {} } };
const startedMs = performance.now();
await copyData(deps, attempt);
const seconds = (performance.now() - startedMs) / 1000;
const peak = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'));
console.log(
  JSON.stringify({ seconds, peakRssMib: Number(peak?.[1]) / 1024, progress, summary: lines.at(-1) }),
);
