import 'reflect-metadata';
import type { Server as HttpServer } from 'node:http';
import { Server as HttpsServer } from 'node:https';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { readSecretKeyFile } from '../codec/secret-key.js';
import { AppModule } from './app.module.js';
import { configOfProcess, type Config } from './config/config.js';
import { ensureCredentials } from './config/credentials.js';
import { errorFacts, JsonLogger, log } from './config/log.js';
import { configureApp } from './http/configure-app.js';
import { endInOrder } from './http/end-in-order.js';
import { limitServer } from './http/server-limits.js';
import { readTls, renewTls, TlsProblem } from './http/tls.js';

/** Entry of the API process: brings the store up to date, listens, and ends in order at SIGTERM or SIGINT. */
async function main(config: Config): Promise<void> {
  if (ensureCredentials(config.credentialsPath)) log('info', `made ${config.credentialsPath} with a new key`);
  // A key that is missing or wrong must show now, not when the first secret is stored.
  checkSecretKey(config.secretKeyPath);
  const app = await NestFactory.create<NestExpressApplication>(AppModule.with(config), {
    bodyParser: false,
    logger: new JsonLogger(),
    abortOnError: false,
    ...(config.tls === undefined ? {} : { httpsOptions: readTls(config.tls) }),
  });
  configureApp(app);
  const server: HttpServer | HttpsServer = app.getHttpServer();
  limitServer(server);
  if (config.tls !== undefined && server instanceof HttpsServer) renewTls(server, config.tls);
  endInOrder(app, config);
  await app.listen(config.httpPort, config.httpHost);
  log('info', 'api ready', { url: await app.getUrl(), pid: process.pid });
}

/** The file that `PENSTOCK_SECRET_KEY_FILE` names holds no key. */
class UnusableKey extends Error {}

function checkSecretKey(path: string): void {
  try {
    readSecretKeyFile(path);
  } catch (cause) {
    throw new UnusableKey(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

const config = configOfProcess();
try {
  await main(config);
} catch (error) {
  process.stderr.write(`${reasonOf(error, config)}\n`);
  process.exit(1);
}

/** One sentence for what an operator can mend; everything that is known for the rest. */
function reasonOf(error: unknown, { httpPort, httpHost }: Config): string {
  const { code, syscall, path } = (error instanceof Error ? error : {}) as NodeJS.ErrnoException;
  if (syscall === 'listen' && code === 'EADDRINUSE') {
    return `Port ${httpPort} of ${httpHost} is in use: stop what listens there, or set PENSTOCK_PORT to another port.`;
  }
  if (syscall === 'listen' && code === 'EACCES') {
    return `Port ${httpPort} of ${httpHost} may not be used by this user: set PENSTOCK_PORT to another port.`;
  }
  if (syscall === 'listen' && code === 'EADDRNOTAVAIL') {
    return `PENSTOCK_HOST="${httpHost}" is no address of this machine.`;
  }
  if (error instanceof TlsProblem) return `${error.message}.`;
  if (syscall === 'connect')
    return `The database of DATABASE_URL does not answer (${code ?? 'no reason given'}).`;
  if (path !== undefined) return `"${path}" cannot be used (${code ?? 'no reason given'}).`;
  if (error instanceof UnusableKey) return `The ${error.message}.`;
  return JSON.stringify(errorFacts(error));
}
