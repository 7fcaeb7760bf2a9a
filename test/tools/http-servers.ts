import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { freePort, LOCALHOST } from '../../src/embedded/ports.js';
import type { Reaper } from './reaper.js';
import { startServer, type ServerProcess } from './server-process.js';

/** An S3 server and how to sign for it. */
export interface S3Server {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
}

async function answers(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
  await response.arrayBuffer();
  return true;
}

/** Starts versitygw over `folder`: objects are files there, signatures are checked. */
export async function startTestS3(
  reaper: Reaper,
  binary: string,
  folder: string,
): Promise<{ s3: S3Server; server: ServerProcess }> {
  const port = await freePort();
  await mkdir(folder, { recursive: true });
  const s3: S3Server = {
    endpoint: `http://${LOCALHOST}:${port}`,
    accessKeyId: 'penstock-tests',
    secretAccessKey: randomBytes(16).toString('hex'),
    region: 'us-east-1',
  };
  const server = await startServer(reaper, {
    name: 'versitygw',
    command: binary,
    args: ['-p', `${LOCALHOST}:${port}`, '--region', s3.region, '--quiet', 'posix', folder],
    env: { ROOT_ACCESS_KEY: s3.accessKeyId, ROOT_SECRET_KEY: s3.secretAccessKey },
    isReady: () => answers(s3.endpoint),
  });
  return { s3, server };
}

/** Starts moto, which imitates AWS's control plane; used for SNS and SQS only. It accepts any signature. */
export async function startTestMoto(
  reaper: Reaper,
  binary: string,
): Promise<{ endpoint: string; server: ServerProcess }> {
  const port = await freePort();
  const endpoint = `http://${LOCALHOST}:${port}`;
  const server = await startServer(reaper, {
    name: 'moto',
    command: binary,
    args: ['-H', LOCALHOST, '-p', String(port)],
    isReady: () => answers(`${endpoint}/moto-api/`),
  });
  return { endpoint, server };
}
