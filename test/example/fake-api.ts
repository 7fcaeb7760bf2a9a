import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Definition {
  readonly pipelineObjects?: unknown[];
  readonly parameterValues?: { readonly id: string; readonly stringValue: string }[];
}

/** As much of the AWS Data Pipeline API as an installer calls: it stores, and runs nothing. */
export interface FakeApi {
  readonly endpoint: string;
  /** Operations in the order of their calls. */
  readonly calls: string[];
  /** `@pipelineState`, or `DELETED`. */
  state: string;
  definition: Definition;
  /** Error type that the next call of the named operation gets, once. */
  readonly failures: Map<string, string>;
  close(): Promise<void>;
}

const PIPELINE_ID = 'df-EXAMPLE0000000000001';

export async function startFakeApi(): Promise<FakeApi> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const operation = String(request.headers['x-amz-target']).replace('DataPipeline.', '');
      api.calls.push(operation);
      // A deleted pipeline stays deleted; other failures are ordered for one call.
      const deleted = api.state === 'DELETED' && operation === 'DescribePipelines';
      const failure = deleted ? 'PipelineDeletedException' : api.failures.get(operation);
      api.failures.delete(operation);
      const body: unknown =
        failure === undefined
          ? answer(operation, JSON.parse(Buffer.concat(chunks).toString('utf8')) as Definition)
          : { __type: failure, message: `${failure} by order of the test` };
      response.writeHead(failure === undefined ? 200 : 400, { 'Content-Type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify(body));
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const api: FakeApi = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: [],
    state: 'PENDING',
    definition: {},
    failures: new Map(),
    close: () => new Promise((closed) => server.close(() => closed())),
  };
  return api;

  function answer(operation: string, input: Definition): unknown {
    switch (operation) {
      case 'CreatePipeline':
        return { pipelineId: PIPELINE_ID };
      case 'DescribePipelines':
        return {
          pipelineDescriptionList: [
            {
              pipelineId: PIPELINE_ID,
              name: 'web-logs',
              fields: [{ key: '@pipelineState', stringValue: api.state }],
            },
          ],
        };
      case 'GetPipelineDefinition':
        return { pipelineObjects: [], ...api.definition };
      case 'PutPipelineDefinition':
        api.definition = input;
        return { errored: false, validationErrors: [], validationWarnings: [] };
      case 'ActivatePipeline':
        api.state = 'SCHEDULED';
        return {};
      default:
        throw new Error(`The fake API has no operation "${operation}"`);
    }
  }
}
