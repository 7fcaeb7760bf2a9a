import type { PipelineDefinition } from '../../model/definition/pipeline-definition.js';
import { mapSecrets, SECRET_MASK, type SecretPlace } from '../../model/definition/secrets.js';

/**
 * `next` with each secret that is only the mask replaced by the secret of `stored` at the same place, so that a
 * definition which was read, edited and put again keeps its secrets. Our choice: AWS does not say what it shows of them.
 */
export function keepMaskedSecrets(next: PipelineDefinition, stored: PipelineDefinition): PipelineDefinition {
  const known = new Map<string, string[]>();
  mapSecrets(stored, (text, place) => {
    const key = keyOf(place);
    const texts = known.get(key);
    if (texts === undefined) known.set(key, [text]);
    else texts.push(text);
    return text;
  });
  // Several values at one place keep their order.
  const seen = new Map<string, number>();
  return mapSecrets(next, (text, place) => {
    const key = keyOf(place);
    const index = seen.get(key) ?? 0;
    seen.set(key, index + 1);
    return text === SECRET_MASK ? (known.get(key)?.[index] ?? text) : text;
  });
}

function keyOf(place: SecretPlace): string {
  return place.kind === 'field'
    ? JSON.stringify([place.kind, place.objectId, place.field])
    : JSON.stringify([place.kind, place.parameterId]);
}
