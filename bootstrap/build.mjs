/** The build: TypeScript to dist/, and the bundle of the workflows; only when a source has changed. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { withLock } from './cache.mjs';
import { run } from './run.mjs';
import { step } from './say.mjs';

const BUILD_TIMEOUT_MS = 600_000;
const CONFIGURATION = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'nest-cli.json'];

/** The source files of the build, relative, sorted: all of the folders that tsconfig.build.json includes, but tests. */
async function sourcesOf(root) {
  const { include } = JSON.parse(await readFile(join(root, 'tsconfig.build.json'), 'utf8'));
  const files = [];
  const collect = async (folder) => {
    const entries = await readdir(join(root, folder), { withFileTypes: true }).catch((error) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    for (const entry of entries) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) await collect(path);
      else if (entry.name.endsWith('.ts') && !entry.name.endsWith('.spec.ts')) files.push(path);
    }
  };
  for (const folder of include) await collect(folder);
  return files.sort((left, right) => (left < right ? -1 : 1));
}

/** A hash over names and contents of everything that the build reads. */
export async function sourceHash(root) {
  const hash = createHash('sha256');
  for (const file of [...CONFIGURATION, ...(await sourcesOf(root))]) {
    hash.update(`${file}\0`);
    hash.update(await readFile(join(root, file)));
    hash.update('\0');
  }
  return hash.digest('hex');
}

/** `nest build`: dist/{src,workflows,activities,…}. */
async function compile(root) {
  await run(process.execPath, [join(root, 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js'), 'build'], {
    cwd: root,
    timeoutMs: BUILD_TIMEOUT_MS,
  });
  await chmod(join(root, 'dist', 'cli', 'main.js'), 0o755); // `npx penstock` runs it as it is
}

/** dist/workflow-bundle.js, so that a control worker starts without webpack. */
async function bundle(root) {
  const entry = join(root, 'node_modules', '@temporalio', 'worker', 'lib', 'index.js');
  const { bundleWorkflowCode, DefaultLogger } = (await import(pathToFileURL(entry).href)).default;
  const workflows = join(root, 'dist', 'workflows');
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(workflows, 'index.js'),
    preloadModules: [join(workflows, 'shared-modules.js')],
    logger: new DefaultLogger('ERROR'),
  });
  const place = join(root, 'dist', 'workflow-bundle.js');
  await writeFile(`${place}.new`, code);
  await rename(`${place}.new`, place);
}

/** Makes dist/ current; answers whether it had to. */
export async function ensureBuild(root, { steps = [compile, bundle] } = {}) {
  const stampFile = join(root, 'dist', '.penstock-stamp');
  const isCurrent = async (hash) =>
    (await readFile(stampFile, 'utf8').catch(() => '')) === hash && existsSync(join(root, 'dist'));
  if (await isCurrent(await sourceHash(root))) return false;
  return await withLock(join(root, 'dist'), 'build', async () => {
    // Taken before the build: what changes during it makes the next one.
    const hash = await sourceHash(root);
    if (await isCurrent(hash)) return false;
    await step('build', async () => {
      // A build that fails half-way must not be taken for the one before.
      await rm(stampFile, { force: true });
      for (const each of steps) await each(root);
      await writeFile(stampFile, hash);
    });
    return true;
  });
}
