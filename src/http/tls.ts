import { X509Certificate, createPrivateKey } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { Server } from 'node:https';
import type { TlsPaths } from '../config/http-settings.js';
import { errorFacts, log } from '../config/log.js';

/** How often the files are looked at: who renews a certificate does it days before it ends. */
const LOOK_MS = 30_000;

/** Certificate and key, PEM. */
export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
  readonly minVersion: 'TLSv1.2';
}

/** The files of the certificate cannot be used. */
export class TlsProblem extends Error {
  override readonly name = 'TlsProblem';
}

/** Reads certificate and key, and checks that they belong together. @throws TlsProblem naming the file; never its text */
export function readTls({ certPath, keyPath }: TlsPaths): TlsMaterial {
  const cert = readPem('PENSTOCK_TLS_CERT_FILE', certPath);
  const key = readPem('PENSTOCK_TLS_KEY_FILE', keyPath);
  const certificate = parsed(
    'PENSTOCK_TLS_CERT_FILE',
    certPath,
    'a certificate',
    () => new X509Certificate(cert),
  );
  const privateKey = parsed('PENSTOCK_TLS_KEY_FILE', keyPath, 'a private key without passphrase', () =>
    createPrivateKey(key),
  );
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new TlsProblem(
      `The key of PENSTOCK_TLS_KEY_FILE="${keyPath}" is not that of the certificate "${certPath}"`,
    );
  }
  if (Date.parse(certificate.validTo) < Date.now()) {
    throw new TlsProblem(
      `The certificate of PENSTOCK_TLS_CERT_FILE="${certPath}" ended on ${certificate.validTo}`,
    );
  }
  return { cert, key, minVersion: 'TLSv1.2' };
}

/**
 * Takes new files over while the server runs: when they change, and at SIGHUP. Connections that are open keep theirs; files that
 * cannot be used are logged and change nothing. @returns what ends it
 */
export function renewTls(server: Server, paths: TlsPaths, lookMs = LOOK_MS): () => void {
  let stamp = stampOf(paths);
  const renew = (reason: string): void => {
    try {
      server.setSecureContext(readTls(paths));
      log('info', 'The certificate was read again', { reason, path: paths.certPath });
    } catch (error) {
      log('error', 'The new certificate cannot be used; the one before stays', errorFacts(error));
    }
  };
  const look = setInterval(() => {
    const found = stampOf(paths);
    if (found === stamp) return;
    stamp = found;
    renew('changed');
  }, lookMs).unref();
  const hangUp = (): void => renew('SIGHUP');
  process.on('SIGHUP', hangUp);
  return () => {
    clearInterval(look);
    process.off('SIGHUP', hangUp);
  };
}

function readPem(variable: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const { code } = (cause instanceof Error ? cause : {}) as NodeJS.ErrnoException;
    throw new TlsProblem(`${variable}="${path}" cannot be read (${code ?? 'no reason given'})`, { cause });
  }
}

function parsed<T>(variable: string, path: string, what: string, parse: () => T): T {
  try {
    return parse();
  } catch {
    // The reason of OpenSSL is a code, and may quote what it read.
    throw new TlsProblem(`${variable}="${path}" holds no usable PEM: expected ${what}`);
  }
}

/** Changes when a file is written or replaced, also through a symbolic link. */
function stampOf({ certPath, keyPath }: TlsPaths): string {
  return [certPath, keyPath]
    .map((path) => {
      const stat = statSync(path, { throwIfNoEntry: false });
      return stat === undefined ? 'none' : `${stat.mtimeMs} ${stat.size} ${stat.ino}`;
    })
    .join();
}
