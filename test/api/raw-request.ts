import { request as httpRequest } from 'node:http';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import type { TestApi } from './api.js';

/** An answer as it came. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A request of the AWS endpoint. */
export interface RawRequest {
  readonly target?: string | undefined;
  readonly body: string | Buffer;
  readonly contentType?: string;
  readonly signedAt?: Date;
  /** Sent instead of what was signed. */
  readonly sentBody?: string | Buffer;
}

/** Signs like an SDK does and sends the body as it is. */
export async function call(
  { url, key }: Pick<TestApi, 'url' | 'key'>,
  { target, body, contentType = 'application/x-amz-json-1.1', signedAt, sentBody }: RawRequest,
): Promise<Answer> {
  const { host, hostname, port } = new URL(url);
  const signer = new SignatureV4({
    credentials: key,
    region: 'us-east-1',
    service: 'datapipeline',
    sha256: Sha256,
  });
  const headers = {
    host,
    'content-type': contentType,
    ...(target === undefined ? {} : { 'x-amz-target': target }),
  };
  const signed = await signer.sign(
    { method: 'POST', protocol: 'http:', hostname, path: '/', headers, body },
    signedAt === undefined ? {} : { signingDate: signedAt },
  );
  return send(Number(port), '/', signed.headers, sentBody ?? body);
}

/** Sends it as it is, signed or not. */
export async function send(
  port: number,
  path: string,
  headers: Record<string, string>,
  body: string | Buffer,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ host: '127.0.0.1', port, path, method: 'POST', headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

/** The error that was answered. */
export const errorOf = ({ body }: Answer): { __type: string; message: string } =>
  JSON.parse(body) as { __type: string; message: string };
