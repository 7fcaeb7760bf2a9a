/** Schemathesis, which calls a REST API as its OpenAPI document says, and as it does not. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../cache.mjs';
import { isExecutable, run } from '../run.mjs';
import { virtualEnvironment } from './virtual-environment.mjs';

/** The packages, each pinned. */
const REQUIREMENTS = join(dirname(fileURLToPath(import.meta.url)), 'schemathesis-requirements.txt');

/** Path of the command, in a virtual environment of the cache that is made when missing (half a minute). */
export async function schemathesisTool({ cacheDir = cacheFolder() } = {}) {
  const commandOf = (folder) => join(folder, 'bin', 'schemathesis');
  const folder = await virtualEnvironment({
    cacheDir,
    name: 'schemathesis',
    requirements: REQUIREMENTS,
    works: async (folder) => {
      if (!(await isExecutable(commandOf(folder)))) return false;
      return await run(commandOf(folder), ['--version'], { timeoutMs: 60_000 }).then(
        () => true,
        () => false,
      );
    },
    purpose: 'schemathesis',
    title: 'schemathesis into a Python environment of the cache (half a minute, once)',
  });
  return commandOf(folder);
}
