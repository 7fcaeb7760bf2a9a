/** Servers and processes of the bench: started once, stopped the other way round, and not left behind when the bench is killed. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { findTemporal } from '../../bootstrap/tools.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const REAPER = fileURLToPath(new URL('../../bootstrap/reaper.mjs', import.meta.url));
/** How long anything that is waited for may show no progress. */
const PATIENCE_MS = 180_000;
/** How long a process may take to end by itself. */
const STOP_MS = 15_000;

export class World {
  #stops = [];
  #ran = new Map();
  #fail;
  /** Rejects when a process ends that should not. */
  failed = new Promise((_, fail) => (this.#fail = fail));
  #reaper = spawn(process.execPath, [REAPER], { stdio: ['pipe', 'inherit', 'inherit'], detached: true });

  /** `profile`: a folder for a CPU profile of the control worker and of the API. */
  async start(dist, { profile } = {}) {
    this.dist = dist;
    this.profile = profile;
    this.folder = await mkdtemp(join(tmpdir(), 'penstock-bench-'));
    await chmod(this.folder, 0o755); // PostgreSQL runs as another user under root
    this.#watch('dir', this.folder);
    const { prepareHome } = await this.load('src/embedded/home.js');
    this.home = prepareHome(join(this.folder, 'home'));
    await this.#postgres();
    await this.#temporal();
    const job = JSON.stringify({ dist, address: this.address, taskQueue: 'wg:bench' });
    this.bare = await this.#worker([join(HERE, 'bare-worker.mjs'), job]);
    this.runner = await this.#worker([join(HERE, 'nothing-worker.mjs'), job]);
    this.runner.on('message', ({ ran = [] }) => {
      for (const [key, beganMs, endedMs, pipelineId] of ran) {
        const list = this.#ran.get(pipelineId) ?? [];
        list.push({ key, beganMs, endedMs });
        this.#ran.set(pipelineId, list);
      }
    });
    await this.#engine();
    this.control = this.#service('src/engine.main.js');
  }

  load(path) {
    return import(pathToFileURL(join(this.dist, path)).href);
  }

  #watch(what, value) {
    this.#reaper.stdin.write(`+${what} ${value}\n`);
  }

  /** A process of Penstock. */
  #service(entry, env = {}) {
    const profiling = this.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${this.profile}`];
    return this.#node([...profiling, join(this.dist, entry)], {
      DATABASE_URL: this.databaseUrl,
      TEMPORAL_ADDRESS: this.address,
      PENSTOCK_HOME: this.home.path,
      ...env,
    });
  }

  async #postgres() {
    const { freePort } = await this.load('src/embedded/ports.js');
    const { startEmbeddedPostgres } = await this.load('src/store/embedded-postgres.js');
    const { findPostgresBinaries } = await this.load('src/store/postgres-binaries.js');
    const { default: pg } = await import('pg');
    const postgres = await startEmbeddedPostgres({
      dataDir: join(this.folder, 'postgres'),
      port: await freePort(),
      logFile: join(this.folder, 'postgres.log'),
      binaries: await findPostgresBinaries('embedded-postgres'),
      settings: { shared_preload_libraries: 'pg_stat_statements', 'pg_stat_statements.max': '10000' },
    });
    this.#watch('pid', postgres.pid);
    this.#stops.push(() => postgres.stop());
    this.postgresPid = postgres.pid;
    this.databaseUrl = postgres.url;
    // The bench asks as somebody else, so that its own statements are not counted.
    const password = randomBytes(12).toString('hex');
    const admin = new pg.Client(postgres.url);
    await admin.connect();
    await admin.query('create extension pg_stat_statements');
    await admin.query(`create role bench superuser login password '${password}'`);
    await admin.end();
    const own = new URL(postgres.url);
    own.username = 'bench';
    own.password = password;
    this.ownUrl = own.href;
    this.admin = new pg.Client(this.ownUrl);
    await this.admin.connect();
    this.#stops.push(() => this.admin.end());
  }

  async #temporal() {
    const { freePort } = await this.load('src/embedded/ports.js');
    const { TEMPORAL_DEV_FLAGS } = await this.load('src/embedded/temporal-flags.js');
    const port = await freePort();
    this.address = `127.0.0.1:${port}`;
    const { binary } = await findTemporal();
    const pragmas = ['journal_mode=WAL', 'synchronous=NORMAL'].flatMap((each) => ['--sqlite-pragma', each]);
    const file = ['--db-filename', join(this.folder, 'temporal.db'), ...pragmas];
    const listen = ['--ip', '127.0.0.1', '--port', String(port), '--headless'];
    this.temporal = this.#spawn(binary, ['server', 'start-dev', ...listen, ...file, ...TEMPORAL_DEV_FLAGS]);
    const connection = await this.#connected();
    const { penstockDataConverter } = await this.load('codec/data-converter.js');
    this.client = new Client({ connection, dataConverter: penstockDataConverter() });
    this.#stops.push(() => connection.close());
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

  #spawn(command, args, env = {}, stdio = ['ignore', 'ignore', 'inherit']) {
    const child = spawn(command, args, { env: { ...process.env, NODE_NO_WARNINGS: '1', ...env }, stdio });
    this.#watch('pid', child.pid);
    const ended = new Promise((done) => child.once('exit', done));
    void ended.then((code) => this.#fail(new Error(`${command} ${args.at(-1)} ended with ${code}`)));
    this.#stops.push(async () => {
      child.kill('SIGTERM');
      const overdue = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await ended;
      clearTimeout(overdue);
    });
    return child;
  }

  #node(args, env) {
    return this.#spawn(process.execPath, args, env, ['ignore', 'ignore', 'inherit', 'ipc']);
  }

  async #worker(args) {
    const child = this.#node(args);
    await new Promise((done, fail) => {
      child.once('message', done);
      child.once('exit', (code) => fail(new Error(`${args[0]} ended with ${code}`)));
    });
    return child;
  }

  /** The API's side of the engine, without HTTP: what is measured begins behind it. */
  async #engine() {
    const { Database, migrate } = await this.load('src/store/database.js');
    const { PipelineStore } = await this.load('src/store/pipeline-store.js');
    const { ObjectStore } = await this.load('src/store/object-store.js');
    const { TemporalPipelineEngine } = await this.load('src/schedules/temporal-pipeline-engine.js');
    const migrating = new Database(this.databaseUrl, 'penstock-bench');
    await migrate(migrating.kysely);
    await migrating.close();
    this.database = new Database(this.ownUrl, 'penstock-bench');
    this.#stops.push(() => this.database.close());
    this.pipelines = new PipelineStore(this.database);
    this.engine = new TemporalPipelineEngine(this.client, this.pipelines, new ObjectStore(this.database));
    this.readDefinitionFile = (await this.load('model/definition/definition-file.js')).readDefinitionFile;
  }

  /** Starts the API, once; answers with a function that calls its REST interface. */
  async api() {
    if (this.apiProcess === undefined) {
      const { freePort } = await this.load('src/embedded/ports.js');
      this.apiPort = await freePort();
      this.apiProcess = this.#service('src/main.js', { PENSTOCK_PORT: String(this.apiPort) });
    }
    const base = `http://127.0.0.1:${this.apiPort}`;
    for (const deadline = Date.now() + 60_000; ; await sleep(100)) {
      const health = await fetch(`${base}/health`).catch(() => undefined);
      await health?.arrayBuffer();
      if (health?.status === 200) break;
      if (this.apiProcess.exitCode !== null || Date.now() > deadline)
        throw new Error('The API does not come up');
    }
    const credentials = await readFile(this.home.credentials, 'utf8');
    const token = /aws_secret_access_key\s*=\s*(\S+)/.exec(credentials)?.[1];
    return async (method, path, body) => {
      const response = await fetch(`${base}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
      return JSON.parse(text);
    };
  }

  async create(name, objects) {
    const asked = { name, uniqueId: name, tags: [], creator: 'bench', accountId: '0' };
    const { pipelineId } = await this.pipelines.create(asked);
    const { definition, problems } = this.readDefinitionFile(JSON.stringify({ objects }));
    if (problems.length > 0) throw new Error(JSON.stringify(problems));
    await this.pipelines.putDefinition(pipelineId, definition, { errored: false });
    return pipelineId;
  }

  /** How many activities ran under that id. */
  ranSoFar(id) {
    return this.#ran.get(id)?.length ?? 0;
  }

  /** Activities that ran under that id, by their begin, once there are `count`; given up when none more comes. */
  async ran(id, count, patienceMs = PATIENCE_MS) {
    let [seen, changedMs] = [-1, Date.now()];
    for (; ; await sleep(20)) {
      const now = this.ranSoFar(id);
      if (now > count) throw new Error(`${now} activities ran of ${count}`);
      if (now === count) return (this.#ran.get(id) ?? []).toSorted((a, b) => a.beganMs - b.beganMs);
      if (now !== seen) [seen, changedMs] = [now, Date.now()];
      if (Date.now() > changedMs + patienceMs) throw new Error(`${now} of ${count} activities ran`);
    }
  }

  /** Statements that the service has sent to the store so far, and how many of them only begin or end a transaction. */
  async statements() {
    const { rows } = await this.admin.query(
      `select coalesce(sum(calls), 0)::int as sent,
              coalesce(sum(calls) filter (where query ~* '^(begin|commit|rollback|start transaction)'), 0)::int as brackets
       from pg_stat_statements join pg_roles on pg_roles.oid = userid where rolname = 'penstock'`,
    );
    return rows[0];
  }

  /** Which statements were sent most often, for a look at where they come from. */
  async commonStatements(limit) {
    const { rows } = await this.admin.query(
      `select calls::int, round(total_exec_time::numeric, 1) as ms, left(regexp_replace(query, '\\s+', ' ', 'g'), 160) as query
       from pg_stat_statements join pg_roles on pg_roles.oid = userid where rolname = 'penstock'
       order by calls desc limit $1`,
      [limit],
    );
    return rows;
  }

  async stop() {
    this.#fail = () => undefined;
    for (const stop of this.#stops.splice(0).reverse()) await stop();
    if (this.folder !== undefined) await rm(this.folder, { recursive: true, force: true, maxRetries: 3 });
    this.#reaper.stdin.write('\n');
    this.#reaper.kill('SIGKILL');
  }
}
