import type { ServerResponse } from 'node:http';
import { ProtocolError } from './protocol-error.js';

/**
 * True for a request in the query protocol, which IAM and other old services speak and Data Pipeline does not. It comes here from
 * `aws datapipeline create-default-roles`, which sends its calls to IAM to the endpoint that it is given for Data Pipeline.
 */
export function isQueryProtocol(contentType: string | undefined): boolean {
  return /^application\/x-www-form-urlencoded\s*(;|$)/i.test(contentType ?? '');
}

/** The refusal of such a request. Nobody is asked who they are: it is the same for all. */
export function queryProtocolRefused(body: Buffer): ProtocolError {
  const action = new URLSearchParams(body.subarray(0, 4096).toString('latin1')).get('Action') ?? '';
  const what = /^\w{1,100}$/.test(action) ? `${action} is` : 'This is';
  return new ProtocolError(
    'InvalidAction',
    `${what} no operation of Data Pipeline. Penstock has no IAM and needs no roles: the fields role and resourceRole of a ` +
      `definition may name any. There is nothing that create-default-roles would have to make.`,
  );
}

/** Sends an error as services of the query protocol do, so that the client can show it. */
export function sendXmlError(
  response: ServerResponse,
  httpStatus: number,
  {
    type,
    message,
    requestId,
  }: { readonly type: string; readonly message: string; readonly requestId: string },
): void {
  const body = Buffer.from(
    `<ErrorResponse><Error><Type>Sender</Type><Code>${escaped(type)}</Code><Message>${escaped(message)}</Message></Error>` +
      `<RequestId>${escaped(requestId)}</RequestId></ErrorResponse>`,
  );
  response.writeHead(httpStatus, { 'Content-Type': 'text/xml', 'Content-Length': body.length });
  response.end(body);
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

function escaped(text: string): string {
  return text.replaceAll(/[&<>]/g, (character) => ENTITIES[character] ?? character);
}
