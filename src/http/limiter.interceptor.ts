import type { ServerResponse } from 'node:http';
import {
  HttpException,
  HttpStatus,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import type { Observable } from 'rxjs';
import { callOf } from './call.js';
import { Limiter } from './limiter.js';

/** Holds calls of the REST API to the limits. The AWS endpoint asks for itself, once it knows who calls. */
@Injectable()
export class LimiterInterceptor implements NestInterceptor {
  constructor(private readonly limiter: Limiter) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const response = context.switchToHttp().getResponse<ServerResponse>();
    const { principal, operation } = callOf(response);
    if (principal === undefined || operation === undefined) return next.handle();
    const seconds = this.limiter.take(principal, operation);
    if (seconds === 0) return next.handle();
    response.setHeader('Retry-After', String(seconds));
    throw new HttpException(`Rate exceeded: try again in ${seconds} s`, HttpStatus.TOO_MANY_REQUESTS);
  }
}
