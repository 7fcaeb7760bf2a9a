import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Credentials, ensureCredentials, equalSecrets, parseCredentials } from './credentials.js';

describe('parseCredentials', () => {
  it('reads every profile with both halves of a key', () => {
    const text = [
      '# keys',
      '[default]',
      'aws_access_key_id = PSK1',
      'AWS_SECRET_ACCESS_KEY=a/b+c==',
      '; half a key',
      '[half]',
      'aws_access_key_id = PSK2',
      '',
      '[ ci ] # builds',
      '  aws_access_key_id=PSK3\r',
      '  aws_secret_access_key=s3\r',
      '  aws_session_token=t3',
      '  region = us-east-1',
    ].join('\n');
    expect(parseCredentials(text)).toEqual([
      { profile: 'default', accessKeyId: 'PSK1', secretAccessKey: 'a/b+c==' },
      { profile: 'ci', accessKeyId: 'PSK3', secretAccessKey: 's3', sessionToken: 't3' },
    ]);
  });
});

describe('a credentials file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'credentials-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is made with one key, for its owner only, and never made again', () => {
    const file = path.join(folder, 'home', 'credentials');
    expect(ensureCredentials(file)).toBe(true);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const text = readFileSync(file, 'utf8');
    const [key] = parseCredentials(text);
    expect(key?.profile).toBe('default');
    expect(key?.accessKeyId).toMatch(/^PSK[A-Z2-7]{17}$/);
    expect(key?.secretAccessKey).toMatch(/^[\w-]{40}$/);
    expect(ensureCredentials(file)).toBe(false);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('that is not there lets nobody in', () => {
    expect(() => new Credentials(path.join(folder, 'none')).find('PSK1')).toThrow('ENOENT');
  });

  it('finds a key by its secret', () => {
    const file = path.join(folder, 'credentials');
    writeFileSync(
      file,
      '[a]\naws_access_key_id=A\naws_secret_access_key=sa\n[b]\naws_access_key_id=B\naws_secret_access_key=sb\n',
    );
    const credentials = new Credentials(file);
    expect(credentials.findBySecret('sb')?.accessKeyId).toBe('B');
    expect(credentials.findBySecret('s')).toBeUndefined();
  });
});

it.each([
  ['a', 'a', true],
  ['a', 'b', false],
  ['a', 'aa', false],
  ['', '', true],
])('equalSecrets(%j, %j) is %s', (left, right, equal) => {
  expect(equalSecrets(left, right)).toBe(equal);
});
