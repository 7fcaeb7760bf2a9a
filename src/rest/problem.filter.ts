import {
  Catch,
  HttpException,
  MethodNotAllowedException,
  NotFoundException,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import { STATUS_CODES, type ServerResponse } from 'node:http';
import { ApiError } from '../../model/errors.js';
import { errorFacts, log } from '../config/log.js';
import { callFacts, callOf } from '../http/call.js';
import { methodsOf, type RoutedRequest } from '../http/routes.js';
import { awayOf } from './away.js';

/** What REST answers instead of a result: RFC 9457, `application/problem+json`. */
export interface Problem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** Name of the error on the AWS endpoint, where it has one. */
  readonly error?: ApiError['wire'];
  readonly requestId: string;
}

const STATUS_OF: Readonly<Record<ApiError['wire'], number>> = {
  InvalidRequestException: 400,
  PipelineNotFoundException: 404,
  PipelineDeletedException: 410,
  TaskNotFoundException: 404,
  AccessDeniedException: 403,
  InternalServiceError: 500,
};

/** When who met a part that is away may ask again. */
const RETRY_SECONDS = '5';

/** Writes errors of the REST API. What is a fault of ours is logged and not told. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<ServerResponse>();
    const call = callOf(response);
    if (response.headersSent || response.destroyed) {
      log('warn', 'A client left before its answer', { ...callFacts(call), ...errorFacts(error) });
      return;
    }
    const { status, detail, name } = describe(methodProblem(error, host) ?? error);
    call.error = name ?? String(status);
    if (status >= 500) log('error', 'A call failed', { requestId: call.requestId, ...errorFacts(error) });
    const problem: Problem = {
      type: 'about:blank',
      title: STATUS_CODES[status] ?? 'Error',
      status,
      detail:
        detail ??
        `Internal error; the log of the API process has the reason under request id ${call.requestId}`,
      ...(name === undefined ? {} : { error: name }),
      requestId: call.requestId,
    };
    if (status === 503 && !response.hasHeader('Retry-After'))
      response.setHeader('Retry-After', RETRY_SECONDS);
    response.writeHead(status, { 'Content-Type': 'application/problem+json' });
    response.end(JSON.stringify(problem));
  }
}

/** 405 in place of 404 when the path is served and the method is not. */
function methodProblem(error: unknown, host: ArgumentsHost): MethodNotAllowedException | undefined {
  if (!(error instanceof NotFoundException)) return undefined;
  const http = host.switchToHttp();
  const request = http.getRequest<RoutedRequest>();
  // A handler that found nothing says so itself.
  if (request.route !== undefined) return undefined;
  const methods = methodsOf(request);
  if (methods.length === 0) return undefined;
  const allow = methods.join(', ');
  http.getResponse<ServerResponse>().setHeader('Allow', allow);
  return new MethodNotAllowedException(
    `${request.method ?? ''} is not for ${request.path}: expected ${allow}`,
  );
}

function describe(error: unknown): { status: number; detail?: string; name?: ApiError['wire'] } {
  if (error instanceof ApiError)
    return { status: STATUS_OF[error.wire], detail: error.message, name: error.wire };
  if (error instanceof HttpException) return { status: error.getStatus(), detail: error.message };
  // Express's own errors (a path that is no URL, …) say which status they deserve.
  if (error instanceof Error && 'status' in error && typeof error.status === 'number' && error.status < 500) {
    return { status: error.status, detail: error.message };
  }
  const away = awayOf(error);
  if (away !== undefined)
    return { status: 503, detail: `${away} does not answer: try again in some seconds` };
  return { status: 500 };
}
