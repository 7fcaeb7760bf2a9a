import { Connection } from '@temporalio/client';
import { freePort, LOCALHOST } from '../../src/embedded/ports.js';
import { TEMPORAL_DEV_FLAGS } from '../../src/embedded/temporal-flags.js';
import type { Reaper } from './reaper.js';
import { startServer, type ServerProcess } from './server-process.js';

async function hasNamespace(address: string): Promise<boolean> {
  const connection = await Connection.connect({ address, connectTimeout: 2000 });
  try {
    await connection.workflowService.describeNamespace({ namespace: 'default' });
    return true;
  } finally {
    await connection.close();
  }
}

/** Starts a Temporal development server in memory, with the product's flags. */
export async function startTestTemporal(
  reaper: Reaper,
  binary: string,
): Promise<{ address: string; server: ServerProcess }> {
  const port = await freePort();
  const address = `${LOCALHOST}:${port}`;
  const server = await startServer(reaper, {
    name: 'Temporal',
    command: binary,
    args: [
      'server',
      'start-dev',
      '--ip',
      LOCALHOST,
      '--port',
      String(port),
      '--headless',
      ...TEMPORAL_DEV_FLAGS,
    ],
    isReady: () => hasNamespace(address),
  });
  return { address, server };
}
