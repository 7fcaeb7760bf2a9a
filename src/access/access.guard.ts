import { Injectable, UnauthorizedException, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { traitsOf, type Action } from '../../model/access/actions.js';
import { ROLES, type Principal } from '../../model/access/principal.js';
import { AccessDenied } from '../../model/errors.js';
import { callOf } from '../http/call.js';
import { ACCESS, type AccessMark } from './access.decorator.js';
import { bearerOf } from './bearer.js';
import { Identity } from './identity.js';

/** Of every handler of the REST API: finds out who calls, and refuses who may not do what the handler's `@Access` names. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly identity: Identity,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const [handler, controller] = [context.getHandler(), context.getClass()];
    const mark = this.reflector.getAllAndOverride<AccessMark | undefined>(ACCESS, [handler, controller]);
    if (mark === undefined)
      throw new Error(`${controller.name}.${handler.name} has no @Access: expected @Access or @OpenToAll`);
    if ('openBecause' in mark) return true;
    const http = context.switchToHttp();
    const response = http.getResponse<ServerResponse>();
    const principal = await this.principalOf(http.getRequest<IncomingMessage>(), response);
    callOf(response).principal = principal;
    callOf(response).operation ??= mark.action;
    if (!mayByRole(principal, mark.action)) throw new AccessDenied(principal.arn, mark.action);
    return true;
  }

  private async principalOf(request: IncomingMessage, response: ServerResponse): Promise<Principal> {
    const token = bearerOf(request);
    const principal = token === undefined ? undefined : await this.identity.ofBearer(token);
    if (principal !== undefined) return principal;
    response.setHeader('WWW-Authenticate', 'Bearer realm="penstock"');
    throw new UnauthorizedException(
      token === undefined
        ? 'The header Authorization is missing or no bearer token: expected "Bearer <secret key of the credentials file>"'
        : 'The bearer token is no secret key of the credentials file',
    );
  }
}

function mayByRole({ role }: Principal, action: Action): boolean {
  return role !== undefined && ROLES.indexOf(role) >= ROLES.indexOf(traitsOf(action).leastRole);
}
