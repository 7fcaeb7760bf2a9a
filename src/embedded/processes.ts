import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { fileURLToPath } from 'node:url';
import { CONTROL_TASK_QUEUE, workerGroupTaskQueue } from '../../workflows/contract.js';
import type { Home } from './home.js';
import { LOCALHOST } from './ports.js';
import type { EmbeddedSettings } from './settings.js';
import type { ProcessSpec } from './supervised-process.js';
import { TEMPORAL_DEV_FLAGS } from './temporal-flags.js';
import type { TemporalProbe } from './temporal-probe.js';

/** Where everything listens and is kept, once it is known. */
export interface Embedding {
  readonly settings: EmbeddedSettings;
  readonly home: Home;
  readonly httpPort: number;
  readonly temporalPort: number;
  readonly temporalUiPort: number;
  readonly databaseUrl: string;
  readonly probe: TemporalProbe;
}

const NAMESPACE = 'default';

/** Worker group of the task runner that `npm start` starts. */
export const LOCAL_WORKER_GROUP = 'local';

/** On a busy machine with a cold disk; none needs more than three seconds on a quiet one. */
const READY_WITHIN_MS = 90_000;

/** The Temporal development server, its state in one SQLite file. */
export function temporalProcess(embedding: Omit<Embedding, 'databaseUrl'>): ProcessSpec {
  const { settings, home, probe } = embedding;
  // One option a line, as `--name value`, read more easily than twelve strings.
  const options = [
    `--ip ${LOCALHOST}`,
    `--port ${embedding.temporalPort}`,
    `--ui-port ${embedding.temporalUiPort}`,
    // One writer and many readers: without these a commit waits for the disk twice (38 ms an activity, with them 21).
    '--sqlite-pragma journal_mode=WAL',
    '--sqlite-pragma synchronous=NORMAL',
  ];
  const args = [
    'server',
    'start-dev',
    ...options.flatMap((option) => option.split(' ')),
    '--db-filename',
    home.temporalDatabase,
    ...TEMPORAL_DEV_FLAGS,
  ];
  return {
    name: 'temporal',
    title: 'Temporal',
    command: settings.temporalBinary,
    args,
    env: withoutSecrets(settings.environment),
    ipc: false,
    isReady: () => probe.servesNamespace(NAMESPACE),
    readyWithinMs: READY_WITHIN_MS,
    stopWithinMs: 10_000,
  };
}

/** Our own processes, in the order in which they are started; they are stopped the other way round. */
export function ownProcesses(embedding: Embedding): ProcessSpec[] {
  const { settings, home, httpPort, temporalPort, databaseUrl, probe } = embedding;
  const shared = {
    ...settings.environment,
    TEMPORAL_ADDRESS: `${LOCALHOST}:${temporalPort}`,
    TEMPORAL_NAMESPACE: NAMESPACE,
    PENSTOCK_HOME: home.path,
    PENSTOCK_PORT: String(httpPort),
    PENSTOCK_SECRET_KEY_FILE: home.secretKey,
    PENSTOCK_RESOURCES: 'local',
    PENSTOCK_PARENT_PID: String(process.pid),
  };
  const node = { command: process.execPath, ipc: true, readyWithinMs: READY_WITHIN_MS };
  return [
    {
      ...node,
      name: 'api',
      title: 'the API',
      args: [entry('../main.js')],
      env: { ...shared, DATABASE_URL: databaseUrl },
      isReady: () => (settings.tls ? isHealthyByTls(httpPort) : isHealthy(httpPort)),
      stopWithinMs: 15_000,
    },
    {
      ...node,
      name: 'control',
      title: 'the control worker',
      args: [entry('../engine.main.js')],
      env: { ...shared, DATABASE_URL: databaseUrl },
      isReady: (pid) => probe.isPolledBy(NAMESPACE, CONTROL_TASK_QUEUE, pid),
      stopWithinMs: 15_000,
    },
    {
      ...node,
      name: 'runner',
      title: 'the task runner',
      args: [entry('../../activities/main.js'), '--worker-group', LOCAL_WORKER_GROUP],
      // A task runner knows no database.
      env: { ...shared, DATABASE_URL: undefined },
      isReady: (pid) => probe.isPolledBy(NAMESPACE, workerGroupTaskQueue(LOCAL_WORKER_GROUP), pid),
      // Its own grace for running attempts is ten seconds, then their logs are saved.
      stopWithinMs: 30_000,
    },
  ];
}

/** The built file beside this one: dist/src/embedded is where this module runs. */
function entry(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}

async function isHealthy(port: number): Promise<boolean> {
  const response = await fetch(`http://${LOCALHOST}:${port}/health`, { signal: AbortSignal.timeout(5_000) });
  await response.arrayBuffer();
  return response.status === 200;
}

/** Whose certificate it is does not matter: no address of the network is asked, and nothing is told. */
async function isHealthyByTls(port: number): Promise<boolean> {
  const ask = request({ host: LOCALHOST, port, path: '/health', rejectUnauthorized: false, timeout: 5_000 });
  ask.once('timeout', () => ask.destroy(new Error('No answer within 5 seconds')));
  ask.end();
  const [response] = (await once(ask, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode === 200;
}

// Temporal needs nothing of ours, and its environment can be read by its user's other processes.
function withoutSecrets(environment: EmbeddedSettings['environment']): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !/^(PENSTOCK_|TEMPORAL_|DATABASE_URL$|AWS_)/.test(name)),
  );
}
