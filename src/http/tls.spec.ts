import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { connect, type PeerCertificate } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { logTo } from '../config/log.js';
import { readTls, renewTls, TlsProblem } from './tls.js';

// Two self-signed pairs, made for these tests alone.
const FIXTURES = join(import.meta.dirname, '..', '..', 'test', 'fixtures', 'tls');
const of = (cert: string, key: string) => ({
  certPath: join(FIXTURES, `${cert}.crt`),
  keyPath: join(FIXTURES, `${key}.key`),
});

describe('readTls', () => {
  it('reads what belongs together', () => {
    expect(readTls(of('a', 'a'))).toMatchObject({ cert: expect.stringContaining('CERTIFICATE') });
  });

  it.each([
    ['a key of another certificate', of('a', 'b'), 'is not that of the certificate'],
    [
      'a file that is not there',
      { ...of('a', 'a'), certPath: '/nowhere.crt' },
      'PENSTOCK_TLS_CERT_FILE="/nowhere.crt" cannot be read (ENOENT)',
    ],
    ['a key as certificate', { ...of('a', 'a'), certPath: of('a', 'a').keyPath }, 'expected a certificate'],
    [
      'a certificate as key',
      { ...of('a', 'a'), keyPath: of('a', 'a').certPath },
      'expected a private key without passphrase',
    ],
  ])('refuses %s, naming the file and never its text', (_, paths, text) => {
    expect(() => readTls(paths)).toThrow(TlsProblem);
    expect(() => readTls(paths)).toThrow(text);
    expect(() => readTls(paths)).not.toThrow(/BEGIN|PRIVATE KEY/);
  });

  it('refuses a certificate that has ended', () => {
    vi.useFakeTimers({ now: new Date('2199-01-01'), toFake: ['Date'] });
    try {
      expect(() => readTls(of('a', 'a'))).toThrow('ended on');
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('renewTls', () => {
  let folder: string;
  let server: Server;
  let end: () => void;
  const lines: string[] = [];
  const put = (name: string): void => {
    copyFileSync(join(FIXTURES, `${name}.crt`), join(folder, 'tls.crt'));
    copyFileSync(join(FIXTURES, `${name}.key`), join(folder, 'tls.key'));
  };
  const paths = () => ({ certPath: join(folder, 'tls.crt'), keyPath: join(folder, 'tls.key') });

  const listen = async (lookMs: number): Promise<void> => {
    server = createServer(readTls(paths()), (_, response) => response.end());
    end = renewTls(server, paths(), lookMs);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  };
  /** Who answers a new connection. */
  const served = async (): Promise<string> => {
    const { port } = server.address() as AddressInfo;
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    const certificate: PeerCertificate = socket.getPeerCertificate();
    socket.destroy();
    return String(certificate.subject.CN);
  };

  beforeEach(() => {
    logTo((line) => lines.push(line));
    lines.length = 0;
    folder = mkdtempSync(join(tmpdir(), 'penstock-tls-'));
    put('a');
  });
  afterEach(() => {
    end();
    server.close();
    rmSync(folder, { recursive: true });
  });

  it('serves the new certificate when the files have changed', async () => {
    await listen(5);
    expect(await served()).toBe('penstock-a');
    put('b');
    await expect.poll(served).toBe('penstock-b');
  });

  it('serves it at SIGHUP, and keeps the old one when the new one cannot be used', async () => {
    await listen(3_600_000);
    put('b');
    process.emit('SIGHUP');
    expect(await served()).toBe('penstock-b');
    writeFileSync(join(folder, 'tls.crt'), 'half a fi');
    process.emit('SIGHUP');
    expect(await served()).toBe('penstock-b');
    expect(lines.join()).toContain('the one before stays');
  });
});
