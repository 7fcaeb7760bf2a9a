/** versitygw: a real S3 server over a folder, for tests and benchmarks. */
import { join } from 'node:path';
import { cacheFolder, withLock } from '../cache.mjs';
import { goInstallTo } from '../go-install.mjs';
import { isExecutable } from '../run.mjs';
import { Problem, reason, say } from '../say.mjs';
import { withScratch } from '../temporal/install.mjs';
import { VERSITYGW_VERSION } from '../versions.mjs';

/** Answers the path of the pinned versitygw in the cache, built with Go when it is missing (two minutes). */
export async function versitygwTool({ cacheDir = cacheFolder() } = {}) {
  const binary = join(cacheDir, 'tools', `versitygw-${VERSITYGW_VERSION}`, 'versitygw');
  if (await isExecutable(binary)) return binary;
  return await withLock(cacheDir, 'versitygw', async () => {
    if (await isExecutable(binary)) return binary;
    say('· S3 server for the tests');
    const module = `github.com/versity/versitygw/cmd/versitygw@${VERSITYGW_VERSION}`;
    return await withScratch(cacheDir, (folder) => goInstallTo(binary, { module, folder })).catch((error) => {
      throw new Problem(`The tests need versitygw (an S3 server), built with Go: ${reason(error)}`, {});
    });
  });
}
