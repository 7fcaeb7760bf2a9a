import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One message of an alarm that the receiver has taken. */
export interface ReceivedAlarm {
  readonly pipelineId: string;
  readonly alarmId: string;
  readonly instanceId: string;
  /** The same for each time that one message is sent. */
  readonly key: string;
}

export interface WebhookReceiver {
  readonly url: string;
  readonly taken: readonly ReceivedAlarm[];
  stop(): Promise<void>;
}

/** Takes alarms; every seventh call is answered with 503, which takes nothing. */
export async function startWebhookReceiver(note: (line: string) => void): Promise<WebhookReceiver> {
  const taken: ReceivedAlarm[] = [];
  let calls = 0;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      calls += 1;
      if (calls % 7 === 0) return response.writeHead(503).end();
      const { pipelineId, alarmId, instanceId } = JSON.parse(body) as ReceivedAlarm;
      const key = String(request.headers['idempotency-key']);
      taken.push({ pipelineId, alarmId, instanceId, key });
      note(`alarm ${pipelineId} ${instanceId} ${alarmId} ${key}`);
      return response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    taken,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
