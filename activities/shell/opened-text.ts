import { sealedParts } from '../../sealing/sealing.js';
import type { Attempt } from '../runner/attempt.js';
import { openSecret, type SecretSources } from '../secrets/open-secret.js';

/**
 * `text` of a field with its sealed parts opened (an expression may have put a `*` field into a command), and those kept
 * out of what the attempt reports. @throws SecretUnavailable
 */
export async function openedText(
  text: string,
  field: string,
  attempt: Attempt,
  secrets: SecretSources,
): Promise<string> {
  let opened = text;
  for (const part of sealedParts(text)) {
    const place = { pipelineId: attempt.task.pipelineId, objectId: attempt.object.id, field };
    const secret = await openSecret(part, place, secrets);
    attempt.log.hide(secret);
    opened = opened.replace(part, () => secret);
  }
  return opened;
}
