/**
 * What Penstock costs on top of bare Temporal: the same server, SDK and worker settings, an activity that does nothing.
 *
 *   node bench/engine/main.mjs [--rounds 3] [--chain 100] [--fan 1000] [--pipelines 200] [--due 1000] [--dist dist] [--out folder]
 *
 * Needs a build (dist/) and Temporal's server (as `npm start` finds it). Prints one table and writes engine.md and engine.svg to
 * bench/results; `--out docs/bench` for the README. Its figures are judged side by side, in one run.
 */
import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { findTemporal } from '../../bootstrap/tools.mjs';
import { chart } from './chart.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = resolve(HERE, '../..');
const PATIENCE_MS = 180_000;
/** Targets for what Penstock adds to a sequential activity, and for its share of bare throughput. */
const TARGET = { p50Ms: 15, p99Ms: 50, throughput: 0.8 };

const percentile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
const ascending = (numbers) => numbers.toSorted((a, b) => a - b);

/** Servers and processes of the bench, started once, stopped the other way round. */
class World {
  #stops = [];
  #ran = new Map();

  async start(dist) {
    this.dist = dist;
    this.folder = await mkdtemp(join(tmpdir(), 'penstock-bench-'));
    await chmod(this.folder, 0o755); // PostgreSQL runs as another user under root
    const { freePort } = await this.load('src/embedded/ports.js');
    const { TEMPORAL_DEV_FLAGS } = await this.load('src/embedded/temporal-flags.js');
    const { startEmbeddedPostgres } = await this.load('src/store/embedded-postgres.js');
    const { findPostgresBinaries } = await this.load('src/store/postgres-binaries.js');
    const postgres = await startEmbeddedPostgres({
      dataDir: join(this.folder, 'postgres'),
      port: await freePort(),
      logFile: join(this.folder, 'postgres.log'),
      binaries: await findPostgresBinaries('embedded-postgres'),
    });
    this.#stops.push(() => postgres.stop());
    this.databaseUrl = postgres.url;
    const port = await freePort();
    this.address = `127.0.0.1:${port}`;
    const { binary } = await findTemporal();
    const pragmas = ['journal_mode=WAL', 'synchronous=NORMAL'].flatMap((each) => ['--sqlite-pragma', each]);
    const file = ['--db-filename', join(this.folder, 'temporal.db'), ...pragmas];
    const listen = ['--ip', '127.0.0.1', '--port', String(port), '--headless'];
    this.temporal = this.spawn(binary, ['server', 'start-dev', ...listen, ...file, ...TEMPORAL_DEV_FLAGS]);
    const connection = await this.#connected();
    const { penstockDataConverter } = await this.load('codec/data-converter.js');
    this.client = new Client({ connection, dataConverter: penstockDataConverter() });
    this.#stops.push(() => connection.close());
    const job = JSON.stringify({ dist, address: this.address, taskQueue: 'wg:bench' });
    this.bare = await this.worker([join(HERE, 'bare-worker.mjs'), job]);
    this.runner = await this.worker([join(HERE, 'nothing-worker.mjs'), job]);
    this.runner.on('message', ({ ran = [] }) => {
      for (const [key, beganMs, endedMs, pipelineId] of ran) {
        const list = this.#ran.get(pipelineId) ?? [];
        list.push({ key, beganMs, endedMs });
        this.#ran.set(pipelineId, list);
      }
    });
    this.control = this.spawn(process.execPath, [join(dist, 'src/engine.main.js')], {
      DATABASE_URL: this.databaseUrl,
      TEMPORAL_ADDRESS: this.address,
      PENSTOCK_HOME: join(this.folder, 'home'),
    });
    await this.#engine();
  }

  load(path) {
    return import(pathToFileURL(join(this.dist, path)).href);
  }

