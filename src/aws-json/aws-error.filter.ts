import type { IncomingMessage, ServerResponse } from 'node:http';
import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { ApiError } from '../../model/errors.js';
import { errorFacts, log } from '../config/log.js';
import { callOf } from '../http/call.js';
import { ProtocolError } from './protocol-error.js';
import { isQueryProtocol, sendXmlError } from './query-protocol.js';
import { sendJson } from './send-json.js';

/** An error as it goes over the wire. */
export interface WireError {
  readonly type: string;
  readonly message: string;
  readonly httpStatus: number;
}

/** Name and status of every error that a caller may see (api.md 1.1); undefined for a fault of ours. */
export function wireErrorOf(error: unknown): WireError | undefined {
  if (error instanceof ProtocolError)
    return { type: error.wire, message: error.message, httpStatus: error.httpStatus };
  if (error instanceof ApiError) {
    const httpStatus = error.wire === 'InternalServiceError' ? 500 : 400;
    return { type: error.wire, message: error.message, httpStatus };
  }
  if (error instanceof HttpException && error.getStatus() < 500) {
    return { type: 'UnknownOperationException', message: error.message, httpStatus: error.getStatus() };
  }
  return undefined;
}

/** Writes errors of the AWS endpoint: `{"__type":…,"message":…}`. What is a fault of ours is logged and not told. */
@Catch()
export class AwsErrorFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const response = http.getResponse<ServerResponse>();
    const call = callOf(response);
    const { requestId } = call;
    if (response.headersSent || response.destroyed) {
      log('warn', 'A client left before its answer', { requestId, ...errorFacts(error) });
      return;
    }
    let wire = wireErrorOf(error);
    if (wire === undefined) {
      log('error', 'An operation failed', { requestId, operation: call.operation, ...errorFacts(error) });
      wire = {
        type: 'InternalServiceError',
        message: `Internal error; the log of the API process has the reason under request id ${requestId}`,
        httpStatus: 500,
      };
    }
    call.error = wire.type;
    if (isQueryProtocol(http.getRequest<IncomingMessage>().headers['content-type'])) {
      sendXmlError(response, wire.httpStatus, { ...wire, requestId });
      return;
    }
    sendJson(response, wire.httpStatus, { __type: wire.type, message: wire.message });
  }
}
