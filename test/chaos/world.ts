import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { penstockDataConverter } from '../../codec/data-converter.js';
import { parseCredentials, type AccessKey } from '../../src/config/credentials.js';
import { freePort, LOCALHOST } from '../../src/embedded/ports.js';
import { TEMPORAL_DEV_FLAGS } from '../../src/embedded/temporal-flags.js';
import { TemporalProbe } from '../../src/embedded/temporal-probe.js';
import { startReaper, type Reaper } from '../tools/reaper.js';
import { WORKER_GROUP } from './definition.js';
import { journalPath, writeScripts } from './scripts.js';
import { noteTo } from './journal.js';
import { ManagedPostgres } from './managed-postgres.js';
import { ManagedProcess, type Managed } from './managed-process.js';
import { startWebhookReceiver, type WebhookReceiver } from './webhook-receiver.js';

const START_WITHIN_MS = 120_000;

/** Two of each of Penstock's processes, Temporal, PostgreSQL and a receiver of alarms, each to be killed alone. */
export interface World {
  readonly folder: string;
  readonly processes: ReadonlyMap<string, Managed>;
  readonly apiUrls: readonly string[];
  readonly key: AccessKey;
  readonly store: pg.Pool;
  readonly temporal: Client;
  readonly webhooks: WebhookReceiver;
  /** Homes of the runners, where their journals are. */
  readonly runnerHomes: readonly string[];
  note(line: string): void;
  /** Ends everything; `keep` leaves the folder. */
  stop(keep: boolean): Promise<void>;
}

export interface WorldOptions {
  /** A build. */
  readonly dist: string;
  readonly temporalBinary: string;
  /** Runners with a home in common find each other's dead. */
  readonly sharedRunnerHome: boolean;
}

/** Starts everything and waits until it answers. */
export async function startWorld(options: WorldOptions): Promise<World> {
  const reaper = startReaper();
  const folder = await mkdtemp(join(tmpdir(), 'penstock-chaos-'));
  await chmod(folder, 0o755); // under root PostgreSQL is another user, who passes through
  const stops: (() => Promise<unknown>)[] = [() => endCommandsOf(folder), () => reaper.end()];
  const stop = async (keep: boolean): Promise<void> => {
    for (const each of stops.toReversed()) await each();
    if (!keep) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    return { ...(await open(options, folder, reaper, stops)), stop };
  } catch (error) {
    await stop(true);
    throw new Error(`The servers of the chaos test could not be started: see ${folder}`, { cause: error });
  }
}