  spawn(command, args, env = {}) {
    const child = spawn(command, args, {
      env: { ...process.env, NODE_NO_WARNINGS: '1', ...env },
      stdio: ['ignore', 'ignore', 'inherit', ...(command === process.execPath ? ['ipc'] : [])],
    });
    const ended = new Promise((done) => child.once('exit', done));
    this.#stops.push(async () => {
      child.kill('SIGTERM');
      await ended;
    });
    return child;
  }

  async worker(args) {
    const child = this.spawn(process.execPath, args);
    await new Promise((done, fail) => {
      child.once('message', done);
      child.once('exit', (code) => fail(new Error(`${args[0]} ended with ${code}`)));
    });
    return child;
  }

  async #connected() {
    for (const deadline = Date.now() + 30_000; ; await sleep(100)) {
      try {
        const connection = await Connection.connect({ address: this.address, connectTimeout: 1000 });
        await connection.workflowService.describeNamespace({ namespace: 'default' });
        return connection;
      } catch (error) {
        if (Date.now() > deadline) throw error;
      }
    }
  }

  /** The API's side of the engine, without HTTP: what is measured begins behind it. */
  async #engine() {
    const { Database, migrate } = await this.load('src/store/database.js');
    const { PipelineStore } = await this.load('src/store/pipeline-store.js');
    const { ObjectStore } = await this.load('src/store/object-store.js');
    const { TemporalPipelineEngine } = await this.load('src/schedules/temporal-pipeline-engine.js');
    this.database = new Database(this.databaseUrl, 'penstock-bench');
    await migrate(this.database.kysely);
    this.#stops.push(() => this.database.close());
    this.pipelines = new PipelineStore(this.database);
    this.engine = new TemporalPipelineEngine(this.client, this.pipelines, new ObjectStore(this.database));
    this.readDefinitionFile = (await this.load('model/definition/definition-file.js')).readDefinitionFile;
  }

  async create(name, objects) {
    const { pipelineId } = await this.pipelines.create({
      name,
      uniqueId: name,
      tags: [],
      creator: 'bench',
      accountId: '0',
    });
    const { definition, problems } = this.readDefinitionFile(JSON.stringify({ objects }));
    if (problems.length > 0) throw new Error(JSON.stringify(problems));
    await this.pipelines.putDefinition(pipelineId, definition, { errored: false });
    return pipelineId;
  }

  /** Activities that ran under that id, by their end, once there are `count`. */
  async ran(id, count) {
    for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(20)) {
      const list = this.#ran.get(id) ?? [];
      if (list.length > count) throw new Error(`${list.length} activities ran of ${count}`);
      if (list.length === count) return list.toSorted((a, b) => a.beganMs - b.beganMs);
      if (Date.now() > deadline) throw new Error(`${list.length} of ${count} activities ran`);
    }
  }

  async stop() {
    for (const stop of this.#stops.reverse()) await stop();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

const common = { id: 'Default', scheduleType: 'ondemand', workerGroup: 'bench' };
const shell = (index, more = {}) => ({
  id: `A${index}`,
  type: 'ShellCommandActivity',
  command: 'true',
  ...more,
});
const chainOf = (length) =>
  Array.from({ length }, (_, at) => shell(at, at === 0 ? {} : { dependsOn: { ref: `A${at - 1}` } }));
const fanOf = (width) => Array.from({ length: width }, (_, at) => shell(at));

let serial = 0;

async function bareRun(world, type, input, count) {
  const id = `${type} ${++serial}`;
  const options = { taskQueue: 'bare', workflowId: id, args: [{ id, ...input }] };
  await world.client.workflow.execute(type, options);
  return { ran: await world.ran(id, count), ...(await sizeOf(world, id)) };
}

async function penstockRun(world, objects, count) {
  const id = await world.create(`bench ${++serial}`, [common, ...objects]);
  await world.engine.activate(id, {});
  const ran = await world.ran(id, count);
  await untilQuiet(world, id);
  const query = `WorkflowType = "runInterval" AND WorkflowId STARTS_WITH "${id}/"`;
  for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(100)) {
    for await (const { workflowId } of world.client.workflow.list({ query }))
      return { ran, ...(await sizeOf(world, workflowId)) };
    if (Date.now() > deadline) throw new Error(`Pipeline ${id} has no run`);
  }
}

async function untilQuiet(world, id) {
  for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(50)) {
    const { state } = await world.pipelines.get(id);
    if (state === 'FINISHED') return;
    if (Date.now() > deadline) throw new Error(`Pipeline ${id} is ${state}`);
  }
}

/** Events and bytes of a workflow's history. */
async function sizeOf(world, workflowId) {
  const { historyLength, historySize } = await world.client.workflow.getHandle(workflowId).describe();
  return { events: historyLength, bytes: historySize };
}

/** Between the end of each activity and the begin of the next. */
const gapsOf = (ran) => ran.slice(1).map(({ beganMs }, at) => beganMs - ran[at].endedMs);
const spanOf = (ran) =>
  Math.max(...ran.map(({ endedMs }) => endedMs)) - Math.min(...ran.map(({ beganMs }) => beganMs));

/** `rounds` times, turn by turn, so that both see the same machine. */
async function sideBySide(rounds, bare, penstock) {
  const results = { bare: [], penstock: [] };
  for (let round = 0; round < rounds; round++) {
    results.bare.push(await bare());
    results.penstock.push(await penstock());
  }
  return results;
}

