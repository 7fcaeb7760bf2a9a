/**
 * CopyActivity PostgreSQL → S3 and S3 → PostgreSQL against `psql \copy` of the same rows in the same run, on this machine.
 *
 *   node bench/copy/main.mjs [--gib 2 | --rows N] [--dist dist]
 *
 * Needs a build (dist/), Linux (/proc) and Go for versitygw the first time. Prints one table and writes
 * bench/results/copy.md. Fails when the activity's peak memory reaches 256 MiB, or rows are lost.
 */
import { execFile, spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import pg from 'pg';
import { versitygwTool } from '../../bootstrap/tools.mjs';

const run = promisify(execFile);
const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = resolve(HERE, '../..');
const RSS_LIMIT_MIB = 256;
const GIB = 1024 ** 3;
/** Measured: bytes of a row of `ROWS` as CSV, on average. */
const ROW_BYTES = 105.5;

/** Rows like those of an access log: numbers, time, text without and with characters that CSV must escape. */
const ROWS = `SELECT n AS id, timestamp '2026-01-01' + n * interval '17 ms' AS at,
  '192.168.' || n % 256 || '.' || n % 199 AS address, '/shop/article/' || md5(n::text) AS path,
  200 + n % 5 AS status, n * 37 % 100000 AS bytes, CASE WHEN n % 1000 = 0 THEN 'a, b' ELSE 'Mozilla' END AS agent
  FROM generate_series(1, $ROWS$::bigint) n`;
const COLUMNS = 'id bigint, at timestamp, address text, path text, status int, bytes bigint, agent text';

export async function main(argv = process.argv.slice(2)) {
  const { values } = parseArgs({
    args: argv,
    options: { gib: { type: 'string', default: '2' }, rows: { type: 'string' }, dist: { type: 'string' } },
  });
  const rows = Math.round(Number(values.rows ?? (Number(values.gib) * GIB) / ROW_BYTES));
  if (!(rows >= 1)) throw new Error(`--gib ${values.gib}, --rows ${values.rows}: expected a positive number`);
  const dist = resolve(values.dist ?? join(ROOT, 'dist'));
  const folder = await mkdtemp(join(tmpdir(), 'penstock-bench-'));
  await chmod(folder, 0o755); // PostgreSQL runs as another user under root
  const stops = [];
  try {
    const say = (text) => console.error(`bench copy: ${text}`);
    const postgres = await startPostgres(dist, folder, stops);
    const s3 = await startS3(dist, folder, stops);
    const client = new pg.Client({ connectionString: postgres.url });
    await client.connect();
    stops.push(() => client.end());
    say(`making ${rows} rows`);
    await client.query(`CREATE UNLOGGED TABLE source (${COLUMNS})`);
    await client.query(`INSERT INTO source ${ROWS.replace('$ROWS$', String(rows))}`);
    await client.query('VACUUM ANALYZE source');
    await client.query(`CREATE UNLOGGED TABLE target (${COLUMNS})`);
    const file = join(folder, 'psql.csv');
    const copy = (from, to) => runActivity(dist, s3, postgres.url, from, to);
    const psql = (command) => runPsql(postgres.url, command);
    const table = { type: 'SqlDataNode', table: 'source', selectQuery: 'select * from source' };
    const object = { type: 'S3DataNode', filePath: 's3://bench/copy.csv' };
    const insertQuery = 'insert into target values (?,?,?,?,?,?,?)';

    say('reading everything once, so that both find it in memory alike');
    await client.query('SELECT count(md5(source::text)) FROM source');
    say('PostgreSQL → file with psql \\copy');
    const psqlOut = await psql(`\\copy source to '${file}' with (format csv)`);
    const { size } = await stat(file);
    say('PostgreSQL → S3 with CopyActivity');
    const activityOut = await copy(table, object);
    say('file → PostgreSQL with psql \\copy');
    const psqlIn = await psql(`\\copy target from '${file}' with (format csv)`);
    await expectSame(client, rows);
    await client.query('TRUNCATE target');
    await rm(file);
    say('S3 → PostgreSQL with CopyActivity');
    const activityIn = await copy(object, { type: 'SqlDataNode', table: 'target', insertQuery });
    await expectSame(client, rows);

    const text = report({ rows, size, psqlOut, activityOut, psqlIn, activityIn });
    console.log(text);
    await mkdir(join(ROOT, 'bench/results'), { recursive: true });
    await writeFile(join(ROOT, 'bench/results/copy.md'), text);
    const peak = Math.max(activityOut.peakRssMib, activityIn.peakRssMib);
    if (peak >= RSS_LIMIT_MIB)
      throw new Error(`peak memory ${peak.toFixed(0)} MiB; expected under ${RSS_LIMIT_MIB} MiB`);
  } finally {
    for (const stop of stops.reverse()) await stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function startPostgres(dist, folder, stops) {
  const load = (path) => import(pathToFileURL(join(dist, 'src', path)).href);
  const { startEmbeddedPostgres } = await load('store/embedded-postgres.js');
  const { findPostgresBinaries } = await load('store/postgres-binaries.js');
  const server = await startEmbeddedPostgres({
    dataDir: join(folder, 'postgres'),
    port: await freePort(dist),
    logFile: join(folder, 'postgres.log'),
    binaries: await findPostgresBinaries('embedded-postgres'),
    settings: { fsync: 'off', full_page_writes: 'off', max_wal_size: '4GB', shared_buffers: '256MB' },
  });
  stops.push(() => server.stop());
  return server;
}

async function freePort(dist) {
  return (await import(pathToFileURL(join(dist, 'src/embedded/ports.js')).href)).freePort();
}

async function startS3(dist, folder, stops) {
  const data = join(folder, 's3');
  await mkdir(data);
  const port = await freePort(dist);
  const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench-secret' };
  const child = spawn(
    await versitygwTool(),
    ['-p', `127.0.0.1:${port}`, '--region', 'us-east-1', '--quiet', 'posix', data],
    {
      env: {
        ...process.env,
        ROOT_ACCESS_KEY: credentials.accessKeyId,
        ROOT_SECRET_KEY: credentials.secretAccessKey,
      },
      stdio: 'ignore',
    },
  );
  const ended = new Promise((done) => child.once('exit', done));
  stops.push(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  const endpointUrl = `http://127.0.0.1:${port}`;
  const client = new S3Client({
    endpoint: endpointUrl,
    forcePathStyle: true,
    region: 'us-east-1',
    credentials,
  });
  const deadlineMs = Date.now() + 30_000;
  for (;;) {
    try {
      await client.send(new CreateBucketCommand({ Bucket: 'bench' }));
      break;
    } catch (error) {
      if (Date.now() > deadlineMs || child.exitCode !== null) throw error;
      await sleep(100);
    }
  }
  client.destroy();
  return { endpointUrl, credentials };
}

/** Runs one CopyActivity in a child process. */
async function runActivity(dist, { endpointUrl, credentials }, url, from, to) {
  const { hostname, port, username, password, pathname } = new URL(url);
  const database = {
    type: 'JdbcDatabase',
    connectionString: `jdbc:postgresql://${hostname}:${port}${pathname}`,
    username: decodeURIComponent(username),
    '*password': decodeURIComponent(password),
  };
  const objects = { Db: database, In: from, Out: to, Copy: { type: 'CopyActivity' } };
  const references = {
    In: { database: 'Db' },
    Out: { database: 'Db' },
    Copy: { input: 'In', output: 'Out' },
  };
  const asObject = ([id, { type, ...fields }]) => {
    const texts = Object.entries(fields).map(([key, value]) => [key, [value]]);
    const refs = Object.entries(references[id] ?? {}).map(([key, ref]) => [key, [{ ref }]]);
    return [id, { id, name: id, type, fields: Object.fromEntries([...texts, ...refs]) }];
  };
  const task = {
    pipelineId: 'df-BENCH',
    pipelineName: 'bench',
    instanceId: '@Copy_2026-01-01T00:00:00',
    attemptId: '@Copy_2026-01-01T00:00:00_Attempt=1',
    attempt: 1,
    objectId: 'Copy',
    objects: Object.fromEntries(Object.entries(objects).map(asObject)),
    scheduledStartTime: '2026-01-01T00:00:00Z',
    scheduledEndTime: '2026-01-02T00:00:00Z',
  };
  const env = {
    ...process.env,
    NODE_NO_WARNINGS: '1',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
  const job = JSON.stringify({ dist, task, endpointUrl });
  const { stdout } = await run(process.execPath, [join(HERE, 'copy-child.mjs'), job], { env });
  return JSON.parse(stdout);
}

/** Seconds of one psql command; undefined when there is no psql on this machine. */
async function runPsql(url, command) {
  const startedMs = performance.now();
  try {
    await run('psql', [url, '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-c', command]);
  } catch (error) {
    if (error.code === 'ENOENT')
      throw new Error('psql is not on PATH; install a PostgreSQL client', { cause: error });
    throw error;
  }
  return (performance.now() - startedMs) / 1000;
}

async function expectSame(client, rows) {
  const sum = 'count(*)::text AS n, sum(hashtext(t::text)::bigint)::text AS sum';
  const { rows: found } = await client.query(
    `SELECT ${sum} FROM source t UNION ALL SELECT ${sum} FROM target t`,
  );
  const [source, target] = found;
  if (source.n !== String(rows) || source.n !== target.n || source.sum !== target.sum) {
    throw new Error(`rows differ: ${JSON.stringify(found)}`);
  }
}

function report({ rows, size, psqlOut, activityOut, psqlIn, activityIn }) {
  const line = (title, psql, activity) =>
    `| ${title} | ${psql.toFixed(1)} | ${activity.seconds.toFixed(1)} | ${(activity.seconds / psql).toFixed(2)} | ` +
    `${(size / 1024 ** 2 / activity.seconds).toFixed(0)} | ${activity.peakRssMib.toFixed(0)} |`;
  return [
    '# CopyActivity against psql',
    '',
    `${rows} rows, ${(size / GIB).toFixed(2)} GiB of CSV; ${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.version}, ` +
      `${new Date().toISOString().slice(0, 10)}. PostgreSQL 15 (unlogged tables, no fsync) and versitygw on the same machine; ` +
      'psql reads and writes a local file instead of S3.',
    '',
    '| copy | psql \\copy, s | CopyActivity, s | ratio | MiB/s | peak RSS, MiB |',
    '|---|---:|---:|---:|---:|---:|',
    line('PostgreSQL → S3', psqlOut, activityOut),
    line('S3 → PostgreSQL', psqlIn, activityIn),
    '',
  ].join('\n');
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url))
  await main();
