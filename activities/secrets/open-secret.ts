import { readFile } from 'node:fs/promises';
import { ApplicationFailure } from '@temporalio/common';
import { isMarkedReference, sealedParts, unseal } from '../../sealing/sealing.js';
import { quoted, textOfError, workFailure } from '../storage/work-failure.js';
import {
  parseSecretReference,
  SecretNotGiven,
  secretOfText,
  secretsManagerReader,
  type ReadSecretText,
} from './secrets-manager.js';

/** What a worker has to open secrets with. */
export interface SecretSources {
  /** Key of sealed values; absent on a worker that was given none. */
  readonly sealingKey?: Uint8Array | undefined;
  /** What `env:NAME` is looked up in: the process environment. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** False where `file:` is refused: on a worker whose files are not for the pipelines. Default: true. */
  readonly readsFiles?: boolean;
  /** A server that speaks Secrets Manager instead of AWS (`PENSTOCK_AWS_ENDPOINT_URL`). */
  readonly awsEndpointUrl?: string | undefined;
  /** How Secrets Manager is asked. Default: each time anew; see `forOneAttempt`. */
  readonly readSecretText?: ReadSecretText;
}

/** Where a secret stands in a definition. */
export interface SecretPlace {
  readonly pipelineId: string;
  readonly objectId: string;
  readonly field: string;
}

/**
 * The same sources for the length of one attempt: a secret of AWS Secrets Manager is asked for once, however many fields
 * name it, and the next attempt sees what has been rotated. An answer that failed is not kept.
 */
export function forOneAttempt(sources: SecretSources): SecretSources {
  const read = sources.readSecretText ?? secretsManagerReader(sources.awsEndpointUrl);
  const asked = new Map<string, Promise<string>>();
  return {
    ...sources,
    readSecretText(reference) {
      const { secretId, versionStage, versionId } = reference;
      const key = JSON.stringify([secretId, versionStage, versionId]);
      const known = asked.get(key);
      if (known !== undefined) return known;
      const answer = read(reference);
      asked.set(key, answer);
      answer.catch(() => asked.delete(key));
      return answer;
    },
  };
}

/**
 * The secret that the value of a `*` field stands for: the value itself, opened where it is sealed, or looked up on this
 * worker when it is a reference: `env:NAME`, `file:/path` (an ending line break is not part of it), or
 * `aws-secretsmanager:<name or ARN>?versionStage=<stage>#<JSON key>`, of which stage and key may be left out.
 * @throws SecretUnavailable, naming the place and never the value; retryable where asking again may help.
 */
export async function openSecret(value: string, place: SecretPlace, sources: SecretSources): Promise<string> {
  const parts = sealedParts(value);
  let opened = '';
  let behind = 0;
  for (const part of parts) {
    const at = value.indexOf(part, behind);
    const text = unsealed(part, place, sources);
    opened += value.slice(behind, at) + (isMarkedReference(part) ? await lookUp(text, place, sources) : text);
    behind = at + part.length;
  }
  opened += value.slice(behind);
  // A reference may also be put together: "aws-secretsmanager:#{myStage}/db".
  return parts.some(isMarkedReference) ? opened : lookUp(opened, place, sources);
}

/**
 * `text` of another field with its sealed parts opened: an expression may have put a `*` field or parameter into it.
 * `onSecret` gets each of them, to keep it out of what is reported. @throws SecretUnavailable
 */
export async function openSealedParts(
  text: string,
  place: SecretPlace,
  sources: SecretSources,
  onSecret: (secret: string) => void = () => undefined,
): Promise<string> {
  let opened = text;
  for (const part of sealedParts(text)) {
    const secret = await openSecret(part, place, sources);
    onSecret(secret);
    opened = opened.replace(part, () => secret);
  }
  return opened;
}

function unsealed(part: string, place: SecretPlace, { sealingKey }: SecretSources): string {
  try {
    return unseal(part, sealingKey, place.pipelineId);
  } catch (error) {
    throw unavailable(place, textOfError(error));
  }
}

/** What a reference names; any other text is itself. */
async function lookUp(text: string, place: SecretPlace, sources: SecretSources): Promise<string> {
  const reference = /^(env|file|aws-secretsmanager):([^]+)$/.exec(text);
  const [, scheme, name] = reference ?? [];
  if (scheme === undefined || name === undefined) return text;
  switch (scheme) {
    case 'env': {
      const found = sources.environment[name];
      if (found === undefined)
        throw unavailable(place, `environment variable "${name}" is not set on this worker`);
      return found;
    }
    case 'file':
      if (sources.readsFiles === false)
        throw unavailable(
          place,
          'secrets of alarms cannot stand in files; expected aws-secretsmanager: or env:',
        );
      try {
        return (await readFile(name.replace(/^\/\/(?=\/)/, ''), 'utf8')).replace(/\r?\n$/, '');
      } catch (error) {
        throw unavailable(place, `its file cannot be read on this worker: ${textOfError(error)}`);
      }
    default:
      return fromSecretsManager(text, name, place, sources);
  }
}

async function fromSecretsManager(
  text: string,
  name: string,
  place: SecretPlace,
  { readSecretText, awsEndpointUrl }: SecretSources,
): Promise<string> {
  try {
    const reference = parseSecretReference(name);
    const read = readSecretText ?? secretsManagerReader(awsEndpointUrl);
    return secretOfText(await read(reference), reference.jsonKey);
  } catch (error) {
    if (!(error instanceof SecretNotGiven)) throw error;
    throw unavailable(place, `secret ${quoted(text)}: ${error.message}`, error.retryable);
  }
}

function unavailable(place: SecretPlace, reason: string, retryable = false): ApplicationFailure {
  const message = `Object "${place.objectId}", field "${place.field}": ${reason}`;
  return retryable
    ? ApplicationFailure.create({ type: 'SecretUnavailable', message, nonRetryable: false })
    : workFailure('SecretUnavailable', message);
}
