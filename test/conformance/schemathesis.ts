import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseCredentials } from '../../src/config/credentials.js';
import type { Target } from './client.js';
import { startServer } from './started-server.js';

/**
 * What answers are held to. Left out: `positive_data_acceptance`, for a request that fits its schema may still ask for what cannot be
 * (a definition with errors, an unknown id); `ignored_auth` and the others stay.
 */
const EXCLUDED_CHECKS = ['positive_data_acceptance'];
/** A stream has no end to wait for; to this machine metrics are open. Both have tests of their own. */
const EXCLUDED_OPERATIONS = ['followEvents', 'getMetrics'];
/** Of one answer; a cold start of the server's database is the slowest of them. */
const REQUEST_SECONDS = 20;
/** How long the first instance may take to end. */
const INSTANCE_MS = 60_000;
const LOOK_MS = 250;

export interface SchemathesisOptions {
  /** Path of the command. */
  readonly schemathesis: string;
  readonly seed: number;
  /** Calls of one operation in one phase, at most. */
  readonly examples: number;
  /** A server that runs already; without one, one is started. What is on it may be deleted. */
  readonly target?: Target;
  /** More arguments of `schemathesis run`. */
  readonly args?: readonly string[];
}

/** Things on the server that calls can be about; what is made up is not found, and tells little. */
interface World {
  readonly pipelineId: string;
  readonly doomedId: string;
  readonly instanceId: string;
  readonly backfillId: string;
}

/** Runs schemathesis over the REST API of a server; answers its exit code. */
export async function schemathesis(options: SchemathesisOptions): Promise<number> {
  const { target } = options;
  const server = target === undefined ? await startServer() : { ...target, stop: async () => undefined };
  const folder = await mkdtemp(join(tmpdir(), 'penstock-schemathesis-'));
  try {
    const [key] = parseCredentials(await readFile(server.credentialsPath, 'utf8'));
    if (key === undefined) throw new Error(`${server.credentialsPath} holds no key`);
    const api = new Api(server.url, key.secretAccessKey);
    const world = await makeWorld(api);
    const configuration = join(folder, 'schemathesis.toml');
    await writeFile(configuration, configurationOf(world, key.secretAccessKey), { mode: 0o600 });
    return await run(options.schemathesis, folder, [
      '--config-file',
      configuration,
      'run',
      `${server.url}/openapi.json`,
      '--exclude-checks',
      EXCLUDED_CHECKS.join(),
      ...EXCLUDED_OPERATIONS.flatMap((id) => ['--exclude-operation-id', id]),
      '--max-examples',
      String(options.examples),
      '--seed',
      String(options.seed),
      '--request-timeout',
      String(REQUEST_SECONDS),
      '--continue-on-failure',
      '--generation-database',
      'none',
      '--warnings',
      'off',
      '--no-color',
      ...(options.args ?? []),
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
    await server.stop();
  }
}

/** The calls that make the world. */
class Api {
  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  async call<T>(
    method: string,
    path: string,
    body?: object,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<T> {
    const answer = await fetch(`${this.url}/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text.slice(0, 500)}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  async pipeline(name: string, startDateTime: string): Promise<string> {
    const { id } = await this.call<{ id: string }>('POST', '/pipelines', { name });
    const definition = {
      objects: [
        { id: 'Hourly', type: 'Schedule', period: '1 hour', startDateTime, occurrences: '3' },
        {
          id: 'Say',
          type: 'ShellCommandActivity',
          scheduleType: 'cron',
          schedule: { ref: 'Hourly' },
          command: 'true',
          workerGroup: 'local',
        },
      ],
    };
    await this.call('PUT', `/pipelines/${id}/definition`, { definition }, { 'if-none-match': '*' });
    await this.call('POST', `/pipelines/${id}/activate`, {});
    return id;
  }
}

/** An active pipeline with instances that have ended, one to be deleted, and a backfill. */
async function makeWorld(api: Api): Promise<World> {
  const pipelineId = await api.pipeline('schemathesis', '2020-01-01T00:00:00');
  const doomedId = await api.pipeline('schemathesis, to be deleted', '2100-01-01T00:00:00');
  const instances = `/pipelines/${pipelineId}/instances?status=FINISHED`;
  const untilMs = Date.now() + INSTANCE_MS;
  let instanceId: string | undefined;
  while (instanceId === undefined) {
    if (Date.now() > untilMs) throw new Error(`No instance of ${pipelineId} was FINISHED in time`);
    await delay(LOOK_MS);
    const page = await api.call<{ instances: { id: string }[] }>('GET', instances);
    instanceId = page.instances[0]?.id;
  }
  const range = { from: '2020-01-01', to: '2020-01-01T03:00:00' };
  const { id: backfillId } = await api.call<{ id: string }>(
    'POST',
    `/pipelines/${pipelineId}/backfills`,
    range,
  );
  return { pipelineId, doomedId, instanceId, backfillId };
}

/** Ids that exist, and who calls. */
function configurationOf({ pipelineId, doomedId, instanceId, backfillId }: World, token: string): string {
  const text = (value: string): string => JSON.stringify(value);
  return [
    '[headers]',
    `Authorization = ${text(`Bearer ${token}`)}`,
    '[parameters]',
    `"path.id" = ${text(pipelineId)}`,
    `"path.instanceId" = ${text(instanceId)}`,
    `"path.attemptId" = ${text(`${instanceId}_Attempt=1`)}`,
    `"path.backfillId" = ${text(backfillId)}`,
    '"path.templateId" = "run-aws-cli-command"',
    '"path.type" = "CopyActivity"',
    '[[operations]]',
    'include-operation-id = "deletePipeline"',
    `parameters = { "path.id" = ${text(doomedId)} }`,
    '',
  ].join('\n');
}

/** Output goes on as it comes. */
async function run(command: string, cwd: string, args: readonly string[]): Promise<number> {
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
