/**
 * What the AWS API costs on a store with very many instances: QueryObjects by operator, list-runs, a steady rate of calls.
 *
 *   node bench/api/main.mjs [--instances 1000000] [--rounds 20] [--rate 50] [--seconds 30] [--minutes 20] [--dist dist] [--out folder]
 *
 * Needs a build (dist/) and Python (the AWS CLI is found as the tests find it). It starts a PostgreSQL and one API process of its own,
 * prints the tables and writes api.md to bench/results (`--out docs/bench` for the README). It fails when the median of a page of
 * QueryObjects is above 100 ms. After --minutes it stops, whatever it does, and leaves nothing behind.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { pythonTools } from '../../bootstrap/tools.mjs';
import { caller, percentile } from './calls.mjs';
import { load } from './load.mjs';
import { measureQueries, queryLines, slowest } from './queries.mjs';
import { measureRate, rateLines } from './rate.mjs';
import { listRunsLines, measureListRuns } from './runs.mjs';
import { World } from './world.mjs';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
/** Source: issue 6. */
const MOST_PAGE_MS = 100;
const OPTIONS = { instances: '1000000', rounds: '20', rate: '50', seconds: '30', minutes: '20' };

function readSettings(argv) {
  const strings = [...Object.keys(OPTIONS), 'dist', 'out'];
  const options = Object.fromEntries(
    strings.map((name) => [name, { type: 'string', ...(name in OPTIONS ? { default: OPTIONS[name] } : {}) }]),
  );
  const { values } = parseArgs({ args: argv, options });
  const number = (name, text) => {
    if (/^[1-9]\d{0,7}$/.test(text)) return Number(text);
    throw new Error(`--${name} ${text}: expected a whole number from 1 on`);
  };
  return {
    ...Object.fromEntries(Object.keys(OPTIONS).map((name) => [name, number(name, values[name])])),
    dist: resolve(values.dist ?? join(ROOT, 'dist')),
    out: resolve(values.out ?? join(ROOT, 'bench/results')),
  };
}

const say = (text) => process.stdout.write(`${text}\n`);

async function measure(world, { dist, instances, rounds, rate, seconds }) {
  const [busy = 0] = loadavg();
  say('  a PostgreSQL …');
  await world.start(dist);
  const { PipelineStore } = await world.load('src/store/pipeline-store.js');
  const startedMs = performance.now();
  const facts = await load(world.db, { pipelines: new PipelineStore({ kysely: world.kysely }) }, instances);
  const loadedSeconds = (performance.now() - startedMs) / 1000;
  say(`  ${facts.instances} instances, ${facts.attempts} attempts in ${loadedSeconds.toFixed(0)} s`);
  const api = await world.startApi();
  const { call, close } = caller(api);
  try {
    const queries = await measureQueries({ call, db: world.db, facts, rounds });
    say(`  slowest page of QueryObjects: ${slowest(queries).toFixed(1)} ms`);
    const { pipelineId } = facts;
    const describe = await describeObjects(call, facts, rounds);
    const { aws } = await pythonTools();
    const listRuns = await measureListRuns({ call, facts, aws, api, rounds: Math.min(rounds, 3) });
    const at = (days) => new Date(facts.now.getTime() - days * 86_400_000).toISOString().slice(0, 19);
    const selectors = [
      { fieldName: '@actualStartTime', operator: { type: 'BETWEEN', values: [at(4), at(0)] } },
    ];
    const calls = [
      { operation: 'DescribePipelines', input: { pipelineIds: [pipelineId] } },
      { operation: 'QueryObjects', input: { pipelineId, sphere: 'INSTANCE', query: { selectors } } },
    ];
    // Warm, as a server is that is asked all the time.
    await measureRate({ call, calls, perSecond: 20, seconds: 3 });
    const steady = await measureRate({ call, calls, perSecond: rate, seconds });
    const bare = await bareRate(world.pool, facts, selectors, rate, Math.min(seconds, 10));
    return { busy, facts, queries, describe, listRuns, steady, bare };
  } finally {
    close();
  }
}

