import { createHash } from 'node:crypto';

/** A file name for any text: readable where it can be, distinct for distinct texts, at most 80 characters. */
export function safeName(text: string): string {
  const readable = text.replaceAll(/[^A-Za-z0-9._-]+/g, '_').slice(0, 63);
  return `${readable.replace(/^\.+/, '_')}-${hashOf(text)}`;
}

/** 16 hexadecimal digits of SHA-256. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
