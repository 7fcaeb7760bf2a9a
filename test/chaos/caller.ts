import { setTimeout as delay } from 'node:timers/promises';
import {
  ActivatePipelineCommand,
  CreatePipelineCommand,
  DataPipelineClient,
  DeletePipelineCommand,
  PutPipelineDefinitionCommand,
  SetStatusCommand,
  type PipelineObject,
} from '@aws-sdk/client-data-pipeline';
import type { AccessKey } from '../../src/config/credentials.js';
import type { DefinitionObject } from './definition.js';

const GIVE_UP_AFTER_MS = 180_000;
const ANSWER_MS = 30_000;

/** A user who calls one API and, when that does not answer, the other one, until one does. */
export class Caller {
  private readonly clients: readonly DataPipelineClient[];
  private next = 0;

  constructor(urls: readonly string[], key: AccessKey) {
    this.clients = urls.map(
      (endpoint) =>
        new DataPipelineClient({
          endpoint,
          region: 'us-east-1',
          credentials: { accessKeyId: key.accessKeyId, secretAccessKey: key.secretAccessKey },
          maxAttempts: 1,
          requestHandler: {
            requestTimeout: ANSWER_MS,
            connectionTimeout: 3_000,
            throwOnRequestTimeout: true,
          },
        }),
    );
  }

  /** Creates it, and puts its definition. @throws when the definition is refused. */
  async create(name: string, objects: readonly DefinitionObject[]): Promise<string> {
    const { pipelineId } = await this.insist((client) =>
      client.send(new CreatePipelineCommand({ name, uniqueId: name })),
    );
    if (pipelineId === undefined) throw new Error('CreatePipeline has answered no pipelineId');
    const input = { pipelineId, pipelineObjects: objects.map(wireObject) };
    const { errored, validationErrors } = await this.insist((client) =>
      client.send(new PutPipelineDefinitionCommand(input)),
    );
    if (errored !== false)
      throw new Error(`The generated definition is refused: ${JSON.stringify(validationErrors)}`);
    return pipelineId;
  }

  async activate(pipelineId: string): Promise<void> {
    await this.insist((client) => client.send(new ActivatePipelineCommand({ pipelineId })));
  }

  async delete(pipelineId: string): Promise<void> {
    await this.insist((client) => client.send(new DeletePipelineCommand({ pipelineId })));
  }

  /** A command that may be refused, by a pipeline that is FINISHED for one. */
  async setStatus(pipelineId: string, objectIds: string[], status: string): Promise<string> {
    return await this.insist((client) =>
      client.send(new SetStatusCommand({ pipelineId, objectIds, status })),
    ).then(
      () => 'taken',
      (error: unknown) => `refused: ${String(error)}`,
    );
  }

  destroy(): void {
    for (const client of this.clients) client.destroy();
  }

  private async insist<T>(call: (client: DataPipelineClient) => Promise<T>): Promise<T> {
    for (const deadline = Date.now() + GIVE_UP_AFTER_MS; ; await delay(300)) {
      const client = this.clients[this.next++ % this.clients.length];
      if (client === undefined) throw new Error('No API');
      try {
        return await call(client);
      } catch (error) {
        if (isRefusal(error) || Date.now() > deadline) throw error;
      }
    }
  }
}

/** A 4xx, but for that of a pipeline that is being activated already: the call before may have been ours. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error) || !('$metadata' in error)) return false;
  const { httpStatusCode = 0 } = error.$metadata as { httpStatusCode?: number };
  return httpStatusCode >= 400 && httpStatusCode < 500 && !/is being activated/.test(error.message);
}

function wireObject({ id, ...fields }: DefinitionObject): PipelineObject {
  const wire: PipelineObject['fields'] = [];
  for (const [key, value] of Object.entries(fields)) {
    for (const each of Array.isArray(value) ? (value as (string | { ref: string })[]) : [value]) {
      wire.push(
        typeof each === 'string'
          ? { key, stringValue: each }
          : { key, refValue: (each as { ref: string }).ref },
      );
    }
  }
  return { id, name: id, fields: wire };
}