async function open(
  options: WorldOptions,
  folder: string,
  reaper: Reaper,
  stops: (() => Promise<unknown>)[],
): Promise<Omit<World, 'stop'>> {
  const logs = join(folder, 'logs');
  await mkdir(logs);
  await writeScripts(folder);
  const note = noteTo(journalPath(folder));
  const home = join(folder, 'home');
  await mkdir(home);
  await writeFile(join(home, 'secret.key'), `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 });
  const [temporalPort, postgresPort, ...apiPorts] = await freePorts(4);
  const postgres = new ManagedPostgres(
    {
      dataDir: join(folder, 'postgres'),
      port: postgresPort ?? 0,
      logFile: join(logs, 'postgres.log'),
      // A crash of the process loses nothing without fsync; one of the machine is not tested.
      settings: { fsync: 'off' },
    },
    reaper,
  );
  stops.push(() => postgres.stop());
  const temporalAddress = `${LOCALHOST}:${temporalPort}`;
  const runnerHomes = ['runner-1', 'runner-2'].map((name) =>
    join(folder, options.sharedRunnerHome ? 'runner' : name),
  );
  const env = {
    ...process.env,
    NODE_NO_WARNINGS: '1',
    TEMPORAL_ADDRESS: temporalAddress,
    PENSTOCK_HOME: home,
    PENSTOCK_RESOURCES: 'none',
  };
  const entry = (path: string): string => join(options.dist, path);
  const node = (name: string, args: readonly string[], environment: NodeJS.ProcessEnv): ManagedProcess =>
    new ManagedProcess(
      { name, command: process.execPath, args, env: environment, logFile: join(logs, `${name}.log`) },
      reaper,
      note,
    );
  const pragmas = ['journal_mode=WAL', 'synchronous=NORMAL'].flatMap((each) => ['--sqlite-pragma', each]);
  const listen = ['--ip', LOCALHOST, '--port', String(temporalPort), '--headless'];
  const file = ['--db-filename', join(folder, 'temporal.db'), ...pragmas];
  const temporalProcess = new ManagedProcess(
    {
      name: 'temporal',
      command: options.temporalBinary,
      args: ['server', 'start-dev', ...listen, ...file, ...TEMPORAL_DEV_FLAGS],
      env: process.env,
      logFile: join(logs, 'temporal.log'),
    },
    reaper,
    note,
  );
  const namespaceIsThere = async (): Promise<void> => {
    await temporalProcess.up();
    const probe = new TemporalProbe(temporalAddress);
    await until('Temporal', () => probe.servesNamespace('default'));
    await probe.close();
  };
  stops.push(() => temporalProcess.kill());
  await Promise.all([postgres.up(), namespaceIsThere()]);
  const ours = { ...env, DATABASE_URL: postgres.url };
  const runner = entry('activities/main.js');
  const processes: Managed[] = [
    postgres,
    temporalProcess,
    ...apiPorts.map((port, at) =>
      node(`api-${at + 1}`, [entry('src/main.js')], { ...ours, PENSTOCK_PORT: String(port) }),
    ),
    ...[1, 2].map((at) => node(`control-${at}`, [entry('src/engine.main.js')], ours)),
    ...runnerHomes.map((runnerHome, at) =>
      node(`runner-${at + 1}`, [runner, '--worker-group', WORKER_GROUP, '--home', runnerHome], {
        ...env,
        PENSTOCK_SECRET_KEY_FILE: join(home, 'secret.key'),
      }),
    ),
  ];
  stops.push(() => Promise.all(processes.filter((each) => each !== postgres).map((each) => each.kill())));
  for (const each of processes) if (each !== postgres && each !== temporalProcess) await each.up();
  const apiUrls = apiPorts.map((port) => `http://${LOCALHOST}:${port}`);
  for (const url of apiUrls) await until(url, async () => (await fetch(`${url}/health`)).status === 200);
  const connection = Connection.lazy({ address: temporalAddress });
  stops.push(() => connection.close());
  const store = new pg.Pool({
    connectionString: postgres.url,
    max: 3,
    connectionTimeoutMillis: 5_000,
    application_name: 'chaos',
  });
  store.on('error', () => undefined); // it is killed on purpose
  stops.push(() => store.end());
  const webhooks = await startWebhookReceiver(note);
  stops.push(() => webhooks.stop());
  const [key] = parseCredentials(await readFile(join(home, 'credentials'), 'utf8'));
  if (key === undefined) throw new Error('The API has made no credentials');
  return {
    folder,
    processes: new Map(processes.map((each) => [each.name, each])),
    apiUrls,
    key,
    store,
    temporal: new Client({ connection, dataConverter: penstockDataConverter() }),
    webhooks,
    runnerHomes: [...new Set(runnerHomes)],
    note,
  };
}

/** Different ones, for all are asked for before one is used. */
async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
}

async function until(what: string, answers: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + START_WITHIN_MS; ; await delay(100)) {
    if (await answers().catch(() => false)) return;
    if (Date.now() > deadline) throw new Error(`${what} is not ready`);
  }
}

/** Ends what commands of this world left: nobody else's processes name its folder. */
async function endCommandsOf(folder: string): Promise<void> {
  if (!existsSync('/proc')) return;
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const command = await readFile(`/proc/${name}/cmdline`, 'latin1').catch(() => '');
    if (!command.includes(folder)) continue;
    try {
      process.kill(Number(name), 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}
