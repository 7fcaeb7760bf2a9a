/** `go install` of a pinned command, showing that it lives: it takes minutes and prints next to nothing by itself. */
import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { run, which } from './run.mjs';
import { Problem, duration, say } from './say.mjs';

const REPORT_EVERY_MS = 10_000;
/** Five times what was measured on two busy cores (5.4 min). */
const BUILD_TIMEOUT_MS = 1_800_000;

/**
 * Builds `module` (`path@version`) into `folder`/bin and answers the binary's path.
 * `-v` prints each package when it is compiled: counted, and the latest shown every ten seconds.
 */
export async function goInstall({ module, folder, path = process.env.PATH, env = process.env }) {
  const go = await which('go', path);
  if (go === undefined) throw new Problem('no "go" on PATH');
  const bin = join(folder, 'bin');
  await mkdir(bin, { recursive: true });
  say(`  building ${module} with ${go}: this takes some minutes, once`);
  const startedAt = Date.now();
  let packages = 0;
  let downloads = 0;
  let latest = '';
  const report = setInterval(() => {
    const what =
      packages > 0 ? `${packages} packages compiled, latest ${latest}` : `${downloads} modules downloaded`;
    say(`  … ${duration(Date.now() - startedAt)}, ${what}`);
  }, REPORT_EVERY_MS);
  try {
    await run(go, ['install', '-v', '-ldflags=-s -w', module], {
      env: { ...env, GOBIN: bin, GOFLAGS: env.GOFLAGS ?? '' },
      timeoutMs: BUILD_TIMEOUT_MS,
      onLine: (line) => {
        if (line.startsWith('go: ')) {
          downloads += 1;
        } else {
          packages += 1;
          latest = line.trim();
        }
      },
    });
  } finally {
    clearInterval(report);
  }
  const [name] = await readdir(bin);
  if (name === undefined) throw new Problem(`"go install ${module}" left nothing in ${bin}`);
  return join(bin, name);
}

/** As goInstall, then moves the binary to `place` in one step. */
export async function goInstallTo(place, options) {
  const built = await goInstall(options);
  await mkdir(join(place, '..'), { recursive: true });
  await rename(built, place);
  return place;
}
