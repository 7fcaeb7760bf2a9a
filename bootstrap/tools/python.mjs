/** A Python environment with pinned packages: the unmodified AWS CLI, boto3 and moto, for tests. */
import { createHash } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder, withLock } from '../cache.mjs';
import { isExecutable, run, which } from '../run.mjs';
import { Problem, reason, step } from '../say.mjs';

/** The packages, each pinned. */
const REQUIREMENTS = join(dirname(fileURLToPath(import.meta.url)), 'requirements.txt');
const PIP_TIMEOUT_MS = 600_000;

/** Answers { python, aws, moto }: paths in a virtual environment of the cache, made when missing (about a minute). */
export async function pythonTools({ cacheDir = cacheFolder() } = {}) {
  const requirements = await readFile(REQUIREMENTS, 'utf8');
  const hash = createHash('sha256').update(requirements).digest('hex').slice(0, 12);
  const folder = join(cacheDir, 'tools', `python-${hash}`);
  const done = join(folder, 'complete');
  const tools = {
    python: join(folder, 'bin', 'python'),
    aws: join(folder, 'bin', 'aws'),
    moto: join(folder, 'bin', 'moto_server'),
  };
  // A virtual environment dies with the Python it was made from: it is asked, not believed.
  const works = async () =>
    (await readFile(done, 'utf8').catch(() => '')) !== '' &&
    (await isExecutable(tools.aws)) &&
    (await run(tools.python, ['-c', 'import boto3'], { timeoutMs: 60_000 }).then(
      () => true,
      () => false,
    ));
  if (await works()) return tools;
  return await withLock(cacheDir, 'python', async () => {
    if (await works()) return tools;
    const python = await which('python3');
    if (python === undefined)
      throw new Problem('The tests need "python3" on PATH, for the AWS CLI and boto3.');
    await step(
      'AWS CLI, boto3 and moto into a Python environment of the cache (about a minute, once)',
      async () => {
        await rm(folder, { recursive: true, force: true });
        try {
          await run(python, ['-m', 'venv', folder], { timeoutMs: PIP_TIMEOUT_MS });
          const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps'];
          await run(tools.python, [...pip, '-r', REQUIREMENTS], { timeoutMs: PIP_TIMEOUT_MS });
        } catch (error) {
          await rm(folder, { recursive: true, force: true });
          throw new Problem(`The Python environment of the tests could not be made: ${reason(error)}`, {});
        }
        await writeFile(`${done}.new`, hash);
        await rename(`${done}.new`, done);
      },
    );
    return tools;
  });
}
