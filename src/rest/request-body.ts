import { BadRequestException, HttpException, SetMetadata } from '@nestjs/common';
import { getMetadataStorage } from 'class-validator';
import type { IncomingMessage } from 'node:http';
import { parseBody } from '../aws-json/parse-body.js';
import { ProtocolError } from '../aws-json/protocol-error.js';
import { BODY_LIMIT_BYTES, readBody } from '../aws-json/read-body.js';
import { readInput } from '../aws-json/read-input.js';
import { unknownText } from './query.js';

/** Longest body of a call that is given no definition. */
export const SMALL_BODY_BYTES = 1024 * 1024;
/** Key under which `@TakesDefinition` marks a handler. */
export const BODY_LIMIT = 'penstock:bodyLimit';

/** Marks a handler whose body holds a definition: it may be as long as on the AWS endpoint. */
export function TakesDefinition(): MethodDecorator {
  return SetMetadata(BODY_LIMIT, BODY_LIMIT_BYTES);
}

const bodies = new WeakMap<IncomingMessage, Promise<Buffer>>();

/** The bytes of the body, read once; the first who asks says how many there may be. @throws HttpException */
export async function bytesOf(request: IncomingMessage, limitBytes = SMALL_BODY_BYTES): Promise<Buffer> {
  const known = bodies.get(request) ?? readBody(request, limitBytes);
  bodies.set(request, known);
  try {
    return await known;
  } catch (error) {
    throw asHttp(error);
  }
}

/**
 * The JSON body of a REST call as a checked DTO; `adapt` may change it before it is checked. A misspelt member would do something else
 * than was meant, so that unknown ones are refused. @throws HttpException, InvalidRequest
 */
export async function bodyOf<Input extends object>(
  request: IncomingMessage,
  input: new () => Input,
  adapt: (body: Readonly<Record<string, unknown>>) => object = (body) => body,
): Promise<Input> {
  const bytes = await bytesOf(request);
  try {
    const body: Record<string, unknown> = { ...parseBody(bytes, { nulls: 'keep' }) };
    checkMembers(body, membersOf(input));
    return readInput(input, adapt(body), { unknownMembers: 'refuse' });
  } catch (error) {
    throw asHttp(error);
  }
}

/** The members that a DTO knows. */
export function membersOf(input: new () => object): string[] {
  const metadatas = getMetadataStorage().getTargetValidationMetadatas(input, '', true, false);
  return [...new Set(metadatas.map(({ propertyName }) => propertyName))];
}

function checkMembers(body: Readonly<Record<string, unknown>>, known: readonly string[]): void {
  for (const [name, value] of Object.entries(body)) {
    if (!known.includes(name)) throw new BadRequestException(unknownText('member', name, known));
    if (value === null)
      throw new BadRequestException(
        `The member ${JSON.stringify(name)} is null: leave it out, or give it a value`,
      );
  }
}

function asHttp(error: unknown): unknown {
  return error instanceof ProtocolError
    ? new HttpException(error.message, error.httpStatus, { cause: error })
    : error;
}