const median = (numbers) => percentile(ascending(numbers), 0.5);

async function latency(world, rounds, length) {
  const { bare, penstock } = await sideBySide(
    rounds,
    () => bareRun(world, 'chain', { length }, length),
    () => penstockRun(world, chainOf(length), length),
  );
  const figures = (runs) => {
    const gaps = ascending(runs.flatMap(({ ran }) => gapsOf(ran)));
    const [{ events, bytes }] = runs;
    return {
      p50: percentile(gaps, 0.5),
      p99: percentile(gaps, 0.99),
      events: events / length,
      bytes: bytes / length,
    };
  };
  return { bare: figures(bare), penstock: figures(penstock) };
}

async function fanOut(world, rounds, width) {
  const { bare, penstock } = await sideBySide(
    rounds,
    () => bareRun(world, 'fanOut', { width }, width),
    () => penstockRun(world, fanOf(width), width),
  );
  const rate = (runs) => median(runs.map(({ ran }) => (1000 * width) / spanOf(ran)));
  return { bare: rate(bare), penstock: rate(penstock) };
}

/** Many pipelines of five activities, one after the other in each, all due in the same second. */
async function manyPipelines(world, pipelines, length) {
  const all = (runs) => {
    const ran = runs.flat();
    return (1000 * ran.length) / spanOf(ran);
  };
  const bareRuns = await Promise.all(
    Array.from({ length: pipelines }, async () => (await bareRun(world, 'chain', { length }, length)).ran),
  );
  const { runs } = await dueTogether(world, pipelines, chainOf(length), length);
  return { bare: all(bareRuns), penstock: all(runs) };
}

/** Activates `pipelines` pipelines whose one interval begins at the same moment, far enough ahead; waits for all. */
async function dueTogether(world, pipelines, objects, count) {
  const aheadMs = 70_000 + 150 * pipelines; // made within the minute before
  const due = new Date(Math.ceil((Date.now() + aheadMs) / 1000) * 1000);
  const once = { period: '1 day', startDateTime: due.toISOString().slice(0, 19), occurrences: '1' };
  const definition = [
    { ...common, scheduleType: 'cron', schedule: { ref: 'Once' } },
    { id: 'Once', type: 'Schedule', ...once },
    ...objects,
  ];
  const ids = [];
  for (let at = 0; at < pipelines; at += 20) {
    const batch = Array.from({ length: Math.min(20, pipelines - at) }, async () => {
      const id = await world.create(`bench ${++serial}`, definition);
      await world.engine.activate(id, {});
      return id;
    });
    ids.push(...(await Promise.all(batch)));
  }
  const spareMs = due.getTime() - Date.now();
  if (spareMs < 0) throw new Error(`Activating ${pipelines} pipelines took ${-spareMs} ms too long`);
  const runs = [];
  for (const id of ids) runs.push(await world.ran(id, count));
  return { due, runs };
}

async function dueToStart(world, pipelines) {
  const { due, runs } = await dueTogether(world, pipelines, [shell(0)], 1);
  const waits = ascending(runs.map(([first]) => first.beganMs - due.getTime()));
  return { p50: percentile(waits, 0.5), p99: percentile(waits, 0.99) };
}

/** Seconds of one interval from its first activity's begin to its last one's end, by the number of its activities. */
async function growth(world, sizes) {
  const rows = [];
  for (const size of sizes) {
    const chain = await penstockRun(world, chainOf(size), size);
    const fan = await penstockRun(world, fanOf(size), size);
    rows.push({ size, chainMs: spanOf(chain.ran), fanMs: spanOf(fan.ran), events: chain.events });
  }
  return rows;
}

