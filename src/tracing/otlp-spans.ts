import {
  defaultTextMapGetter,
  diag,
  DiagLogLevel,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  type Span,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { log } from '../config/log.js';
import { clientOf } from '../http/client.js';
import type { Call, EndedCall } from '../http/call.js';
import type { SpanExport } from './tracing.js';

/** Asked every few seconds: nobody looks for the trace of a probe. */
const PROBES = /^\/(health|metrics)(\/|$)/;

/**
 * A span a call, sent to an OTLP collector over HTTP as JSON. A `traceparent` of the caller is gone on from. Names of attributes are
 * OpenTelemetry's where it has one. OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES, OTEL_TRACES_SAMPLER, OTEL_EXPORTER_OTLP_HEADERS and
 * the like are read by its SDK.
 */
export function otlpSpans(url: string): SpanExport {
  // A collector that is away is told of, and keeps nothing from working.
  diag.setLogger(
    { error: warn, warn, info: () => undefined, debug: () => undefined, verbose: () => undefined },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'penstock-api' }).merge(
      detectResources({ detectors: [envDetector] }),
    ),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url }))],
  });
  const tracer = provider.getTracer('penstock');
  const propagator = new W3CTraceContextPropagator();
  const spans = new WeakMap<Call, Span>();
  return {
    began: (call, request) => {
      const path = request.url?.split('?')[0] ?? '';
      if (PROBES.test(path)) return;
      const { address, userAgent } = call.client ?? clientOf(request);
      const span = tracer.startSpan(
        request.method ?? 'GET',
        {
          kind: SpanKind.SERVER,
          attributes: {
            'http.request.method': request.method ?? 'GET',
            'url.path': path,
            'client.address': address,
            ...(userAgent === undefined ? {} : { 'user_agent.original': userAgent }),
            'penstock.request_id': call.requestId,
          },
        },
        propagator.extract(ROOT_CONTEXT, request.headers, defaultTextMapGetter),
      );
      call.traceId = span.spanContext().traceId;
      spans.set(call, span);
    },
    ended: (ended) => {
      const span = spans.get(ended.call);
      if (span !== undefined) finish(span, ended);
    },
    close: () => provider.shutdown(),
  };
}

function finish(span: Span, { call, response, isAnswered }: EndedCall): void {
  const { operation, pipelineId, error, principal } = call;
  const { statusCode } = response;
  if (operation !== undefined) span.updateName(operation).setAttribute('penstock.operation', operation);
  if (pipelineId !== undefined) span.setAttribute('penstock.pipeline_id', pipelineId);
  if (principal !== undefined) span.setAttribute('enduser.id', principal.arn);
  span.setAttribute('http.response.status_code', statusCode);
  const failure = isAnswered ? (error ?? (statusCode >= 400 ? String(statusCode) : undefined)) : 'aborted';
  if (failure !== undefined) span.setAttribute('error.type', failure);
  // Of a server's span only its own faults are errors. Source: OpenTelemetry's semantic conventions of HTTP.
  if (statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}

/** The SDK gives errors as JSON with their stack. */
function warn(message: string): void {
  const reason = /"message":"((?:[^"\\]|\\.)*)"/.exec(message)?.[1] ?? message;
  // Sent behind many calls: it is of none of them.
  log('warn', 'Traces cannot be sent', { requestId: undefined, reason: reason.slice(0, 300) });
}
