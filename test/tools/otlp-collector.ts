import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** A span as it came. */
export interface CollectedSpan {
  readonly traceId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly status: { readonly code?: number };
}

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: number | string };
}
interface Sent {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly {
      readonly spans: readonly (Omit<CollectedSpan, 'attributes'> & {
        readonly attributes: readonly Attribute[];
      })[];
    }[];
  }[];
}

/** A fixture, no collector: it takes what OTLP/HTTP sends as JSON to /v1/traces, and keeps the spans. */
export async function startOtlpCollector(): Promise<{
  readonly url: string;
  readonly spans: readonly CollectedSpan[];
  close(): Promise<void>;
}> {
  const spans: CollectedSpan[] = [];
  const server = createServer((request, response) => {
    const take = async (): Promise<void> => {
      if (request.method !== 'POST' || request.url !== '/v1/traces')
        return void response.writeHead(404).end();
      const { resourceSpans } = (await json(request)) as Sent;
      for (const { scopeSpans } of resourceSpans) {
        for (const scope of scopeSpans) {
          for (const { attributes, ...span } of scope.spans) {
            const entries = attributes.map(({ key, value }) => [
              key,
              value.stringValue ?? Number(value.intValue),
            ]);
            spans.push({ ...span, attributes: Object.fromEntries(entries) as CollectedSpan['attributes'] });
          }
        }
      }
      response.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');
    };
    take().catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}
