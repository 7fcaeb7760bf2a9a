import { eventsOf, type ReceivedEvent } from '../../cli/event-stream.js';

/** A client of a stream of server-sent events. */
export interface EventSource {
  /** Headers and status of the answer. */
  readonly response: Response;
  /** The next event; undefined when the stream has ended. Fails when none comes for a long time. */
  next(): Promise<ReceivedEvent | undefined>;
  /** Events up to and with the first for which `isLast` holds. @throws when the stream ends before. */
  until(isLast: (event: ReceivedEvent) => boolean): Promise<ReceivedEvent[]>;
  close(): void;
}

const PATIENCE_MS = 120_000;

/** Opens a stream. */
export async function openEvents(url: string, token: string, lastEventId?: string): Promise<EventSource> {
  const controller = new AbortController();
  const headers = {
    authorization: `Bearer ${token}`,
    ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
  };
  const response = await fetch(url, { headers, signal: controller.signal });
  const events = eventsOf(response.body ?? new ReadableStream());
  const next = async (): Promise<ReceivedEvent | undefined> => {
    const late = setTimeout(
      () => controller.abort(new Error(`no event within ${PATIENCE_MS} ms`)),
      PATIENCE_MS,
    );
    try {
      return (await events.next()).value as ReceivedEvent | undefined;
    } finally {
      clearTimeout(late);
    }
  };
  return {
    response,
    next,
    async until(isLast) {
      const seen: ReceivedEvent[] = [];
      for (;;) {
        const event = await next();
        if (event === undefined) throw new Error(`the stream ended: ${JSON.stringify(seen)}`);
        seen.push(event);
        if (isLast(event)) return seen;
      }
    },
    close: () => controller.abort(),
  };
}
