/**
 * `npm test`: everything that CI runs: format, lint with types, build, then all tests on real servers. Ends with one line
 * `N passed, N failed` over all of it, a failed check counting as one. Arguments go to vitest, and then the checks are
 * left out: `npm test -- --project unit model/schedule`.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuild } from './build.mjs';
import { ensureDependencies } from './dependencies.mjs';
import { checkNode } from './node-version.mjs';
import { ROOT } from './paths.mjs';
import { main, reason, say, step } from './say.mjs';
import { countTests, totalLine } from './test-count.mjs';
import { findTemporal, pythonTools, versitygwTool } from './tools.mjs';

const module = (...path) => join(ROOT, 'node_modules', ...path);
const ENVIRONMENT = { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };

/** Runs a tool of node_modules with its output on ours; answers its exit code. */
function runTool(script, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], {
      cwd: ROOT,
      env: ENVIRONMENT,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? signal));
  });
}

async function tool(script, ...args) {
  const code = await runTool(script, args);
  if (code !== 0) throw new Error(`ended with ${code}`);
}

const CHECKS = {
  'format (prettier)': () => tool(module('prettier', 'bin', 'prettier.cjs'), '--check', '.'),
  'lint and types (oxlint)': () =>
    tool(module('oxlint', 'bin', 'oxlint'), '--type-aware', '--type-check', '--deny-warnings'),
  build: () => ensureBuild(ROOT),
};

/** The names of the checks that failed. All at once: each uses one processor. */
async function failedChecks() {
  const names = await Promise.all(
    Object.entries(CHECKS).map(async ([name, check]) => {
      try {
        await step(name, check);
        return [];
      } catch (error) {
        say(`  ${name} failed: ${reason(error)}`);
        return [name];
      }
    }),
  );
  return names.flat();
}

async function runVitest(args) {
  const folder = await mkdtemp(join(tmpdir(), 'penstock-report-'));
  const report = join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const code = await runTool(module('vitest', 'vitest.mjs'), ['run', ...reporters, ...args]);
    return countTests(await readFile(report, 'utf8').catch(() => undefined), code);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

await main(async () => {
  const args = process.argv.slice(2);
  const total = { passed: 0, failed: 0, skipped: 0 };
  try {
    checkNode();
    await ensureDependencies(ROOT);
    if (args.length === 0) total.failed += (await failedChecks()).length;
    // Before vitest, whose own time limits know nothing of downloads.
    await findTemporal();
    await Promise.all([pythonTools(), versitygwTool()]);
    const counted = await runVitest(args);
    for (const key of Object.keys(total)) total[key] += counted[key];
  } catch (error) {
    say(`the tests could not be run: ${reason(error)}`);
    total.failed += 1;
  }
  say(totalLine(total));
  return total.failed > 0 ? 1 : 0;
});
