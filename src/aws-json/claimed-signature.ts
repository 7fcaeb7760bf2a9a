import type { IncomingHttpHeaders } from 'node:http';
import { ProtocolError } from './protocol-error.js';

/** What a request says about its own signature, before anything of it is checked. */
export interface ClaimedSignature {
  readonly accessKeyId: string;
  /** `YYYYMMDD` of the credential scope. */
  readonly scopeDate: string;
  readonly region: string;
  readonly service: string;
  readonly terminator: string;
  /** Lower-case names, as listed. */
  readonly signedHeaders: readonly string[];
  /** Hex. */
  readonly signature: string;
  /** When it was signed, `YYYYMMDDTHHMMSSZ`. */
  readonly signedAt: string;
  readonly sessionToken?: string;
  /** Presigned requests only. */
  readonly expiresInSeconds?: number;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';

/**
 * Reads the Authorization header, or the query of a presigned request.
 * @throws ProtocolError with AWS's texts when there is none or part of it is missing.
 */
export function readClaimedSignature(headers: IncomingHttpHeaders, query: URLSearchParams): ClaimedSignature {
  const parameter = caseInsensitive(query);
  if (headers.authorization !== undefined) return fromHeader(headers.authorization, headers);
  if (parameter('X-Amz-Algorithm') !== undefined || parameter('X-Amz-Signature') !== undefined) {
    return fromQuery(parameter);
  }
  throw new ProtocolError('MissingAuthenticationTokenException', 'Missing Authentication Token');
}

function fromHeader(authorization: string, headers: IncomingHttpHeaders): ClaimedSignature {
  const space = authorization.indexOf(' ');
  const algorithm = space < 0 ? authorization : authorization.slice(0, space);
  if (algorithm !== ALGORITHM) {
    // The rest is not quoted: with another scheme it may be a secret in plain text.
    throw new ProtocolError(
      'IncompleteSignatureException',
      `Authorization algorithm "${algorithm.slice(0, 40)}" is not supported: expected ${ALGORITHM}`,
    );
  }
  const parts = new Map(
    authorization
      .slice(space + 1)
      .split(',')
      .map((part) => part.trim().split(/=(.*)/s))
      .map(([name, value]) => [name ?? '', value ?? '']),
  );
  const missing = ['Credential', 'Signature', 'SignedHeaders'].filter((name) => !parts.get(name));
  const signedAt = headerText(headers['x-amz-date']) ?? basicIso(headers.date);
  if (signedAt === undefined) missing.push('X-Amz-Date');
  if (missing.length > 0 || signedAt === undefined) throw incomplete('Authorization header', missing);
  const sessionToken = headerText(headers['x-amz-security-token']);
  return {
    ...scopeOf(parts.get('Credential') ?? ''),
    signedHeaders: namesOf(parts.get('SignedHeaders') ?? ''),
    signature: parts.get('Signature') ?? '',
    signedAt: checkedInstant(signedAt),
    ...(sessionToken === undefined ? {} : { sessionToken }),
  };
}

function fromQuery(parameter: (name: string) => string | undefined): ClaimedSignature {
  const names = [
    'X-Amz-Algorithm',
    'X-Amz-Credential',
    'X-Amz-Date',
    'X-Amz-Expires',
    'X-Amz-SignedHeaders',
    'X-Amz-Signature',
  ];
  const missing = names.filter((name) => !parameter(name));
  if (missing.length > 0) throw incomplete('AWS query-string', missing);
  const algorithm = parameter('X-Amz-Algorithm') ?? '';
  if (algorithm !== ALGORITHM) {
    throw new ProtocolError(
      'IncompleteSignatureException',
      `X-Amz-Algorithm "${algorithm.slice(0, 40)}" is not supported: expected ${ALGORITHM}`,
    );
  }
  const expires = parameter('X-Amz-Expires') ?? '';
  if (!/^\d{1,6}$/.test(expires) || Number(expires) < 1 || Number(expires) > MAXIMUM_EXPIRES_SECONDS) {
    throw new ProtocolError(
      'IncompleteSignatureException',
      `X-Amz-Expires "${expires.slice(0, 40)}": expected a number of seconds from 1 to ${MAXIMUM_EXPIRES_SECONDS}`,
    );
  }
  const sessionToken = parameter('X-Amz-Security-Token');
  return {
    ...scopeOf(parameter('X-Amz-Credential') ?? ''),
    signedHeaders: namesOf(parameter('X-Amz-SignedHeaders') ?? ''),
    signature: parameter('X-Amz-Signature') ?? '',
    signedAt: checkedInstant(parameter('X-Amz-Date') ?? ''),
    expiresInSeconds: Number(expires),
    ...(sessionToken === undefined ? {} : { sessionToken }),
  };
}

/** A week, as AWS's signature documentation says. */
const MAXIMUM_EXPIRES_SECONDS = 604_800;

function scopeOf(credential: string) {
  const parts = credential.split('/');
  if (parts.length !== 5 || parts.includes('')) {
    throw new ProtocolError(
      'IncompleteSignatureException',
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${credential.slice(0, 200)}'`,
    );
  }
  const [accessKeyId = '', scopeDate = '', region = '', service = '', terminator = ''] = parts;
  return { accessKeyId, scopeDate, region, service, terminator };
}

function namesOf(list: string): string[] {
  return list.split(';').map((name) => name.trim().toLowerCase());
}

function incomplete(what: string, missing: readonly string[]): ProtocolError {
  const needs = missing.map((name) => `${what} requires '${name}' parameter.`);
  return new ProtocolError('IncompleteSignatureException', needs.join(' '));
}

function checkedInstant(text: string): string {
  if (/^\d{8}T\d{6}Z$/.test(text)) return text;
  throw new ProtocolError(
    'IncompleteSignatureException',
    `Date must be in ISO-8601 'basic format'. Got '${text.slice(0, 40)}'. See http://en.wikipedia.org/wiki/ISO_8601`,
  );
}

function basicIso(date: string | undefined): string | undefined {
  if (date === undefined) return undefined;
  const instant = new Date(date);
  return Number.isNaN(instant.getTime()) ? date : basicFormat(instant);
}

/** `YYYYMMDDTHHMMSSZ`, the form of instants in signatures. */
export function basicFormat(instant: Date): string {
  return `${instant.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}

function headerText(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(',') : value;
}

function caseInsensitive(query: URLSearchParams): (name: string) => string | undefined {
  const byName = new Map([...query].map(([name, value]) => [name.toLowerCase(), value]));
  return (name) => byName.get(name.toLowerCase());
}
