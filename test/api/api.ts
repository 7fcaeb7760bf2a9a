import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DataPipelineClient } from '@aws-sdk/client-data-pipeline';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { inject } from 'vitest';
import type { PipelineDefinition } from '../../model/definition/pipeline-definition.js';
import { AppModule } from '../../src/app.module.js';
import { readConfig } from '../../src/config/config.js';
import { ensureCredentials, parseCredentials, type AccessKey } from '../../src/config/credentials.js';
import { logTo } from '../../src/config/log.js';
import { configureApp } from '../../src/http/configure-app.js';
import {
  PipelineEngine,
  type ActivateOptions,
  type InstanceCommand,
} from '../../src/schedules/pipeline-engine.js';
import { SecretSeal } from '../../src/pipelines/secret-seal.js';
import { createDatabase, dropDatabase, MIGRATED } from '../store/new-database.js';
import type { PauseChange } from '../../src/store/pause-store.js';
import { PipelineStore } from '../../src/store/pipeline-store.js';

/** What the engine was asked to do. */
export type EngineCall =
  | { readonly call: 'activate'; readonly pipelineId: string; readonly options: ActivateOptions }
  | { readonly call: 'deactivate'; readonly pipelineId: string; readonly cancelActive: boolean }
  | {
      readonly call: 'setStatus';
      readonly pipelineId: string;
      readonly instanceIds: readonly string[];
      readonly command: InstanceCommand;
    }
  | { readonly call: 'announce'; readonly paused: readonly string[]; readonly workflowIds: readonly string[] }
  | { readonly call: 'remove'; readonly pipelineId: string };

/** An engine that only does what the store needs and notes what it was asked. */
export class RecordingEngine extends PipelineEngine {
  readonly calls: EngineCall[] = [];

  constructor(private readonly pipelines: () => PipelineStore) {
    super();
  }

  async activate(pipelineId: string, options: ActivateOptions): Promise<void> {
    this.calls.push({ call: 'activate', pipelineId, options });
    const { latestVersion = 0 } = await this.pipelines().get(pipelineId);
    await this.pipelines().activate(pipelineId, {
      definitionVersion: latestVersion,
      ...(options.parameterValues === undefined ? {} : { parameterValues: options.parameterValues }),
      at: new Date(),
      schedules: [],
    });
  }
  async deactivate(pipelineId: string, { cancelActive }: { readonly cancelActive: boolean }): Promise<void> {
    this.calls.push({ call: 'deactivate', pipelineId, cancelActive });
    await this.pipelines().deactivating(pipelineId);
    await this.pipelines().deactivated(pipelineId, new Date());
  }
  async setStatus(
    pipelineId: string,
    instanceIds: readonly string[],
    command: InstanceCommand,
  ): Promise<void> {
    this.calls.push({ call: 'setStatus', pipelineId, instanceIds, command });
  }
  async announce({ paused, notifications }: PauseChange): Promise<void> {
    const workflowIds = notifications.map(({ workflowId }) => workflowId);
    this.calls.push({ call: 'announce', paused, workflowIds });
  }
  async remove(pipelineId: string): Promise<void> {
    this.calls.push({ call: 'remove', pipelineId });
    await this.pipelines().markDeleting(pipelineId, new Date());
    await this.pipelines().delete(pipelineId);
  }
}

/** The API in this process, on a database of its own. */
export interface TestApi {
  readonly app: NestExpressApplication;
  readonly url: string;
  readonly key: AccessKey;
  readonly engine: RecordingEngine;
  readonly credentialsPath: string;
  /** Lines of the log so far. */
  readonly logLines: readonly string[];
  /** A client of AWS's SDK that signs with `key`, or with what is given instead. */
  client(overrides?: Partial<AccessKey>): DataPipelineClient;
  /** The latest definition as it is stored: secrets sealed. */
  definition(pipelineId: string): Promise<PipelineDefinition>;
  /** Its JSON with the secrets open. */
  opened(pipelineId: string, definition: PipelineDefinition): string;
  close(): Promise<void>;
}

/** Starts the API on a free port, with settings of its own where given; the engine records, Temporal is not called. */
export async function startApi(settings: Readonly<Record<string, string>> = {}): Promise<TestApi> {
  const logLines: string[] = [];
  logTo((line) => logLines.push(line));
  const home = await mkdtemp(path.join(tmpdir(), 'penstock-api-'));
  const databaseUrl = await createDatabase(inject('postgresUrl'), { template: MIGRATED });
  const config = readConfig({
    PENSTOCK_PORT: '0',
    PENSTOCK_HOME: home,
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    ...settings,
  });
  ensureCredentials(config.credentialsPath);
  await writeFile(config.secretKeyPath, randomBytes(32).toString('base64'));
  const engine: RecordingEngine = new RecordingEngine((): PipelineStore => app.get(PipelineStore));
  const module = await Test.createTestingModule({ imports: [AppModule.with(config)] })
    .overrideProvider(PipelineEngine)
    .useValue(engine)
    .compile();
  const app: NestExpressApplication = module.createNestApplication<NestExpressApplication>({
    bodyParser: false,
    logger: false,
  });
  configureApp(app);
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  const key = parseCredentials(readFileSync(config.credentialsPath, 'utf8'))[0];
  if (key === undefined) throw new Error('No key was made');
  return {
    app,
    url,
    key,
    engine,
    credentialsPath: config.credentialsPath,
    logLines,
    client: (overrides = {}) =>
      new DataPipelineClient({
        endpoint: url,
        region: 'us-east-1',
        credentials: { ...key, ...overrides },
        maxAttempts: 1,
      }),
    definition: async (pipelineId) => {
      const stored = await app.get(PipelineStore).readDefinition(pipelineId, 'latest');
      if (stored === undefined) throw new Error(`Pipeline ${pipelineId} has no definition`);
      return stored.definition;
    },
    opened: (pipelineId, definition) =>
      JSON.stringify(app.get(SecretSeal, { strict: false }).open(pipelineId, definition)),
    close: async () => {
      await app.close();
      await dropDatabase(inject('postgresUrl'), databaseUrl);
      await rm(home, { recursive: true, force: true });
    },
  };
}
