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

/** A port that the operating system says is free. */
export async function freePort(): Promise<number> {
  const answer = await tryPort(0);
  if ('error' in answer) throw answer.error;
  return answer.port;
}

/** `wanted`, or the next free port within the following 50, or any. For servers whose address we print. */
export async function portNear(wanted: number): Promise<number> {
  for (let port = wanted; port < Math.min(wanted + 50, 65_536); port++) {
    const answer = await tryPort(port);
    if ('port' in answer) return answer.port;
  }
  return await freePort();
}
