/**
 * `npm run chaos -- --seed N --minutes M`: random pipelines while everything is killed (test/chaos). The same seed has the same
 * pipelines and faults. `--operator`: an operator cancels, marks and reruns meanwhile. `--seeds N` plays N seeds one after the other, from `--seed` on; `--dist DIR` another build. Linux.
 */
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureDependencies } from './dependencies.mjs';
import { checkNode } from './node-version.mjs';
import { ROOT } from './paths.mjs';
import { Problem, main, say } from './say.mjs';
import { ensureBuild, findTemporal } from './tools.mjs';

function wholeNumber(name, text) {
  if (!/^\d{1,9}$/.test(text)) throw new Problem(`--${name} "${text}": expected a whole number`);
  return Number(text);
}

/** The TypeScript of the test, without a build of its own. */
async function chaosOfTest() {
  const { runnerImport } = await import(
    pathToFileURL(join(ROOT, 'node_modules/vite/dist/node/index.js')).href
  );
  const options = { configFile: false, root: ROOT, logLevel: 'error' };
  const { module } = await runnerImport(join(ROOT, 'test', 'chaos', 'main.ts'), options);
  return module.chaos;
}

await main(async () => {
  checkNode();
  if (process.platform !== 'linux') throw new Problem('The chaos test runs on Linux only: it reads /proc.');
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: String(Math.floor(Math.random() * 1e6)) },
      seeds: { type: 'string', default: '1' },
      minutes: { type: 'string', default: '2' },
      dist: { type: 'string' },
      short: { type: 'boolean', default: false },
      operator: { type: 'boolean', default: false },
    },
  });
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const first = wholeNumber('seed', values.seed);
  const count = wholeNumber('seeds', values.seeds);
  const minutes = wholeNumber('minutes', values.minutes);
  await ensureDependencies(ROOT);
  if (values.dist === undefined) await ensureBuild(ROOT);
  const { binary } = await findTemporal();
  const chaos = await chaosOfTest();
  const failed = [];
  for (let seed = first; seed < first + count; seed++) {
    say(`· seed ${seed} …`);
    const dist = resolve(values.dist ?? join(ROOT, 'dist'));
    const violations = await chaos({
      seed,
      minutes,
      dist,
      temporalBinary: binary,
      say,
      short: values.short,
      operator: values.operator,
    });
    if (violations.length > 0) failed.push(seed);
  }
  if (failed.length > 0) throw new Problem(`Violations with seed ${failed.join(', ')}.`);
  say(`${count === 1 ? `seed ${first}` : `${count} seeds`}: no violation`);
});
