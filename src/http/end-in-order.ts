import type { NestExpressApplication } from '@nestjs/platform-express';
import { errorFacts, log } from '../config/log.js';
import { Readiness } from './readiness.js';

/** How long running calls may take to end once no new ones are taken, before their connections are cut. */
const GRACE_MS = 10_000;

/**
 * Ends the process in order at SIGTERM or SIGINT: `/health/ready` says 503; after `drainMs` no new connection is taken, long polls are
 * answered empty-handed, streams are told to come back, and what is being answered gets its time. A second signal ends the wait.
 */
export function endInOrder(app: NestExpressApplication, { drainMs }: { readonly drainMs: number }): void {
  let closing = false;
  let drained: NodeJS.Timeout | undefined;
  const close = (): void => {
    if (closing) return;
    closing = true;
    clearTimeout(drained);
    setTimeout(() => {
      log('warn', 'Calls that had not ended were cut', { graceMs: GRACE_MS });
      process.exit(0);
    }, GRACE_MS).unref();
    app.close().then(
      () => process.exit(0),
      (error: unknown) => {
        log('error', 'The API did not end in order', errorFacts(error));
        process.exit(1);
      },
    );
  };
  const end = (reason: string): void => {
    if (drained !== undefined) return close();
    log('info', 'api ends', { reason, drainMs });
    app.get(Readiness).drain();
    drained = setTimeout(close, drainMs);
  };
  process.on('SIGTERM', () => end('SIGTERM'));
  process.on('SIGINT', () => end('SIGINT'));
  // A parent that dies closes the channel: nobody would end this process then.
  if (process.channel !== undefined) process.once('disconnect', () => end('the parent process is gone'));
}
