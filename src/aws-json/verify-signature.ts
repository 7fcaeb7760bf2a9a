import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { hashOf, type SigningKey } from '../access/identity.js';
import { equalSecrets } from '../config/credentials.js';
import { basicFormat, readClaimedSignature, type ClaimedSignature } from './claimed-signature.js';
import { ProtocolError } from './protocol-error.js';

/** What of a request is signed. */
export interface SignedRequest {
  readonly method: string;
  /** Path and query as they came. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Every value of every header, as Node's `headersDistinct`. */
  readonly headersDistinct: Readonly<Record<string, readonly string[] | undefined>>;
  readonly body: Buffer;
}

/** How far the clocks may be apart. Source: AWS's signature documentation. */
const CLOCK_SKEW_MS = 15 * 60_000;
const SERVICE = 'datapipeline';

/**
 * Checks AWS Signature Version 4 of a request, in its header or its presigned form, and answers whose it is.
 * Any region is accepted. Error names and texts are AWS's.
 * @throws ProtocolError when the request is unsigned, wrongly signed, out of time, or of an unknown key.
 */
export async function verifySignature(
  request: SignedRequest,
  findKey: (accessKeyId: string) => Promise<SigningKey | undefined>,
  now: Date,
): Promise<SigningKey> {
  const [path = '/', queryText = ''] = request.url.split(/\?(.*)/s);
  const query = new URLSearchParams(queryText);
  const claimed = readClaimedSignature(request.headers, query);
  checkScope(claimed);
  refuseChunks(request.headers);
  const key = await findKey(claimed.accessKeyId);
  if (key === undefined || !sameToken(key.sessionTokenHash, claimed.sessionToken)) {
    throw new ProtocolError(
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
    );
  }
  checkTime(claimed, now);
  checkSignedHeaders(claimed, request.headers);
  const payloadHash = createHash('sha256').update(request.body).digest('hex');
  const claimedHash = request.headers['x-amz-content-sha256'];
  if (claimedHash !== undefined && claimedHash !== payloadHash) {
    // UNSIGNED-PAYLOAD too: only S3 knows it.
    throw new ProtocolError(
      'InvalidSignatureException',
      `The value of x-amz-content-sha256 does not match the SHA-256 of the request body`,
    );
  }
  const headers: Record<string, string> = {};
  for (const name of claimed.signedHeaders.toSorted()) {
    headers[name] = (request.headersDistinct[name] ?? [])
      .map((value) => value.trim().replaceAll(/\s+/g, ' '))
      .join(',');
  }
  const expected = await new Verifier(key, claimed).signatureOf(
    request.method,
    path,
    query,
    headers,
    payloadHash,
  );
  if (!equalSecrets(expected, claimed.signature)) {
    throw new ProtocolError(
      'InvalidSignatureException',
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access ' +
        'Key and signing method. Consult the service documentation for details.',
    );
  }
  // Not before the signature is right: who only guesses ids does not learn which there were.
  if (key.hasExpired) {
    throw new ProtocolError('ExpiredTokenException', 'The security token included in the request is expired');
  }
  return key;
}

/** Of a body in signed chunks only the first signature would be checked. */
function refuseChunks(headers: IncomingHttpHeaders): void {
  const hash = headers['x-amz-content-sha256'];
  const encoding = headers['content-encoding'];
  const found =
    typeof hash === 'string' && hash.startsWith('STREAMING-')
      ? `x-amz-content-sha256 "${hash.slice(0, 60)}"`
      : encoding?.toLowerCase().includes('aws-chunked')
        ? `Content-Encoding "${encoding.slice(0, 60)}"`
        : undefined;
  if (found === undefined) return;
  throw new ProtocolError(
    'InvalidSignatureException',
    `${found}: only Amazon S3 takes bodies in signed chunks: expected a whole body, and its SHA-256 if any`,
  );
}

/** The SDK's own signer, given the headers that the client chose to sign. */
class Verifier extends SignatureV4 {
  constructor(
    key: SigningKey,
    private readonly claimed: ClaimedSignature,
  ) {
    super({ credentials: key, region: claimed.region, service: SERVICE, sha256: Sha256 });
  }

