/** A throw-away PostgreSQL and one API process on it. Whatever happens, nothing of them is left behind. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const REAPER = fileURLToPath(new URL('../../bootstrap/reaper.mjs', import.meta.url));
const STOP_MS = 15_000;

export class World {
  #stops = [];
  #reaper = spawn(process.execPath, [REAPER], { stdio: ['pipe', 'inherit', 'inherit'], detached: true });

  async start(dist) {
    this.dist = dist;
    this.folder = await mkdtemp(join(tmpdir(), 'penstock-bench-'));
    await chmod(this.folder, 0o755); // PostgreSQL runs as another user under root
    this.#watch('dir', this.folder);
    const { freePort } = await this.load('src/embedded/ports.js');
    const { startEmbeddedPostgres } = await this.load('src/store/embedded-postgres.js');
    const { findPostgresBinaries } = await this.load('src/store/postgres-binaries.js');
    const postgres = await startEmbeddedPostgres({
      dataDir: join(this.folder, 'postgres'),
      port: await freePort(),
      logFile: join(this.folder, 'postgres.log'),
      binaries: await findPostgresBinaries('embedded-postgres'),
      settings: { max_wal_size: '8GB', maintenance_work_mem: '512MB' },
    });
    this.#watch('pid', postgres.pid);
    this.#stops.push(() => postgres.stop());
    this.databaseUrl = postgres.url;
    const { openDatabase, migrate } = await this.load('src/store/database.js');
    const database = openDatabase(postgres.url);
    await migrate(database);
    this.#stops.push(() => database.destroy());
    this.kysely = database;
    const { default: pg } = await import('pg');
    this.db = new pg.Client(postgres.url);
    await this.db.connect();
    this.#stops.push(() => this.db.end());
    this.pool = new pg.Pool({ connectionString: postgres.url, max: 10 });
    this.#stops.push(() => this.pool.end());
  }

  load(path) {
    return import(pathToFileURL(join(this.dist, path)).href);
  }

  /** Starts the API; answers its address and the file with its key. */
  async startApi() {
    const { freePort } = await this.load('src/embedded/ports.js');
    const secret = join(this.folder, 'secret.key');
    await writeFile(secret, randomBytes(32).toString('base64'), { mode: 0o600 });
    const port = await freePort();
    const child = spawn(process.execPath, [join(this.dist, 'src/main.js')], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        DATABASE_URL: this.databaseUrl,
        // Nothing that is measured asks Temporal.
        TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}`,
        PENSTOCK_HOME: this.folder,
        PENSTOCK_PORT: String(port),
        PENSTOCK_SECRET_KEY_FILE: secret,
        PENSTOCK_CREDENTIALS_FILE: join(this.folder, 'credentials'),
      },
    });
    this.#watch('pid', child.pid);
    let output = '';
    const ready = new Promise((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk) => {
          if (output.length < 20_000) output += chunk;
          if (output.includes('api ready')) resolve();
        });
      child.once('exit', (code) => reject(new Error(`The API ended with ${code}:\n${output}`)));
      setTimeout(() => reject(new Error(`The API is not ready after 60 s:\n${output}`)), 60_000).unref();
    });
    this.#stops.push(async () => {
      if (child.exitCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await ended;
      clearTimeout(late);
    });
    await ready;
    const credentials = join(this.folder, 'credentials');
    const text = await readFile(credentials, 'utf8');
    const value = (name) => new RegExp(`^${name}\\s*=\\s*(\\S+)`, 'm').exec(text)?.[1] ?? '';
    return {
      url: `http://127.0.0.1:${port}`,
      credentials,
      key: { accessKeyId: value('aws_access_key_id'), secretAccessKey: value('aws_secret_access_key') },
      pid: child.pid,
    };
  }

  #watch(what, value) {
    this.#reaper.stdin.write(`+${what} ${value}\n`);
  }

  async stop() {
    for (const stop of this.#stops.toReversed()) await stop();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
    this.#reaper.stdin.end();
  }
}
