/** Puts a fetched Temporal binary into the cache in one step. */
import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TEMPORAL_VERSION } from '../versions.mjs';
import { checkTemporal } from './version.mjs';

/** Where the cache keeps the pinned version. */
export function cachedTemporal(cacheDir) {
  return join(cacheDir, 'tools', `temporal-${TEMPORAL_VERSION}`, 'temporal');
}

/** Checks the binary at `file` and moves it (same file system: the cache's own `tmp`) to its place; answers the place. */
export async function installTemporal(cacheDir, file) {
  await chmod(file, 0o755);
  await checkTemporal(file);
  const place = cachedTemporal(cacheDir);
  await mkdir(join(place, '..'), { recursive: true });
  await rename(file, place);
  return place;
}

/** Runs `work` with a fresh folder beside the cache's tools, removed afterwards whatever happened. */
export async function withScratch(cacheDir, work) {
  const folder = join(cacheDir, 'tmp', `${process.pid}-${Date.now()}`);
  await mkdir(folder, { recursive: true });
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
