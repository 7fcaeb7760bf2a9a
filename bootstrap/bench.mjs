/** `npm run bench`: runs bench/<name>/main.mjs one after the other; names as arguments choose among them. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureBuild } from './build.mjs';
import { ensureDependencies } from './dependencies.mjs';
import { checkNode } from './node-version.mjs';
import { ROOT } from './paths.mjs';
import { Problem, main, say, step } from './say.mjs';

async function benchmarks(chosen) {
  const names = (await readdir(join(ROOT, 'bench')).catch(() => [])).filter((name) =>
    existsSync(join(ROOT, 'bench', name, 'main.mjs')),
  );
  names.sort((left, right) => (left < right ? -1 : 1));
  const unknown = chosen.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new Problem(`There is no benchmark "${unknown}": expected one of ${names.join(', ') || '(none)'}.`);
  return chosen.length > 0 ? chosen : names;
}

function runBenchmark(name) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(ROOT, 'bench', name, 'main.mjs')], {
      cwd: ROOT,
      env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? signal));
  });
}

await main(async () => {
  checkNode();
  await ensureDependencies(ROOT);
  const names = await benchmarks(process.argv.slice(2));
  await ensureBuild(ROOT);
  const failed = [];
  for (const name of names) {
    const code = await step(`benchmark ${name}`, () => runBenchmark(name));
    if (code !== 0) failed.push(`${name} (ended with ${code})`);
  }
  if (failed.length > 0) throw new Problem(`Failed: ${failed.join(', ')}.`);
  say(`${names.length} benchmarks done`);
});
