import { spawn, execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { inject, onTestFinished } from 'vitest';
import { freePort } from '../../src/embedded/ports.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const READY_WITHIN_MS = 240_000;

/** Penstock as `npm start` runs it, in a folder of its own. */
export interface Penstock {
  readonly home: string;
  readonly url: string;
  readonly temporalAddress: string;
  /** What it has printed so far. */
  output(): string;
  /** Runs the unmodified AWS CLI's `aws datapipeline …`; answers its parsed output, or the text of `list-runs`. */
  aws(...args: string[]): Promise<unknown>;
  awsText(...args: string[]): Promise<string>;
  /** Waits until the runs of a pipeline are so, and answers what `aws datapipeline list-runs` then prints. */
  runsOnce(
    pipelineId: string,
    holds: (runs: readonly ListedRun[]) => boolean,
    withinMs?: number,
  ): Promise<ListedRun[]>;
  /** For who has waited in vain: the instances that are not FINISHED, and the end of each process's log. */
  standing(pipelineId: string): Promise<string>;
  /** `kill -9` of every process that it consists of, all at once. */
  killAll(): Promise<void>;
  /** `kill -9` of those whose command line matches. @throws when there is none. */
  kill(commandLine: RegExp): Promise<void>;
  /** Ctrl-C; resolves when it has ended. */
  stop(): Promise<void>;
}

/** An empty home, removed with everything that still runs in it when the test ends, or when `after` says. */
export async function aHome(after: (cleanUp: () => Promise<void>) => void = onTestFinished): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'penstock-e2e-'));
  after(async () => {
    await killEverythingOf(home);
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  });
  return home;
}

export async function startPenstock(
  home: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Penstock> {
  const [port, temporalPort, uiPort] = await Promise.all([freePort(), freePort(), freePort()]);
  let output = '';
  const child = spawn(process.execPath, ['bootstrap/start.mjs'], {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      PENSTOCK_HOME: home,
      PENSTOCK_PORT: String(port),
      PENSTOCK_TEMPORAL: inject('temporalBinary'),
      PENSTOCK_TEMPORAL_PORT: String(temporalPort),
      PENSTOCK_TEMPORAL_UI_PORT: String(uiPort),
      PENSTOCK_EXAMPLE: 'off',
      ...env,
    },
  });
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += String(chunk)));
  const ended = once(child, 'exit');
  const ready = `penstock ready http://127.0.0.1:${port}`;
  for (const deadline = Date.now() + READY_WITHIN_MS; !output.includes(`${ready}\n`); await delay(50)) {
    if (child.exitCode !== null || Date.now() > deadline)
      throw new Error(`Penstock is not ready:\n${output}`);
  }
  const url = `http://127.0.0.1:${port}`;
  const awsText = async (...args: string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)(
      inject('awsCli'),
      ['--region', 'us-east-1', '--endpoint-url', url, 'datapipeline', ...args],
      {
        env: {
          ...process.env,
          AWS_SHARED_CREDENTIALS_FILE: join(home, 'credentials'),
          AWS_PAGER: '',
          AWS_MAX_ATTEMPTS: '10', // over the seconds in which a killed API is started again
        },
        maxBuffer: 64 * 1024 * 1024,
      },
    );
    return stdout;
  };
  return {
    home,
    url,
    async runsOnce(pipelineId, holds, withinMs) {
      // To wait, the REST API is asked: the CLI costs a second of a processor each time.
      await eventually(
        async () => (await instancesOf(home, url, pipelineId)).filter(hasStarted),
        holds,
        withinMs,
      );
      return eventually(
        async () => parseListRuns(await awsText('list-runs', '--pipeline-id', pipelineId)),
        holds,
        withinMs,
      );
    },
    temporalAddress: `127.0.0.1:${temporalPort}`,
    output: () => output,
    awsText,
    async aws(...args) {
      const text = await awsText(...args);
      return text.trim() === '' ? undefined : (JSON.parse(text) as unknown);
    },
    async standing(pipelineId) {
      const open = (await instancesOf(home, url, pipelineId)).filter(({ status }) => status !== 'FINISHED');
      const ends = await Promise.all(
        ['supervisor', 'control', 'runner', 'temporal', 'api'].map(async (name) => {
          const text = await readFile(join(home, 'logs', `${name}.log`), 'utf8').catch(() => '');
          return `${name}:\n${text.trimEnd().split('\n').slice(-8).join('\n')}`;
        }),
      );
      return [...open.map((instance) => JSON.stringify(instance)), ...ends].join('\n');
    },
    async killAll() {
      await killEverythingOf(home);
      await ended;
    },
    async kill(commandLine) {
      const pids: number[] = [];
      for (const pid of await processesOf(home)) {
        const text = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '');
        if (commandLine.test(text.replaceAll('\0', ' '))) pids.push(pid);
      }
      if (pids.length === 0) throw new Error(`No process of ${home} matches ${String(commandLine)}`);
      for (const pid of pids) process.kill(pid, 'SIGKILL');
    },
    async stop() {
      child.kill('SIGINT');
      await ended;
    },
  };
}

