import {
  BadRequestException,
  Injectable,
  NotAcceptableException,
  UnsupportedMediaTypeException,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { IncomingMessage } from 'node:http';
import type { Observable } from 'rxjs';
import { RestContract, type OperationContract } from './contract.js';
import { unknownText } from './query.js';
import { BODY_LIMIT, bytesOf } from './request-body.js';

/** What Express adds to a request. */
interface ExpressRequest extends IncomingMessage {
  readonly route: { readonly path: string };
  readonly query: Readonly<Record<string, unknown>>;
  accepts(types: readonly string[]): string | false;
}

/**
 * Holds a call to what the OpenAPI document says of it before its handler sees it: names of the query, media types both ways, a body
 * where one is wanted. The AWS endpoint is no part of the document and is not touched.
 */
@Injectable()
export class ContractInterceptor implements NestInterceptor {
  constructor(
    private readonly contract: RestContract,
    private readonly reflector: Reflector,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<ExpressRequest>();
    const contract = this.contract.of(request.method ?? 'GET', request.route.path);
    if (contract === undefined) return next.handle();
    checkQuery(request, contract);
    checkAccept(request, contract);
    if (contract.consumes.length > 0) {
      checkContentType(request, contract);
      const limit = this.reflector.get<number | undefined>(BODY_LIMIT, context.getHandler());
      const body = await bytesOf(request, limit);
      if (body.length === 0 && contract.bodyRequired)
        throw new BadRequestException('The request has no body: expected a JSON object');
    }
    return next.handle();
  }
}

/** A misspelt filter would answer with everything. */
function checkQuery({ query }: ExpressRequest, contract: OperationContract): void {
  const known = [...contract.query.keys()].toSorted();
  for (const [name, value] of Object.entries(query)) {
    const several = contract.query.get(name);
    if (several === undefined) throw new BadRequestException(unknownText('query', name, known));
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (values.length > 1 && !several)
      throw new BadRequestException(`${name}: expected one value, not ${values.length}`);
    if (values.some((each) => typeof each !== 'string' || each.includes('\0')))
      throw new BadRequestException(`${name}: expected text without the character U+0000`);
  }
}

function checkAccept(request: ExpressRequest, { produces }: OperationContract): void {
  // Problems may be answered in any case; an answer without a body fits every wish.
  if (produces.length === 0 || request.accepts([...produces, 'application/problem+json']) !== false) return;
  throw new NotAcceptableException(
    `Accept ${JSON.stringify(request.headers.accept?.slice(0, 200))}: expected ${produces.join(' or ')}`,
  );
}

function checkContentType({ headers }: ExpressRequest, { consumes }: OperationContract): void {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    throw new UnsupportedMediaTypeException(
      `Content-Encoding ${JSON.stringify(encoding.slice(0, 100))}: expected a body without one`,
    );
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  if (!hasBody) return;
  const type = headers['content-type'];
  const [name = '', ...parameters] = (type ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const charset = parameters.find((each) => each.startsWith('charset='))?.replaceAll(/^charset=|"/g, '');
  if (consumes.includes(name) && (charset === undefined || charset === 'utf-8')) return;
  throw new UnsupportedMediaTypeException(
    `${type === undefined ? 'The header Content-Type is missing' : `Content-Type ${JSON.stringify(type.slice(0, 100))}`}: expected ` +
      `${consumes.join(' or ')}`,
  );
}