async function rssMib(child) {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
  return Number(/VmHWM:\s*(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024;
}

export async function main(argv = process.argv.slice(2)) {
  const { values } = parseArgs({
    args: argv,
    options: {
      rounds: { type: 'string', default: '3' },
      chain: { type: 'string', default: '100' },
      fan: { type: 'string', default: '1000' },
      pipelines: { type: 'string', default: '200' },
      due: { type: 'string', default: '1000' },
      dist: { type: 'string', default: join(ROOT, 'dist') },
      out: { type: 'string', default: join(ROOT, 'bench/results') },
    },
  });
  const [rounds, chain, fan, pipelines, due] = ['rounds', 'chain', 'fan', 'pipelines', 'due'].map((name) => {
    const number = Number(values[name]);
    if (!Number.isSafeInteger(number) || number < 0)
      throw new Error(`--${name} ${values[name]}: expected a number`);
    return number;
  });
  const say = (text) => console.error(`bench engine: ${text}`);
  const world = new World();
  try {
    say('starting Temporal, PostgreSQL, workers');
    await world.start(resolve(values.dist));
    say('warming up');
    await bareRun(world, 'chain', { length: 20 }, 20);
    await penstockRun(world, chainOf(20), 20);
    say(`chains of ${chain}`);
    const sequential = await latency(world, rounds, chain);
    say(`fan-outs of ${fan}`);
    const wide = fan === 0 ? undefined : await fanOut(world, rounds, fan);
    say(`${pipelines} pipelines of 5 activities`);
    const many = pipelines === 0 ? undefined : await manyPipelines(world, pipelines, 5);
    say(`${due} schedules due in the same second`);
    const start = due === 0 ? undefined : await dueToStart(world, due);
    say('growth from 10 to 1,000 activities');
    const rows = fan === 0 ? [] : await growth(world, [10, 100, 1000]);
    const memory = { control: await rssMib(world.control), temporal: await rssMib(world.temporal) };
    const text = report({ rounds, chain, fan, pipelines, due, sequential, wide, many, start, rows, memory });
    console.log(text);
    const results = resolve(values.out);
    await mkdir(results, { recursive: true });
    await writeFile(join(results, 'engine.md'), text);
    if (wide !== undefined && many !== undefined) {
      await writeFile(join(results, 'engine.svg'), chart({ sequential, wide, many, fan, pipelines }));
    }
  } finally {
    await world.stop();
  }
}

function report({ rounds, chain, fan, pipelines, due, sequential, wide, many, start, rows, memory }) {
  const { bare, penstock } = sequential;
  const whole = (number) => number.toFixed(0);
  const one = (number) => number.toFixed(1);
  const line = (...cells) => `| ${cells.join(' | ')} |`;
  const reached = (holds) => (holds ? 'reached' : '**missed**');
  const added = (key, target) => {
    const more = penstock[key] - bare[key];
    return [
      one(bare[key]),
      one(penstock[key]),
      `+${one(more)} ms`,
      `≤ ${target} ms: ${reached(more <= target)}`,
    ];
  };
  const rate = (title, figures) =>
    line(
      title,
      one(figures.bare),
      one(figures.penstock),
      (figures.penstock / figures.bare).toFixed(2),
      `≥ ${TARGET.throughput}: ${reached(figures.penstock / figures.bare >= TARGET.throughput)}`,
    );
  return [
    '# The engine against bare Temporal',
    '',
    `${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}; ${rounds} rounds, turn by turn. ` +
      'One Temporal development server (file, the dynamic configuration of `npm start`), one PostgreSQL, one workflow worker for each side, one ' +
      'activity worker for both; the activity does nothing. The baseline calls the activities from a workflow of its own and keeps no ledger.',
    '',
    '| | bare Temporal | Penstock | difference | target |',
    '|---|---:|---:|---:|---|',
    line(
      `end of an activity → begin of the next, p50, ms (chain of ${chain})`,
      ...added('p50', TARGET.p50Ms),
    ),
    line('the same, p99, ms', ...added('p99', TARGET.p99Ms)),
    ...(wide === undefined ? [] : [rate(`activities a second, fan-out of ${fan}`, wide)]),
    ...(many === undefined ? [] : [rate(`activities a second, ${pipelines} pipelines × 5 in a chain`, many)]),
    line('history events an activity', one(bare.events), one(penstock.events), '', ''),
    line('history bytes an activity', whole(bare.bytes), whole(penstock.bytes), '', ''),
    ...(start === undefined
      ? []
      : [
          line(
            `due → first activity, p50, ms (${due} schedules in one second)`,
            '',
            whole(start.p50),
            '',
            '',
          ),
          line('the same, p99, ms', '', whole(start.p99), '', ''),
        ]),
    line('peak memory of the control worker, MiB', '', whole(memory.control), '', ''),
    line('peak memory of Temporal, MiB', '', whole(memory.temporal), '', ''),
    '',
    ...(rows.length === 0
      ? []
      : [
          '| activities in one interval | chain, s | ms each | fan-out, s | ms each | events, chain |',
          '|---:|---:|---:|---:|---:|---:|',
          ...rows.map(({ size, chainMs, fanMs, events }) =>
            line(
              size,
              (chainMs / 1000).toFixed(2),
              one(chainMs / size),
              (fanMs / 1000).toFixed(2),
              one(fanMs / size),
              events,
            ),
          ),
          '',
        ]),
  ].join('\n');
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url))
  await main();
