import { Injectable, UnauthorizedException, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { traitsOf } from '../../model/access/actions.js';
import type { Principal } from '../../model/access/principal.js';
import { callOf } from '../http/call.js';
import { isFromThisMachine } from '../http/client.js';
import { AccessControl } from './access-control.js';
import { ACCESS, OPEN_TO_THIS_MACHINE, type AccessMark } from './access.decorator.js';
import { idOf } from '../rest/query.js';
import { bearerOf } from './bearer.js';
import { Identity } from './identity.js';

/** Of every handler of the REST API: finds out who calls, and refuses who may not do what the handler's `@Access` names. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly identity: Identity,
    private readonly control: AccessControl,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const [handler, controller] = [context.getHandler(), context.getClass()];
    const mark = this.reflector.getAllAndOverride<AccessMark | undefined>(ACCESS, [handler, controller]);
    if (mark === undefined)
      throw new Error(`${controller.name}.${handler.name} has no @Access: expected @Access or @OpenToAll`);
    if ('openBecause' in mark) return true;
    const http = context.switchToHttp();
    const response = http.getResponse<ServerResponse>();
    const request = http.getRequest<
      IncomingMessage & { readonly params: Readonly<Record<string, string>> }
    >();
    const isOpenHere = this.reflector.get<boolean | undefined>(OPEN_TO_THIS_MACHINE, handler) === true;
    callOf(response).operation ??= mark.action;
    if (isOpenHere && bearerOf(request) === undefined && isFromThisMachine(request)) return true;
    const principal = await this.principalOf(request, response);
    callOf(response).principal = principal;
    const { id } = request.params;
    const isOnPipeline = traitsOf(mark.action).on === 'pipeline';
    if (isOnPipeline && id === undefined)
      throw new Error(
        `${controller.name}.${handler.name}: ${mark.action} is on a pipeline: expected :id in its path`,
      );
    if (isOnPipeline && id !== undefined) callOf(response).pipelineId = id.slice(0, 64);
    await this.control.precheck(principal, mark.action, isOnPipeline && id !== undefined ? [idOf(id)] : []);
    return true;
  }

  private async principalOf(request: IncomingMessage, response: ServerResponse): Promise<Principal> {
    const now = new Date();
    const token = bearerOf(request);
    response.setHeader('WWW-Authenticate', 'Bearer realm="penstock"');
    const principal = token === undefined ? undefined : await this.identity.ofBearer(token, now);
    if (principal !== undefined) {
      response.removeHeader('WWW-Authenticate');
      this.identity.noteUse(principal, now);
      return principal;
    }
    throw new UnauthorizedException(
      token === undefined
        ? 'The header Authorization is missing or no bearer token: expected "Bearer <API token, or secret access key>"'
        : 'The bearer token is no API token and no secret access key, or it was revoked or has expired',
    );
  }
}
