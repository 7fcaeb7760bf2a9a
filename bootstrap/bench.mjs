/**
 * `npm run bench`: runs bench/<name>/main.mjs one after the other; names as arguments choose among them. What follows one name and begins
 * with `--` is for that benchmark: `npm run bench -- engine --only latency`.
 */
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

/** Names, and the options after them. */
function readArguments(given) {
  const at = given.findIndex((each) => each.startsWith('--'));
  if (at < 0) return { chosen: given, options: [] };
  if (at === 1) return { chosen: given.slice(0, 1), options: given.slice(1) };
  throw new Problem(`"${given[at]}" is an option: expected the name of one benchmark before it.`);
}

function runBenchmark(name, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(ROOT, 'bench', name, 'main.mjs'), ...options], {
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
  const { chosen, options } = readArguments(process.argv.slice(2));
  const names = await benchmarks(chosen);
  await ensureBuild(ROOT);
  const failed = [];
  for (const name of names) {
    const code = await step(`benchmark ${name}`, () => runBenchmark(name, options));
    if (code !== 0) failed.push(`${name} (ended with ${code})`);
  }
  if (failed.length > 0) throw new Problem(`Failed: ${failed.join(', ')}.`);
  say(`${names.length} benchmarks done`);
});
