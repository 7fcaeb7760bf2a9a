import { HttpException } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import { parseBody } from '../aws-json/parse-body.js';
import { ProtocolError } from '../aws-json/protocol-error.js';
import { readBody } from '../aws-json/read-body.js';
import { readInput } from '../aws-json/read-input.js';

/** The JSON body of a REST call as a checked DTO; `adapt` may change it before it is checked. @throws HttpException, InvalidRequest */
export async function bodyOf<Input extends object>(
  request: IncomingMessage,
  input: new () => Input,
  adapt: (body: Readonly<Record<string, unknown>>) => object = (body) => body,
): Promise<Input> {
  try {
    return readInput(input, adapt({ ...parseBody(await readBody(request)) }));
  } catch (error) {
    throw error instanceof ProtocolError
      ? new HttpException(error.message, error.httpStatus, { cause: error })
      : error;
  }
}
