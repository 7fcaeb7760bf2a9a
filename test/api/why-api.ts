import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { NativeConnection } from '@temporalio/worker';
import { expect, inject, onTestFinished } from 'vitest';
import type { Why } from '../../model/instance/why-facts.js';
import { AppModule } from '../../src/app.module.js';
import { readConfig } from '../../src/config/config.js';
import { ensureCredentials, parseCredentials, type AccessKey } from '../../src/config/credentials.js';
import { logTo } from '../../src/config/log.js';
import { configureApp } from '../../src/http/configure-app.js';

/** The API, on a namespace and a database that a test has. */
export interface WhyApi {
  readonly app: NestExpressApplication;
  readonly url: string;
  readonly token: string;
  readonly key: AccessKey;
  get(path: string): Promise<Response>;
  /** The answer of `…/why`. */
  why(pipelineId: string, instanceId: string): Promise<Why>;
}

/** Starts the API on what an engine works with; it ends with the test. */
export async function aWhyApi(on: {
  readonly namespace: string;
  readonly databaseUrl: string;
  readonly temporalAddress?: string;
  /** 32 bytes, the same for every API of an installation. @default any */
  readonly secretKey?: Buffer;
}): Promise<WhyApi> {
  logTo(() => undefined);
  const home = await mkdtemp(path.join(tmpdir(), 'penstock-why-'));
  const config = readConfig({
    PENSTOCK_PORT: '0',
    PENSTOCK_HOME: home,
    DATABASE_URL: on.databaseUrl,
    TEMPORAL_ADDRESS: on.temporalAddress ?? inject('temporalAddress'),
    TEMPORAL_NAMESPACE: on.namespace,
  });
  ensureCredentials(config.credentialsPath);
  await writeFile(config.secretKeyPath, (on.secretKey ?? randomBytes(32)).toString('base64'));
  const module = await Test.createTestingModule({ imports: [AppModule.with(config)] }).compile();
  const app = module.createNestApplication<NestExpressApplication>({ bodyParser: false, logger: false });
  configureApp(app);
  await app.listen(0, '127.0.0.1');
  onTestFinished(async () => {
    await app.close();
    await rm(home, { recursive: true, force: true });
  });
  const url = await app.getUrl();
  const key = parseCredentials(readFileSync(config.credentialsPath, 'utf8'))[0];
  if (key === undefined) throw new Error('No key was made');
  const token = key.secretAccessKey;
  const get = (where: string): Promise<Response> =>
    fetch(`${url}${where}`, { headers: { authorization: `Bearer ${token}` } });
  return {
    app,
    url,
    token,
    key,
    get,
    async why(pipelineId, instanceId) {
      const answer = await get(`/v1/pipelines/${pipelineId}/instances/${encodeURIComponent(instanceId)}/why`);
      const body = (await answer.json()) as Why;
      expect(answer.status, JSON.stringify(body)).toBe(200);
      return body;
    },
  };
}

/** A namespace that nothing works in. */
export async function anEmptyNamespace(): Promise<string> {
  const namespace = `why-${randomUUID()}`;
  const connection = await NativeConnection.connect({ address: inject('temporalAddress') });
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
  });
  await connection.close();
  return namespace;
}
