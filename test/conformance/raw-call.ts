import { request as httpRequest, type Agent, type IncomingHttpHeaders, type RequestOptions } from 'node:http';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';

/** A key that may do everything. */
export interface RawKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface RawCall {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** Signed, with `host`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Sent and not signed: how the body travels. */
  readonly transfer?: string | undefined;
}

/** Sends a call as it is, signed. Answers 'late' when nothing came within `withinMs`. */
export async function rawCall(
  url: string,
  key: RawKey,
  { method, path, headers, body, transfer }: RawCall,
  { agent, withinMs }: { readonly agent: Agent; readonly withinMs: number },
): Promise<RawAnswer | 'late'> {
  const { host, hostname, port } = new URL(url);
  const signer = new SignatureV4({
    credentials: key,
    region: 'us-east-1',
    service: 'datapipeline',
    sha256: Sha256,
  });
  const [pathname = '/', search = ''] = path.split('?');
  const query = Object.fromEntries(new URLSearchParams(search));
  const signed = await signer.sign({
    method,
    protocol: 'http:',
    hostname,
    path: pathname,
    query,
    headers: { host, ...headers },
    body,
  });
  const length: Record<string, string> =
    transfer === undefined ? { 'content-length': String(body.length) } : { 'transfer-encoding': transfer };
  const sent = { ...signed.headers, ...length };
  const sending = { agent, hostname, port, path, method, headers: sent };
  for (;;) {
    const answer = await sendOnce(sending, body, withinMs);
    if (answer !== 'again') return answer;
  }
}

/** 'again' when the connection was one of before that the server has closed at that moment: nothing was read of the call. */
function sendOnce(
  sending: RequestOptions,
  body: Buffer,
  withinMs: number,
): Promise<RawAnswer | 'late' | 'again'> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(sending, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        clearTimeout(late);
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
      });
    });
    const late = setTimeout(() => {
      resolve('late');
      outgoing.destroy();
    }, withinMs);
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(late);
      if (outgoing.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE')) resolve('again');
      else reject(error);
    });
    outgoing.end(body);
  });
}
