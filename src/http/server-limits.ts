import type { Server } from 'node:http';

/** Longer than clients and proxies keep a connection: who closes first must not be the one that is being written to. */
const KEEP_ALIVE_MS = 75_000;
/** Time to send the headers of a request: clients that send a byte now and then would hold connections for ever. */
const HEADERS_MS = 20_000;
/**
 * Time to send a whole request: the longest body, 32 MiB, at 2.5 Mbit/s. How long the answer takes has no limit here: PollForTask
 * waits for tasks, and streams of events stay open.
 */
const REQUEST_MS = 110_000;

/** Time limits against slow clients. */
export function limitServer(server: Server): void {
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = HEADERS_MS;
  server.requestTimeout = REQUEST_MS;
  server.maxHeadersCount = 100;
}
