import { readFileSync } from 'node:fs';

/** Bytes of Penstock's secret key: AES-256. */
export const SECRET_KEY_BYTES = 32;

/**
 * The key in a text: 32 bytes as base64 or as 64 hexadecimal digits, blanks around it allowed.
 * @throws Error that names `source` and never quotes the text.
 */
export function parseSecretKey(text: string, source: string): Buffer {
  const trimmed = text.trim();
  const encoding = /^[0-9a-f]{64}$/i.test(trimmed) ? 'hex' : 'base64';
  const key = Buffer.from(trimmed, encoding);
  if (key.length !== SECRET_KEY_BYTES || !/^[A-Za-z0-9+/=_-]+$/.test(trimmed))
    throw new Error(
      `${source} is no secret key: expected ${SECRET_KEY_BYTES} bytes as base64 or as ${2 * SECRET_KEY_BYTES} hexadecimal digits`,
    );
  return key;
}

/** Reads the key from a file. @throws Error that names the file. */
export function readSecretKeyFile(path: string): Buffer {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Error(`secret key file "${path}" cannot be read`, { cause });
  }
  return parseSecretKey(text, `secret key file "${path}"`);
}
