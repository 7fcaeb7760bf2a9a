import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** The only address that anything of the embedded mode listens on. */
export const LOCALHOST = '127.0.0.1';

/** Whether `port` can be listened on now; the error is the operating system's (EADDRINUSE, EACCES …). */
export function tryPort(port: number): Promise<{ port: number } | { error: NodeJS.ErrnoException }> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve({ error }));
    server.listen({ port, host: LOCALHOST, exclusive: true }, () => {
      const address = server.address();
      const given = typeof address === 'object' && address !== null ? address.port : port;
      server.close(() => resolve({ port: given }));
    });
  });
}

/**
 * Below the ports that operating systems give to outgoing connections (from 32768 on Linux, 49152 elsewhere), and above
 * those that servers are known by: a port from here stays free until who asked for it listens, however busy the machine.
 */
const PORTS = { from: 20_000, until: 32_768 };

/** A port that is free, and that nobody gets by chance soon after. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const answer = await tryPort(randomInt(PORTS.from, PORTS.until));
    if ('port' in answer) return answer.port;
  }
  throw new Error(`No free port among 100 tried from ${PORTS.from} to ${PORTS.until - 1}`);
}

/** `wanted`, or the next free port within the following 50, or any. For servers whose address we print. */
export async function portNear(wanted: number): Promise<number> {
  for (let port = wanted; port < Math.min(wanted + 50, 65_536); port++) {
    const answer = await tryPort(port);
    if ('port' in answer) return answer.port;
  }
  return await freePort();
}
