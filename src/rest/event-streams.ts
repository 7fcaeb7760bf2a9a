import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { once } from 'node:events';
import { Injectable, ServiceUnavailableException, type OnModuleDestroy } from '@nestjs/common';
import { bearerOf } from '../access/bearer.js';
import { Identity } from '../access/identity.js';
import { errorFacts, log } from '../config/log.js';
import { callOf } from '../http/call.js';

/** One server-sent event. Source: HTML Living Standard, "Server-sent events". */
export interface StreamedEvent {
  readonly event: string;
  /** Where to go on after it, by the header Last-Event-ID. */
  readonly id?: string;
  readonly data: unknown;
}

/** A stream of server-sent events to one client. */
export interface EventStream {
  /** Fires when the client has left, or must be left. */
  readonly signal: AbortSignal;
  /** Resolves when the client keeps up; what it does not take is not piled up. */
  send(...events: readonly StreamedEvent[]): Promise<void>;
  /** What Last-Event-ID is to be when nothing was sent for long. Goes out with the next sign of life. */
  place(id: string): void;
}

/** Why a stream ends that could have gone on; the client may come back with its Last-Event-ID. */
type Reason =
  'the server stops' | 'the client is too slow' | 'the key is not valid any more' | 'internal error';

/** Serves streams of server-sent events: signs of life, clear ends, bounded memory. */
@Injectable()
export class EventStreams implements OnModuleDestroy {
  /** Time between two signs of life: proxies cut connections that are silent for a minute. */
  lifeMs = 15_000;
  /** A client that takes nothing for so long is left. */
  stuckMs = 60_000;
  /** Streams open at once; each costs a connection and some kilobytes. */
  mostOpen = 1_000;
  readonly #open = new Set<(reason: Reason) => void>();

  constructor(private readonly identity: Identity) {}

  onModuleDestroy(): void {
    for (const end of this.#open) end('the server stops');
  }

  /** Answers with a stream that `work` fills, until it is done. Errors of `work` end the stream. */
  async serve(
    request: IncomingMessage,
    response: ServerResponse,
    work: (stream: EventStream) => Promise<void>,
  ): Promise<void> {
    if (this.#open.size >= this.mostOpen) {
      throw new ServiceUnavailableException(`${this.mostOpen} streams are open: try again later`);
    }
    const head = { 'Content-Type': 'text/event-stream; charset=utf-8', 'X-Accel-Buffering': 'no' };
    if (request.method === 'HEAD') return void response.writeHead(200, head).end();
    const controller = new AbortController();
    const { signal } = controller;
    const end = (reason: Reason): void => {
      if (signal.aborted) return;
      log('info', 'A stream of events is ended', { requestId: callOf(response).requestId, reason });
      response.write(textOf({ event: 'end', data: { reason } }));
      controller.abort();
    };
    this.#open.add(end);
    const left = (): void => controller.abort();
    response.once('close', left);
    response.writeHead(200, head);
    response.write('retry: 1000\n\n');
    let place: string | undefined;
    const life = setInterval(() => {
      if (!response.writableNeedDrain) response.write(place === undefined ? ':\n\n' : `:\nid: ${place}\n\n`);
      place = undefined;
      void this.isAllowed(request).then((allowed) => allowed || end('the key is not valid any more'));
    }, this.lifeMs);
    try {
      await work({
        signal,
        place: (id) => void (place = id),
        send: async (...events) => {
          if (signal.aborted) return;
          place = undefined;
          if (!response.write(events.map(textOf).join(''))) await this.drained(response, signal, end);
        },
      });
    } catch (error) {
      if (!signal.aborted) {
        log('error', 'A stream of events failed', errorFacts(error));
        end('internal error');
      }
    } finally {
      clearInterval(life);
      this.#open.delete(end);
      response.off('close', left);
      response.end();
      // What is still on its way gets the same time again.
      const cut = setTimeout(() => response.destroy(), this.stuckMs).unref();
      response.once('close', () => clearTimeout(cut));
    }
  }

  private async drained(
    response: ServerResponse,
    signal: AbortSignal,
    end: (reason: Reason) => void,
  ): Promise<void> {
    const stuck = setTimeout(() => end('the client is too slow'), this.stuckMs);
    try {
      await once(response, 'drain', { signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      clearTimeout(stuck);
    }
  }

  private async isAllowed(request: IncomingMessage): Promise<boolean> {
    const token = bearerOf(request);
    try {
      return token !== undefined && (await this.identity.ofBearer(token, new Date())) !== undefined;
    } catch (error) {
      // As for a call: while the file cannot be read nobody is let in.
      log('error', 'The credentials cannot be read', errorFacts(error));
      return false;
    }
  }
}

/** Where a client goes on that comes back. */
export function lastEventIdOf(headers: IncomingHttpHeaders): string | undefined {
  const id = headers['last-event-id'];
  return typeof id === 'string' ? id : undefined;
}

/** JSON has no line ends, so one line of data is enough. */
function textOf({ event, id, data }: StreamedEvent): string {
  return `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;
}