/** DescribeObjects of 100 instances, and of 100 attempts. */
async function describeObjects(call, { pipelineId }, rounds) {
  const rows = [];
  for (const sphere of ['INSTANCE', 'ATTEMPT']) {
    const { ids } = await call('QueryObjects', { pipelineId, sphere, limit: 100 });
    for (const evaluateExpressions of [false, true]) {
      const times = [];
      for (let round = -1; round < rounds; round++) {
        const startedMs = performance.now();
        await call('DescribeObjects', { pipelineId, objectIds: ids, evaluateExpressions });
        if (round >= 0) times.push(performance.now() - startedMs);
      }
      rows.push(
        `| ${sphere}${evaluateExpressions ? ', expressions evaluated' : ''} | ${ids.length} | ${percentile(times, 0.5).toFixed(1)} | ${percentile(times, 1).toFixed(1)} |`,
      );
    }
  }
  return rows;
}

/** The same rate of the same page by plain SQL, on as many connections as the API has. */
async function bareRate(pool, { pipelineId }, [{ operator }], perSecond, seconds) {
  const [from, to] = operator.values;
  const text =
    'select id from instances where pipeline_id = $1 and actual_start between $2 and $3 order by actual_start, id limit 101';
  const call = () => pool.query(text, [pipelineId, from, to]);
  return measureRate({ call, calls: [{ operation: 'plain SQL of the page' }], perSecond, seconds });
}

function report({ busy, facts, queries, describe, listRuns, steady, bare }, { rate, seconds, rounds }) {
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`;
  return [
    '# The AWS API on a large store',
    '',
    `${machine}. One pipeline with ${facts.instances.toLocaleString('en')} instances (20 activities, hourly, ${(facts.hours / 8766).toFixed(1)} years) and ` +
      `${facts.attempts.toLocaleString('en')} attempts in a PostgreSQL 15 as \`npm start\` has it; one API process on the same machine. ` +
      `The client signs each call; ${rounds} rounds, turn by turn. Load of the machine by others when it began: ${busy.toFixed(1)}. \`npm run bench -- api --out docs/bench\` makes this page.`,
    '',
    '## A page of QueryObjects (100 ids), milliseconds',
    '',
    'Beside it: plain SQL for the same ids through `pg`, without API, signature and paging.',
    '',
    '| query | ids | first page p50 | max | next page p50 | max | plain SQL p50 | max |',
    '|---|---:|---:|---:|---:|---:|---:|---:|',
    ...queryLines(queries),
    '',
    `The slowest page took ${slowest(queries).toFixed(1)} ms (p50).`,
    '',
    '## DescribeObjects, milliseconds',
    '',
    '| objects | ids | p50 | max |',
    '|---|---:|---:|---:|',
    ...describe,
    '',
    '## `aws datapipeline list-runs`, seconds',
    '',
    `From end to end, and the calls that it makes by a client that does nothing else. A call of the CLI that asks for one pipeline takes ${(listRuns.ownMs / 1000).toFixed(2)} s.`,
    '',
    '| command | instances | AWS CLI p50 | its calls p50 |',
    '|---|---:|---:|---:|',
    ...listRunsLines(listRuns),
    '',
    `## ${rate} calls a second for ${seconds} s, milliseconds`,
    '',
    'Each call begins at its moment, whether or not those before it were answered. PostgreSQL, API and client share the machine.',
    '',
    '| what | operation | calls | p50 | p90 | p99 | max |',
    '|---|---|---:|---:|---:|---:|---:|',
    ...rateLines(steady, `${rate} a second, in turn`),
    ...rateLines(bare, `${rate} a second, without API`),
    '',
  ].join('\n');
}

export async function main(argv = process.argv.slice(2)) {
  const settings = readSettings(argv);
  const world = new World();
  const late = new Promise((_, reject) => {
    const fail = () => reject(new Error(`not done after ${settings.minutes} minutes`));
    setTimeout(fail, settings.minutes * 60_000).unref();
  });
  try {
    const measured = await Promise.race([measure(world, settings), late]);
    const text = report(measured, settings);
    say(text);
    await mkdir(settings.out, { recursive: true });
    await writeFile(join(settings.out, 'api.md'), text);
    const most = slowest(measured.queries);
    if (most > MOST_PAGE_MS)
      throw new Error(`a page of QueryObjects took ${most.toFixed(1)} ms: expected at most ${MOST_PAGE_MS}`);
  } finally {
    await world.stop();
  }
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url))
  await main();
