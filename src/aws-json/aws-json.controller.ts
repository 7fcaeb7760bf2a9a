import type { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Post, Req, Res, UseFilters } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { isAction, type Action } from '../../model/access/actions.js';
import { AccessControl } from '../access/access-control.js';
import { OpenToAll } from '../access/access.decorator.js';
import { Identity } from '../access/identity.js';
import { AuditedCalls } from '../audit/audited-calls.js';
import { callOf } from '../http/call.js';
import { AwsErrorFilter } from './aws-error.filter.js';
import { Limiter } from '../http/limiter.js';
import { OperationRegistry } from './operation-registry.js';
import { parseBody } from './parse-body.js';
import { ProtocolError } from './protocol-error.js';
import { isQueryProtocol, queryProtocolRefused } from './query-protocol.js';
import { readBody } from './read-body.js';
import { readInput } from './read-input.js';
import { sendJson } from './send-json.js';
import { verifySignature } from './verify-signature.js';

/** The AWS endpoint: `POST /` with `X-Amz-Target`, AWS JSON 1.1, signed with Signature Version 4. Source: api.md 1. */
@ApiExcludeController()
@OpenToAll('its calls are signed, and checked here')
@Controller()
@UseFilters(AwsErrorFilter)
export class AwsJsonController {
  constructor(
    private readonly operations: OperationRegistry,
    private readonly identity: Identity,
    private readonly access: AccessControl,
    private readonly audited: AuditedCalls,
    private readonly limiter: Limiter,
  ) {}

  @Post('/')
  async call(@Req() request: IncomingMessage, @Res() response: ServerResponse): Promise<void> {
    const call = callOf(response);
    const { method = '', url = '/', headers, headersDistinct } = request;
    const body = await readBody(request);
    if (isQueryProtocol(headers['content-type'])) throw queryProtocolRefused(body);
    const now = new Date();
    const signed = { method, url, headers, headersDistinct, body };
    const { principal } = await verifySignature(signed, (id) => this.identity.findKey(id, now), now);
    call.principal = principal;
    this.identity.noteUse(principal, now);
    const target = targetOf(request);
    if (target !== undefined) call.operation = target.slice(0, 100);
    const operation = this.operations.find(target);
    call.operation = operation.name;
    checkContentType(headers['content-type']);
    const members = parseBody(body);
    call.members = { ...members };
    if ('pipelineId' in members) call.pipelineId = String(members.pipelineId).slice(0, 64);
    const action = actionOf(operation.name);
    const waitSeconds = this.limiter.take(principal, action);
    if (waitSeconds > 0) {
      response.setHeader('Retry-After', String(waitSeconds));
      throw new ProtocolError('ThrottlingException', 'Rate exceeded'); // AWS's text
    }
    // Who may never do it learns nothing of its input.
    await this.access.precheck(principal, action);
    const input = readInput(operation.input, members);
    await this.access.precheck(principal, action, pipelineIdsOf(input));
    const answer = await this.audited.around({ call, request, protocol: 'aws-json' }, () =>
      operation.handler.handle(input, { principal }, goneOf(response)),
    );
    sendJson(response, 200, answer ?? undefined);
  }
}

/** @throws Error for an operation that `ACTIONS` lacks: nobody may do what nobody has decided on. */
function actionOf(operation: string): Action {
  const action = `datapipeline:${operation}`;
  if (isAction(action)) return action;
  throw new Error(`${action} is no action: expected it in model/access/actions.ts`);
}

/** The pipelines that an input names. */
function pipelineIdsOf({
  pipelineId,
  pipelineIds,
}: {
  readonly pipelineId?: string;
  readonly pipelineIds?: readonly string[];
}): readonly string[] {
  return pipelineIds ?? (pipelineId === undefined ? [] : [pipelineId]);
}

/** Aborted when the connection is closed before the answer was sent. */
function goneOf(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  return gone.signal;
}

/** Presigned requests may carry the header as a parameter. */
function targetOf({ headers, url = '' }: IncomingMessage): string | undefined {
  const header = headers['x-amz-target'];
  if (typeof header === 'string') return header;
  const query = new URLSearchParams(url.split(/\?(.*)/s)[1]);
  return [...query].find(([name]) => name.toLowerCase() === 'x-amz-target')?.[1];
}

/** The older 1.0 is accepted too (api.md 1). */
function checkContentType(contentType: string | undefined): void {
  if (/^application\/x-amz-json-1\.[01]\s*(;|$)/i.test(contentType ?? '')) return;
  const got =
    contentType === undefined
      ? 'The header Content-Type is missing'
      : `Content-Type "${contentType.slice(0, 100)}"`;
  throw new ProtocolError('SerializationException', `${got}: expected application/x-amz-json-1.1`);
}