  async signatureOf(
    method: string,
    path: string,
    query: URLSearchParams,
    canonicalHeaders: Record<string, string>,
    payloadHash: string,
  ): Promise<string> {
    const { scopeDate, region, signedAt } = this.claimed;
    // Without a prototype: a parameter may be called `__proto__`.
    const bag = Object.create(null) as Record<string, string[]>;
    for (const [name, value] of query) (bag[name] ??= []).push(value);
    const request = { method, protocol: '', hostname: '', path, query: bag, headers: {} };
    const canonical = this.createCanonicalRequest(request, canonicalHeaders, payloadHash);
    const scope = `${scopeDate}/${region}/${SERVICE}/aws4_request`;
    const stringToSign = await this.createStringToSign(signedAt, scope, canonical, 'AWS4-HMAC-SHA256');
    return this.sign(stringToSign, { signingDate: instantOf(signedAt) });
  }
}

function checkScope({ service, terminator, scopeDate, signedAt }: ClaimedSignature): void {
  const faults: string[] = [];
  if (service !== SERVICE) faults.push(`Credential should be scoped to correct service: '${SERVICE}'.`);
  if (terminator !== 'aws4_request') {
    faults.push(
      `Credential should be scoped with a valid terminator: 'aws4_request', not '${terminator.slice(0, 40)}'.`,
    );
  }
  if (scopeDate !== signedAt.slice(0, 8)) {
    faults.push(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: ` +
        `'${scopeDate.slice(0, 40)}' != '${signedAt.slice(0, 8)}', from '${signedAt}'.`,
    );
  }
  if (faults.length > 0) throw new ProtocolError('InvalidSignatureException', faults.join(' '));
}

function checkTime({ signedAt, expiresInSeconds }: ClaimedSignature, now: Date): void {
  const signedMs = instantOf(signedAt).getTime();
  const lifetimeMs = expiresInSeconds === undefined ? CLOCK_SKEW_MS : expiresInSeconds * 1000;
  const earliest = new Date(now.getTime() - lifetimeMs);
  const latest = new Date(now.getTime() + CLOCK_SKEW_MS);
  const [nowText, lifetime] = [
    basicFormat(now),
    expiresInSeconds === undefined ? '15 min' : `${expiresInSeconds} s`,
  ];
  // Written so that an instant which is no date (NaN) is refused.
  if (!(signedMs >= earliest.getTime())) {
    throw new ProtocolError(
      'InvalidSignatureException',
      `Signature expired: ${signedAt} is now earlier than ${basicFormat(earliest)} (${nowText} - ${lifetime}.)`,
    );
  }
  if (!(signedMs <= latest.getTime())) {
    throw new ProtocolError(
      'InvalidSignatureException',
      `Signature not yet current: ${signedAt} is still later than ${basicFormat(latest)} (${nowText} + 15 min.)`,
    );
  }
}

/** Whoever could add or change these headers could redirect a signed request. */
function checkSignedHeaders({ signedHeaders }: ClaimedSignature, headers: IncomingHttpHeaders): void {
  const needed = ['host', 'x-amz-target', 'x-amz-date', 'x-amz-security-token', 'x-amz-content-sha256'];
  const unsigned = needed.filter(
    (name) => (name === 'host' || headers[name] !== undefined) && !signedHeaders.includes(name),
  );
  if (unsigned.length > 0) {
    throw new ProtocolError(
      'InvalidSignatureException',
      `There were headers present in the request which were not signed: ${unsigned.join(', ')}`,
    );
  }
}

function sameToken(expectedHash: string | undefined, claimed: string | undefined): boolean {
  if (expectedHash === undefined || claimed === undefined) return expectedHash === claimed;
  return equalSecrets(expectedHash, hashOf(claimed));
}

/** From `YYYYMMDDTHHMMSSZ`. */
function instantOf(basic: string): Date {
  return new Date(basic.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}
