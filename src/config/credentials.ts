import { randomBytes, timingSafeEqual, createHash } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { log } from './log.js';

/** A key that may call the API. */
export interface AccessKey {
  readonly profile: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Present for temporary credentials: the caller must send the same one. */
  readonly sessionToken?: string;
}

/**
 * The keys of an AWS shared-credentials file: `[profile]` sections of `name = value` lines, `#` and `;` comments.
 * Sections without both halves of a key are left out, as the SDKs do.
 */
export function parseCredentials(text: string): AccessKey[] {
  const sections = new Map<string, Map<string, string>>();
  let section: Map<string, string> | undefined;
  for (const line of text.split(/\r?\n/)) {
    const header = /^\s*\[([^\]]+)\]\s*([#;].*)?$/.exec(line);
    if (header?.[1] !== undefined) {
      const profile = header[1].trim();
      section = sections.get(profile) ?? new Map<string, string>();
      sections.set(profile, section);
      continue;
    }
    const setting = /^\s*([A-Za-z_]+)\s*=\s*(.*?)\s*$/.exec(line);
    if (section !== undefined && setting?.[1] !== undefined)
      section.set(setting[1].toLowerCase(), setting[2] ?? '');
  }
  return [...sections].flatMap(([profile, settings]) => {
    const accessKeyId = settings.get('aws_access_key_id');
    const secretAccessKey = settings.get('aws_secret_access_key');
    const sessionToken = settings.get('aws_session_token');
    if (!accessKeyId || !secretAccessKey) return [];
    return [{ profile, accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) }];
  });
}

/**
 * Makes the credentials file with one new key, readable by its owner only, unless it is there.
 * @returns true when it was made.
 */
export function ensureCredentials(filePath: string): boolean {
  const text = [
    '[default]',
    `aws_access_key_id = ${newAccessKeyId()}`,
    `aws_secret_access_key = ${newSecretAccessKey()}`,
    '',
  ].join('\n');
  mkdirSync(path.dirname(filePath), { recursive: true });
  try {
    // `wx`: two processes that start at once must not each make their own.
    writeFileSync(filePath, text, { mode: 0o600, flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** The keys of the credentials file, read again whenever the file has changed. */
export class Credentials {
  private stamp = '';
  private keys: readonly AccessKey[] = [];

  constructor(private readonly filePath: string) {}

  /** The key with this id, or undefined. @throws when the file cannot be read: then nobody may call. */
  find(accessKeyId: string): AccessKey | undefined {
    this.refresh();
    return this.keys.find((key) => key.accessKeyId === accessKeyId);
  }

  /** The key whose secret is `secret`, found in a time that does not tell how much of it was right. */
  findBySecret(secret: string): AccessKey | undefined {
    this.refresh();
    let found: AccessKey | undefined;
    for (const key of this.keys) if (equalSecrets(key.secretAccessKey, secret)) found = key;
    return found;
  }

  /** Whether a profile of this name holds a key. */
  hasProfile(name: string): boolean {
    this.refresh();
    return this.keys.some((key) => key.profile === name);
  }

  private refresh(): void {
    const { mtimeMs, size, ino } = statSync(this.filePath);
    const stamp = `${mtimeMs} ${size} ${ino}`;
    if (stamp === this.stamp) return;
    this.keys = parseCredentials(readFileSync(this.filePath, 'utf8'));
    this.stamp = stamp;
    if (this.keys.length === 0)
      log('warn', `No profile of ${this.filePath} holds a key: nobody can call the API`);
  }
}

/** Compares two secrets in constant time, whatever their lengths. */
export function equalSecrets(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}

/** Twenty characters as AWS's ids have, with a prefix of our own so that nobody takes it for one of AWS. */
export function newAccessKeyId(): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  return `PSK${Array.from(randomBytes(17), (byte) => alphabet[byte % 32]).join('')}`;
}

/** Forty URL-safe characters (it is also a bearer token): 240 bits. */
export function newSecretAccessKey(): string {
  return randomBytes(30).toString('base64url');
}
