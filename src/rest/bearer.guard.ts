import { Injectable, UnauthorizedException, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Credentials } from '../config/credentials.js';

/** Lets through who sends a secret key of the credentials file as bearer token. */
@Injectable()
export class BearerGuard implements CanActivate {
  constructor(private readonly credentials: Credentials) {}

  canActivate(context: ExecutionContext): boolean {
    const http = context.switchToHttp();
    const token = bearerOf(http.getRequest<IncomingMessage>());
    if (token !== undefined && this.credentials.findBySecret(token) !== undefined) return true;
    http.getResponse<ServerResponse>().setHeader('WWW-Authenticate', 'Bearer realm="penstock"');
    throw new UnauthorizedException(
      token === undefined
        ? 'The header Authorization is missing or no bearer token: expected "Bearer <secret key of the credentials file>"'
        : 'The bearer token is no secret key of the credentials file',
    );
  }
}

/** The bearer token of a request. */
export function bearerOf(request: IncomingMessage): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
}
