/** A Python environment of pinned packages in the cache. */
import { createHash } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from '../cache.mjs';
import { run, which } from '../run.mjs';
import { Problem, reason, step } from '../say.mjs';

const PIP_TIMEOUT_MS = 600_000;

/**
 * The folder of the environment that the file `requirements` pins, made when it is missing. `works(folder)` says whether it can be used:
 * a virtual environment dies with the Python it was made from, so it is asked, not believed. `purpose` and `title` are for people.
 */
export async function virtualEnvironment({ cacheDir, name, requirements, works, purpose, title }) {
  const hash = createHash('sha256')
    .update(await readFile(requirements, 'utf8'))
    .digest('hex')
    .slice(0, 12);
  const folder = join(cacheDir, 'tools', `${name}-${hash}`);
  const done = join(folder, 'complete');
  const usable = async () => (await readFile(done, 'utf8').catch(() => '')) !== '' && (await works(folder));
  if (await usable()) return folder;
  return await withLock(cacheDir, name, async () => {
    if (await usable()) return folder;
    const python = await which('python3');
    if (python === undefined) throw new Problem(`"python3" is not on PATH, and is needed for ${purpose}.`);
    await step(title, async () => {
      await rm(folder, { recursive: true, force: true });
      try {
        await run(python, ['-m', 'venv', folder], { timeoutMs: PIP_TIMEOUT_MS });
        const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps'];
        await run(join(folder, 'bin', 'python'), [...pip, '-r', requirements], { timeoutMs: PIP_TIMEOUT_MS });
      } catch (error) {
        await rm(folder, { recursive: true, force: true });
        throw new Problem(`The Python environment for ${purpose} could not be made: ${reason(error)}`, {});
      }
      await writeFile(`${done}.new`, hash);
      await rename(`${done}.new`, done);
    });
    return folder;
  });
}
