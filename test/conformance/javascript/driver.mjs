/** The JavaScript driver of the conformance suite: reads one call a line ({"operation","input","paginate"}), answers one line. See ../README.md. */
import { createInterface } from 'node:readline';
import { DataPipelineClient } from '@aws-sdk/client-data-pipeline';
import * as module from '@aws-sdk/client-data-pipeline';

/** Its exports, to be found by name. */
const sdk = { ...module };

/** With the endpoint given as argument; without one, with what the environment says (AWS_ENDPOINT_URL_DATA_PIPELINE). */
function connect([endpoint]) {
  if (endpoint === undefined) return new DataPipelineClient();
  const client = new DataPipelineClient({ endpoint });
  return client;
}

async function answerTo(client, { operation, input, paginate }) {
  try {
    // The one member of a request that is not as in JSON.
    const { startTimestamp, ...rest } = input;
    const members =
      startTimestamp === undefined ? rest : { ...rest, startTimestamp: new Date(startTimestamp) };
    if (paginate !== undefined) {
      const items = [];
      for await (const page of sdk[`paginate${operation}`]({ client }, members))
        items.push(...page[paginate]);
      return { output: { [paginate]: items } };
    }
    const { $metadata, ...output } = await client.send(new sdk[`${operation}Command`](members));
    return { output, requestId: $metadata.requestId };
  } catch (error) {
    const { name, message, $metadata } = error;
    const isService = error instanceof sdk.DataPipelineServiceException;
    const typed = isService && error.constructor !== sdk.DataPipelineServiceException;
    return {
      error: isService
        ? { name, message, typed }
        : { name: 'ClientSide', message: `${name}: ${message}`, typed },
      requestId: $metadata?.requestId,
    };
  }
}

const client = connect(process.argv.slice(2));
for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answerTo(client, JSON.parse(line)))}\n`);
}
