/** The locked npm packages: installed when they are missing or other than package-lock.json says. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from './cache.mjs';
import { run } from './run.mjs';
import { Problem, step } from './say.mjs';
import { hydratePostgresLinks } from './symlinks.mjs';

const INSTALL_TIMEOUT_MS = 900_000;

async function readJson(path) {
  return JSON.parse(await readFile(path, 'utf8').catch(() => '{}'));
}

/** What the installed packages must match: the lock file, and the platform whose binaries are among them. */
async function wantedStamp(root) {
  const lock = await readFile(join(root, 'package-lock.json')).catch((error) => {
    throw new Problem(`There is no package-lock.json in "${root}": ${error.message}`, {});
  });
  const hash = createHash('sha256').update(lock).digest('hex');
  return `${hash} ${process.platform}-${process.arch}`;
}

/** Whether npm's own record of what lies in node_modules agrees with the lock file (somebody ran npm by hand). */
async function isInstalledByHand(root) {
  const wanted = (await readJson(join(root, 'package-lock.json'))).packages ?? {};
  const found = (await readJson(join(root, 'node_modules', '.package-lock.json'))).packages;
  if (found === undefined) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '' || (found[path] === undefined && entry.optional)) return true;
    return found[path]?.version === entry.version && found[path]?.integrity === entry.integrity;
  });
}

/**
 * npm as it started us, else the one on PATH.
 * @returns {[string, string[]]} command and first arguments
 */
function npm() {
  const script = process.env.npm_execpath;
  return script?.endsWith('.js') ? [process.execPath, [script]] : ['npm', []];
}

async function install(root) {
  const [command, first] = npm();
  // Development packages too, whatever NODE_ENV says: the build needs them.
  const args = [...first, 'ci', '--include=dev', '--no-audit', '--no-fund'];
  await run(command, args, { cwd: root, timeoutMs: INSTALL_TIMEOUT_MS });
}

/** Brings node_modules in line with package-lock.json; answers whether it had to. */
export async function ensureDependencies(root, { installWith = install } = {}) {
  const stampFile = join(root, 'node_modules', '.penstock-stamp');
  const stamp = await wantedStamp(root);
  const isCurrent = async () => (await readFile(stampFile, 'utf8').catch(() => '')) === stamp;
  if (await isCurrent()) return false;
  // Not in node_modules: npm ci removes it.
  return await withLock(join(root, 'dist'), 'npm-ci', async () => {
    if (await isCurrent()) return false;
    const byHand = await isInstalledByHand(root);
    if (!byHand) await step('npm packages of package-lock.json', () => installWith(root));
    await hydratePostgresLinks(root);
    await mkdir(join(root, 'node_modules'), { recursive: true });
    await writeFile(stampFile, stamp);
    return !byHand;
  });
}
