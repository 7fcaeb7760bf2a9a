/**
 * `npm run conformance [-- <client>…]`: AWS's own clients against a started Penstock (test/conformance). Without names, all of them:
 * aws-cli, boto3, javascript, java, go. `fuzz` is the fuzzer of the endpoint: `-- fuzz --seconds 300 --seed 7`. `schemathesis` calls
 * the REST API by its OpenAPI document: `-- schemathesis --examples 30 --seed 7`. `--url URL --credentials FILE` takes a server that
 * runs already; what is on it may be changed and deleted.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { cacheFolder } from './cache.mjs';
import { ensureDependencies } from './dependencies.mjs';
import { checkNode } from './node-version.mjs';
import { ROOT } from './paths.mjs';
import { Problem, main, say } from './say.mjs';
import { ensureBuild, pythonTools, schemathesisTool } from './tools.mjs';

/** The TypeScript of the suite, without a build of its own. */
async function suite(file) {
  const { runnerImport } = await import(
    pathToFileURL(join(ROOT, 'node_modules/vite/dist/node/index.js')).href
  );
  const options = { configFile: false, root: ROOT, logLevel: 'error' };
  return (await runnerImport(join(ROOT, 'test', 'conformance', file), options)).module;
}

function wholeNumber(name, text) {
  if (!/^\d{1,9}$/.test(text)) throw new Problem(`--${name} "${text}": expected a whole number`);
  return Number(text);
}

function targetOf({ url, credentials }) {
  if (url === undefined && credentials === undefined) return undefined;
  if (url === undefined || credentials === undefined)
    throw new Problem('--url and --credentials belong together: expected both or none.');
  return { url, credentialsPath: credentials };
}

await main(async () => {
  checkNode();
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      url: { type: 'string' },
      credentials: { type: 'string' },
      examples: { type: 'string', default: '30' },
      seconds: { type: 'string', default: '120' },
      seed: { type: 'string' },
    },
  });
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const target = targetOf(values);
  await ensureDependencies(ROOT);
  if (target === undefined) await ensureBuild(ROOT);
  if (positionals.includes('fuzz')) {
    if (positionals.length > 1) throw new Problem('"fuzz" runs alone: expected no client beside it.');
    const { fuzzServer } = await suite('fuzz-main.ts');
    const seed = wholeNumber('seed', values.seed ?? String(Math.floor(Math.random() * 1e6)));
    const faults = await fuzzServer({ seed, seconds: wholeNumber('seconds', values.seconds), target, say });
    return faults === 0 ? 0 : 1;
  }
  if (positionals.includes('schemathesis')) {
    if (positionals.length > 1) throw new Problem('"schemathesis" runs alone: expected no client beside it.');
    const { schemathesis } = await suite('schemathesis.ts');
    return await schemathesis({
      schemathesis: await schemathesisTool(),
      seed: wholeNumber('seed', values.seed ?? '1'),
      examples: wholeNumber('examples', values.examples),
      ...(target === undefined ? {} : { target }),
    });
  }
  const { conformance, isClientName } = await suite('main.ts');
  const unknown = positionals.find((name) => !isClientName(name));
  const known = ['aws-cli', 'boto3', 'javascript', 'java', 'go'];
  if (unknown !== undefined)
    throw new Problem(`There is no client "${unknown}": expected ${known.join(', ')}, fuzz or schemathesis.`);
  const tools = { ...(await pythonTools()), cacheDir: cacheFolder() };
  const faults = await conformance({
    clients: positionals.length > 0 ? positionals : known,
    ...(target === undefined ? {} : { target }),
    tools,
    say,
  });
  if (faults > 0) throw new Problem(`${faults} faults.`);
  say('all conforms');
});
