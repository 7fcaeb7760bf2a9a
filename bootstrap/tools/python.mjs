/** A Python environment with pinned packages: the unmodified AWS CLI, boto3 and moto, for tests. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../cache.mjs';
import { isExecutable, run } from '../run.mjs';
import { virtualEnvironment } from './virtual-environment.mjs';

/** The packages, each pinned. */
const REQUIREMENTS = join(dirname(fileURLToPath(import.meta.url)), 'requirements.txt');

/** Answers { python, aws, moto }: paths in a virtual environment of the cache, made when missing (about a minute). */
export async function pythonTools({ cacheDir = cacheFolder() } = {}) {
  const folder = await virtualEnvironment({
    cacheDir,
    name: 'python',
    requirements: REQUIREMENTS,
    works: async (folder) => {
      const { python, aws } = toolsOf(folder);
      if (!(await isExecutable(aws))) return false;
      return await run(python, ['-c', 'import boto3'], { timeoutMs: 60_000 }).then(
        () => true,
        () => false,
      );
    },
    purpose: 'the AWS CLI and boto3 of the tests',
    title: 'AWS CLI, boto3 and moto into a Python environment of the cache (about a minute, once)',
  });
  return toolsOf(folder);
}

function toolsOf(folder) {
  const bin = join(folder, 'bin');
  return { python: join(bin, 'python'), aws: join(bin, 'aws'), moto: join(bin, 'moto_server') };
}
