import { readFile } from 'node:fs/promises';
import { isSealed, sealedParts, unseal } from '../../sealing/sealing.js';
import { textOfError, workFailure } from '../storage/work-failure.js';

/** What a worker has to open secrets with. */
export interface SecretSources {
  /** Key of sealed values; absent on a worker that was given none. */
  readonly sealingKey?: Uint8Array | undefined;
  /** What `env:NAME` is looked up in: the process environment. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Where a secret stands in a definition. */
export interface SecretPlace {
  readonly pipelineId: string;
  readonly objectId: string;
  readonly field: string;
}

/**
 * The secret that the value of a `*` field stands for: the value itself, opened when it is sealed, looked up on this worker
 * when it is `env:NAME` or `file:/path` (an ending line break is not part of it).
 * @throws SecretUnavailable, naming the place and never the value.
 */
export async function openSecret(value: string, place: SecretPlace, sources: SecretSources): Promise<string> {
  const unavailable = (reason: string): Error =>
    workFailure('SecretUnavailable', `Object "${place.objectId}", field "${place.field}": ${reason}`);
  const { sealingKey, environment } = sources;

  let text = value;
  if (isSealed(value)) {
    if (sealingKey === undefined) throw unavailable('the value is sealed and this worker has no key');
    try {
      text = unseal(value, sealingKey, place.pipelineId);
    } catch (error) {
      throw unavailable(textOfError(error));
    }
  }
  const reference = /^(env|file|aws-secretsmanager):([^]+)$/.exec(text);
  if (reference?.[1] === undefined || reference[2] === undefined) return text;
  const name = reference[2];
  switch (reference[1]) {
    case 'env': {
      const found = environment[name];
      if (found === undefined) throw unavailable(`environment variable "${name}" is not set on this worker`);
      return found;
    }
    case 'file':
      try {
        return (await readFile(name.replace(/^\/\/(?=\/)/, ''), 'utf8')).replace(/\r?\n$/, '');
      } catch (error) {
        throw unavailable(`its file cannot be read on this worker: ${textOfError(error)}`);
      }
    default:
      throw unavailable('"aws-secretsmanager:" is not supported by this version yet');
  }
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