/** Pids of the processes that know the home by their command line or environment. */
export async function processesOf(home: string): Promise<number[]> {
  const pids: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const about = await Promise.all(
      ['cmdline', 'environ'].map((file) => readFile(`/proc/${name}/${file}`, 'latin1').catch(() => '')),
    );
    if (about.some((text) => text.includes(home))) pids.push(Number(name));
  }
  return pids;
}

async function killEverythingOf(home: string): Promise<void> {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; await delay(50)) {
    const pids = await processesOf(home);
    if (pids.length === 0) return;
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    }
  }
  throw new Error(`Processes of ${home} do not die`);
}

/** Writes a definition file for the CLI and answers its `file://` argument. */
export async function definitionFile(folder: string, definition: object): Promise<string> {
  const path = join(folder, `definition-${randomUUID()}.json`);
  await writeFile(path, JSON.stringify(definition));
  return `file://${path}`;
}

/** Rows of `list-runs`, as it prints them. */
export interface ListedRun {
  readonly name: string;
  readonly id: string;
  readonly scheduledStart: string;
  readonly status: string;
}

interface Instance extends ListedRun {
  readonly actualStart?: string;
  readonly waitingOn: readonly string[];
}

/** `list-runs` has those that have begun. */
const hasStarted = ({ actualStart }: Instance): boolean => actualStart !== undefined;

/** The instances of a pipeline; none while the API does not answer. */
async function instancesOf(home: string, url: string, pipelineId: string): Promise<Instance[]> {
  const credentials = await readFile(join(home, 'credentials'), 'utf8');
  const secret = /aws_secret_access_key *= *(\S+)/.exec(credentials)?.[1] ?? '';
  const answer = await fetch(`${url}/v1/pipelines/${pipelineId}/instances?limit=1000`, {
    headers: { Authorization: `Bearer ${secret}` },
  }).catch(() => undefined);
  if (answer?.ok !== true) return [];
  const { instances } = (await answer.json()) as {
    instances: (Omit<Instance, 'name'> & { readonly componentId: string })[];
  };
  return instances.map(({ componentId, ...instance }) => ({ ...instance, name: componentId }));
}

/** Reads the two-line rows that `aws datapipeline list-runs` prints. */
export function parseListRuns(text: string): ListedRun[] {
  const rows: ListedRun[] = [];
  const lines = text.split('\n');
  lines.forEach((line, index) => {
    const first = /^\s*\d+\.\s+(\S+)\s+(\S+)\s+(\S+)\s*$/.exec(line);
    const second = /^\s+(@\S+)/.exec(lines[index + 1] ?? '');
    if (first === null || second === null) return;
    const [, name = '', scheduledStart = '', status = ''] = first;
    rows.push({ name, scheduledStart, status, id: second[1] ?? '' });
  });
  return rows;
}

/** Asks `read` until `holds`; fails with what it saw last. */
export async function eventually<T>(
  read: () => Promise<T>,
  holds: (value: T) => boolean,
  withinMs = 300_000,
): Promise<T> {
  for (const deadline = Date.now() + withinMs; ; await delay(250)) {
    const value = await read();
    if (holds(value)) return value;
    if (Date.now() > deadline)
      throw new Error(`Did not come to hold: ${JSON.stringify(value, undefined, 1)}`);
  }
}
