import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { homeProblem, logFile, prepareHome } from './home.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'penstock-home-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('PENSTOCK_HOME', () => {
  it('gets a secret key that only its owner reads, once', () => {
    const home = prepareHome(join(folder, 'deep', 'home'));
    const key = readFileSync(home.secretKey, 'utf8');
    expect(Buffer.from(key, 'base64')).toHaveLength(32);
    expect(statSync(home.secretKey).mode & 0o777).toBe(0o600);
    chmodSync(home.secretKey, 0o644);
    prepareHome(home.path);
    expect(readFileSync(home.secretKey, 'utf8')).toBe(key);
    expect(statSync(home.secretKey).mode & 0o777).toBe(0o600);
  });

  it('is refused when it is a file', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(() => prepareHome(file)).toThrow(`PENSTOCK_HOME "${file}" is not a folder`);
    expect(() => prepareHome(join(file, 'below'))).toThrow(`PENSTOCK_HOME "${file}/below" is not a folder`);
  });

  it.each([
    ['ENOSPC', /^The disk of PENSTOCK_HOME "\/h" is full/],
    ['EROFS', /^PENSTOCK_HOME "\/h" cannot be written to by this user \(EROFS\)/],
  ])('has a sentence for %s', (code, sentence) => {
    expect(homeProblem('/h', Object.assign(new Error(code), { code }))).toMatchObject({
      message: expect.stringMatching(sentence),
    });
  });

  it('sets a large log aside', () => {
    const home = prepareHome(folder);
    writeFileSync(join(home.logs, 'api.log'), Buffer.alloc(51 * 1024 * 1024));
    expect(logFile(home, 'api')).toBe(join(home.logs, 'api.log'));
    expect([existsSync(join(home.logs, 'api.log')), existsSync(join(home.logs, 'api.log.1'))]).toEqual([
      false,
      true,
    ]);
  });
});
