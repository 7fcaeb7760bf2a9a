import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Config } from '../config/config.js';
import type { CallObserver } from '../http/call.js';

/** A way for spans out of this process. */
export interface SpanExport extends CallObserver {
  /** Sends what is left. */
  close(): Promise<void>;
}

/** Traces of calls; nothing at all, not even the library, while `tracesUrl` is not set. */
@Injectable()
export class Tracing implements OnApplicationShutdown {
  private constructor(private readonly spans: SpanExport | undefined) {}

  static async open({ tracesUrl }: Pick<Config, 'tracesUrl'>): Promise<Tracing> {
    if (tracesUrl === undefined) return new Tracing(undefined);
    const { otlpSpans } = await import('./otlp-spans.js');
    return new Tracing(otlpSpans(tracesUrl));
  }

  /** Who is to hear of calls. */
  get observers(): readonly CallObserver[] {
    return this.spans === undefined ? [] : [this.spans];
  }

  async onApplicationShutdown(): Promise<void> {
    await this.spans?.close();
  }
}
