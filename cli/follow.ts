import { setTimeout as delay } from 'node:timers/promises';
import { CliError } from './cli-error.js';
import { eventsOf, type ReceivedEvent } from './event-stream.js';
import { Refusal, type Server } from './server.js';
import type { Terminal } from './terminal.js';

/** A server that is away is tried for so long: a restart takes seconds. */
const PATIENCE_MS = 120_000;
const FIRST_WAIT_MS = 500;
const LAST_WAIT_MS = 5_000;

/**
 * The events of a stream of the server, over lost connections and restarts: it is taken up where it broke.
 * @throws Refusal, CliError as `Server.get`, the latter when the server stays away.
 */
export async function* follow(
  terminal: Terminal,
  server: Server,
  path: string,
): AsyncGenerator<ReceivedEvent> {
  let lastEventId: string | undefined;
  let waitMs = FIRST_WAIT_MS;
  let awaySince: number | undefined;
  for (;;) {
    let why = 'the connection was lost';
    try {
      for await (const event of eventsOf(await server.open(path, lastEventId))) {
        waitMs = FIRST_WAIT_MS;
        awaySince = undefined;
        lastEventId = event.id ?? lastEventId;
        if (event.event === 'end') why = reasonOf(event);
        else if (event.data !== undefined) yield event;
      }
    } catch (error) {
      // What it refused it will refuse again; what was never there is a wrong address.
      if (error instanceof Refusal || (lastEventId === undefined && error instanceof CliError)) throw error;
      awaySince ??= Date.now();
      if (Date.now() - awaySince > PATIENCE_MS) throw error;
      why = error instanceof Error ? error.message : why;
    }
    terminal.err(`penstock: ${why}; going on where it was\n`);
    await delay(waitMs);
    waitMs = Math.min(2 * waitMs, LAST_WAIT_MS);
  }
}

function reasonOf({ data = '{}' }: ReceivedEvent): string {
  const { reason } = JSON.parse(data) as { readonly reason?: string };
  return reason ?? 'the server ended the stream';
}
