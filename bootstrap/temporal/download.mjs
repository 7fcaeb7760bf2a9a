/** The official Temporal CLI archive, from its CDN or GitHub, checked against the release's checksums. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { run } from '../run.mjs';
import { Problem, reason } from '../say.mjs';
import { TEMPORAL_VERSION } from '../versions.mjs';
import { installTemporal, withScratch } from './install.mjs';

/** Without a route to the internet this is all the time that is lost. */
const CONNECT_TIMEOUT_MS = 5_000;
/** 45 MB over a line of 1 Mbit/s. */
const DOWNLOAD_TIMEOUT_MS = 400_000;

const RELEASE = `https://github.com/temporalio/cli/releases/download/v${TEMPORAL_VERSION}`;
const ARCHITECTURES = { x64: 'amd64', arm64: 'arm64' };

async function open(url, fetchUrl) {
  const abort = new AbortController();
  const connecting = setTimeout(
    () => abort.abort(new Error(`no answer within ${CONNECT_TIMEOUT_MS / 1000} s`)),
    CONNECT_TIMEOUT_MS,
  );
  const whole = setTimeout(() => abort.abort(new Error('took too long')), DOWNLOAD_TIMEOUT_MS);
  whole.unref();
  try {
    const response = await fetchUrl(url, { signal: abort.signal, redirect: 'follow' });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return response;
  } catch (error) {
    throw new Problem(`${url}: ${reason(error)}`, {});
  } finally {
    clearTimeout(connecting);
  }
}

/** sha256 of a file, in hex. */
export async function sha256(file) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** Downloads the archive of this platform into the cache; answers the binary's path. `fetchUrl` is fetch, but in tests. */
export async function downloadTemporal({
  cacheDir,
  platform = process.platform,
  arch = process.arch,
  fetchUrl = fetch,
}) {
  const goArch = ARCHITECTURES[arch];
  if (!['linux', 'darwin'].includes(platform) || goArch === undefined) {
    throw new Problem(`there is no official archive for ${platform}-${arch} that this bootstrap knows`);
  }
  const archive = `temporal_cli_${TEMPORAL_VERSION}_${platform}_${goArch}.tar.gz`;
  const checksums = await (await open(`${RELEASE}/checksums.txt`, fetchUrl)).text();
  const line = checksums.split('\n').find((each) => each.trim().endsWith(archive));
  const wanted = /^[0-9a-f]{64}/.exec(line ?? '')?.[0];
  if (wanted === undefined) throw new Problem(`${RELEASE}/checksums.txt names no sha256 of ${archive}`);
  const failures = [];
  for (const url of [
    `https://temporal.download/cli/archive/v${TEMPORAL_VERSION}?platform=${platform}&arch=${goArch}`,
    `${RELEASE}/${archive}`,
  ]) {
    try {
      return await withScratch(cacheDir, async (folder) => {
        const file = join(folder, 'archive.tar.gz');
        const response = await open(url, fetchUrl);
        await pipeline(Readable.fromWeb(response.body), createWriteStream(file));
        const found = await sha256(file);
        if (found !== wanted) throw new Problem(`${url}: sha256 is ${found}, the release says ${wanted}`);
        await run('tar', ['-xzf', file, '-C', folder, 'temporal']);
        return await installTemporal(cacheDir, join(folder, 'temporal'));
      });
    } catch (error) {
      failures.push(reason(error));
    }
  }
  throw new Problem(failures.join('; '));
}
