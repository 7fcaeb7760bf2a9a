/**
 * Sealing of `*` fields: the API seals them before they are stored, the worker that uses one opens it. A folder of its own
 * because both sides need it and neither may import the other. Imports Node's crypto only; no I/O, no environment.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/**
 * A sealed text looks like `sealed:v1:<base64url of nonce, tag and ciphertext>.`; the dot ends it inside other text. A
 * marked reference looks like `sealed:ref:<base64url of the reference>.`: no secret, so that a worker needs no key for it,
 * and found again inside other text.
 */
const SEALED = /sealed:(v1|ref):([A-Za-z0-9_-]+)\./g;
const PREFIX = 'sealed:v1:';
const REFERENCE_PREFIX = 'sealed:ref:';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A sealed text that cannot be opened: made with another key, for another pipeline, or damaged. */
export class SealBroken extends Error {
  constructor(pipelineId: string) {
    super(
      `a sealed value of pipeline "${pipelineId}" cannot be opened: other key, other pipeline, or damaged`,
    );
    this.name = 'SealBroken';
  }
}

/** A new key, as the text to put in a key file. */
export function newSealingKey(): string {
  return randomBytes(KEY_BYTES).toString('base64');
}

/** The key in the text of a key file: 32 bytes as hex or base64. @throws Error that does not quote it. */
export function parseSealingKey(text: string): Buffer {
  const trimmed = text.trim();
  const key = /^[0-9a-f]{64}$/i.test(trimmed) ? Buffer.from(trimmed, 'hex') : Buffer.from(trimmed, 'base64');
  if (key.length !== KEY_BYTES) {
    throw new Error(
      `the sealing key is ${key.length} bytes long; expected ${KEY_BYTES} bytes as hex or base64`,
    );
  }
  return key;
}

/**
 * Seals a text with AES-256-GCM, bound to its pipeline.
 * Our choice: not bound to object and field too. A value of a parent object or of a parameter is used by others through
 * inheritance and expressions, where its first place is no longer known.
 */
export function seal(text: string, key: Uint8Array, pipelineId: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(pipelineId));
  const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return `${PREFIX}${Buffer.concat([nonce, cipher.getAuthTag(), ciphertext]).toString('base64url')}.`;
}

/** True when the text is sealed, or holds a sealed part (an expression may have put one into a longer text). */
export function isSealed(text: string): boolean {
  return text.search(SEALED) >= 0;
}

/** The text with `mask` for each sealed part, and its marked references as they were: those are no secrets. */
export function replaceSealed(text: string, mask: string): string {
  return text.replace(SEALED, (_whole, kind: string, base64: string) =>
    kind === 'ref' ? Buffer.from(base64, 'base64url').toString() : mask,
  );
}

/** The sealed parts of a text, in order. */
export function sealedParts(text: string): string[] {
  return text.match(SEALED) ?? [];
}

/** The text with its sealed parts opened, and its marked references as they were. @throws SealBroken, or for want of a key */
export function unseal(text: string, key: Uint8Array | undefined, pipelineId: string): string {
  return text.replace(SEALED, (_whole, kind: string, base64: string) => {
    const bytes = Buffer.from(base64, 'base64url');
    if (kind === 'ref') return bytes.toString();
    if (key === undefined) throw new Error('the value is sealed and this worker has no key');
    return open(bytes, key, pipelineId);
  });
}

function open(sealed: Buffer, key: Uint8Array, pipelineId: string): string {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) throw new SealBroken(pipelineId);
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(pipelineId));
  decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  try {
    return Buffer.concat([
      decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)),
      decipher.final(),
    ]).toString();
  } catch {
    throw new SealBroken(pipelineId); // the only reason there is: the tag does not fit
  }
}

/** True for a text that names where a worker finds the secret instead of being it: it needs no sealing. */
export function isSecretReference(text: string): boolean {
  return /^(env|file|aws-secretsmanager):./.test(text);
}

/** The reference, marked so that it is known for one inside other text, where an expression may put it. */
export function markReference(reference: string): string {
  return `${REFERENCE_PREFIX}${Buffer.from(reference).toString('base64url')}.`;
}

/** True for a text that is one marked reference. */
export function isMarkedReference(text: string): boolean {
  return text.startsWith(REFERENCE_PREFIX);
}
