/** A header of a request. */
export interface HttpHeader {
  readonly name: string;
  readonly value: string;
}

/** A name and a value that may go on the wire. Source: RFC 9110 5. */
const HEADER = /^([\w!#$%&'*+.^`|~-]+):[ \t]*([\t\x20-\x7e\u00a0-\u00ff]*)$/;
const CONTENT_TYPE =
  /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+(?:[ \t]*;[ \t]*[\w!#$%&'*+.^`|~-]+=(?:[\w!#$%&'*+.^`|~-]+|"[\t\x20\x21\x23-\x5b\x5d-\x7e]*"))*$/;

/** Headers that the request has anyway, in lower case: they say how it is sent, or what Penstock promises of it. */
const RESERVED_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'idempotency-key',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Headers of requests that hold a secret nearly always, in lower case. */
const CREDENTIAL_HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'x-api-key',
  'api-key',
]);

/** Reads `Name: value`, one line; undefined for anything else. */
export function parseHeader(text: string): HttpHeader | undefined {
  const [, name, value] = HEADER.exec(text.trim()) ?? [];
  return name === undefined || value === undefined ? undefined : { name, value: value.trim() };
}

/** True for a header that a definition may not set. */
export function isReservedHeader(name: string): boolean {
  const lower = name.toLowerCase();
  return RESERVED_HEADERS.has(lower) || lower.startsWith('x-penstock-');
}

/** True for a header whose value is a credential. */
export function isCredentialHeader(name: string): boolean {
  return CREDENTIAL_HEADERS.has(name.toLowerCase());
}

/** True for `type/subtype`, with parameters or without. */
export function isContentType(text: string): boolean {
  return CONTENT_TYPE.test(text);
}

/** What is wrong with a URL to call, or undefined. Its whole form is only known where it is called. */
export function httpUrlProblem(text: string): string | undefined {
  const authority = /^https?:\/\/([^/?#]*)/i.exec(text)?.[1];
  if (authority === undefined || /\s/.test(text)) return 'is not a URL that begins with http:// or https://';
  if (authority.includes('@')) return "holds a user or a password: expected '*url', which is kept secret";
  return /^(\[[0-9a-f:.]+\]|[^\s:[\]]+)(:\d{1,5})?$/i.test(authority)
    ? undefined
    : 'names no host: expected https://host/path';
}
