import {
  GetSecretValueCommand,
  SecretsManagerClient,
  SecretsManagerServiceException,
} from '@aws-sdk/client-secrets-manager';
import { regionOfEnvironment } from '../storage/s3-client.js';
import { textOfError } from '../storage/work-failure.js';

/** What `aws-secretsmanager:` names. */
export interface SecretReference {
  /** Name or ARN. */
  readonly secretId: string;
  /** Default: AWSCURRENT, which is AWS's. */
  readonly versionStage?: string;
  readonly versionId?: string;
  /** Member of the JSON object that the secret is. */
  readonly jsonKey?: string;
}

/** A secret that AWS Secrets Manager does not give. The message never holds a value. */
export class SecretNotGiven extends Error {
  constructor(
    reason: string,
    /** True when asking again may help: throttled, or not reached. */
    readonly retryable: boolean,
  ) {
    super(reason);
    this.name = 'SecretNotGiven';
  }
}

const FORM = '"aws-secretsmanager:<name or ARN>", then optionally "?versionStage=<stage>" and "#<JSON key>"';

/**
 * Reads what stands behind `aws-secretsmanager:`. Our choice of spelling: that of a URL, since names of secrets have
 * neither `?` nor `#`. @throws SecretNotGiven
 */
export function parseSecretReference(text: string): SecretReference {
  const match = /^([^?#]+)(?:\?([^#]*))?(?:#([^]+))?$/.exec(text);
  const secretId = match?.[1]?.trim();
  if (match === null || secretId === undefined || secretId === '') {
    throw new SecretNotGiven(`it cannot be read; expected ${FORM}`, false);
  }
  const [, , query, jsonKey] = match;
  const options: { versionStage?: string; versionId?: string } = {};
  for (const pair of query === undefined ? [] : query.split('&')) {
    const [name = '', value = ''] = pair.split('=', 2);
    if ((name !== 'versionStage' && name !== 'versionId') || value === '') {
      throw new SecretNotGiven(
        `"${pair}" in it is no versionStage=… or versionId=…; expected ${FORM}`,
        false,
      );
    }
    options[name] = value;
  }
  return { secretId, ...options, ...(jsonKey === undefined ? {} : { jsonKey }) };
}

/** Attempts of one call: a fleet that starts at once is throttled for some seconds. Our choice; the SDK has 3. */
const CALL_ATTEMPTS = 5;

/** A host that does not answer is noticed in seconds. */
const CONNECT_TIMEOUT_MS = 10_000;

/** Reads a secret's text, without regard to `jsonKey`. */
export type ReadSecretText = (reference: SecretReference) => Promise<string>;

/**
 * Asks AWS Secrets Manager: in the region of an ARN, else in that of the SDK's environment, with its credentials, or the
 * server at `endpointUrl`. @throws SecretNotGiven
 */
export function secretsManagerReader(endpointUrl?: string): ReadSecretText {
  return async ({ secretId, versionStage, versionId }) => {
    const region = /^arn:[^:]*:secretsmanager:([a-z0-9-]+):/.exec(secretId)?.[1];
    const client = new SecretsManagerClient({
      region: region ?? regionOfEnvironment,
      maxAttempts: CALL_ATTEMPTS,
      requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS },
      ...(endpointUrl === undefined ? {} : { endpoint: endpointUrl }),
    });
    try {
      const { SecretString } = await client.send(
        new GetSecretValueCommand({
          SecretId: secretId,
          ...(versionStage === undefined ? {} : { VersionStage: versionStage }),
          ...(versionId === undefined ? {} : { VersionId: versionId }),
        }),
      );
      if (SecretString !== undefined) return SecretString;
    } catch (error) {
      throw notGiven(error);
    } finally {
      client.destroy();
    }
    throw new SecretNotGiven('it holds binary data; expected text', false);
  };
}

/** The secret itself: the whole text, or one member of the JSON object that it is. @throws SecretNotGiven */
export function secretOfText(text: string, jsonKey: string | undefined): string {
  if (jsonKey === undefined) return text;
  let object: unknown;
  try {
    object = JSON.parse(text);
  } catch {
    object = undefined; // the parser's message quotes the text
  }
  if (typeof object !== 'object' || object === null || Array.isArray(object)) {
    throw new SecretNotGiven(`it is no JSON object, so that it has no key "${jsonKey}"`, false);
  }
  const value: unknown = Object.hasOwn(object, jsonKey)
    ? (object as Record<string, unknown>)[jsonKey]
    : undefined;
  if (value === undefined) throw new SecretNotGiven(`its JSON object has no key "${jsonKey}"`, false);
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new SecretNotGiven(`key "${jsonKey}" of its JSON object is neither text nor a number`, false);
}

function notGiven(error: unknown): SecretNotGiven {
  const { name, $retryable, $metadata } =
    error instanceof SecretsManagerServiceException
      ? error
      : { name: '', $retryable: undefined, $metadata: undefined };
  if (name === 'ResourceNotFoundException')
    return new SecretNotGiven('AWS Secrets Manager has no such secret', false);
  if (/^AccessDenied|^UnrecognizedClient|^InvalidSignature|^ExpiredToken/.test(name)) {
    return new SecretNotGiven(
      `AWS Secrets Manager denies access to it (${name}): ${textOfError(error)}`,
      false,
    );
  }
  const status = $metadata?.httpStatusCode;
  const isRetryable =
    $retryable !== undefined ||
    /throttl|TooManyRequests|LimitExceeded/i.test(name) ||
    status === undefined ||
    status >= 500;
  const tried = isRetryable ? `, after ${CALL_ATTEMPTS} calls at most` : '';
  return new SecretNotGiven(
    `AWS Secrets Manager does not give it${tried}${name === '' ? '' : ` (${name})`}: ${textOfError(error)}`,
    isRetryable,
  );
}
