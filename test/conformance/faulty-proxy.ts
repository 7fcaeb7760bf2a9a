import { createServer, request as httpRequest, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sendJson } from '../../src/aws-json/send-json.js';

/** Stands between client and server: passes calls on as they are, or answers them with an error of the service. */
export interface FaultyProxy {
  readonly url: string;
  /** Request ids of what the server has answered since `answerFirst`. */
  readonly requestIds: readonly string[];
  readonly faultsLeft: number;
  /** The next calls are answered with these errors, those after them by the server. */
  answerFirst(errors: readonly string[]): void;
  close(): Promise<void>;
}

/** Passes everything on to `url`. The signature holds: the header `Host` is passed on, too. */
export async function startFaultyProxy(url: string): Promise<FaultyProxy> {
  let faults: string[] = [];
  let requestIds: string[] = [];
  const { hostname, port } = new URL(url);
  const server = createServer((incoming, outgoing) => {
    const fault = faults.shift();
    if (fault !== undefined) {
      incoming.resume();
      incoming.once('end', () => sendFault(outgoing, fault));
      return;
    }
    const { method, url: path, headers } = incoming;
    const onward = httpRequest({ hostname, port, method, path, headers }, (answer) => {
      requestIds.push(String(answer.headers['x-amzn-requestid']));
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.once('error', () => outgoing.destroy());
    outgoing.once('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get requestIds() {
      return requestIds;
    },
    get faultsLeft() {
      return faults.length;
    },
    answerFirst(errors) {
      faults = [...errors];
      requestIds = [];
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** As the service sends them. */
function sendFault(outgoing: ServerResponse, type: string): void {
  sendJson(outgoing, type === 'InternalServiceError' ? 500 : 400, { __type: type, message: 'again, please' });
}
