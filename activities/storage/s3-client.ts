import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';

/** How S3 is reached. Everything else is the SDK's own environment: credentials, region, proxies, retries. */
export interface S3ClientOptions {
  /** An S3-compatible server instead of AWS (`PENSTOCK_AWS_ENDPOINT_URL`), addressed path-style. */
  readonly endpointUrl?: string | undefined;
  readonly region?: string | undefined;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
}

/** Any region answers for a bucket of another with a redirect, which the client follows. */
const FALLBACK_REGION = 'us-east-1';

/** A host that does not answer is noticed in seconds, not after the minutes of the operating system. */
const CONNECT_TIMEOUT_MS = 10_000;

/** A client for S3, to be destroyed by its owner. */
export function createS3Client(options: S3ClientOptions = {}): S3Client {
  const { endpointUrl, region, credentials } = options;
  const config: S3ClientConfig = {
    followRegionRedirects: true,
    requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS },
    region: region ?? (() => regionOfEnvironment()),
    ...(endpointUrl === undefined ? {} : { endpoint: endpointUrl, forcePathStyle: true }),
    ...(credentials === undefined ? {} : { credentials: { ...credentials } }),
  };
  const client = new S3Client(config);
  if (endpointUrl?.toLowerCase().startsWith('http://') === true) sendPayloadsUnsigned(client);
  return client;
}

/** The region that the SDK finds by itself. Our choice when it finds none: us-east-1, as the old tools had it. */
export async function regionOfEnvironment(): Promise<string> {
  const probe = new S3Client({});
  try {
    return await probe.config.region();
  } catch {
    return FALLBACK_REGION; // the only error there is: "Region is missing"
  } finally {
    probe.destroy();
  }
}

/**
 * Over plain http the SDK hashes every body with SHA-256 to sign it, on top of the CRC32 that it sends anyway.
 * Measured (versitygw, 512 MiB): PUT is twice as fast without. Over https the SDK leaves it out by itself.
 */
function sendPayloadsUnsigned(client: S3Client): void {
  client.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as { headers?: Record<string, string> };
      if (request.headers !== undefined) request.headers['x-amz-content-sha256'] = 'UNSIGNED-PAYLOAD';
      return next(args);
    },
    { step: 'build', name: 'unsignedPayload' },
  );
}
