import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { ACCESS, type AccessMark } from '../access/access.decorator.js';
import { objectIds, pipelineIdOf, type AskedFor } from '../../model/audit/asked-for.js';
import { actionOf, auditRuleOf } from '../../model/audit/audited.js';
import { callOf } from '../http/call.js';
import { AuditedCalls } from './audited-calls.js';

/** The audit hook of the REST API: around every handler that `@Access` names an audited action for. */
@Injectable()
export class AuditInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly audited: AuditedCalls,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const mark = this.reflector.getAllAndOverride<AccessMark | undefined>(ACCESS, [
      context.getHandler(),
      context.getClass(),
    ]);
    // The AWS endpoint, too, which has its own hook.
    if (mark === undefined || !('action' in mark)) return next.handle();
    if (auditRuleOf(actionOf(mark.action)) === 'never') return next.handle();
    const http = context.switchToHttp();
    const request = http.getRequest<
      IncomingMessage & { readonly params?: Readonly<Record<string, unknown>> }
    >();
    const call = callOf(http.getResponse<ServerResponse>());
    const path = aboutOf(request.params ?? {}, mark.action);
    const work = (): Promise<unknown> => lastValueFrom(next.handle(), { defaultValue: undefined });
    return from(this.audited.around({ call, request, protocol: 'rest', path }, work));
  }
}

/** `:id` is the pipeline, except of what is no pipeline's; every other name is that of a thing of it. */
function aboutOf(params: Readonly<Record<string, unknown>>, action: string): AskedFor {
  const { id, ...others } = params;
  const pipelineId = action.endsWith('Key') ? undefined : pipelineIdOf(id);
  const ids = [...(pipelineId === undefined ? [id] : []), ...Object.values(others)];
  return {
    ...(pipelineId === undefined ? {} : { pipelineId }),
    ...objectIds(ids.filter((each) => typeof each === 'string')),
  };
}
