/**
 * What Penstock costs on top of bare Temporal: the same server, SDK and worker settings, an activity that does nothing.
 *
 *   node bench/engine/main.mjs [--only latency,fan,…] [--rounds 3] [--chain 100] [--fan 1000] [--pipelines 200] [--due 1000]
 *     [--sizes 10,100,1000] [--shape 1000] [--backfill 10000] [--active 100] [--minutes 60] [--dist dist] [--out folder]
 *     [--profile folder] [--statements]
 *
 * Needs a build (dist/) and Temporal's server (as `npm start` finds it). Prints one table and writes engine.md and engine.svg to
 * bench/results (with --only to --out alone); `--out docs/bench` for the README. Its figures are judged side by side, in one run.
 * With the sizes above it takes some half an hour; after --minutes it stops, whatever it does, and leaves nothing behind.
 * `--profile` writes CPU profiles of control worker and API, `--statements` prints the commonest statements to the store.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chart } from './chart.mjs';
import * as backfill from './parts/backfill.mjs';
import * as due from './parts/due.mjs';
import * as fan from './parts/fan.mjs';
import * as growth from './parts/growth.mjs';
import * as latency from './parts/latency.mjs';
import * as pipelines from './parts/pipelines.mjs';
import * as shapes from './parts/shapes.mjs';
import { bareRun, penstockRun, SHAPES } from './runs.mjs';
import { World } from './world.mjs';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
/** In this order; each shows its own rows in the table. */
const PARTS = { latency, fan, pipelines, due, growth, shapes, backfill };

const OPTIONS = {
  only: Object.keys(PARTS).join(','),
  rounds: '3',
  chain: '100',
  fan: '1000',
  pipelines: '200',
  due: '1000',
  sizes: '10,100,1000',
  shape: '1000',
  backfill: '10000',
  active: '100',
  minutes: '60',
  dist: join(ROOT, 'dist'),
};
const NUMBERS = ['rounds', 'chain', 'fan', 'pipelines', 'due', 'shape', 'backfill', 'active', 'minutes'];

function readSettings(argv) {
  const strings = [...Object.keys(OPTIONS), 'out', 'profile'];
  const { values } = parseArgs({
    args: argv,
    options: {
      ...Object.fromEntries(strings.map((name) => [name, { type: 'string', default: OPTIONS[name] }])),
      statements: { type: 'boolean', default: false },
    },
  });
  const number = (name, text) => {
    if (/^[1-9]\d*$/.test(text)) return Number(text);
    throw new Error(`--${name} ${text}: expected a whole number from 1 on`);
  };
  const only = values.only.split(',');
  const unknown = only.find((name) => !Object.hasOwn(PARTS, name));
  if (unknown !== undefined)
    throw new Error(`--only ${unknown}: expected some of ${Object.keys(PARTS).join(', ')}`);
  const partial = values.only !== OPTIONS.only;
  return {
    ...values,
    ...Object.fromEntries(NUMBERS.map((name) => [name, number(name, values[name])])),
    sizes: values.sizes.split(',').map((text) => number('sizes', text)),
    only,
    dist: resolve(values.dist),
    out: values.out ?? (partial ? undefined : join(ROOT, 'bench/results')),
    profile: values.profile && resolve(values.profile),
  };
}

const say = (text) => console.error(`bench engine: ${text}`);

async function measureAll(world, settings) {
  say('starting Temporal, PostgreSQL, workers');
  await world.start(settings.dist, settings);
  say('warming up');
  await bareRun(world, 'chain', { length: 20 }, 20);
  await penstockRun(world, SHAPES.chain(20));
  const done = [];
  for (const [name, part] of Object.entries(PARTS)) {
    if (!settings.only.includes(name)) continue;
    say(part.title(settings));
    done.push(await part.measure(world, settings, say));
  }
  if (settings.statements) console.table(await world.commonStatements(25));
  return done;
}

function report({ rounds }, done) {
  const rows = done.flatMap((part) => part.rows ?? []);
  const tables = done.flatMap((part) => (part.table === undefined ? [] : [...part.table, '']));
  return [
    '# The engine against bare Temporal',
    '',
    `${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}; ${rounds} rounds, turn by turn. ` +
      'One Temporal development server (file, the dynamic configuration of `npm start`), one PostgreSQL, one workflow worker for each side, one ' +
      'activity worker for both; the activity does nothing. The baseline calls the activities from a workflow of its own, or from one that a ' +
      'Temporal Schedule starts, and keeps no ledger. Statements are those that PostgreSQL counted (pg_stat_statements).',
    '',
    ...(rows.length === 0
      ? []
      : ['| | bare Temporal | Penstock | difference | target |', '|---|---:|---:|---:|---|', ...rows, '']),
    ...tables,
  ].join('\n');
}

export async function main(argv = process.argv.slice(2)) {
  const settings = readSettings(argv);
  const world = new World();
  const interrupted = new Promise((_, fail) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => fail(new Error(signal)));
    setTimeout(
      () => fail(new Error(`Not done after ${settings.minutes} minutes`)),
      settings.minutes * 60_000,
    ).unref();
  });
  try {
    const done = await Promise.race([measureAll(world, settings), interrupted, world.failed]);
    const text = report(settings, done);
    console.log(text);
    if (settings.out !== undefined) {
      const out = resolve(settings.out);
      await mkdir(out, { recursive: true });
      await writeFile(join(out, 'engine.md'), text);
      await writeFile(join(out, 'engine.svg'), chart(done.flatMap((part) => part.bars ?? [])));
    }
  } catch (error) {
    console.error(error); // before the processes are stopped: what is still under way then fails, too
    process.exitCode = 1;
  } finally {
    await world.stop();
  }
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await main();
  process.exit();
}
