import {
  applyDecorators,
  BadRequestException,
  ConflictException,
  Injectable,
  SetMetadata,
  UnprocessableEntityException,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import { Reflector } from '@nestjs/core';
import { createHmac } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { lastValueFrom, of, type Observable } from 'rxjs';
import { readSecretKeyFile } from '../../codec/secret-key.js';
import { seal, unseal } from '../../sealing/sealing.js';
import { Config } from '../config/config.js';
import { errorFacts, log } from '../config/log.js';
import { callOf } from '../http/call.js';
import { IDEMPOTENCY_HOURS, IdempotencyStore, type KeyedCall } from '../store/idempotency-store.js';
import { bytesOf } from './request-body.js';

/** The header; source: draft-ietf-httpapi-idempotency-key-header. */
export const IDEMPOTENCY_KEY = 'Idempotency-Key';
/** On an answer that was given before. Our choice of name. */
export const REPLAYED = 'Idempotency-Replayed';
/** Key under which `@ChangesNothing` marks a handler. */
export const CHANGES_NOTHING = 'penstock:changesNothing';
/** Headers that belong to an answer. */
const KEPT_HEADERS = ['Location', 'ETag'] as const;
/** What binds a seal to this use. */
const SEALED_FOR = 'idempotency-key';

/** Marks a POST that changes nothing: to repeat it is harmless, and its answer is not kept. */
export function ChangesNothing(): MethodDecorator {
  return applyDecorators(SetMetadata(CHANGES_NOTHING, true), ApiExtension('x-changes-nothing', true));
}

interface KeptAnswer {
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/**
 * Carries out a POST with an Idempotency-Key once: who repeats it within a day gets the first answer. Only answers that tell of
 * success are kept; after any other the key is free again, for nothing was done, or nobody knows.
 */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  #key: Buffer | undefined;

  constructor(
    private readonly store: IdempotencyStore,
    private readonly reflector: Reflector,
    private readonly config: Config,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const request = http.getRequest<IncomingMessage>();
    const response = http.getResponse<ServerResponse>();
    const { principal } = callOf(response);
    const header = request.headers['idempotency-key'];
    if (header === undefined || request.method !== 'POST' || principal === undefined) return next.handle();
    const key = keyOf(header);
    // The AWS endpoint does not come here with a principal.
    if (this.reflector.get<boolean | undefined>(CHANGES_NOTHING, context.getHandler())) return next.handle();
    const call = { caller: principal.arn, key, requestDigest: await this.digestOf(request) };
    const state = await this.store.take(call);
    switch (state.kind) {
      case 'another':
        throw new UnprocessableEntityException(
          `${IDEMPOTENCY_KEY} ${JSON.stringify(key)} was used for another call within ${IDEMPOTENCY_HOURS} hours: expected a new key`,
        );
      case 'running':
        response.setHeader('Retry-After', '1');
        throw new ConflictException(
          `A call with ${IDEMPOTENCY_KEY} ${JSON.stringify(key)} is under way: ask again in a moment`,
        );
      case 'answered':
        return of(this.replay(response, state));
      case 'taken':
        return of(await this.carryOut(call, state.holder, response, next));
    }
  }

  private replay(
    response: ServerResponse,
    { status, answer }: { readonly status: number; readonly answer: string },
  ): unknown {
    const { headers, body } = JSON.parse(unseal(answer, this.readKey(), SEALED_FOR)) as KeptAnswer;
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.setHeader(REPLAYED, 'true');
    response.statusCode = status;
    return body;
  }

  private async carryOut(
    call: KeyedCall,
    holder: string,
    response: ServerResponse,
    next: CallHandler,
  ): Promise<unknown> {
    let body: unknown;
    try {
      body = await lastValueFrom(next.handle(), { defaultValue: undefined });
    } catch (error) {
      await this.orLogged(this.store.release(call, holder));
      throw error;
    }
    const headers = Object.fromEntries(
      KEPT_HEADERS.flatMap((name) => {
        const value = response.getHeader(name);
        return value === undefined ? [] : [[name, String(value)]];
      }),
    );
    const kept: KeptAnswer = { headers, body };
    const answer = seal(JSON.stringify(kept), this.readKey(), SEALED_FOR);
    await this.orLogged(this.store.answer(call, holder, { status: response.statusCode, answer }));
    return body;
  }

  /** The call was carried out: that its key could not be kept must not make it look failed. */
  private async orLogged(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      log('error', 'An Idempotency-Key could not be kept', errorFacts(error));
    }
  }

  /** Keyed, for bodies may hold passwords that could be guessed. */
  private async digestOf(request: IncomingMessage): Promise<string> {
    const { method, url } = request;
    return createHmac('sha256', this.readKey())
      .update(JSON.stringify([method, url]))
      .update(await bytesOf(request))
      .digest('base64url');
  }

  private readKey(): Buffer {
    return (this.#key ??= readSecretKeyFile(this.config.secretKeyPath));
  }
}

/** Our choice: what fits into a header without quoting; with the quotes of the draft's examples or without. @throws BadRequestException */
function keyOf(header: string | readonly string[]): string {
  const key = typeof header === 'string' ? header.replace(/^"(.*)"$/, '$1') : '';
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw new BadRequestException(
    `${IDEMPOTENCY_KEY} ${JSON.stringify(String(header).slice(0, 100))}: expected 1 to 255 characters of ASCII without blanks, such as a UUID`,
  );
}
